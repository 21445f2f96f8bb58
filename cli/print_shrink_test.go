package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"

	"glow/schema/testenv"
)

func TestFitDropsIDsThenZerosThenCutsNames(t *testing.T) {
	table := func() ([]column, [][]string) {
		return columns("name~", "profile@", "sessions#", "logins#", "last active"), [][]string{
			{"Nguyễn Thị Hồng Nhung", "4711", "12", "0", "2025-03-10"},
			{"王芳王芳王芳王芳王芳", "4712", "3", "0", "–"},
			{"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "4713", "3", "0", "–"},
			{"שלום שלום שלום שלום", "4714", "3", "0", "–"},
		}
	}
	for _, c := range []struct {
		width int
		cols  string
		names []string
		note  string
	}{
		{63, "name profile sessions logins last active", nil, ""},
		{62, "name sessions logins last active", nil, "To fit this terminal, left out: profile; --json shows all."},
		{53, "name sessions last active", nil, "To fit this terminal, left out: profile, logins; --json shows all."},
		{40, "name sessions last active", []string{"Nguyễn Thị Hồn…", "王芳王芳王芳王…", strings.Repeat("e\u0301", 12), "שלום שלום שלום…"},
			"To fit this terminal, left out: profile, logins; cut: name; --json shows all."},
		{30, "name last active", []string{"Nguyễn Thị Hồn…", "王芳王芳王芳王…"}, ""},
		{20, "name", nil, ""},
	} {
		cols, rows := table()
		cols, rows, note := shrink(cols, rows, c.width)
		var names []string
		for _, column := range cols {
			names = append(names, column.name)
		}
		if got := strings.Join(names, " "); got != c.cols {
			t.Errorf("width %d: got the columns %s, want %s", c.width, got, c.cols)
		}
		for i, want := range c.names {
			if rows[i][0] != want {
				t.Errorf("width %d: got %q, want %q", c.width, rows[i][0], want)
			}
		}
		if (c.note != "" || c.width > 60) && note != c.note {
			t.Errorf("width %d: got %q, want %q", c.width, note, c.note)
		}
	}
}

func TestTablesAreNoWiderThanTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"", "#", "@", "~"}), 0, 8).Draw(t, "kinds")
		names := []string{"first~"}
		for i, kind := range kinds {
			names = append(names, fmt.Sprintf("column %d%s", i, kind))
		}
		cell := rapid.OneOf(rapid.SampledFrom([]string{"0", "–"}), rapid.StringOfN(rapid.RuneFrom([]rune("aé王\u0301ש\x1b ")), 0, 60, -1))
		var rows [][]string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			row := rapid.SliceOfN(cell, len(names), len(names)).Draw(t, "row")
			row[0] = "x" + row[0]
			rows = append(rows, row)
		}
		p := &page{zone: time.UTC, width: rapid.IntRange(minCutWidth+gapWidth, 120).Draw(t, "width")}
		p.grid("", columns(names...), rows)
		table, _, _ := strings.Cut(p.b.String(), "To fit")
		for line := range strings.Lines(table) {
			if w := text.StringWidth(strings.TrimRight(line, "\n")); w > p.width {
				t.Fatalf("%d columns in a terminal of %d:\n%s", w, p.width, p.b.String())
			}
		}
	})
}

// TestTerminalDecidesTheWidth asks on terminals of 80 and of 200 columns, and into
// a pipe, which gets everything.
func TestTerminalDecidesTheWidth(t *testing.T) {
	if _, err := exec.LookPath("script"); err != nil { // it makes a terminal
		testenv.Lacking(t, "script is not installed here: %v", err)
	}
	dir := t.TempDir()
	people := "id,name\n" + strings.Repeat("x", 30) + ",Somebody of a Name that is Long\n"
	sessions, problems := "id,profile_id,created_at\n", "id,profile_id,type,message,created_at\n"
	for i := range 7 {
		sessions += fmt.Sprintf("a-session-with-a-rather-long-id-%d,%s,2025-03-1%dT08:00:00Z\n", i, strings.Repeat("x", 30), i)
		problems += fmt.Sprintf("a-problem-with-a-rather-long-id-%d,%s,audio,%s,2025-03-1%dT08:00:00Z\n", i, strings.Repeat("x", 30), strings.Repeat("no sound ", 12)+"at all\x1b[1m", i)
	}
	for name, text := range map[string]string{"profiles.csv": people, "sessions.csv": sessions, "problems.csv": problems} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(command string) string {
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		return strings.ReplaceAll(string(out), "\r\n", "\n")
	}
	run("glow system import --db glow.db profiles.csv sessions.csv problems.csv")
	for _, c := range []struct {
		command string
		columns int
		want    []string
		not     []string
	}{
		{"activity", 80, []string{"Latest problems", "left out: data until, profile, ", "The first 5, open ones before others; `glow system problems`"}, []string{"a-problem"}},
		{"activity", 200, []string{"xxxxxx", "data until", "a-problem-with-a-rather-long-id-6"}, []string{"To fit"}},
		{"sessions", 80, []string{"Somebody", "left out: session, "}, []string{"a-session-with"}},
		{"sessions", 200, []string{"a-session-with-a-rather-long-id-0", "attempts"}, []string{"To fit"}},
		{"problems", 80, []string{"left out: problem; cut: message"}, []string{"a-problem"}},
		{"problems", 200, []string{"a-problem-with-a-rather-long-id-0", "no so…"}, []string{"To fit"}},
		{"problems", 0, []string{"a-problem-with-a-rather-long-id-0", "no sound at all"}, []string{"To fit", "…"}},
		{"problems --csv", 200, []string{`at all\x1b[1m`}, []string{"\x1b["}},
		{"problems --csv", 0, []string{"at all\x1b[1m"}, nil},
		{"sessions", 0, []string{"a-session-with-a-rather-long-id-0", "attempts"}, []string{"To fit", "…"}},
	} {
		command := "glow system " + c.command + " --db glow.db"
		if !strings.HasSuffix(c.command, "--csv") {
			command += " --table"
		}
		if c.columns > 0 {
			command = fmt.Sprintf("script -qefc 'stty cols %d; %s' /dev/null", c.columns, command)
		}
		printed := run(command)
		if i := slices.IndexFunc(c.want, func(s string) bool { return !strings.Contains(printed, s) }); i >= 0 {
			t.Errorf("%s at %d columns does not show %q:\n%s", c.command, c.columns, c.want[i], printed)
		}
		if i := slices.IndexFunc(c.not, func(s string) bool { return strings.Contains(printed, s) }); i >= 0 {
			t.Errorf("%s at %d columns shows %q:\n%s", c.command, c.columns, c.not[i], printed)
		}
		for line := range strings.Lines(printed) {
			if w := text.StringWidth(strings.TrimRight(line, "\n")); c.columns > 0 && w > c.columns && !strings.HasSuffix(c.command, "--csv") && !strings.Contains(line, "To fit") && !strings.Contains(line, "The first") {
				t.Errorf("%s at %d columns: a line of %d: %s", c.command, c.columns, w, line)
			}
		}
	}
}
