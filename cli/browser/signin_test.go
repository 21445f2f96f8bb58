package browser

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

func TestSignInByThePrintedLink(t *testing.T) {
	t.Parallel()
	in := own(t)
	p := open(t, in)
	p.visit(in.link)
	p.waitAt("/")
	p.says("h1", "Activity")
	p.says(".who", "Admin")

	again := open(t, in)
	again.visit(in.link)
	again.says(".error", "has been used already")
	if again.count("nav") != 0 {
		t.Error("a link that was used shows the pages")
	}
}

func TestSignInByToken(t *testing.T) {
	t.Parallel()
	p := open(t, shared(t, demoData))
	p.expect("status of 401")
	p.visit("/sessions?range=all&size=25")
	p.says("h1", "Sign in")
	if p.text("nav") != "(none)" {
		t.Error("who is not signed in sees the pages")
	}
	p.fill("input[name=token]", "nonsense")
	p.click("main button")
	p.waitSays(".error", "not a token of this instance")
	if kept := script[string](p, `document.querySelector("input[name=next]").value`); kept != "/sessions?range=all&size=25" {
		t.Errorf("after a wrong token it leads to %s", kept)
	}
	p.fill("input[name=token]", p.in.token)
	p.click("main button")
	p.waitAt("/sessions?range=all&size=25")
	p.says("h1", "Sessions")
	if cookies := script[string](p, "document.cookie"); cookies != "" {
		t.Errorf("scripts see cookies: %s", cookies)
	}
	cookies := call(p, network.GetCookies, network.GetCookiesParams{}).Cookies
	if len(cookies) != 1 || !cookies[0].HTTPOnly || cookies[0].SameSite != network.CookieSameSiteStrict || cookies[0].Expires <= 0 {
		t.Errorf("the cookie is %+v", cookies)
	}

	p.click(".self form[action='/sign-out'] button")
	p.waitAt("/sign-in")
	p.visit("/access")
	p.waitAt("/sign-in?next=%2Faccess")
}

func TestExpiredVisitLeadsBackToTheSamePlace(t *testing.T) {
	thorough(t)
	t.Parallel()
	in := own(t, "--demo")
	var made struct {
		Token string `json:"token"`
	}
	out := in.must(t, "token", "create", "passing", "--role", "admin", "--json")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := signedInWith(t, in, made.Token, "/sessions?range=all&search=a")
	p.expect("status of 401")
	in.must(t, "token", "revoke", "passing")
	p.click("#page-next")
	p.wait(`location.pathname === "/sign-in"`)
	p.fill("input[name=token]", in.token)
	p.click("main button")
	p.wait(`location.pathname === "/sessions"`)
	p.waitSays("h1", "Sessions")
	if at := p.at(); !strings.Contains(at, "search=a") || !strings.Contains(at, "range=all") {
		t.Errorf("signing in again leads to %s", at)
	}
}
