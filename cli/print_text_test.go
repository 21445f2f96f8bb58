package cli

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestCleanShowsWhatWouldActOnATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"Nguyễn Thị Hồng":       "Nguyễn Thị Hồng",
		"王芳":                    "王芳",
		"two\nlines\tand a tab": "two lines and a tab",
		"\x1b[2J\x1b]0;title\a": `\x1b[2J\x1b]0;title\x07`,
		"\u009b31m":             `\u009b31m`,
		"abc\u202edef\u2066":    `abc\u202edef\u2066`,
		"zero\u200bwidth\ufeff": `zero\u200bwidth\ufeff`,
		"\u2028":                `\u2028`,
		"broken \xff\xc3":       `broken \xff\xc3`,
		"می\u200cخواهم":         "می\u200cخواهم",
		"\U000e0041 tag":        `\ue0041 tag`,
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanLeavesNothingHarmful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "text")
		out := clean(in)
		if i := strings.IndexFunc(out, func(r rune) bool { return isHarmful(r) || unicode.IsControl(r) }); i >= 0 {
			t.Fatalf("clean(%q) = %q", in, out)
		}
		if clean(out) != out {
			t.Fatalf("clean(%q) is not clean", out)
		}
	})
}
