package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema/testenv"
)

// needs skips a test where a program that it runs is missing. The project's
// checks install them all, and there it fails.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		testenv.Lacking(t, "%s is not installed here", program)
	}
}

func completionScript(t *testing.T, shell string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Run([]string{"completion", shell}, strings.NewReader(""), &out, &errs, nil); code != exitDone {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	path := filepath.Join(t.TempDir(), "glow."+shell)
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompletionIsValid(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			path := completionScript(t, shell)
			needs(t, shell)
			if out, err := exec.Command(shell, "-n", path).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestBashCompletes(t *testing.T) {
	needs(t, "bash")
	script := completionScript(t, "bash")
	for _, test := range []struct{ words, want string }{
		{"glow sys", "system"},
		{"glow system se", "sessions session"},
		{"glow system sessions --page", "--page --page-size"},
		{"glow system activity --interval ", "day week month"},
		{"glow system activity --interval w", "week"},
		{"glow --db x system resolve --no", "--no-resolved"},
		{"glow token create --role co", "coordinator"},
		{"glow completion ", "bash zsh fish"},
		{"glow serve --de", "--demo"},
		{"glow system problems --js", "--json"},
	} {
		run := `source "$1"; IFS=' ' read -r -a COMP_WORDS <<<"$2"; [[ $2 == *' ' ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _glow; echo "${COMPREPLY[*]}"`
		out, err := exec.Command("bash", "-c", run, "bash", script, test.words).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
			t.Errorf("%q offers %q, want %q (%v)", test.words, got, test.want, err)
		}
	}
}
