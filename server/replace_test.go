package server

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"glow/schema"
)

// Whoever is signed in and follows the link of somebody else is asked first, and the
// question uses nothing up.
func TestALinkOfSomebodyElseAsksFirst(t *testing.T) {
	in := withPeople(t, Options{})
	var link schema.DashboardResponse
	in.decode(in.want(200, in.post(schema.RoleTA, schema.Dashboard.Path, ``)), &link)
	_, code, _ := strings.Cut(link.Path, "code=")
	g := in.signedIn(schema.RoleAdmin)
	for range 2 {
		in.shows(g.open(link.Path+"&next=/sessions"), 200, "You are signed in as", "first", "Sign in as t")
		in.shows(g.open("/access"), 200, "Tokens") // still the admin
	}
	before := in.guest()
	before.cookies = maps.Clone(g.cookies)
	stranger := in.request("", http.MethodPost, "/sign-in/replace", "application/x-www-form-urlencoded", "code="+code)
	stranger.Header.Set("Sec-Fetch-Site", "cross-site")
	in.want(http.StatusForbidden, g.do(stranger))
	in.want(200, g.open("/access"))
	in.shows(g.open(link.Path), 200, "Sign in as t")
	in.wantLead(g.send("/sign-in/replace", "code", code, "next", "/sessions"), "/sessions")
	in.want(http.StatusForbidden, g.open("/access"))
	in.shows(g.open("/"), 200, "Ann", "!Bob")
	// The session of the admin has ended.
	in.wantLead(before.open("/access"), "/sign-in?next=%2Faccess")
	// A code that is used up changes nothing, and that is said.
	in.wantLead(g.send("/sign-in/replace", "code", code, "next", "/"), "/")
	in.shows(g.open("/"), 200, "used already, or is too old")
}

// A link in a mail comes without the cookie; a page of this instance asks once more.
func TestALinkFromAnotherSiteFindsOutFirstWhoIsSignedIn(t *testing.T) {
	in := withPeople(t, Options{})
	path := "/sign-in?code=" + in.server.SignInCode()
	visitor := in.request("", http.MethodGet, path, "", "")
	visitor.Header.Set("Sec-Fetch-Site", "cross-site")
	a := in.do(visitor)
	in.shows(a, 200, "One moment")
	if len(a.Cookies()) > 0 {
		t.Errorf("it signed in: %v", a.Cookies())
	}
	g := in.signedIn(schema.RoleTA)
	in.shows(g.open(path), 200, "whoever started glow here")
	in.wantLead(in.guest().open(path), "/") // not used up
}

// Whoever follows a link of their own stays who they are, and is asked nothing.
func TestALinkOfOnesOwnAsksNothing(t *testing.T) {
	in := withPeople(t, Options{})
	var link schema.DashboardResponse
	in.decode(in.want(200, in.post(schema.RoleTA, schema.Dashboard.Path, ``)), &link)
	g := in.signedIn(schema.RoleTA)
	in.wantLead(g.open(link.Path+"&next=/sessions"), "/sessions")
}
