package cli

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDocumentedCommands runs every command in a console block of the README and of
// the manual, in order, in a copy of the repository, on a terminal, and compares what
// it prints with what the text shows. There a line "…" stands for any lines, and "…"
// inside a line for anything. Each file is a walk by itself, but for those that go on
// where another ends.
func TestDocumentedCommands(t *testing.T) {
	for _, program := range []string{"bash", "script", "curl"} { // script makes a terminal
		needs(t, program)
	}
	goesOn := map[string]string{"api.md": "tour.md"}
	topics, err := filepath.Glob("../server/manual/*.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string][]tourStep{}
	for _, file := range append(topics, "../README.md") {
		if read := readSteps(t, file); len(read) > 0 {
			steps[filepath.Base(file)] = read
		}
	}
	for file, before := range goesOn {
		steps[before] = append(steps[before], steps[file]...)
		delete(steps, file)
	}
	if len(steps["README.md"]) < 5 || len(steps["tour.md"]) < 20 {
		t.Fatalf("few commands were found: %v", steps)
	}
	for file, walk := range steps {
		t.Run(file, func(t *testing.T) {
			printed := runTour(t, copyRepository(t), walk)
			for i, s := range walk {
				if !s.matches(printed[i]) {
					t.Errorf("%s:%d: $ %s\nprinted\n%s\nand the text shows\n%s", s.file, s.line, s.command, printed[i], s.output)
				}
			}
		})
	}
}

type tourStep struct {
	file            string
	line            int
	command, output string
}

// readSteps lists the commands in the console blocks of a file.
func readSteps(t *testing.T, file string) (steps []tourStep) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inBlock := false
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case line == "```console":
			inBlock = true
		case line == "```":
			inBlock = false
		case inBlock && strings.HasPrefix(line, "$ "):
			steps = append(steps, tourStep{file: filepath.Base(file), line: i + 1, command: line[2:]})
		case inBlock && len(steps) > 0:
			steps[len(steps)-1].output += line + "\n"
		}
	}
	return steps
}

func (s tourStep) matches(printed string) bool {
	pattern := regexp.QuoteMeta(strings.TrimSpace(s.output))
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	return regexp.MustCompile(`(?s)^` + pattern + `$`).MatchString(strings.TrimSpace(printed))
}

// copyRepository copies what git would hand to somebody who clones.
func copyRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"main.go", "go.mod", "go.sum", "README.md"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cli", "schema", "server", "store", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readmeAddress is where the README's instance listens; the test takes a free port.
const readmeAddress = "127.0.0.1:8000"

// runTour runs the commands in one shell whose output is a terminal, and cuts
// apart what each printed.
func runTour(t *testing.T, dir string, steps []tourStep) []string {
	t.Helper()
	const mark = "@@@ step "
	address := freeAddress(t)
	var script bytes.Buffer
	script.WriteString("set -m; exec 2>errors\n")
	for i, s := range steps {
		command := strings.ReplaceAll(s.command, readmeAddress, address)
		fmt.Fprintf(&script, "echo '%s%d'\n%s || echo \"exit $?\"\n", mark, i, strings.TrimSuffix(command, "&")+background(command))
	}
	fmt.Fprintf(&script, "echo '%send'\nkill %%1 2>/dev/null; wait\n", mark)
	if err := os.WriteFile(filepath.Join(dir, "tour.sh"), script.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("script", "-qefc", "stty cols 200; bash tour.sh", "/dev/null")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir+"/config", "XDG_DATA_HOME="+dir+"/data", "HOME="+dir+"/home",
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOFLAGS=-buildvcs=false", "TZ=UTC", "LC_ALL=C.UTF-8",
		"GLOW_ADDR="+address, "GLOW_INSTANCE_URL=http://"+address)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Logf("the shell ended with: %v", err)
	}
	printed := make([]string, len(steps))
	text := strings.ReplaceAll(string(out), "\r\n", "\n")
	for i := range steps {
		_, rest, found := strings.Cut(text, fmt.Sprintf("%s%d\n", mark, i))
		if !found {
			errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
			t.Fatalf("step %d was not reached\n%s\n%s", i, text, errors)
		}
		printed[i], _, _ = strings.Cut(rest, mark)
		printed[i] = strings.ReplaceAll(printed[i], address, readmeAddress)
	}
	if errors, _ := os.ReadFile(filepath.Join(dir, "errors")); len(errors) > 0 {
		t.Logf("on stderr:\n%s", errors)
	}
	return printed
}

// background lets a command run on, and waits until its server answers.
func background(command string) string {
	if !strings.HasSuffix(command, "&") {
		return ""
	}
	return `& for i in $(seq 100); do ./glow system context >/dev/null 2>&1 && break; sleep 0.1; done; true`
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
