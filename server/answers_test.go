package server

import (
	"net/http"
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
