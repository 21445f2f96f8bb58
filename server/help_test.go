package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/manual"
)

func TestTheManualIsReadWithoutSigningIn(t *testing.T) {
	in := withPeople(t, Options{})
	for _, g := range []*guest{in.guest(), in.signedIn(schema.RoleTA)} {
		for address, link := range map[string]string{"/help": `href="/help/numbers"`, "/help?q=Idle+SESSION": `href="/help/numbers#sessions"`} {
			if a := g.open(address); a.StatusCode != http.StatusOK || !strings.Contains(a.body, link) {
				t.Errorf("%s: status %d, no %s", address, a.StatusCode, link)
			}
		}
		in.shows(g.open("/help?q=xyzzy"), http.StatusOK, "Nothing in the manual has all of these words")
		in.shows(g.open("/help/nothing"), http.StatusNotFound, "no such topic")
		if a := g.open("/help/dashboard.png"); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "image/png" {
			t.Errorf("the picture: status %d, type %s", a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
	if a := in.signedIn(schema.RoleAdmin).open("/help/tour"); !strings.Contains(a.body, "/sign-out") {
		t.Error("whoever is signed in does not keep their header")
	}
	if a := in.signedIn(schema.RoleAdmin).open("/help/nothing"); !strings.Contains(a.body, "/sign-out") {
		t.Error("a topic that there is not takes the header away from whoever is signed in")
	}
}

// Links of the manual and the "?" of each page lead to a heading that is there.
func TestLinksToTheManualLeadSomewhere(t *testing.T) {
	in := withPeople(t, Options{})
	admin := in.signedIn(schema.RoleAdmin)
	pages := []string{"/", "/sessions", "/sessions/s-ann", "/people/ann", "/problems", "/data", "/access", "/sign-in", "/help"}
	for _, topic := range manual.Topics {
		pages = append(pages, "/help/"+topic.Name)
	}
	link := regexp.MustCompile(`href="(/help[^"]*)"`)
	seen := map[string]bool{}
	for _, page := range pages {
		found := link.FindAllStringSubmatch(admin.open(page).body, -1)
		if len(found) == 0 {
			t.Errorf("%s does not lead to the manual", page)
		}
		for _, one := range found {
			if seen[one[1]] {
				continue
			}
			seen[one[1]] = true
			path, id, _ := strings.Cut(one[1], "#")
			if a := admin.open(path); a.StatusCode != http.StatusOK || id != "" && !strings.Contains(a.body, `id="`+id+`"`) {
				t.Errorf("%s leads to %s, which is not there", page, one[1])
			}
		}
	}
}
