// Package browser holds the tests that look at the dashboard as people do: they
// build the program, serve it with real data, and drive Debian's chromium.
//
//	go test ./cli/browser -full
//	go test ./cli/browser -run Screenshots -screenshots /tmp/shots
//
// The second saves a picture of each page, to be looked at.
package browser

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	_ "glow/cli" // what these tests build: when it changes, what go has cached of them does not hold
	"glow/schema/testenv"
)

var (
	full  = flag.Bool("full", false, "all tests, those that take long, too")
	shots = flag.String("screenshots", "", "folder to save a picture of each page in")

	work      string // a folder for all that the tests leave behind
	stopping  []func()
	stoppings sync.Mutex
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if work, err = os.MkdirTemp("", "glow-browser-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(work)
	defer func() {
		for _, stop := range stopping {
			stop()
		}
	}()
	return m.Run()
}

// atEnd runs stop when all tests are done.
func atEnd(stop func()) {
	stoppings.Lock()
	defer stoppings.Unlock()
	stopping = append(stopping, stop)
}

// browserPath finds the browser. Debian's is the one that the project's checks
// install.
func browserPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromium is the one browser of all tests. Each test has a profile of its own in
// it.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-device-scale-factor", "1"), chromedp.Flag("lang", "en-GB"),
		chromedp.UserDataDir(filepath.Join(work, "profile")),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	atEnd(cancel)
	return ctx, chromedp.Do(ctx)
})

// thorough skips a test that takes long, unless -full or the project's checks want
// all of them.
func thorough(t *testing.T) {
	t.Helper()
	if !*full && os.Getenv("CI") == "" {
		t.Skip("it takes long: only with -full")
	}
}

// needsBrowser skips a test where there is no browser. The project's checks
// install one, and there it fails.
func needsBrowser(t *testing.T) context.Context {
	t.Helper()
	if browserPath() == "" {
		testenv.Lacking(t, "chromium is not installed here: the dashboard is not looked at (apt-get install chromium)")
	}
	ctx, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// binary builds the program.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(work, "glow")
	if out, err := exec.Command("go", "build", "-o", path, "glow").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// instance is the program serving, with a token of an admin.
type instance struct {
	url   string
	link  string // signs in, once
	token string
	home  string
	cmd   *exec.Cmd
}

const zone = "Europe/Berlin"

// serve starts an instance with its own home, and data if it is not a demo.
func serve(args ...string) (*instance, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp(work, "home-")
	if err != nil {
		return nil, err
	}
	i := &instance{token: "browser-tests-" + filepath.Base(home) + "-0123456789abcdef", home: home}
	return i, i.start(path, append([]string{"serve", "--addr", "127.0.0.1:0", "--timezone", zone}, args...)...)
}

func (i *instance) start(path string, args ...string) error {
	i.cmd = exec.Command(path, args...)
	i.cmd.Env = i.env()
	i.cmd.Stderr = os.Stderr
	out, err := i.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := i.cmd.Start(); err != nil {
		return err
	}
	cmd := i.cmd
	atEnd(func() { stop(cmd) })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "Serving at "); ok {
			i.url = url
		}
		if link, ok := strings.CutPrefix(lines.Text(), "Dashboard: "); ok {
			i.link, _, _ = strings.Cut(link, " ")
		}
		if strings.HasPrefix(lines.Text(), "Ask:") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return nil
		}
	}
	return fmt.Errorf("glow serve ended before it served")
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait()
}

func (i *instance) env() []string {
	return []string{"HOME=" + i.home, "GLOW_TOKEN=" + i.token, "GLOW_INSTANCE_URL=" + i.url, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + i.home}
}

// glow runs a command against the instance.
func (i *instance) glow(args ...string) (string, error) {
	cmd := exec.Command(i.cmd.Path, args...)
	cmd.Env = i.env()
	cmd.Stdin = strings.NewReader("")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("glow %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return string(out), err
}

// must is glow in a test.
func (i *instance) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := i.glow(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// take has the instance take in a text of NDJSON.
func (i *instance) take(ndjson string) error {
	file, err := os.CreateTemp(i.home, "*.ndjson")
	if err != nil {
		return err
	}
	if _, err := file.WriteString(ndjson); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	_, err = i.glow("system", "import", file.Name())
	return err
}

// visit signs in with a token and returns the cookie of the visit.
func (i *instance) visit(token string) (*http.Cookie, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(i.url+"/sign-in", url.Values{"token": {token}, "next": {"/"}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(c.Name, "glow_visit") {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no visit began: %s", resp.Status)
}

// The instances that tests share and do not change.
var (
	// demoData is lively: runs, costs, problems.
	demoData = sync.OnceValues(func() (*instance, error) { return serve("--demo") })

	// moodleData is what real people did, as Moodle logged it.
	moodleData = sync.OnceValues(func() (*instance, error) {
		i, err := serve()
		if err != nil {
			return nil, err
		}
		for _, log := range []string{"log_course_42.csv", "log_course_670.csv", "logstore_standard_log.csv"} {
			course := strings.TrimSuffix(log, ".csv")
			if _, err := i.glow("system", "import", "--from", "moodle", "--department", course, filepath.Join("..", "..", "testdata", "moodle", log)); err != nil {
				return nil, err
			}
		}
		return i, nil
	})

	// emptyData is a database with nothing in it.
	emptyData = sync.OnceValues(func() (*instance, error) { return serve() })

	// hostileData has 5,000 people, and names that nobody should have.
	hostileData = sync.OnceValues(func() (*instance, error) {
		i, err := serve()
		if err != nil {
			return nil, err
		}
		return i, i.take(hostile())
	})
)

// shared returns an instance that tests share.
func shared(t *testing.T, which func() (*instance, error)) *instance {
	t.Helper()
	needsBrowser(t)
	i, err := which()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// own returns an instance that a test may change.
func own(t *testing.T, args ...string) *instance {
	t.Helper()
	needsBrowser(t)
	i, err := serve(args...)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// names that are hard on a page.
var (
	longName   = strings.Repeat("Maximiliane-", 25) // 300 characters
	scriptName = `<script>alert(1)</script>`
	rtlName    = "\u0645\u062d\u0645\u062f \u05d1\u05df\u05be\u05d3\u05d5\u05d3 \u2067\u0645\u0631\u062d\u0628\u0627\u2069"
	emojiName  = "👩🏽‍🔬🏳️‍🌈 Zoë 🤖"
	spaceless  = strings.Repeat("x", 300)
)

// hostile is a large cohort with the worst names, as NDJSON.
func hostile() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`{"kind":"department","id":"d1","name":%q}`, spaceless)
	line(`{"kind":"department","id":"d2","name":%q}`, scriptName)
	line(`{"kind":"term","id":"t<1>","name":%q,"starts_on":"2020-01-01","ends_on":"2020-06-30"}`, longName)
	now := time.Now().UTC()
	for n, name := range []string{longName, scriptName, rtlName, emojiName, spaceless, `"quoted" & 'quoted'`} {
		id := fmt.Sprintf("h/%d?&#<%d>", n, n)
		line(`{"kind":"profile","id":%q,"name":%s,"email":"a'\"<b>@example.org","role":"ta","department_ids":["d1","d2"]}`, id, quoted(name))
		at := now.Add(-time.Duration(n+1) * 26 * time.Hour).Format(time.RFC3339)
		line(`{"kind":"session","id":"s%s","profile_id":%q,"created_at":%q}`, id, id, at)
		line(`{"kind":"group","id":"g%d","session_id":"s%s","name":%s,"created_at":%q}`, n, id, quoted(name), at)
		line(`{"kind":"run","id":"r%d","group_id":"g%d","model":%s,"input_tokens":900000000000,"output_tokens":1,"cost":"123456.789012345","created_at":%q}`, n, n, quoted(name[:min(len(name), 20)]), at)
		line(`{"kind":"problem","id":"p%d","profile_id":%q,"session_id":"s%s","type":"<b>bold</b>","message":%s,"created_at":%q}`, n, id, id, quoted(strings.Repeat(spaceless, 3)), at)
	}
	for n := range 5000 {
		line(`{"kind":"profile","id":"n%d","name":"Person %04d","role":"ta","department_ids":["d%d"]}`, n, n, n%2+1)
		line(`{"kind":"login","id":"l%d","profile_id":"n%d","created_at":%q}`, n, n, now.Add(-time.Duration(n)*time.Minute).Format(time.RFC3339))
	}
	return b.String()
}
