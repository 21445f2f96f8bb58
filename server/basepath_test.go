package server

import (
	"bufio"
	"encoding/json"
	"html"
	"maps"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glow/schema"
)

// belowAPath is an instance with people below /glow, asked through a reverse proxy
// that passes paths on as they are. Others have the rest of the host.
func belowAPath(t *testing.T, base string) *instance {
	t.Helper()
	in := newInstance(t, Options{BasePath: base})
	to, err := url.Parse(in.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(proxy.Close)
	in.url = proxy.URL + base
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, people))
	return in
}

func TestBasePaths(t *testing.T) {
	for _, right := range []string{"", "/glow", "/a/b-c/d_e.f~1"} {
		if err := CheckBasePath(right); err != nil {
			t.Errorf("%q: %v", right, err)
		}
	}
	for _, wrong := range []string{"/", "glow", "/glow/", "//glow", "/a//b", "/a/../b", "/..", "/.", "/a b", "/a%20b", "/ä", "/a?b", "/a#b", `/a\b`, "/a;b", "http://h/glow", "/a\n"} {
		if CheckBasePath(wrong) == nil {
			t.Errorf("%q may be a base path", wrong)
		}
	}
}

// walk is a browser with a real cookie jar that follows what pages lead to.
type walk struct {
	t     *testing.T
	in    *instance
	base  string
	seen  map[string]bool // addresses without the values of their parameters
	todo  []string
	posts map[string]bool // where forms are sent
}

// references are the attributes of a page that the browser, or our script, asks for.
var references = regexp.MustCompile(`\s(href|src|action|formaction|hx-get|hx-post|data-href|data-live)="([^"]*)"`)

var postForms = regexp.MustCompile(`<form method="post" action="([^"]*)"`)

// read notes all that a page leads to.
func (w *walk) read(from *url.URL, page string) {
	w.t.Helper()
	for _, found := range postForms.FindAllStringSubmatch(page, -1) {
		w.posts[html.UnescapeString(found[1])] = true
	}
	for _, found := range references.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(found[2], "#") { // on the page itself
			continue
		}
		to, err := from.Parse(html.UnescapeString(found[2]))
		if err != nil {
			w.t.Fatal(err)
		}
		if to.Scheme == "mailto" || strings.HasPrefix(from.Path, w.base+"/help"+"/") && to.Scheme == "https" { // the manual names other programs
			continue
		}
		if to.Host != from.Host || !strings.HasPrefix(to.Path, w.base+"/") || strings.HasPrefix(to.Path, w.base+w.base) {
			w.t.Errorf("%s leads out by %s", from, found[0])
			continue
		}
		kind := to.Path + " " + strings.Join(slices.Sorted(maps.Keys(to.Query())), " ")
		if found[1] != "action" && found[1] != "data-live" && !w.seen[kind] {
			w.seen[kind] = true
			to.Fragment = ""
			w.todo = append(w.todo, to.String())
		}
	}
}

// get asks for an address as a browser does.
func (w *walk) get(address string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	a := w.in.do(r)
	if to := a.Header.Get("Location"); to != "" && !strings.HasPrefix(to, w.base+"/") {
		w.t.Errorf("%s leads to %s", address, to)
	}
	return a
}

// follow goes on until every sort of address was asked for.
func (w *walk) follow(start string) {
	w.t.Helper()
	for w.todo = append(w.todo, start); len(w.todo) > 0; {
		address := w.todo[0]
		w.todo = w.todo[1:]
		a := w.get(address)
		if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusSeeOther {
			w.t.Errorf("%s: status %d", address, a.StatusCode)
		}
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			w.read(a.Request.URL, a.body)
		}
	}
}

func newWalk(t *testing.T, in *instance, base string) *walk {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	in.client.Jar = jar
	return &walk{t: t, in: in, base: base, seen: map[string]bool{}, posts: map[string]bool{}}
}

// Who signs in by the link that serve prints finds all pages, and nothing on them
// leads out of the base path.
func TestEverythingIsBelowTheBasePath(t *testing.T) {
	const base = "/tools/glow"
	in := belowAPath(t, base)
	w := newWalk(t, in, base)
	if to := w.get(in.url + "/sessions").Header.Get("Location"); to != base+"/sign-in?next=%2Fsessions" {
		t.Errorf("one is led to sign in at %s", to)
	}
	w.read(&url.URL{Scheme: "http", Host: hostOf(t, in.url), Path: base + "/sign-in"}, w.get(in.url+"/sign-in?next=%2Fsessions").body)
	in.wantLead(w.get(in.url+pathSignIn+"?next=%2Fsessions&code="+in.server.SignInCode()), base+"/sessions")
	w.follow(in.url + "/")
	for _, page := range []string{"/sessions/s-ann", "/people/ann", "/problems", "/data", "/data/holdings", "/access", "/static/app.js", "/openapi.json"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(w.seen)), func(kind string) bool { return strings.HasPrefix(kind, base+page+" ") }) {
			t.Errorf("no page leads to %s", page)
		}
	}
	w.other(in)
	if len(w.posts) < 12 {
		t.Errorf("few forms were found: %v", w.posts)
	}
	for action := range w.posts {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+hostOf(t, in.url)+action, strings.NewReader(""))
		if a := in.do(r); a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusUnsupportedMediaType && a.StatusCode != http.StatusSeeOther {
			t.Errorf("a form sent to %s: status %d", action, a.StatusCode)
		}
	}
}

// other follows what only pages after a form show: a link for somebody else, an
// upload, a view as somebody, a fault.
func (w *walk) other(in *instance) {
	w.t.Helper()
	g := in.guest()
	g.open("/data") // its form has the token
	up := g.upload(url.Values{}, "departments.csv", "id,name\nph,Physics\n")
	w.read(up.Request.URL, in.want(http.StatusOK, up).body)
	if pushed := up.Header.Get("HX-Push-Url"); pushed != w.base+pathData {
		w.t.Errorf("the page of an upload is at %s", pushed)
	}
	taken := g.send("/data/import", "upload", held(w.t, up))
	w.read(taken.Request.URL, in.want(http.StatusOK, taken).body)
	w.follow(in.url + "/data") // before somebody is viewed who sees less
	in.wantLead(g.send("/theme", "theme", "dark", "back", "/people/ann?range=all"), w.base+"/people/ann?range=all")
	in.wantLead(g.send("/view-as", "profile_id", "ann"), w.base+"/")
	w.follow(in.url + "/?range=all")
	in.wantLead(g.send("/view-as/end"), w.base+"/people/ann")
	missing := g.open("/people/nobody")
	w.read(missing.Request.URL, in.want(http.StatusNotFound, missing).body)

	var made schema.TokenCreateResponse
	in.decode(in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"c","role":"coordinator","department_ids":["cs"]}`), &made)
	in.tokens[schema.RoleCoordinator] = made.Secret
	var link schema.DashboardResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleCoordinator, schema.Dashboard.Path, `{}`)), &link)
	if !strings.HasPrefix(link.Path, w.base+pathSignIn+"?code=") {
		w.t.Fatalf("the link is %s", link.Path)
	}
	asks := w.get("http://" + hostOf(w.t, in.url) + link.Path + "&next=%2Fproblems")
	in.want(http.StatusOK, asks)
	w.read(asks.Request.URL, asks.body)
	_, code, _ := strings.Cut(link.Path, "code=")
	in.wantLead(g.send("/sign-in/replace", "code", code, "next", "/problems"), w.base+"/problems")
	in.want(http.StatusOK, w.get(in.url+"/problems"))
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// The script follows the news at the address that the page names.
func TestTheNewsAreBelowTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	w := newWalk(t, in, "/glow")
	w.get(in.url + pathSignIn + "?code=" + in.server.SignInCode())
	found := regexp.MustCompile(`data-live="([^"]+)"`).FindStringSubmatch(w.get(in.url + "/").body)
	if found == nil {
		t.Fatal("the page follows nothing")
	}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+hostOf(t, in.url)+found[1], nil)
	resp, err := in.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != ": here\n" {
		t.Errorf("%s: %q %v", resp.Status, line, err)
	}
}

func TestNothingIsOutsideTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	in.client.Transport = http.DefaultTransport // the document is of what is below
	root := strings.TrimSuffix(in.url, "/glow")
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/static/app.css", "/sign-in", "/sessions", "/glowing", "/glow2/healthz", "/gl%6fw/healthz", "/GLOW/healthz", "//glow/healthz", "/glow/glow/healthz"} {
		for _, accept := range []string{"*/*", "text/html"} {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, root+path, nil)
			r.Header.Set("Accept", accept)
			if a := in.do(r); a.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: status %d", path, a.StatusCode)
			}
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.json", "/static/app.css"} {
		in.want(http.StatusOK, in.ask("", http.MethodGet, path, "", ""))
	}
	if a := in.ask("", http.MethodGet, "?range=all", "", ""); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/glow/?range=all" {
		t.Errorf("the base path itself: status %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
}

// An id may hold what paths escape.
func TestAnIDWithASlashBelowTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"profile","id":"a/b ?%41","name":"Slash"}`))
	w := newWalk(t, in, "/glow")
	w.get(in.url + pathSignIn + "?code=" + in.server.SignInCode())
	in.shows(w.get(in.url+"/people/"+url.PathEscape("a/b ?%41")), http.StatusOK, "Slash")
}

func TestAnAnswerNamesItsAddressesBelowTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	var doc struct {
		Servers []struct{ URL string }
	}
	if err := json.Unmarshal([]byte(in.ask("", http.MethodGet, "/openapi.json", "", "").body), &doc); err != nil || len(doc.Servers) != 1 || doc.Servers[0].URL != "/glow" {
		t.Errorf("the servers are %v: %v", doc.Servers, err)
	}
	e := in.refusal(http.StatusNotFound, in.ask("", http.MethodGet, "/nothing", "", ""))
	if e.Type != "/glow/openapi.json#/components/responses/not_found" || !strings.Contains(e.Detail, "GET /glow/openapi.json ") {
		t.Errorf("the problem is %+v", e)
	}
}

// A page that htmx asked for again leads to sign in, and back to the page at hand.
func TestWhoSignsInComesBackBelowTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	for current, next := range map[string]string{
		in.url + "/sessions?range=all": "%2Fsessions%3Frange%3Dall", in.url: "%2F", "http://localhost/glowing/sessions": "%2F", "http://localhost/sessions": "%2F",
	} {
		g := in.guest()
		g.header.Set("Hx-Request", "true")
		g.header.Set("Hx-Current-Url", current)
		if to := g.open("/problems").Header.Get("Hx-Redirect"); to != "/glow/sign-in?next="+next {
			t.Errorf("from %s one is led to %s", current, to)
		}
	}
}

// Cookies are for what is below the base path, and of a name that browsers take there.
func TestTheCookieBelowABasePath(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		in := newInstance(t, Options{BasePath: "/glow", BehindProxy: proxied})
		in.url += "/glow"
		g := in.guest()
		c := in.want(http.StatusSeeOther, g.send(pathSignIn, "token", adminSecret)).Cookies()[0]
		if c.Path != "/glow" || c.Secure != proxied || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || strings.HasPrefix(c.Name, "__Host-") || strings.HasPrefix(c.Name, "__Secure-") != proxied {
			t.Errorf("the cookie is %v", c)
		}
		in.want(http.StatusOK, g.open("/"))
		g.header.Set("Origin", "http://evil.example")
		in.want(http.StatusForbidden, g.send("/theme", "theme", "dark"))
		g.header.Set("Origin", "http://"+hostOf(t, in.url))
		in.want(http.StatusSeeOther, g.send("/theme", "theme", "dark"))
	}
}

// An export, which is a form's answer, comes whole through the proxy.
func TestAnExportBelowTheBasePath(t *testing.T) {
	in := belowAPath(t, "/glow")
	newWalk(t, in, "/glow").get(in.url + pathSignIn + "?code=" + in.server.SignInCode())
	g := in.guest()
	g.open("/data")
	a := g.send("/data/export", "kind", "profile")
	if kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type")); a.StatusCode != http.StatusOK || kind != schema.TypeCSV || !strings.Contains(a.body, "ann@example.org") {
		t.Errorf("%d %s: %.200s", a.StatusCode, kind, a.body)
	}
}
