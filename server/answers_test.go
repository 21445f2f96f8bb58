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
