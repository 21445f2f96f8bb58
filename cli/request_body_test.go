package cli

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"glow/schema"
)

// parse returns an app and a grammar for a command line.
func parse(t *testing.T, stdin string, args ...string) (*app, *grammar) {
	t.Helper()
	g := newGrammar()
	k, err := newParser(g)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := k.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(context.Background(), strings.NewReader(stdin), nil, nil, nil)
	a.globals, a.parsed = &g.globals, parsed
	return a, g
}

func TestFlagsWinOverBody(t *testing.T) {
	for name, test := range map[string]struct {
		args  string
		stdin string
		want  string
	}{
		"nothing given":             {"", "", `{}`},
		"flags alone":               {"--date-from=2025-01-01 --compare", "", `{"date_from":"2025-01-01","compare":true}`},
		"body alone, to the letter": {`--body={"term":"t1",\u0020"x":1}`, "", `{"term":"t1", "x":1}`},
		"a flag replaces its key":   {`--body={"term":"t1","compare":true} --term=t2`, "", `{"compare":true,"term":"t2"}`},
		"other keys stay, the unknown and the double too": {`--body={"x":1,"x":2,"y":null} --term=t`, "", `{"x":1,"x":2,"y":null,"term":"t"}`},
		"body from stdin":       {"--body=- --page-limit=5", `{"page_limit":1}`, `{"page_limit":5}`},
		"lists repeat and join": {"--roles=ta,tutor --roles=lead", "", `{"roles":["ta","tutor","lead"]}`},
		"a comma in an id":      {`--department-ids=a\,b,c`, "", `{"department_ids":["a,b","c"]}`},
		"zero is given":         {"--inactive-days=0", "", `{"inactive_days":0}`},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"system", "activity"}
			for _, arg := range strings.Fields(test.args) {
				args = append(args, strings.ReplaceAll(arg, `\u0020`, " "))
			}
			a, g := parse(t, test.stdin, args...)
			got, err := g.System.Activity.body(a)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("%v:\ngot  %s\nwant %s", args, got, test.want)
			}
		})
	}
}

func TestNegatedFlagIsFalse(t *testing.T) {
	a, g := parse(t, "", "system", "sessions", "--no-active", "--has-open-problems")
	got, err := g.System.Sessions.body(a)
	if want := `{"active":false,"has_open_problems":true}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestArgumentStandsForItsKey(t *testing.T) {
	a, g := parse(t, "", "system", "resolve", "p-1", "--no-resolved")
	got, err := g.System.Resolve.body(a)
	if want := `{"problem_id":"p-1","resolved":false}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestWrongFlagsAndBodiesAreWrongUsage(t *testing.T) {
	for _, test := range []struct{ args, message string }{
		{"activity|--interval=year", `--interval: "year" is not one of "day", "week", "month"`},
		{"sessions|--page-size=201", "--page-size: 201 is out of range; 1 to 200"},
		{"activity|--roles=", "--roles: is empty; leave it out, or say what it is to be"},
		{"sessions|--profile-id=", "--profile-id: is empty; leave it out"},
		{"sessions|--search=|--body={\"search\":\"a\"}", "--search: is empty; leave it out"},
		{"activity|--date-from=", "--date-from: is empty; leave it out"},
		{"session|--session-id=", "--session-id: is empty; leave it out"},
		{"session", "--session-id: is missing"},
		{"activity|--body=[1]|--term=t", "--body: is not a JSON object"},
		{`activity|--body={"term":"t"|--term=t`, "--body: is not valid JSON"},
		{`activity|--body={}{}|--term=t`, "--body: there is something behind the object"},
		{"activity|--body=@/no/such/file", "--body: open /no/such/file"},
	} {
		var out, errs strings.Builder
		args := append([]string{"system"}, strings.Split(test.args, "|")...)
		code := Run(args, strings.NewReader(""), &out, &errs, nil)
		if code != exitUsage || !strings.HasPrefix(errs.String(), "glow: "+test.message) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: exit %d, %q; want exit %d, %q", args, code, errs.String(), exitUsage, test.message)
		}
	}
}

// What the body says wrongly is the instance's to refuse.
func TestBodyIsNotJudgedHere(t *testing.T) {
	a, g := parse(t, "", "system", "activity", `--body={"interval":"year"}`, "--term=t")
	if got, err := g.System.Activity.body(a); err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestEveryKeyHasItsFlag holds the flags against the keys of the requests.
func TestEveryKeyHasItsFlag(t *testing.T) {
	k, err := newParser(newGrammar())
	if err != nil {
		t.Fatal(err)
	}
	for path, request := range map[string]reflect.Type{
		"system activity": reflect.TypeFor[schema.ActivityRequest](),
		"system sessions": reflect.TypeFor[schema.SessionsRequest](),
		"system session":  reflect.TypeFor[schema.SessionRequest](),
		"system problems": reflect.TypeFor[schema.ProblemsRequest](),
		"system problem":  reflect.TypeFor[schema.ProblemRequest](),
		"system resolve":  reflect.TypeFor[schema.ResolveRequest](),
		"system refresh":  reflect.TypeFor[schema.RefreshRequest](),
		"system export":   reflect.TypeFor[schema.ExportRequest](),
		"system import":   reflect.TypeFor[schema.ImportQuery](),
		"system audit":    reflect.TypeFor[schema.AuditRequest](),
		"token create":    reflect.TypeFor[schema.TokenCreateRequest](),
		"token revoke":    reflect.TypeFor[schema.TokenRevokeRequest](),
	} {
		flags := map[string]bool{"--timezone": true, "--file": true} // the global one, and what import sets by itself
		for _, flag := range nodeAt(t, k, path).Flags {
			flags["--"+flag.Name] = true
		}
		for key := range jsonKeys(request) {
			if !flags[flagOf(key)] {
				t.Errorf("glow %s has no flag %s", path, flagOf(key))
			}
		}
	}
}

func nodeAt(t *testing.T, k *kong.Kong, path string) *kong.Node {
	t.Helper()
	for _, leaf := range k.Model.Leaves(true) {
		if leaf.Path() == path {
			return leaf
		}
	}
	t.Fatalf("there is no command %s", path)
	return nil
}
