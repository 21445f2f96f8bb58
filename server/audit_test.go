package server

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"glow/schema"
)

// audit asks for the audit list.
func (in *instance) audit(body string) (list schema.AuditResponse) {
	in.t.Helper()
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Audit.Path, body)), &list)
	return list
}

func TestAuditListIsFilteredByWhomAndWhen(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleCoordinator, schema.Export.Path, `{}`))
	for body, want := range map[string]int{
		`{"token_name":"c"}`:                                2,
		`{"token_name":"c","action":"token_create"}`:        0,
		`{"token_name":"first","action":"token_create"}`:    4,
		`{"date_from":"2025-06-15","date_to":"2025-06-15"}`: 7,
		`{"date_from":"2025-06-16"}`:                        0,
		`{"date_to":"2025-06-15T11:59:59Z"}`:                0,
	} {
		if list := in.audit(body); len(list.Data) != want {
			t.Errorf("%s: got %d entries, want %d", body, len(list.Data), want)
		}
	}
	for body, field := range map[string]string{
		`{"date_from":"yesterday"}`: "date_from", `{"date_from":"2025-06-16","date_to":"2025-06-15"}`: "date_to", `{"token":"c"}`: "token",
	} {
		if e := in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, schema.Audit.Path, body)); e.Errors[0].Field != field {
			t.Errorf("%s: got %+v", body, e.Errors)
		}
	}
}

// The list goes out for admins, in the order in which things happened, with nothing
// in it that a spreadsheet would run, and is on itself afterwards.
func TestAuditListGoesOutAsCSV(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"=1+1","role":"coordinator","department_ids":["cs"]}`))
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"audit","date_from":"2025-06-15"}`))
	if name := a.Header.Get("Content-Disposition"); !strings.Contains(name, `"glow-audit-2025-06-15.csv"`) {
		t.Errorf("the file is named %s", name)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if header := strings.Join(rows[0], ","); header != "audit_id,created_at,action,token_id,token_name,role,remote,request_id,detail,hash" {
		t.Errorf("got %s", header)
	}
	for i, row := range rows[1:] {
		if row[0] != fmt.Sprint(i+1) || row[1] != "2025-06-15T12:00:00Z" || len(row[9]) != 64 {
			t.Errorf("row %d is %q", i+1, row)
		}
	}
	if len(rows) != 1+1+4+1 { // the header, an import, four tokens and one more
		t.Errorf("got %d rows: %s", len(rows), a.body)
	}
	if e := in.audit(`{"page_size":1}`).Data[0]; e.Action != schema.ActionExport || fmt.Sprint(e.Detail["rows"]) != "map[audit.csv:6]" || e.Detail["people"] != 0.0 {
		t.Errorf("the list says %+v", e)
	}
	in.refusal(http.StatusForbidden, in.post(schema.RoleCoordinator, schema.Export.Path, `{"kind":"audit"}`))
	in.refusal(http.StatusForbidden, in.post(schema.RoleViewer, schema.Export.Path, `{"kind":"audit"}`))
	for _, more := range []string{`"roles":["ta"]`, `"department_ids":["cs"]`, `"pseudonymize":true`} {
		in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"audit",`+more+`}`))
	}
	if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{}`)); strings.Contains(a.body, "audit.csv") {
		t.Error("the list is in the ZIP")
	}
}

// A cell that a spreadsheet would run comes out of the list harmless.
func TestAuditListGoesOutHarmless(t *testing.T) {
	in := withPeople(t, Options{})
	var made schema.TokenCreateResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"=cmd|x","role":"admin"}`)), &made)
	in.tokens["formula"] = made.Secret
	in.want(http.StatusOK, in.post("formula", schema.Refresh.Path, `{}`))
	if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"audit"}`)); !strings.Contains(a.body, ",refresh,"+made.TokenID+",'=cmd|x,") {
		t.Errorf("got %s", a.body)
	}
}

func TestExportIsOnTheListWithItsPeopleRowsAndDigest(t *testing.T) {
	in := withPeople(t, Options{})
	for _, c := range []struct {
		role, body string
		people     float64
		rows       string
	}{
		{schema.RoleCoordinator, `{"kind":"login"}`, 1, "map[logins.csv:1]"},
		{schema.RoleAdmin, `{"kind":"profile","pseudonymize":true}`, 3, "map[profiles.csv:3]"},
		{schema.RoleAdmin, `{"kind":"term"}`, 0, "map[terms.csv:1]"},
		{schema.RoleCoordinator, `{"kind":"profile","department_ids":["cs"],"roles":["TA"]}`, 2, "map[profiles.csv:2]"},
	} {
		in.want(http.StatusOK, in.post(c.role, schema.Export.Path, c.body))
		e := in.audit(`{"page_size":1}`).Data[0]
		if e.Action != schema.ActionExport || e.Detail["people"] != c.people || fmt.Sprint(e.Detail["rows"]) != c.rows || len(e.Detail["sha256"].(string)) != 64 {
			t.Errorf("%s: the list says %+v", c.body, e)
		}
	}
}

// What a person did, and what was done to them, is on the list until they are
// forgotten; then only that it was.
var tellsOfAnn = regexp.MustCompile(`(?i)\bann\b`)

func TestForgottenPersonIsNowhereInAnyAnswer(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleTA, schema.ReportProblem.Path, `{"type":"bug","message":"Ann is stuck"}`))
	var answer schema.ForgetResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Forget.Path, `{"profile_id":"ann"}`)), &answer)
	if !answer.Wiped || answer.Removed["profile"] != 1 || answer.Removed["problem"] != 2 || answer.TokensRevoked != 1 || answer.AuditEntries != 3 { // with the import that brought her
		t.Errorf("got %+v", answer)
	}
	for _, path := range []string{"/system/activity", "/system/sessions", "/system/problems", "/system/audit", "/system/tokens", "/system/doctor"} {
		a := in.want(http.StatusOK, in.post(schema.RoleAdmin, path, `{}`))
		if tellsOfAnn.MatchString(a.body) {
			t.Errorf("%s tells of her: %s", path, a.body)
		}
	}
	for _, kind := range append(schema.KindNames(), schema.ViewSessionHistory, schema.ViewProfileSummary, schema.ViewAudit) {
		a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"`+kind+`"}`))
		if tellsOfAnn.MatchString(a.body) {
			t.Errorf("%s tells of her: %s", kind, a.body)
		}
	}
	in.refusal(http.StatusUnauthorized, in.post(schema.RoleTA, schema.Context.Path, `{}`))
	in.refusal(http.StatusNotFound, in.post(schema.RoleAdmin, schema.Forget.Path, `{"profile_id":"ann"}`))
	in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, schema.Forget.Path, `{}`))
	in.refusal(http.StatusForbidden, in.post(schema.RoleCoordinator, schema.Forget.Path, `{"profile_id":"cat"}`))
	// An import that names her makes a new person.
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"profile","id":"ann","name":"Ann"}`))
	var found schema.ActivityResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Activity.Path, `{"summary_profile_id":"ann"}`)), &found)
	if len(found.ProfileSummary) != 1 || found.ProfileSummary[0].Sessions != 0 || found.ProfileSummary[0].LastActiveAt != nil {
		t.Errorf("got %+v", found.ProfileSummary)
	}
}
