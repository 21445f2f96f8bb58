package server

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"glow/schema"
	"glow/server/dashboard"
)

var (
	quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	inline = regexp.MustCompile(`\s(on[a-z]+|style|hx-on[^=]*|hx-vals)\s*=`)
)

// unsafe returns the first tag of a page that the policy would stop, or that
// leads elsewhere.
func unsafe(page string) string {
	for _, tag := range tags.FindAllString(page, -1) {
		lower := strings.ToLower(tag)
		switch {
		case strings.HasPrefix(lower, "<style"), strings.HasPrefix(lower, "<script") && !strings.Contains(lower, ` src="/static/`),
			strings.Contains(lower, `src="http`), strings.Contains(lower, `src="//`), strings.Contains(lower, `href="http`), strings.Contains(lower, `href="//`),
			strings.Contains(lower, `="javascript:`), inline.MatchString(quoted.ReplaceAllString(lower, `""`)):
			return tag
		}
	}
	return ""
}

// Every page, shown or refused, is under a policy that lets nothing in but the
// files of this program, and has nothing that the policy would stop.
func TestPagesHoldToTheirPolicy(t *testing.T) {
	in := withPeople(t, Options{})
	check := func(a answer) {
		t.Helper()
		policy := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s %s: the policy is %q", a.Request.Method, a.Request.URL, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http") || strings.Contains(policy, "data:") {
			t.Errorf("the policy is %q", policy)
		}
		if bad := unsafe(a.body); bad != "" {
			t.Errorf("%s %s has %q", a.Request.Method, a.Request.URL, bad)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("X-Frame-Options") != "DENY" ||
			a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("X-Request-Id") == "" || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: %v", a.Request.Method, a.Request.URL, a.Header)
		}
	}
	for _, role := range append([]string{""}, schema.Roles...) {
		g := in.guest()
		if role != "" {
			g = in.signedIn(role)
		}
		for _, path := range append([]string{pathSignIn, "/sign-in?code=x"}, allPages...) {
			check(g.open(path))
		}
		if role == schema.RoleAdmin {
			check(g.upload(nil, "profiles.csv", "id,name\nx,\n"))
			check(g.send("/data/terms"))
			check(g.send("/access/create"))
			check(g.send("/view-as", "csrf", "twice"))
		}
	}
	for _, bad := range []string{`<p onclick="x">`, `<p STYLE = x>`, `<style>`, `<script>x</script>`, `<script src="//evil.example/x">`, `<a href="JavaScript:x">`} {
		if unsafe(bad) == "" {
			t.Errorf("%s is let pass", bad)
		}
	}
}

func TestPagesObeyNameAndOrigin(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for _, path := range []string{"/", "/sessions", "/data", "/access", "/static/app.js", pathSignIn} {
		r := in.request("", http.MethodGet, path, "", "")
		r.Host = "evil.example"
		in.want(http.StatusMisdirectedRequest, g.do(r))
	}
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		g.header.Set(name, value)
		for _, path := range []string{pathSignIn, "/sign-out", "/view-as", "/data/refresh", "/access/create"} {
			in.want(http.StatusForbidden, g.send(path))
		}
		g.header.Del(name)
	}
	in.want(200, g.open("/access")) // nothing of it signed out
}

func TestStaticFilesAreKeptByTheirVersion(t *testing.T) {
	in := newInstance(t, Options{})
	for name, asset := range dashboard.Assets() {
		a := in.want(200, in.ask("", "GET", "/static/"+name+"?v="+asset.Version, "", ""))
		if a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header.Get("Content-Type") == "" || a.body != string(asset.Content) {
			t.Errorf("%s: %v", name, a.Header)
		}
		for _, version := range []string{"", "?v=other"} {
			if a := in.want(200, in.ask("", "GET", "/static/"+name+version, "", "")); a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s%s: %v", name, version, a.Header)
			}
		}
	}
	for _, name := range []string{"none.js", "..%2Fweb.go", "", "app.js/x"} {
		if a := in.ask("", "GET", "/static/"+name, "", ""); a.StatusCode != 404 {
			t.Errorf("%q: %d", name, a.StatusCode)
		}
	}
}

func TestPagesTellNothingOfOthers(t *testing.T) {
	in := withPeople(t, Options{})
	for _, role := range []string{schema.RoleCoordinator, schema.RoleViewer, schema.RoleTA, schema.RoleRecorder} {
		g := in.signedIn(role)
		for _, path := range allPages {
			a := g.open(path)
			if a.StatusCode >= 400 { // it says again what was asked for; see below
				continue
			}
			text := a.body
			for _, asked := range []string{"“bob”", `value="bob"`, "person=bob", "“ma”", `"bob"`} { // what was asked for may be said again
				text = strings.ReplaceAll(text, asked, "")
			}
			for _, secret := range []string{"Bob", "bob", "Mathematics", "p-bob", "s-bob"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s as %s tells of %s", path, role, secret)
				}
			}
			if role == schema.RoleTA && strings.Contains(text, "Cat") {
				t.Errorf("%s tells a TA of another", path)
			}
		}
		for _, outside := range []string{"/sessions/s-bob", "/people/bob"} {
			there, not := g.open(outside), g.open(strings.Replace(outside, "bob", "xyz", 1))
			if role == schema.RoleRecorder {
				in.want(http.StatusForbidden, there)
				continue
			}
			in.want(http.StatusNotFound, there)
			if a, b := bare(there.body), strings.ReplaceAll(bare(not.body), "xyz", "bob"); a != b {
				t.Errorf("%s as %s tells that it is there:\n%s", outside, role, difference(a, b))
			}
		}
	}
}

func TestAWrongAddressIsNotedAndTheRestShown(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for path, notes := range map[string][]string{
		"/?range=all&from=soon":                      {"The date “soon” (from)", "Ann"},
		"/?from=2025-03-31&to=2025-03-01":            {"The dates were the wrong way round", "Ann", "2025-03-01 to 2025-03-31"},
		"/?range=forever&department=cs":              {"There is no range “forever”", "Ann", "!Bob"},
		"/?department=none&department=cs&range=all":  {"You see no department “none”", "Ann", "!Bob"},
		"/?role=queen&range=all":                     {"You see no role “queen”", "Ann", "Bob"},
		"/?term=t9&range=all":                        {"There is no term “t9”", "Ann"},
		"/?sort=email&order=up&follow_up=-1&page=0":  {"The choice “email” (sort) is not one", "The choice “up” (order) is not one", "“-1” (follow up) is not a whole number from 0", "“0” (page) is not a whole number", "Ann"},
		"/?departement=cs&range=all":                 {"This page knows no “departement”", "Ann", "Bob"},
		"/?range=all&range=7d":                       {"The range is in the address more than once; the first counts.", "Ann"},
		"/?range=all&search=%ff":                     {"The search in the address cannot be read", "Ann"},
		"/?range=all&search=%zz":                     {"A part of the address cannot be read", "Ann"},
		"/?range=all&search=%00":                     {"The search in the address cannot be read", "Ann"},
		"/sessions?range=all&active=maybe&size=1000": {"The choice “maybe” (active) is not one", "“1000” (size) is not a whole number from 1 to 200", "Ann", "Bob"},
		"/sessions?range=all&person=nobody":          {"There is no person “nobody”", "Ann", "Bob"},
		"/sessions?range=all&page=99":                {"This page is behind the last one"},
		"/sessions/s-ann?x=1":                        {"This page knows no “x”", "Ann"},
		"/people/ann?range=all&y=1":                  {"This page knows no “y”", "Ann"},
		"/problems?state=broken":                     {"The choice “broken” (state) is not one", "Ann", "Bob"},
		"/data?x=1":                                  {"This page knows no “x”"},
		"/access?action=dance&page=x":                {"The choice “dance” (action) is not one", "“x” (page) is not a whole number", "first"},
		"/?" + strings.Repeat("a", 5000):             {"This page knows no “" + strings.Repeat("a", 60) + "…”"},
		"/?search=" + url.QueryEscape("<script>alert(1)</script>") + "&range=all": {"Nobody here has “<script>alert(1)</script>”"},
	} {
		in.shows(g.open(path), 200, notes...)
	}
	// What was left out is in no link.
	for _, bad := range []string{"/?range=all&x=evilword", "/sessions?range=all&active=evilword", "/?department=evilword"} {
		if a := g.open(bad); strings.Contains(a.body, "=evilword") {
			t.Errorf("%s is carried on", bad)
		}
	}
}

// The page shows the numbers of the store, for any filter.
func TestTheActivityPageShowsTheNumbersOfTheStore(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, manyRecords(60)))
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	for range 40 {
		role := pick(schema.RoleAdmin, schema.RoleCoordinator, schema.RoleTA)
		g := in.signedIn(role)
		caller, err := in.store.Authenticate(t.Context(), in.tokens[role])
		if err != nil {
			t.Fatal(err)
		}
		q, f := url.Values{}, schema.Filter{}
		if f.DateFrom, f.DateTo = pick("", "2025-05-20"), pick("", "2025-06-10"); f.DateFrom+f.DateTo == "" {
			q.Set("range", "all")
		}
		if role != schema.RoleTA && random.IntN(2) == 0 {
			f.DepartmentIDs = []string{"cs"}
			q.Set("department", "cs")
		}
		for key, value := range map[string]string{"from": f.DateFrom, "to": f.DateTo} {
			if value != "" {
				q.Set(key, value)
			}
		}
		req := schema.ActivityRequest{Filter: f, SortBy: pick("name", "sessions_count", "last_active_at"), SortOrder: pick("asc", "desc"), Compare: true}
		q.Set("sort", req.SortBy)
		q.Set("order", req.SortOrder)
		if random.IntN(2) == 0 {
			days := 7
			req.InactiveDays = &days
			q.Set("follow_up", "7")
		}
		want, err := in.store.Activity(t.Context(), caller.Scope(), req)
		if err != nil {
			t.Fatal(err)
		}
		checkActivity(t, g.open("/?"+q.Encode()), want)
	}
}

var (
	card   = regexp.MustCompile(`(?s)<li class="card">.*?<p class="value">([0-9,]+)</p>`)
	before = regexp.MustCompile(`(?s)<p class="change">.*?([0-9,]+)</span>\s*</p>`)
	person = regexp.MustCompile(`(?s)<tr data-href="/people/([^"?]+)[^"]*">(.*?)</tr>`)
	number = regexp.MustCompile(`<td class="n[^>]*>([0-9,]+)</td>`)

	heading = regexp.MustCompile(`<a id="sort-(\w+)"[^>]*>([^<]*)</a>`)
)

func checkActivity(t *testing.T, a answer, want schema.ActivityResponse) {
	t.Helper()
	numbers := func(r *regexp.Regexp, text string) (list []int64) {
		for _, found := range r.FindAllStringSubmatch(text, -1) {
			n, err := strconv.ParseInt(strings.ReplaceAll(found[1], ",", ""), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
		}
		return list
	}
	same := func(what string, got, want []int64) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the %s are %v, want %v", a.Request.URL, what, got, want)
		}
	}
	of := func(c schema.Counts) []int64 { return []int64{c.Sessions, c.ActiveProfiles, c.Logins, c.Emulations} }
	same("cards", numbers(card, a.body), of(want.Counts))
	if want.Previous != nil {
		same("cards of before", numbers(before, a.body), of(want.Previous.Counts))
	}
	rows := person.FindAllStringSubmatch(a.body, -1)
	if shown := min(len(want.ProfileSummary), 50); len(rows) != shown {
		t.Fatalf("%s: %d people, want %d", a.Request.URL, len(rows), shown)
	}
	for i, row := range rows {
		w := want.ProfileSummary[i]
		if row[1] != w.ProfileID {
			t.Fatalf("%s: person %d is %s, want %s", a.Request.URL, i, row[1], w.ProfileID)
		}
		same("numbers of "+row[1], numbers(number, row[2]), numbersUnder(t, a, &w))
	}
}

// numbersUnder returns the numbers of a person in the order of the table's headings,
// each of which names one in its link.
func numbersUnder(t *testing.T, a answer, row *schema.ProfileSummary) (list []int64) {
	t.Helper()
	for _, found := range heading.FindAllStringSubmatch(a.body, -1) {
		for _, c := range schema.RowCounts() {
			if c.Key == found[1] && c.Label == found[2] {
				list = append(list, *c.InRow(row))
			}
		}
	}
	if len(list) != len(schema.RowCounts()) {
		t.Fatalf("%s: %d headings of numbers, want %d", a.Request.URL, len(list), len(schema.RowCounts()))
	}
	return list
}

// manyRecords are people with a few sessions each, spread over three weeks.
func manyRecords(people int) string {
	var b strings.Builder
	for i := range people {
		fmt.Fprintf(&b, `{"kind":"profile","id":"n%d","name":"Name %d","role":"ta","department_ids":["%s"]}`+"\n", i, i, []string{"cs", "ma"}[i%2])
		for k := range i % 4 {
			at := started.AddDate(0, 0, -7*k-i%5).Format(time.RFC3339)
			fmt.Fprintf(&b, `{"kind":"session","id":"n%d-%d","profile_id":"n%d","created_at":"%s"}`+"\n", i, k, i, at)
			fmt.Fprintf(&b, `{"kind":"login","profile_id":"n%d","created_at":"%s"}`+"\n", i, at)
		}
	}
	return b.String()
}

// hostile texts, each of which is a name, a department, a role, a message …
var hostileTexts = []string{
	`<script>alert("x")</script>`, `"><img src=x onerror=alert(1)>`, strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 9)[:300],
	"\u202eמשה כהן\u202c", "محمد بن سلمان", "👩🏽‍🚀🏳️‍🌈 Zoë", "' OR 1=1 --", "{{.Secret}}", "=cmd|' /C calc'!A0", "ẞ\u0301\u0301\u0301\u0301\u0301\u0301", "</textarea></title></svg>",
}

func TestHostileDataIsShownAsWhatItIs(t *testing.T) {
	in := newInstance(t, Options{})
	line := func(b *strings.Builder, record map[string]any) {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	var b strings.Builder
	for i, text := range hostileTexts {
		id := func(stem string) string { return stem + strconv.Itoa(i) }
		if len(text) < 100 && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			id = func(stem string) string { return stem + text }
		}
		line(&b, map[string]any{"kind": "department", "id": id("d"), "name": text})
		line(&b, map[string]any{"kind": "term", "id": id("t"), "name": text, "starts_on": "2025-06-01", "ends_on": "2025-06-30"})
		line(&b, map[string]any{"kind": "profile", "id": id("p"), "name": text, "email": "a@example.org", "department_ids": []string{id("d")}, "role": string([]rune(text)[:min(20, len([]rune(text)))])})
		line(&b, map[string]any{"kind": "session", "id": id("s"), "profile_id": id("p"), "created_at": "2025-06-14T09:00:00Z"})
		line(&b, map[string]any{"kind": "problem", "id": id("q"), "profile_id": id("p"), "session_id": id("s"), "type": string([]rune(text)[:min(60, len([]rune(text)))]), "message": text, "created_at": "2025-06-14T09:00:00Z"})
		line(&b, map[string]any{"kind": "group", "id": id("g"), "session_id": id("s"), "name": text, "created_at": "2025-06-14T09:00:00Z"})
		line(&b, map[string]any{"kind": "run", "group_id": id("g"), "model": text, "created_at": "2025-06-14T09:00:00Z"})
		line(&b, map[string]any{"kind": "chat", "id": id("c"), "session_id": id("s"), "name": text, "created_at": "2025-06-14T09:00:00Z"})
		line(&b, map[string]any{"kind": "message", "chat_id": id("c"), "role": string([]rune(text)[:min(60, len([]rune(text)))]), "created_at": "2025-06-14T09:00:00Z"})
	}
	in.want(200, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, b.String()))
	g := in.signedIn(schema.RoleAdmin)
	paths := []string{"/", "/usage", "/sessions", "/problems", "/data", "/data/holdings", "/access"}
	for _, found := range regexp.MustCompile(`href="(/(?:people|sessions)/[^"]+|/\?term=[^"]+|/\?[^"]*department=[^"]+)"`).FindAllStringSubmatch(g.open("/").body+g.open("/sessions").body+g.open("/data").body, -1) {
		paths = append(paths, html.UnescapeString(found[1]))
	}
	if len(paths) < 4*len(hostileTexts) {
		t.Errorf("only %d pages", len(paths))
	}
	for _, path := range paths {
		a := in.want(200, g.open(path))
		if bad := unsafe(a.body); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
	}
	for _, path := range []string{"/", "/sessions", "/problems"} {
		text := g.open(path).body
		for _, name := range hostileTexts {
			if !strings.Contains(textOf(text), name) {
				t.Errorf("%s does not show %q", path, name)
			}
		}
	}
	in.wantLead(g.send("/view-as", "profile_id", "p"+hostileTexts[0]), "/")
	in.shows(g.open("/"), 200, "1 person", hostileTexts[0])
	in.wantLead(g.send("/view-as/end"), dashboard.PersonPath("p"+hostileTexts[0]))
}

func TestAnEmptyDatabaseSaysWhatToDoNext(t *testing.T) {
	in := newInstance(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/"), 200, "Nothing here yet", "Bring records in")
	for _, path := range []string{"/?range=all", "/usage?range=all", "/sessions?range=all", "/problems?state=all", "/data", "/data/holdings", "/access", "/?term=&from=2025-01-01"} {
		in.want(200, g.open(path))
	}
	in.want(404, g.open("/people/x"))
}

func TestFiveThousandPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, manyRecords(5000)))
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/?range=all&page=101&sort=name"), 200, "5,001–5,003 of 5,003 people")
	in.shows(g.open("/?range=all&search=name+499"), 200, "15 people", "Name 4999", "Name 1499") // each word, wherever it is
	in.shows(g.open("/?range=all&search=NAME+499&follow_up=7&page=2"), 200, "behind the last one")
	in.shows(g.open("/?range=all&search=nobody&follow_up=7"), 200, "Nobody here has")
	for _, path := range allPages {
		if a := g.open(path); a.StatusCode >= 500 || len(a.body) > 400_000 {
			t.Errorf("%s: status %d, %d bytes", path, a.StatusCode, len(a.body))
		}
	}
}

// A row of the people is a page away whatever its id.
func TestEveryIDHasItsPage(t *testing.T) {
	in := newInstance(t, Options{})
	ids := []string{"a/b", "//x", "a b", "ü", "%2F", "a?b=c", "a#b", "a;b", "a+b", "a&amp;b", `a\b`, "…", "a.b", "日本"}
	var b strings.Builder
	for _, id := range ids {
		text, err := json.Marshal(map[string]any{"kind": "profile", "id": id, "name": "Name of " + id})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	in.want(200, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, b.String()))
	g := in.signedIn(schema.RoleAdmin)
	for _, id := range ids {
		in.shows(g.open(dashboard.PersonPath(id)), 200, "Name of "+id)
	}
}

func TestAPageBehindTheLastSaysSo(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for _, path := range []string{"/?range=all&page=99", "/?range=all&page=99&follow_up=1", "/sessions?range=all&page=99", "/problems?page=99", "/access?page=99"} {
		in.shows(g.open(path), 200, "This page is behind the last one", "To the first page", "!everybody was active", "!Nobody matches", "!No entry of this sort", "!4,901")
	}
	in.shows(g.open("/access?action=restore"), 200, "No entry of this sort", "!behind the last")
}

// What is called “these” is what an export takes out.
func TestAnExportTakesWhatIsShown(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for _, path := range []string{"/", "/?department=cs", "/sessions?range=all", "/problems?state=all"} {
		in.shows(g.open(path), 200, "Export these")
	}
	for _, path := range []string{"/?search=ann", "/?follow_up=7", "/sessions?person=ann", "/sessions?search=ann", "/sessions?active=no", "/sessions?problems=yes", "/problems", "/problems?state=resolved"} {
		in.shows(g.open(path), 200, "!Export these", "Export this window")
	}
}

// The days of a term that are to come are no fall to zero.
func TestARunningTermEndsToday(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(200, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON,
		`{"kind":"term","id":"now","name":"Summer","starts_on":"2025-06-10","ends_on":"2025-07-15"}`+"\n"+
			`{"kind":"session","id":"new","profile_id":"ann","created_at":"2025-06-15T09:00:00Z"}`+"\n"))
	a := in.signedIn(schema.RoleAdmin).open("/?term=now")
	in.shows(a, 200, "Sun 2025-06-15 so far", "!2025-06-16")
	if !strings.Contains(a.body, `&#34;unfinished&#34;:true`) {
		t.Error("the chart does not know that today is not over")
	}
	// Six days: five are over, and a dashed line leads to the sixth.
	if !strings.Contains(a.body, `<polyline points="1.0,26.0 24.6,26.0 48.2,26.0 71.8,26.0 95.4,26.0"/><polyline class="going" points="95.4,26.0 119.0,2.0"/>`) {
		t.Errorf("the line of the card is another one: %s", regexp.MustCompile(`<svg class="spark".*`).FindString(a.body))
	}
}

func TestTheDataPageTellsOfBackups(t *testing.T) {
	in := withPeople(t, Options{})
	in.shows(in.signedIn(schema.RoleAdmin).open("/data"), 200, "No backups are made by themselves; glow serve --backup-dir does.")
	in.shows(in.signedIn(schema.RoleCoordinator).open("/data"), 200, "!backup")
}

func TestTheAuditListIsNarrowed(t *testing.T) {
	in := withPeople(t, Options{})
	in.signedIn(schema.RoleViewer) // which is written down
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/access?who=v"), 200, "1 entry", "Signed in")
	in.shows(g.open("/access?who=v&action=import"), 200, "No entry of this sort")
	in.shows(g.open("/access?who=V"), 200, "No entry of this sort")
	in.shows(g.open("/access?who=v&from=2025-06-15&to=2025-06-15"), 200, "1 entry")
	in.shows(g.open("/access?who=v&from=2025-06-16"), 200, "No entry of this sort")
	in.shows(g.open("/access?who=v&to=soon"), 200, "1 entry", "The date “soon” (to)")
	in.shows(g.open("/access?from=2025-06-16&to=2025-06-15"), 200, "The dates were the wrong way round")
}
