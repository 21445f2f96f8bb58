package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/formats"
	"glow/store"
)

var secretField = regexp.MustCompile(`value="(glow_[A-Za-z0-9_-]+)"`)

// Every form that changes something is one of this visit's pages.
func TestAFormOfElsewhereIsRefused(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"spare","role":"recorder"}`))
	other := in.signedIn(schema.RoleAdmin)
	keptMapping(other) // as the form that deletes one expects
	pastImport(other)  // as the form that takes one back expects
	before := in.everything()
	forms := 0
	for _, rt := range in.server.dashboard.Routes() {
		if rt.Method != http.MethodPost || rt.Path == pathSignIn {
			continue
		}
		forms++
		row := pageMatrix[rt.Method+" "+rt.Path]
		for _, csrf := range map[string]string{"none": "", "wrong": strings.Repeat("A", 26), "of another visit": other.csrf} {
			g := in.signedIn(schema.RoleAdmin)
			fields := row.fields
			if row.prepare != nil {
				fields = row.prepare(g)
			}
			g.csrf = csrf
			var a answer
			if rt.Upload {
				a = g.upload(nil, "departments.csv", "id,name\nnew,New\n")
			} else {
				a = g.send(rt.Path, fields...)
			}
			in.shows(a, http.StatusForbidden, "the form is not one of this visit")
			in.want(http.StatusOK, g.open("/access")) // and the visit goes on
		}
	}
	if forms < 12 {
		t.Errorf("only %d forms", forms)
	}
	in.want(http.StatusForbidden, in.signedIn(schema.RoleAdmin).upload(url.Values{"csrf": {"x"}})) // without a file, too
	if after := in.everything(); after != before {
		t.Error("something changed")
	}
	if list := in.audit(`{"action":"` + schema.ActionEmulate + `"}`); len(list.Data) > 0 {
		t.Error("somebody is viewed")
	}
}

// everything is what an export holds, and how many tokens there are.
func (in *instance) everything() string {
	in.t.Helper()
	list, err := in.store.Tokens(in.t.Context())
	if err != nil {
		in.t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintln(&text, len(list.Data), "tokens")
	_, err = in.store.Export(in.t.Context(), schema.Scope{All: true}, schema.ExportRequest{}, func(tables []store.Table) error {
		for _, table := range tables {
			if _, err := formats.WriteCSV(&text, table.Fields, table.Rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return text.String()
}

func TestAFormIsOfItsTypeAndNotLong(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	r := in.request("", http.MethodPost, "/data/refresh", schema.TypeJSON, `{}`)
	in.want(http.StatusUnsupportedMediaType, g.do(r))
	r = in.request("", http.MethodPost, "/data/refresh", "application/x-www-form-urlencoded", "csrf=%zz")
	in.want(http.StatusBadRequest, g.do(r))
	in.want(http.StatusRequestEntityTooLarge, g.send("/data/refresh", "x", strings.Repeat("x", int(DefaultLimits().Query))))
	in.want(http.StatusUnsupportedMediaType, g.do(in.request("", http.MethodPost, "/data/check", "application/x-www-form-urlencoded", "")))
}

func TestAFormsAddressIsNoPage(t *testing.T) {
	in := withPeople(t, Options{})
	a := in.signedIn(schema.RoleAdmin).open("/access/create")
	if in.shows(a, http.StatusMethodNotAllowed, "POST"); a.Header.Get("Allow") != "POST" {
		t.Errorf("Allow is %q", a.Header.Get("Allow"))
	}
	a = in.signedIn(schema.RoleAdmin).open("/nothing")
	in.shows(a, http.StatusNotFound, "no page has this address")
}

func TestProblemsAreResolvedAllOrNone(t *testing.T) {
	in := withPeople(t, Options{})
	open := func() (ids []string) {
		var list schema.ProblemsResponse
		in.decode(in.post(schema.RoleAdmin, schema.Problems.Path, `{"resolved":false,"sort_order":"asc"}`), &list)
		for _, p := range list.Data {
			ids = append(ids, p.ProblemID)
		}
		return ids
	}
	coordinator, admin := in.signedIn(schema.RoleCoordinator), in.signedIn(schema.RoleAdmin)
	in.shows(coordinator.send("/problems/resolve", "problem_id", "p-ann", "problem_id", "p-bob"), http.StatusNotFound, `no problem "p-bob"`)
	if got := open(); !slices.Equal(got, []string{"p-ann", "p-bob"}) {
		t.Errorf("half of it was done: %v are open", got)
	}
	in.wantLead(admin.send("/problems/resolve", "problem_id", "p-ann", "problem_id", "p-bob", "back", "/problems?state=all"), "/problems?state=all")
	in.shows(admin.open("/problems?state=all"), 200, "2 problems are resolved.", "Reopen those marked")
	in.shows(admin.open("/problems?state=all"), 200, "!2 problems are resolved.") // said once
	if got := open(); len(got) != 0 {
		t.Errorf("%v are open", got)
	}
	in.wantLead(admin.send("/problems/resolve", "problem_id", "p-bob", "resolved", "false", "back", "/"), "/")
	in.shows(admin.open("/problems"), 200, "1 problem is open again.", "Bob", "!Ann")
	if got := open(); !slices.Equal(got, []string{"p-bob"}) {
		t.Errorf("%v are open", got)
	}
	in.wantLead(admin.send("/problems/resolve", "back", "/problems"), "/problems")
	in.shows(admin.open("/problems"), 200, "No problem was chosen")
	tooMany := []string{}
	for i := range 200 + 1 {
		tooMany = append(tooMany, "problem_id", fmt.Sprint(i))
	}
	in.want(http.StatusUnprocessableEntity, admin.send("/problems/resolve", tooMany...))
	ta := in.signedIn(schema.RoleTA)
	in.want(http.StatusNotFound, ta.send("/problems/resolve", "problem_id", "p-bob"))
	in.wantLead(ta.send("/problems/resolve", "problem_id", "p-ann", "resolved", "false", "back", "/people/ann"), "/people/ann")
	var audit schema.AuditResponse
	in.decode(in.post(schema.RoleAdmin, schema.Audit.Path, `{"action":"resolve"}`), &audit)
	if audit.TotalCount != 4 {
		t.Errorf("%d entries of the audit list", audit.TotalCount)
	}
}

func TestATermThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for _, c := range []struct{ id, name, from, to, says string }{
		{"t9", "Winter", "2025-12-01", "2025-11-01", "ends_on"},
		{"t9", "Winter", "soon", "2025-11-01", "starts_on"},
		{"", "Winter", "2025-11-01", "2025-12-01", "id"},
		{"t9", "", "2025-11-01", "2025-12-01", "name"},
	} {
		a := g.send("/data/terms", "id", c.id, "name", c.name, "starts_on", c.from, "ends_on", c.to)
		in.shows(a, http.StatusUnprocessableEntity, c.says)
		for _, value := range []string{c.id, c.name, c.from, c.to} {
			if !strings.Contains(a.body, `value="`+value+`"`) {
				t.Errorf("%+v: %q is forgotten", c, value)
			}
		}
		if a.Header.Get("HX-Push-Url") != pathData {
			t.Error("a page that is loaded again would be another one")
		}
	}
	in.wantLead(g.send("/data/terms", "id", "t9", "name", "Winter <2>", "starts_on", "2025-11-01", "ends_on", "2025-12-01"), "/data#terms")
	in.shows(g.open("/data"), 200, "The term “Winter <2>” is saved.", "Winter <2> 2025-11-01 2025-12-01 t9")
	in.shows(g.open("/?term=t9"), 200, "2025-11-01 to 2025-12-01")
	in.wantLead(g.send("/data/terms", "id", "t1", "name", "Spring", "starts_on", "2025-01-01", "ends_on", "2025-07-31"), "/data#terms")
	in.shows(g.open("/data"), 200, "Spring 2025-01-01 2025-07-31 t1", "!2025-06-30")
	var audit schema.AuditResponse
	in.decode(in.post(schema.RoleAdmin, schema.Audit.Path, `{"action":"import"}`), &audit)
	if audit.TotalCount != 3 { // with that of the people
		t.Errorf("%d entries of the audit list", audit.TotalCount)
	}
}

func TestATokenIsShownOnce(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	a := g.send("/access/create", "name", "Office <b>", "role", "coordinator", "department", "cs", "department", "ma", "expires_at", "2026-01-31")
	in.shows(a, 200, "The token of Office <b>", "shown this once")
	found := secretField.FindStringSubmatch(a.body)
	if found == nil || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(a.body)
	}
	in.tokens["office"] = found[1]
	for _, path := range []string{"/access", "/access?page=2", "/", "/data"} {
		if again := g.open(path); strings.Contains(again.body, found[1]) || strings.Contains(again.body, "shown this once") {
			t.Errorf("%s shows it again", path)
		}
	}
	in.shows(g.open("/access"), 200, "Office <b> Coordinator cs, ma")
	in.shows(in.signedIn("office").open("/"), 200, "Ann", "Bob")
	for _, c := range []struct {
		says   string
		fields []string
	}{
		{"department_ids: is missing", []string{"name", "x y", "role", "viewer"}},
		{"there is a token named", []string{"name", "Office <b>", "role", "recorder"}},
		{"there is no person", []string{"name", "x y", "role", "ta", "profile_id", "nobody"}},
		{"expires_at", []string{"name", "x y", "role", "recorder", "expires_at", "2020-01-01"}},
		{"name: needs", []string{"name", "", "role", "recorder"}},
	} {
		a := g.send("/access/create", c.fields...)
		in.shows(a, http.StatusUnprocessableEntity+map[bool]int{true: -13}[strings.Contains(c.says, "named")], c.says)
		for i := 1; i < len(c.fields); i += 2 {
			if v := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(c.fields[i]); !strings.Contains(a.body, `"`+v+`"`) {
				t.Errorf("%v: %q is forgotten", c.fields, v)
			}
		}
	}
	var list schema.TokensResponse
	in.decode(in.post(schema.RoleAdmin, schema.Tokens.Path, ``), &list)
	made := list.Data[len(list.Data)-1]
	in.wantLead(g.send("/access/revoke", "token_id", made.TokenID), "/access")
	in.shows(g.open("/access"), 200, "opens nothing any more", "revoked")
	in.want(http.StatusUnauthorized, in.post("office", schema.Context.Path, ``))
	in.want(http.StatusNotFound, g.send("/access/revoke", "token_id", "none"))
}

// A browser that loads what it shows once more asks for a page, not for a form.
func TestARefusedFormIsNoAddress(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	g.csrf = "old"
	a := g.send("/problems/resolve", "problem_id", "p-ann")
	if in.want(http.StatusForbidden, a); a.Header.Get("HX-Push-Url") != "false" || !strings.Contains(a.body, `name="back" value="/"`) {
		t.Errorf("%v %.2000s", a.Header, a.body)
	}
	if a = g.open("/nothing"); a.Header.Get("HX-Push-Url") != "" {
		t.Error("a page that is not there has no address")
	}
}

func TestWhoIsNotSignedInSendsLittle(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusRequestEntityTooLarge, in.guest().send(pathSignIn, "token", strings.Repeat("x", (8<<10))))
	in.want(http.StatusSeeOther, in.guest().send(pathSignIn, "token", adminSecret, "next", "/"+strings.Repeat("x", 1000)))
}
