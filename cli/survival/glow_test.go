//go:build unix

package survival

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"glow/schema/testenv"
)

var (
	full    = flag.Bool("full", false, "run all rounds; they take minutes")
	rounds  = flag.Int("rounds", 0, "how often to kill the program and to cut the power, instead of what -full says")
	program = flag.String("glow", "", "the program to test; built from this module when empty")
)

// many is how much of something there is: quick of it, or with -full all.
func many(quick, all int) int {
	if *full {
		return all
	}
	return quick
}

// roundsOf is many, or what -rounds says.
func roundsOf(quick, all int) int {
	if *rounds > 0 {
		return *rounds
	}
	return many(quick, all)
}

// built is the folder of the program that this run has built.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (path string, err error) {
	if *program != "" {
		return filepath.Abs(*program)
	}
	if built, err = os.MkdirTemp("", "glow-survival-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "glow")
	if out, err := exec.Command("go", "build", "-o", path, "glow").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func glow(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// secret is the token of the first admin of every instance.
const secret = "secret-of-the-tests-of-survival"

// environment lets the program see nothing of whoever runs the test.
func environment(home string) []string {
	return []string{"HOME=" + home, "GLOW_TOKEN=" + secret, "TZ=UTC", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
}

// figure prints what a test measured.
func figure(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("figure: "+format, args...)
}

// instance is a running program.
type instance struct {
	t     *testing.T
	cmd   *exec.Cmd
	db    string
	since time.Time // when it was started
	errs  *notes

	serves chan struct{} // closed when addr is known
	addr   string        // host:port, and the base path where there is one
	said   chan struct{} // closed when link is known
	link   string        // that signs in to the dashboard
	exited chan struct{} // closed when err is known
	err    error         // of its end
}

// notes is what a program says, to be read while it speaks.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// startTime is how long a start may take where others use the machine, too; how
// long it does take is measured.
const startTime = 30 * time.Second

// start serves a database file, which need not be there yet.
func start(t *testing.T, db string, args ...string) *instance {
	t.Helper()
	in := launch(t, exec.Command(glow(t), serving(db, args...)...), db)
	if err := in.ready(); err != nil {
		t.Fatal(err)
	}
	return in
}

func serving(db string, args ...string) []string {
	return append([]string{"serve", "--db", db, "--addr", "127.0.0.1:0", "--timezone", "UTC"}, args...)
}

// launch starts a command that serves, and does not wait until it does. It is
// killed at the end of the test.
func launch(t *testing.T, cmd *exec.Cmd, db string) *instance {
	t.Helper()
	in := &instance{t: t, cmd: cmd, db: db, errs: &notes{}, serves: make(chan struct{}), said: make(chan struct{}), exited: make(chan struct{})}
	cmd.Env, cmd.Stderr = environment(t.TempDir()), in.errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the test is not one of the program
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in.since = time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go in.follow(out)
	t.Cleanup(in.kill)
	return in
}

// follow reads what the program prints until it ends.
func (in *instance) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Serving at http://"); ok && in.addr == "" {
			in.addr = address
			close(in.serves)
		}
		if link, ok := strings.CutPrefix(lines.Text(), "Dashboard: "); ok && in.link == "" {
			in.link, _, _ = strings.Cut(link, " ")
			close(in.said)
		}
	}
	in.err = in.cmd.Wait()
	close(in.exited)
}

// ready waits until the program serves; an error says why it does not.
func (in *instance) ready() error {
	select {
	case <-in.serves:
		return nil
	case <-in.exited:
		return fmt.Errorf("it ends instead of serving: %w: %s", in.err, in.errs)
	case <-time.After(startTime):
		return fmt.Errorf("it does not serve within %s: %s", startTime, in.errs)
	}
}

// dashboard returns the link that was printed.
func (in *instance) dashboard() string {
	in.t.Helper()
	select {
	case <-in.said:
	case <-in.exited:
		in.t.Fatalf("it ended: %v: %s", in.err, in.errs)
	}
	return in.link
}

// kill is kill -9. When it returns the process is gone.
func (in *instance) kill() {
	_ = in.cmd.Process.Kill()
	<-in.exited
}

// stop asks the program to end, and wants that to go well.
func (in *instance) stop() {
	in.t.Helper()
	if err := in.end(syscall.SIGTERM, 15*time.Second); err != nil {
		in.t.Error(err)
	}
}

// end sends a signal and waits for the end of the program.
func (in *instance) end(signal os.Signal, most time.Duration) error {
	if err := in.cmd.Process.Signal(signal); err != nil {
		return err
	}
	select {
	case <-in.exited:
	case <-time.After(most):
		in.kill()
		return fmt.Errorf("it does not end within %s of a signal", most)
	}
	if in.err != nil {
		return fmt.Errorf("after a signal: %w: %s", in.err, in.errs)
	}
	return nil
}

// status returns a number of kilobytes of /proc/PID/status, in bytes.
func (in *instance) status(name string) int64 {
	in.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", in.cmd.Process.Pid))
	if err != nil {
		testenv.Lacking(in.t, "memory is measured where /proc is: %v", err)
	}
	var size int64
	for line := range bytes.Lines(text) {
		if _, err := fmt.Sscanf(string(line), name+": %d kB", &size); err == nil {
			return size << 10
		}
	}
	in.t.Fatalf("no %s in /proc", name)
	return 0
}

// run runs another command of the program and returns what it prints, and its
// exit code.
func run(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(glow(t), args...)
	cmd.Env = environment(t.TempDir())
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
