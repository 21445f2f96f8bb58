package server

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"glow/schema"
)

// csvOf reads a list of a page as a CSV for programs.
func (g *guest) csvOf(path string) [][]string {
	g.in.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	a := g.in.want(http.StatusOK, g.open(path+separator+"as=csv"))
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		g.in.t.Fatal(err)
	}
	return rows
}

// A page with several lists sends each, whole.
func TestEachListOfAPageIsAFile(t *testing.T) {
	in := withPeople(t, Options{})
	var more []string
	for i := range 450 { // more than are asked for at once
		more = append(more, fmt.Sprintf(`{"kind":"activity","id":"a%03d","profile_id":"ann","session_id":"s-ann","created_at":"2025-03-01T09:%02d:%02dZ"}`, i, i/60, i%60))
	}
	takeRecords(in, "", more...)
	takeRecords(in, "", `{"kind":"mapping","id":"usage","definition":"{\"columns\":[\"Who\"],\"records\":[{\"kind\":\"profile\",\"fields\":{\"id\":\"Who\",\"name\":\"Who\"}}]}"}`)
	takeRecords(in, "", `{"kind":"profile","id":"ann2","name":"ANN"}`)
	g := in.signedIn(schema.RoleAdmin)

	var session schema.SessionResponse
	in.decode(in.post(schema.RoleAdmin, schema.Session.Path, `{"session_id":"s-ann","timeline_limit":10000}`), &session)
	var ids []string
	for _, e := range session.Timeline {
		ids = append(ids, e.EntityID)
	}
	if got := columnOf(g.csvOf("/sessions/s-ann?list=timeline"), "entity_id"); !slices.Equal(got, ids) || len(ids) < 450 {
		t.Errorf("the timeline has %d events, of %d", len(got), len(ids))
	}
	for path, want := range map[string]struct {
		column string
		values []string
	}{
		"/sessions/s-ann?list=groups":         {"group_id", []string{"g1"}},
		"/sessions/s-ann?list=problems":       {"problem_id", []string{"p-ann"}},
		"/people/ann?range=all&list=sessions": {"session_id", []string{"s-ann"}},
		"/people/ann?range=all&list=problems": {"problem_id", []string{"p-ann"}},
		"/people/ann?range=all&list=numbers":  {"activity_count", []string{"450"}},
		"/people/ann?list=days":               {"starts_on", []string{"2025-03-01"}},
		"/access?list=tokens":                 {"name", []string{"first", "c", "v", "t", "r"}},
		"/data?list=horizons":                 {"name", []string{"Computing", "Mathematics", "People without a department"}},
		"/data?list=terms":                    {"value", []string{"t1"}},
		"/data?list=mappings":                 {"name", []string{"usage"}},
		"/data/departments":                   {"department_id", []string{"cs", "ma"}},
		"/data/duplicates":                    {"profile_id_2", []string{"ann2"}},
		"/data/imports":                       {"inserted", []string{"1", "1", "450", "14"}},
	} {
		if got := columnOf(g.csvOf(path), want.column); !slices.Equal(got, want.values) {
			t.Errorf("%s: %q, want %q", path, got, want.values)
		}
	}
	began := 0
	for _, n := range columnOf(g.csvOf("/?range=all&list=chart"), "sessions_count") {
		sessions, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		began += sessions
	}
	if began != 2 {
		t.Errorf("the chart has %d sessions", began)
	}
	hours, sessions := g.csvOf("/?range=all&list=hours"), map[string]string{}
	for _, row := range hours[1:] {
		if row[2] != "0" {
			sessions[row[0]+" "+row[1]] = row[2]
		}
	}
	if len(hours) != 1+7*24 || len(sessions) != 2 || sessions["Sat 9"] != "1" || sessions["Sun 9"] != "1" { // 1 and 2 March 2025
		t.Errorf("%d hours, %v", len(hours), sessions)
	}
	records, err := in.store.Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range g.csvOf("/data?list=records")[1:] {
		kind := slices.IndexFunc(schema.Kinds, func(k *schema.Kind) bool { return strings.TrimSuffix(k.File, ".csv") == row[0] })
		if row[2] != fmt.Sprint(records[schema.Kinds[kind].Name]) && row[1] != fmt.Sprint(records[schema.Kinds[kind].Name]) {
			t.Errorf("%q, of %v", row, records)
		}
	}
	if a := g.open("/access?list=tokens&as=csv"); strings.Contains(a.body, "glow_") {
		t.Error("the list of tokens has a secret")
	}
	in.shows(g.open("/sessions/s-ann?as=csv&list=nothing"), http.StatusUnprocessableEntity, "it has timeline, groups, problems")
	in.want(http.StatusNotFound, in.signedIn(schema.RoleTA).open("/sessions/s-bob?as=csv&list=timeline"))
	in.want(http.StatusForbidden, in.signedIn(schema.RoleCoordinator).open("/access?as=csv&list=tokens"))
	in.shows(in.signedIn(schema.RoleCoordinator).open("/data?as=csv&list=records"), http.StatusUnprocessableEntity, "it has horizons")
	if audit := in.audit(`{"action":"export"}`); !strings.Contains(fmt.Sprint(audit.Data), "timeline") {
		t.Error("the audit list does not have who took a timeline along")
	}
}
