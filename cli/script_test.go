package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"glow": func() { os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())) },
	})
}

// TestScripts runs the transcripts of testdata/*.txtar. They read like a manual.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"config", "data", "home"} {
				if err := os.Mkdir(filepath.Join(env.WorkDir, name), 0o700); err != nil {
					return err
				}
			}
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "data"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("TZ", "UTC")
			env.Values[served{}] = &served{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serveScript, "stop": stopScript, "exits": exitsScript, "mode": modeScript, "waitfor": waitForScript,
		},
		Condition:     has,
		UpdateScripts: *update,
	})
}

// has is the condition [has:PROGRAM]. The project's checks install every program, and
// there it is an error that one is missing.
func has(condition string) (bool, error) {
	program, ok := strings.CutPrefix(condition, "has:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") != "" {
		return false, err
	}
	return err == nil, nil
}

// served is the instance that a script runs.
type served struct {
	cmd *exec.Cmd
}

// serveScript is "serve [FLAGS]": it runs `glow serve` on a free port until
// "stop" or the end, points GLOW_INSTANCE_URL (and ADDR) at it, and writes down
// in served.txt what it says.
func serveScript(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("glow", append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME", "TZ", "PATH", "GLOW_TOKEN", "TMPDIR"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	path, err := exec.LookPath("glow")
	ts.Check(err)
	cmd.Path = path
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	run := ts.Value(served{}).(*served)
	run.cmd = cmd
	ts.Defer(func() { stop(run) })
	said, err := os.Create(ts.MkAbs("served.txt"))
	ts.Check(err)
	defer said.Close()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ts.Logf("%s", lines.Text())
		fmt.Fprintln(said, lines.Text())
		if url, ok := strings.CutPrefix(lines.Text(), "Serving at "); ok {
			ts.Setenv("GLOW_INSTANCE_URL", url)
			ts.Setenv("ADDR", strings.TrimPrefix(url, "http://"))
		}
		if strings.HasPrefix(lines.Text(), "Ask:") {
			return
		}
	}
	ts.Fatalf("glow serve ended")
}

// stopScript is "stop": it interrupts the instance, which must end well.
func stopScript(ts *testscript.TestScript, neg bool, args []string) {
	if err := stop(ts.Value(served{}).(*served)); err != nil {
		ts.Fatalf("glow serve ended with: %v", err)
	}
}

func stop(run *served) error {
	if run.cmd == nil {
		return nil
	}
	cmd := run.cmd
	run.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	late := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	return cmd.Wait()
}

// exitsScript is "exits CODE COMMAND...": it runs a command that must end with
// that very code.
func exitsScript(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// waitForScript is "waitfor PATTERN": a file of such a name must come.
func waitForScript(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if found, err := filepath.Glob(ts.MkAbs(args[0])); err == nil && len(found) > 0 {
			return
		}
	}
	ts.Fatalf("no file is named like %s", args[0])
}

// modeScript is "mode MODE FILE": the permissions of a file or folder.
func modeScript(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
