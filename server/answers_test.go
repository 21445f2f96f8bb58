package server

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"glow/schema"
)

// role_ids is another name of roles, for every question that has it.
func TestRolesHaveTwoNames(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, `{"kind":"profile","id":"bob","role":"lead"}`+"\n"))
	for _, path := range []string{"/system/activity", "/system/sessions", "/system/problems"} {
		all := in.want(http.StatusOK, in.post(schema.RoleAdmin, path, `{}`)).body
		byName := in.want(http.StatusOK, in.post(schema.RoleAdmin, path, `{"roles":["lead"]}`)).body
		byID := in.want(http.StatusOK, in.post(schema.RoleAdmin, path, `{"role_ids":["lead"],"roles":[]}`)).body
		if byID != byName || byID == all {
			t.Errorf("%s: by role_ids %s\nby roles %s", path, byID, byName)
		}
		e := in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, path, `{"role_ids":["lead"],"roles":["ta"]}`))
		if e.Errors[0].Field != "role_ids" {
			t.Errorf("%s: %+v", path, e)
		}
	}
	profiles := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/export", `{"kind":"profile","role_ids":["lead"]}`)).body
	if !strings.Contains(profiles, "\nbob,") || strings.Contains(profiles, "\nann,") {
		t.Errorf("exported %s", profiles)
	}
}

func TestAnswersHoldWhatTheContractNames(t *testing.T) {
	in := withPeople(t, Options{})
	session := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/session", `{"session_id":"s-ann"}`)).body
	if !strings.HasPrefix(session, `{"session_exists":true,"session_id":"s-ann"`) {
		t.Errorf("the session begins with %.100s", session)
	}
	refreshed := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/refresh", `{}`)).body
	if !strings.Contains(refreshed, `"invalidated_tags":[]`) {
		t.Errorf("the refresh answers %s", refreshed)
	}
}

// A problem that is nobody's comes in, is shown and goes out like any other.
func TestAProblemOfNobodyIsTakenAndShown(t *testing.T) {
	in := withPeople(t, Options{})
	file := "id,profile_id,session_id,type,message,resolved,created_at\nlost,,,tool,It does not start,,2025-03-04T09:00:00Z\n"
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=problem", schema.TypeCSV, file))
	in.want(http.StatusOK, in.post(schema.RoleCoordinator, "/system/problem", `{"type":"tool","message":"It is slow"}`))
	in.want(http.StatusOK, in.post(schema.RoleTA, "/system/problem", `{"type":"tool","message":"It is mine"}`))
	exported := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/export", `{"kind":"problem"}`)).body
	if !strings.Contains(exported, "\nlost,,,tool,It does not start,false,") || strings.Count(exported, ",,,tool,") != 2 {
		t.Errorf("exported %s", exported)
	}
	again := newInstance(t, Options{})
	again.want(http.StatusOK, again.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, people))
	again.want(http.StatusOK, again.ask(schema.RoleAdmin, "POST", "/system/import?kind=problem", schema.TypeCSV, exported))
	if out := again.want(http.StatusOK, again.post(schema.RoleAdmin, "/system/export", `{"kind":"problem"}`)).body; out != exported {
		t.Errorf("in and out again: %s", out)
	}
	g := in.signedIn(schema.RoleAdmin)
	for _, path := range []string{"/problems", "/?range=all"} {
		in.shows(g.open(path), http.StatusOK, "It does not start", "nobody’s")
	}
}

var nextLink = regexp.MustCompile(`<a href="([^"]*)" id="page-next"`)

// The “Next” of a page begins after its last row, whatever came in meanwhile.
func TestNextRepeatsNothing(t *testing.T) {
	for _, c := range []struct{ path, row string }{
		{"/sessions?range=all&size=2", `href="/sessions/%s`},
		{"/problems?state=all&size=2", `value="%s"`},
	} {
		in := withPeople(t, Options{})
		post := func(id string) {
			in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON,
				`{"kind":"session","id":"`+id+`","profile_id":"ann","created_at":"2025-03-05T09:00:00Z"}`+"\n"+
					`{"kind":"problem","id":"`+id+`","profile_id":"ann","type":"t","message":"m","created_at":"2025-03-05T09:00:00Z"}`+"\n"))
		}
		next := func(a answer) string {
			found := nextLink.FindStringSubmatch(in.want(http.StatusOK, a).body)
			if found == nil {
				t.Fatalf("no next page of %s", a.body)
			}
			return html.UnescapeString(found[1])
		}
		has := func(a answer, id string) bool { return strings.Contains(a.body, fmt.Sprintf(c.row, id)) }
		for _, id := range []string{"x1", "x2", "x3", "x4"} {
			post(id)
		}
		g := in.signedIn(schema.RoleAdmin)
		first := g.open(c.path)
		post("x9") // comes before all of them
		second := g.open(next(first))
		third := g.open(next(second))
		if has(second, "x3") || !has(second, "x2") || !has(second, "x1") || !strings.Contains(second.body, "Page 2 of") {
			t.Errorf("the second page has %s", second.body)
		}
		if has(third, "x1") || !strings.Contains(third.body, "Page 3 of") {
			t.Errorf("the third page has %s", third.body)
		}
		in.shows(g.open(c.path+"&page=2&cursor=xyz"), http.StatusOK, "does not say where to go on")
	}
}

func TestATimelineComesInParts(t *testing.T) {
	in := withPeople(t, Options{})
	var part schema.SessionResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/session", `{"session_id":"s-ann","timeline_limit":2}`)), &part)
	if part.TimelineTotal != 6 || len(part.Timeline) != 2 || part.TimelineNextCursor == nil {
		t.Fatalf("%+v", part)
	}
	in.shows(in.signedIn(schema.RoleAdmin).open("/sessions/s-ann?cursor="+*part.TimelineNextCursor), http.StatusOK, "4 of 6 events")
	e := in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, "/system/session", `{"session_id":"s-bob","timeline_cursor":"`+*part.TimelineNextCursor+`"}`))
	if e.Errors[0].Field != "timeline_cursor" {
		t.Errorf("%+v", e)
	}
}
