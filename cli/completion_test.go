package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

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
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("no %s here", shell)
			}
			if out, err := exec.Command(shell, "-n", path).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestBashCompletes(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash here")
	}
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
