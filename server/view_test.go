package server

import (
	"encoding/csv"
	"errors"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/store"
)

// pathsOf are the pages, with filters, that an instance of people has.
var allPages = []string{
	"/", "/?range=all", "/?range=all&search=n&sort=last_active_at&order=desc", "/?range=all&follow_up=7", "/?term=t1&department=cs&role=ta", "/usage?range=all",
	"/sessions", "/sessions?range=all", "/sessions?range=all&problems=yes&active=no&size=1&order=asc", "/sessions?range=all&person=ann", "/sessions?range=all&person=bob",
	"/sessions/s-ann", "/sessions/s-bob", "/sessions/none", "/people/ann", "/people/ann?range=all", "/people/bob?range=all", "/people/cat", "/people/none",
	"/problems", "/problems?state=all", "/problems?state=resolved", "/data", "/data?range=all&department=ma", "/data/holdings", "/access", "/access?action=sign_in", "/nothing",
}

var (
	banner  = regexp.MustCompile(`(?s)<div class="viewing".*?</form>\s*</div>`)
	changed = regexp.MustCompile(`name="csrf" value="[A-Z2-7]+"|<span class="who"[^>]*>[^<]*</span>|<span class="id">[0-9a-f-]{36}</span>|last change <time.*?</time>`)
)

// bare is a page without what may differ between two that see the same.
func bare(page string) string {
	lines := strings.Split(changed.ReplaceAllString(banner.ReplaceAllString(page, ""), "X"), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func TestViewAsShowsWhatThatPersonsTokenShows(t *testing.T) {
	in := withPeople(t, Options{})
	admin := in.signedIn(schema.RoleAdmin)
	in.wantLead(admin.send("/view-as", "profile_id", "ann"), "/")
	ta := in.signedIn(schema.RoleTA) // of Ann; the view itself counts for both
	in.shows(admin.open("/"), 200, "Ann", "!Bob", "!Mathematics")
	for _, path := range allPages {
		seen, theirs := admin.open(path), ta.open(path)
		if seen.StatusCode != theirs.StatusCode {
			t.Errorf("%s: status %d, theirs is %d", path, seen.StatusCode, theirs.StatusCode)
		}
		if a, b := bare(seen.body), bare(theirs.body); a != b {
			t.Errorf("%s differs:\n%s", path, difference(a, b))
		}
		if !strings.Contains(seen.body, "You are looking as <strong") || strings.Contains(theirs.body, "You are looking as") {
			t.Errorf("%s: the banner is missing, or is theirs too", path)
		}
	}
}

// difference shows the first line by which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "got  " + a[i] + "\nwant " + b[i]
		}
	}
	return "one is longer"
}

func TestNothingIsChangedWhileViewing(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"spare","role":"recorder"}`))
	admin := in.signedIn(schema.RoleAdmin)
	held := heldUpload(admin)
	in.wantLead(admin.send("/view-as", "profile_id", "ann"), "/")
	in.want(200, admin.open("/"))
	before := in.everything()
	own := []string{pathSignIn, "/sign-in/replace", "/sign-out", "/theme", "/view-as/end"} // of whoever is signed in
	for _, rt := range in.server.dashboard.Routes() {
		if rt.Method != http.MethodPost || slices.Contains(own, rt.Path) {
			continue
		}
		row := pageMatrix[rt.Method+" "+rt.Path]
		fields := row.fields
		switch rt.Path {
		case "/data/import":
			fields = held
		case "/access/revoke":
			fields = spareToken(admin)
		}
		var a answer
		if rt.Upload {
			a = admin.upload(nil, "departments.csv", "id,name\nnew,New\n")
		} else {
			a = admin.send(rt.Path, fields...)
		}
		in.shows(a, http.StatusForbidden, "you are looking as Ann, and change nothing meanwhile")
	}
	if after := in.everything(); after != before {
		t.Errorf("something changed: %s", difference(after, before))
	}
	in.wantLead(admin.send("/theme", "theme", "dark", "back", "/"), "/") // that is the admin's own
}

func TestViewAsIsWrittenDownAndEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(*instance, *guest)
		after time.Duration // from the start to the end that is written down
		still bool          // signed in
	}{
		"by its button": {func(in *instance, g *guest) {
			in.clock.turnOn(5 * time.Minute)
			in.wantLead(g.send("/view-as/end"), "/people/ann")
			in.shows(g.open("/people/ann"), 200, "You no longer look as Ann.")
		}, 5 * time.Minute, true},
		"by signing out": {func(in *instance, g *guest) {
			in.clock.turnOn(time.Minute)
			in.wantLead(g.send("/sign-out"), pathSignIn)
		}, time.Minute, false},
		"by time": {func(in *instance, g *guest) {
			in.clock.turnOn(viewTime + time.Hour)
			in.want(200, g.open("/access"))
		}, viewTime, true},
		"by time, with nobody there": {func(in *instance, g *guest) {
			in.clock.turnOn(viewTime)
			in.server.dashboard.EndExpired() // as a timer does
		}, viewTime, true},
		"with the visit": {func(in *instance, g *guest) {
			in.clock.turnOn(sessionTime)
			in.server.dashboard.EndExpired()
		}, viewTime, false},
		"with the program": {func(in *instance, g *guest) {
			in.clock.turnOn(time.Minute)
			in.server.Close()
			in.server.Close()
		}, time.Minute, false},
		"with the token": {func(in *instance, g *guest) {
			in.clock.turnOn(time.Minute)
			in.want(200, in.post(schema.RoleAdmin, schema.RevokeToken.Path, `{"name":"first"}`))
			in.wantLead(g.open("/access"), "/sign-in?next=%2Faccess")
		}, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			in := withPeople(t, Options{})
			in.want(200, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"second","role":"admin"}`))
			g := in.signedIn(schema.RoleAdmin)
			in.clock.turnOn(time.Second)
			began := in.clock.now()
			in.wantLead(g.send("/view-as", "profile_id", "ann"), "/")
			c.end(in, g)
			page := g.open("/access")
			if c.still {
				in.shows(page, 200, "!You are looking as")
			} else {
				in.want(http.StatusSeeOther, page)
			}
			in.checkEmulation(t, began, began.Add(c.after))
		})
	}
}

// checkEmulation holds what is written down of one view of Ann against the times.
func (in *instance) checkEmulation(t *testing.T, began, ended time.Time) {
	t.Helper()
	at := func(i time.Time) string { return schema.InstantOf(i).String() }
	record := func(kind string) map[string]string {
		t.Helper()
		rows := map[string]string{}
		n := 0
		for r, err := range in.records(kind) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(r["id"], "0") || kind == schema.KindProfile && strings.HasPrefix(r["id"], "dashboard:") {
				rows, n = r, n+1
			}
		}
		if n != 1 {
			t.Fatalf("%d records %s", n, kind)
		}
		return rows
	}
	viewer, session, grant, emulation := record(schema.KindProfile), record(schema.KindSession), record(schema.KindGrant), record(schema.KindEmulation)
	for what, pair := range map[string][2]string{
		"viewer's name":      {viewer["name"], "first"},
		"viewer's role":      {viewer["role"], "admin"},
		"viewer's active":    {viewer["active"], "false"},
		"session's person":   {session["profile_id"], viewer["id"]},
		"session's start":    {session["created_at"], at(began)},
		"session's end":      {session["ended_at"], at(ended)},
		"grant's session":    {grant["session_id"], session["id"]},
		"grant's start":      {grant["created_at"], at(began)},
		"grant's end":        {grant["expires_at"], at(ended)},
		"emulation's person": {emulation["profile_id"], "ann"},
		"emulation's grant":  {emulation["grant_id"], grant["id"]},
		"emulation's viewer": {emulation["session_id"], session["id"]},
		"emulation's start":  {emulation["created_at"], at(began)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the %s is %q, want %q", what, pair[0], pair[1])
		}
	}
	for action, n := range map[string]int64{schema.ActionEmulate: 1, schema.ActionEmulateEnd: 1} {
		list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: action})
		if err != nil || list.TotalCount != n {
			t.Fatalf("%d entries %s, %v", list.TotalCount, action, err)
		}
		if e := list.Data[0]; e.TokenName != "first" || e.Role != schema.RoleAdmin || e.Remote != "127.0.0.1" ||
			e.Detail["profile_id"] != "ann" || e.Detail["emulation_id"] != emulation["id"] {
			t.Errorf("%s: %+v", action, e)
		}
	}
}

func TestOnlyAnAdminViewsAsSomebodyWhoIsThere(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusNotFound, in.signedIn(schema.RoleAdmin).send("/view-as", "profile_id", "nobody"))
	in.want(http.StatusForbidden, in.signedIn(schema.RoleCoordinator).send("/view-as", "profile_id", "ann"))
	list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: schema.ActionEmulate})
	if err != nil || list.TotalCount != 0 {
		t.Errorf("%d views are written down, %v", list.TotalCount, err)
	}
	for role, there := range map[string]bool{schema.RoleAdmin: true, schema.RoleCoordinator: false, schema.RoleTA: false} {
		if a := in.signedIn(role).open("/people/ann"); strings.Contains(a.body, `action="/view-as"`) != there {
			t.Errorf("%s: the button is there: %v", role, !there)
		}
	}
}

// records yields the rows of an export of one kind, by their columns.
func (in *instance) records(kind string) iter.Seq2[map[string]string, error] {
	in.t.Helper()
	var text strings.Builder
	_, err := in.store.Export(in.t.Context(), schema.Scope{All: true}, schema.ExportRequest{Kind: kind}, func(tables []store.Table) error {
		_, err := formats.WriteCSV(&text, tables[0].Fields, tables[0].Rows)
		return err
	})
	return func(yield func(map[string]string, error) bool) {
		rows, failed := csv.NewReader(strings.NewReader(text.String())).ReadAll()
		if err := errors.Join(err, failed); err != nil {
			yield(nil, err)
			return
		}
		for _, row := range rows[1:] {
			r := map[string]string{}
			for i, name := range rows[0] {
				r[name] = row[i]
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
