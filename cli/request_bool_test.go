package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestChoicesTakeAllForms(t *testing.T) {
	for flags, want := range map[string]string{
		"sessions":                           "",
		"sessions --active":                  "true",
		"sessions --active=true":             "true",
		"sessions --active true":             "true",
		"sessions --active YES":              "true",
		"sessions --active=1":                "true",
		"sessions --active --page 2":         "true",
		"sessions --no-active":               "false",
		"sessions --active=no":               "false",
		"sessions --active false":            "false",
		"sessions --no-active=false":         "true",
		"sessions --has-open-problems false": "false",
		"problems --resolved true":           "true",
		"resolve --resolved true p":          "true p",
		"resolve --resolved p":               "true p",
		"resolve --resolved 1":               "true 1",
		"resolve p --no-resolved":            "false p",
		"sessions --active=perhaps":          "refused",
		"sessions --active perhaps":          "refused",
	} {
		if got := chosen(t, flags); got != want {
			t.Errorf("glow system %s: got %q, want %q", flags, got, want)
		}
	}
}

// chosen parses a command and prints the choice that it makes, with the id.
func chosen(t *testing.T, flags string) string {
	t.Helper()
	g := newGrammar()
	parser, err := newParser(g, kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"system"}, strings.Fields(flags)...)); err != nil {
		return "refused"
	}
	got := ""
	for _, c := range []*bool{g.System.Sessions.Req.Active, g.System.Sessions.Req.HasOpenProblems, g.System.Problems.Req.Resolved, g.System.Resolve.Req.Resolved} {
		got += ifSet(c, "true", "false")
	}
	if id := g.System.Resolve.ID; id != "" {
		got += " " + id
	}
	return got
}
