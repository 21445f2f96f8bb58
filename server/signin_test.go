package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/dashboard"
	"glow/store"
)

func TestACodeSignsInOnceAndSoon(t *testing.T) {
	in := withPeople(t, Options{})
	code := in.server.SignInCode()
	if code == adminSecret || len(code) < 26 {
		t.Errorf("the code is %q", code)
	}
	g := in.guest()
	head := in.request("", http.MethodHead, "/sign-in?code="+code, "", "")
	if g.do(head); len(g.cookies) > 0 {
		t.Error("asking for the header alone used the code up")
	}
	in.wantLead(g.open("/sign-in?code="+code+"&next=/access"), "/access")
	in.shows(g.open("/access"), 200, "first")
	in.wantLead(g.open("/sign-in?code="+code), "/") // who follows it twice is in already
	other := in.guest()
	in.shows(other.open("/sign-in?code="+code), 200, "used already, or is too old")
	in.wantLead(other.open("/access"), "/sign-in?next=%2Faccess")
	late := in.server.SignInCode()
	in.clock.turnOn(10 * time.Minute)
	in.shows(other.open("/sign-in?code="+late), 200, "used already, or is too old")
	if len(other.cookies) > 0 {
		t.Errorf("cookies: %v", other.cookies)
	}
}

func TestALinkThatCannotBeUsedYetStaysGood(t *testing.T) {
	in := newInstanceOn(t, store.Options{WriteWait: 10 * time.Millisecond}, Options{})
	code := in.server.SignInCode()
	release := in.holdWriter()
	in.want(http.StatusServiceUnavailable, in.guest().open("/sign-in?code="+code))
	release()
	in.wantLead(in.guest().open("/sign-in?code="+code), "/")
}

func TestALinkHasTheRightsOfTheTokenThatAskedForIt(t *testing.T) {
	in := withPeople(t, Options{})
	var link schema.DashboardResponse
	in.decode(in.want(200, in.post(schema.RoleTA, schema.Dashboard.Path, ``)), &link)
	if link.ExpiresAt != schema.InstantOf(started.Add(10*time.Minute)) || strings.Contains(link.Path, in.tokens[schema.RoleTA]) {
		t.Errorf("%+v", link)
	}
	g := in.guest()
	in.wantLead(g.open(link.Path), "/")
	in.shows(g.open("/"), 200, "Ann", "!Bob")
	in.want(http.StatusForbidden, g.open("/access"))
	in.want(http.StatusNotFound, g.open("/people/bob"))
	var audit schema.AuditResponse
	in.decode(in.post(schema.RoleAdmin, schema.Audit.Path, `{}`), &audit)
	for i, action := range []string{schema.ActionSignIn, schema.ActionSignInLink} {
		if e := audit.Data[i]; e.Action != action || e.TokenName != "t" || e.Role != schema.RoleTA || e.Remote != "127.0.0.1" || e.RequestID == "" {
			t.Errorf("%+v, want %s", e, action)
		}
	}
	// A link of a token that was revoked meanwhile leads nowhere.
	in.decode(in.want(200, in.post(schema.RoleTA, schema.Dashboard.Path, ``)), &link)
	in.want(200, in.post(schema.RoleAdmin, schema.RevokeToken.Path, `{"name":"t"}`))
	in.shows(in.guest().open(link.Path), 200, "used already, or is too old")
}

func TestTheCookieOfAVisit(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		in := newInstance(t, Options{BehindProxy: proxied})
		a := in.guest().send(pathSignIn, "token", " "+adminSecret+" ") // as it comes out of a clipboard
		in.wantLead(a, "/")
		c := a.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != proxied || c.Path != "/" || c.Domain != "" || c.MaxAge != int(sessionTime.Seconds()) {
			t.Errorf("the cookie is %s", c.Raw)
		}
		name := "glow_visit_" + a.Request.URL.Port()
		if proxied { // so that no page of a neighbouring host can set another
			name = "__Host-" + name
		}
		if c.Name != name || strings.Contains(c.Value, adminSecret) || len(c.Value) < 26 {
			t.Errorf("the cookie is %s", c.Raw)
		}
		if again := in.guest().send(pathSignIn, "token", adminSecret).Cookies()[0]; again.Value == c.Value {
			t.Error("two visits have the same cookie")
		}
	}
}

func TestAVisitEndsByTime(t *testing.T) {
	in := newInstance(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.clock.turnOn(sessionTime - time.Second)
	in.want(200, g.open("/access"))
	in.clock.turnOn(time.Second)
	in.wantLead(g.open("/access?action=export"), "/sign-in?next=%2Faccess%3Faction%3Dexport")
	g = in.signedIn(schema.RoleAdmin)
	in.clock.turnOn(sessionTime)
	in.server.dashboard.EndExpired() // as a timer does
	in.want(http.StatusSeeOther, g.open("/access"))
}

func TestWhoSignsInComesBackToTheSamePlace(t *testing.T) {
	in := withPeople(t, Options{})
	place := "/?department=cs&range=all&search=%C4%90%E1%BA%B7ng"
	a := in.guest().open(place)
	in.wantLead(a, "/sign-in?next="+url.QueryEscape(place))
	g := in.guest()
	page := in.want(200, g.open(a.Header.Get("Location")))
	if !strings.Contains(page.body, `name="next" value="/?department=cs&amp;range=all&amp;search=%C4%90%E1%BA%B7ng"`) {
		t.Error("the form forgets the place")
	}
	wrong := g.send(pathSignIn, "token", "wrong", "next", place)
	in.shows(wrong, http.StatusUnauthorized, "not a token of this instance")
	if !strings.Contains(wrong.body, `value="/?department=cs&amp;range=all`) || strings.Contains(wrong.body, "wrong") {
		t.Error("after a wrong token the place is forgotten, or the token shown")
	}
	in.wantLead(g.send(pathSignIn, "token", in.tokens[schema.RoleViewer], "next", place), place)
	in.shows(g.open(place), 200, "Nobody here has “Đặng” in their name")

	for _, c := range []struct {
		name, method, path string
		header             http.Header
		status             int
		to                 string
	}{
		{"a form of a visit that ended", "POST", "/problems/resolve", nil, 303, "/sign-in?next=%2F"},
		{"a part of a page", "GET", "/usage?range=7d", http.Header{"Hx-Request": {"true"}, "Hx-Current-Url": {"http://localhost/?range=7d"}}, 401, "/sign-in?next=%2F%3Frange%3D7d"},
		{"a form sent by script", "POST", "/problems/resolve", http.Header{"Hx-Request": {"true"}, "Hx-Current-Url": {"http://localhost/problems?page=2"}}, 401, "/sign-in?next=%2Fproblems%3Fpage%3D2"},
		{"a page that lies about its address", "POST", "/problems/resolve", http.Header{"Hx-Request": {"true"}, "Hx-Current-Url": {"http://localhost//evil.example"}}, 401, "/sign-in?next=%2F"},
	} {
		r := in.request("", c.method, c.path, "application/x-www-form-urlencoded", "")
		for name, values := range c.header {
			r.Header[name] = values
		}
		a := in.do(r)
		if got := a.Header.Get("Location") + a.Header.Get("HX-Redirect"); a.StatusCode != c.status || got != c.to {
			t.Errorf("%s: %d to %s, want %d to %s", c.name, a.StatusCode, got, c.status, c.to)
		}
	}
}

// A browser keeps a strict cookie from whoever comes by a link in a mail.
func TestALinkInAMailOpensItsPage(t *testing.T) {
	in := withPeople(t, Options{})
	r := in.request("", http.MethodGet, "/sessions?range=all", "", "")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	a := in.do(r)
	if in.shows(a, 200, "Go on to the page"); !strings.Contains(a.body, `href="/sessions?range=all"`) || strings.Contains(a.body, "Ann") {
		t.Error(a.body)
	}
}

func TestSignOutEndsTheVisit(t *testing.T) {
	in := newInstance(t, Options{})
	g, other := in.signedIn(schema.RoleAdmin), in.signedIn(schema.RoleAdmin)
	kept := g.cookies
	a := g.send("/sign-out")
	in.wantLead(a, pathSignIn)
	if a.Header.Get("Clear-Site-Data") != `"cache"` || len(g.cookies) != 0 {
		t.Errorf("%v, cookies %v", a.Header, g.cookies)
	}
	g.cookies = kept
	in.want(http.StatusSeeOther, g.open("/access"))
	in.want(200, other.open("/access"))
}

func TestATokenThatEndsEndsItsVisits(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleViewer)
	in.want(200, in.post(schema.RoleAdmin, schema.RevokeToken.Path, `{"name":"v"}`))
	in.wantLead(g.open("/sessions"), "/sign-in?next=%2Fsessions")
	var made schema.TokenCreateResponse
	in.decode(in.want(200, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"short","role":"viewer","department_ids":["cs"],"expires_at":"2025-06-15T13:00:00Z"}`)), &made)
	in.tokens["short"] = made.Secret
	g = in.signedIn("short")
	in.clock.turnOn(time.Hour + time.Microsecond) // the moment itself still counts
	in.want(http.StatusSeeOther, g.open("/sessions"))
	in.want(http.StatusUnauthorized, in.guest().send(pathSignIn, "token", made.Secret))
}

func TestSigningInAgainEndsTheVisitBefore(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	kept := *g
	kept.cookies = map[string]string{}
	for name, value := range g.cookies {
		kept.cookies[name] = value
	}
	in.wantLead(g.send(pathSignIn, "token", in.tokens[schema.RoleTA]), "/")
	in.want(http.StatusForbidden, g.open("/access"))
	in.want(http.StatusSeeOther, kept.open("/access"))
}

func TestWrongTokensAndCodesAreGuesses(t *testing.T) {
	for name, try := range map[string]func(*guest) answer{
		"tokens": func(g *guest) answer { return g.send(pathSignIn, "token", "wrong") },
		"codes":  func(g *guest) answer { return g.open("/sign-in?code=wrong") },
	} {
		in := newInstance(t, Options{})
		for range maxGuesses {
			try(in.guest())
		}
		a := try(in.guest())
		in.shows(a, http.StatusTooManyRequests, "oo many wrong tokens")
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
		in.signedIn(schema.RoleAdmin) // a right one is let in
	}
}

func TestOneIsLedToPagesHereOnly(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/": "/", "/sessions?range=all#x": "/sessions?range=all#x", "/people/%2F%2Fevil": "/people/%2F%2Fevil",
		"//evil.example": "/", "///evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", `/x\..\..\evil`: "/",
		"https://evil.example": "/", "javascript:alert(1)": "/", "evil.example": "/", "/\t/evil.example": "/", "/\n/evil.example": "/",
		"/\r\nSet-Cookie: a=b": "/", "/\x00/evil": "/", "/\u2028/evil": "/", " //evil.example": "/", "/%5Cevil.example": "/%5Cevil.example", "/%2F/evil.example": "/%2F/evil.example",
	} {
		if got := dashboard.LocalOnly(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
		base, err := url.Parse("http://localhost:8000/sign-in")
		if err != nil {
			t.Fatal(err)
		}
		if led, err := base.Parse(dashboard.LocalOnly(to)); err != nil || led.Host != base.Host || led.Scheme != "http" {
			t.Errorf("%q leads away: %v %v", to, led, err)
		}
	}
	in := newInstance(t, Options{})
	for _, evil := range []string{"//evil.example", `/\evil.example`, "https://evil.example/"} {
		in.wantLead(in.guest().send(pathSignIn, "token", adminSecret, "next", evil), "/")
		in.wantLead(in.guest().open("/sign-in?code="+in.server.SignInCode()+"&next="+url.QueryEscape(evil)), "/")
		in.wantLead(in.signedIn(schema.RoleAdmin).send("/theme", "theme", "dark", "back", evil), "/")
		in.wantLead(in.signedIn(schema.RoleAdmin).send("/problems/resolve", "back", evil), "/")
	}
}

func TestTheThemeIsKept(t *testing.T) {
	in := newInstance(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	for _, theme := range []string{"dark", "light", "", "purple\"><script>"} {
		in.wantLead(g.send("/theme", "theme", theme, "back", "/access?page=2"), "/access?page=2")
		want := `<html lang="en">`
		if theme == "dark" || theme == "light" {
			want = `<html lang="en" data-theme="` + theme + `">`
		}
		if a := g.open("/access"); !strings.Contains(a.body, want) {
			t.Errorf("%q: no %s", theme, want)
		}
	}
}

func TestNoSecretOfTheDashboardIsInTheLog(t *testing.T) {
	var log bytes.Buffer
	in := withPeople(t, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	code := in.server.SignInCode()
	g := in.guest()
	g.open("/sign-in?code=" + code)
	g.open("/people/ann?search=secret-name")
	a := g.send("/access/create", "name", "another", "role", "admin")
	secret := secretField.FindStringSubmatch(a.body)[1]
	in.guest().send(pathSignIn, "token", secret)
	in.guest().send(pathSignIn, "token", "not-quite-"+secret)
	in.guest().open("/sign-in?code=" + code)
	for _, cookie := range g.cookies {
		if strings.Contains(log.String(), cookie) {
			t.Error("the log has the cookie")
		}
	}
	audit := in.post(schema.RoleAdmin, schema.Audit.Path, `{"page_size":200}`).body
	for _, word := range []string{code, secret, adminSecret, g.csrf, "secret-name", "127.0.0.1"} {
		if strings.Contains(log.String(), word) || word != "127.0.0.1" && strings.Contains(audit, word) {
			t.Errorf("the log or the audit list has %q", word)
		}
	}
}
