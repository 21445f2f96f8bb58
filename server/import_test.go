package server

import (
	"archive/zip"
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"glow/schema"
)

func TestEverySourceOfAnImportHasAReader(t *testing.T) {
	in := withPeople(t, Options{})
	from, _ := reflect.TypeFor[schema.ImportQuery]().FieldByName("From")
	for source := range strings.SplitSeq(from.Tag.Get("oneof"), ",") {
		path := schema.Import.Path + "?from=" + source
		if a := in.ask(schema.RoleAdmin, "POST", path, schema.TypeCSV, "a,b\n1,2\n"); a.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s has no case in openForeign: status %d", source, a.StatusCode)
		}
	}
}

func zipOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryFormIsTakenIn(t *testing.T) {
	in := newInstance(t, Options{})
	for _, c := range []struct {
		name, query, contentType, body string
		inserted                       int64
	}{
		{"NDJSON", "", schema.TypeNDJSON, `{"kind":"department","id":"a","name":"A"}` + "\n\n" + `{"kind":"profile","id":"p","name":"P","department_ids":["a"]}`, 2},
		{"array", "", schema.TypeJSON, `[{"kind":"department","id":"b","name":"B"},{"kind":"department","id":"c","name":"C"}]`, 2},
		{"empty array", "", schema.TypeJSON, `[]`, 0},
		{"one record", "", schema.TypeJSON, `{"kind":"login","profile_id":"p","created_at":"2025-01-01T00:00:00Z"}`, 1},
		{"CSV by kind", "?kind=department", schema.TypeCSV, "name,id\nD,d\n", 1},
		{"CSV by name", "?file=Departments.csv", schema.TypeCSV, "id,name\ne,E\n", 1},
		{"ZIP", "", schema.TypeZIP, zipOf(t, "departments.csv", "id,name\nf,F\n", "profiles.csv", "id,name,department_ids\nq,Q,f|a\n"), 2},
		{"zone of times without one", "?timezone=Asia/Ho_Chi_Minh", schema.TypeNDJSON, `{"kind":"login","id":"l1","profile_id":"p","created_at":"2025-01-01T00:00:00"}`, 1},
		{"full Glow", "?from=glow&department=g&department=a", schema.TypeZIP, zipOf(t, "logins.csv",
			"id,profile,session_id,created_at,active,mcp,generated\n1,Zoe,s9,2025-03-14 15:09:26.123456+00:00,Yes,No,No\n"), 4},
		{"Moodle", "?from=moodle&site=hust&department=a&role=ta&file=log.csv", schema.TypeCSV,
			"id,eventname,component,action,target,userid,relateduserid,realuserid,origin,timecreated\n" +
				`1,\core\event\user_loggedin,core,loggedin,user,7,,,web,1700000000` + "\n" +
				`2,\core\event\course_viewed,core,viewed,course,0,,,web,1700000001` + "\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := *in
			in.t = t
			var dry, got, again schema.ImportResponse
			in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+join(c.query, "dry_run=true"), c.contentType, c.body)), &dry)
			in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+c.query, c.contentType, c.body)), &got)
			if c.name == "Moodle" {
				if got.Skipped != 1 || len(got.SkippedReasons) != 1 || got.ByKind[schema.KindLogin].Inserted != 1 {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.Inserted != c.inserted || dry.Inserted != c.inserted || !dry.DryRun || got.DryRun {
				t.Errorf("dry %+v, then %+v, want %d inserted", dry, got, c.inserted)
			}
			if c.name == "one record" { // posted again it is another one: it got an id of its own
				return
			}
			in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+c.query, c.contentType, c.body)), &again)
			if again.Inserted+again.Updated != 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

func join(query, more string) string {
	if query == "" {
		return "?" + more
	}
	return query + "&" + more
}

func TestAnImportWithFaultsTakesNothingAndListsThem(t *testing.T) {
	in := newInstance(t, Options{})
	bad := "id,name\na,A\nb,\nc,C\n,D\n"
	a := in.ask(schema.RoleAdmin, "POST", "/system/import?kind=department&file=d.csv", schema.TypeCSV, bad)
	in.refusal(http.StatusUnprocessableEntity, a)
	var e schema.ImportErrorResponse
	in.decode(a, &e)
	if e.Rejected != 2 || e.Inserted != 0 || len(e.Errors) != 2 || e.Errors[0].File != "d.csv" || e.Errors[0].Line != 3 || e.Errors[0].Field != "name" {
		t.Errorf("%s", a.body)
	}
	var got schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=department&skip_invalid=true", schema.TypeCSV, bad)), &got)
	if got.Inserted != 2 || got.Rejected != 2 || len(got.Errors) != 2 {
		t.Errorf("%+v", got)
	}
	many := "id,name\n" + strings.Repeat(",\n", 500)
	in.decode(in.want(422, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=department", schema.TypeCSV, many)), &e)
	if len(e.Errors) != schema.MaxFaults {
		t.Errorf("%d faults are listed", len(e.Errors))
	}
	for _, c := range []struct{ query, contentType, body, names string }{
		{"", schema.TypeJSON, `{"kind":"login","profile_id":"nobody","created_at":"2025-01-01T00:00:00Z"}`, "nobody"},
		{"", schema.TypeJSON, `{"kind":"logins"}`, "kind"},
		{"", schema.TypeJSON, `"x"`, "object"},
		{"", schema.TypeJSON, `[{"kind":"department","id":"z","name":"Z"}`, ""},
		{"", schema.TypeNDJSON, `{"kind":"run","group_id":"g","cost":"-0.0000000000001","created_at":"2025-01-01T00:00:00Z"}`, "cost"},
		{"", schema.TypeZIP, "PK but not", "ZIP"},
		{"", schema.TypeZIP, zipOf(t, "notes.txt", "x"), "notes.txt"},
		{"", schema.TypeCSV, "id,name\nz,Z\n", "may be those of profile or of department; say which with --as"},
		{"", schema.TypeCSV, "a,b\n1,2\n", "cannot be told by its columns a, b"},
		{"?as=profile", schema.TypeCSV, "id,phone\nz,Z\n", "no column is that of name; the columns are id, phone"},
		{"?as=people", schema.TypeCSV, "id,name\nz,Z\n", "is nothing that is known; it is auto or one of"},
		{"?as=profile&department=cs", schema.TypeCSV, "id,name\nz,Z\n", "is not for records of ours"},
		{"?from=moodle&as=moodle", schema.TypeCSV, "x", "cannot stand beside from"},
		{"?kind=department", schema.TypeNDJSON, "", "kind"},
		{"?kind=department", schema.TypeCSV, "id,nom\nz,Z\n", "nom"},
		{"?from=moodle", schema.TypeCSV, "a,b\n1,2\n", ""},
		{"?from=moodle", schema.TypeCSV, moodleReport, "date_order"},
		{"?from=moodle&skip_invalid=true", schema.TypeCSV, moodleReport, "3 April or 4 March 2025"},
		{"?from=glow", schema.TypeZIP, zipOf(t, "notes.txt", "x"), ""},
	} {
		a := in.ask(schema.RoleAdmin, "POST", "/system/import"+c.query, c.contentType, c.body)
		in.refusal(http.StatusUnprocessableEntity, a)
		if !strings.Contains(a.body, c.names) {
			t.Errorf("%s %.40s: %s", c.query, c.body, a.body)
		}
	}
}

func TestASingleRecordGetsAnIDAndIsOnTheAuditListWhenItReplacedAnother(t *testing.T) {
	in := withPeople(t, Options{})
	login := `{"kind":"login","profile_id":"ann","created_at":"2025-03-01T09:00:00Z"}`
	for range 2 {
		in.want(http.StatusOK, in.post(schema.RoleRecorder, "/system/import", login))
	}
	in.want(http.StatusOK, in.post(schema.RoleRecorder, "/system/import", `{"kind":"session","id":"s-ann","ended_at":"2025-03-01T11:00:00Z"}`))
	var list schema.AuditResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/audit", `{"action":"import"}`)), &list)
	if list.TotalCount != 2 || list.Data[0].Role != schema.RoleRecorder || list.Data[0].Remote != "127.0.0.1" || list.Data[0].RequestID == "" {
		t.Errorf("%+v", list)
	}
}

// The answer says what changes of records that were known, by field, before and after.
func TestAnImportTellsWhichFieldsChange(t *testing.T) {
	in := withPeople(t, Options{})
	want := map[string]map[string]int64{schema.KindProfile: {"name": 1, "role": 2}}
	const csv = "id,name,role\nann,Ann Other,Lead\nbob,Bob,Lead\n"
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=profile", schema.TypeCSV, "id,name,role\nann,Ann,ta\nbob,Bob,ta\n"))
	for _, query := range []string{"&dry_run=true", ""} {
		var got schema.ImportResponse
		in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=profile"+query, schema.TypeCSV, csv)), &got)
		if got.Updated != 2 || !reflect.DeepEqual(got.Changed, want) {
			t.Errorf("%s: got %+v, want %v", query, got, want)
		}
	}
	again := in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=profile", schema.TypeCSV, csv))
	if strings.Contains(again.body, "\"changed\"") {
		t.Errorf("nothing changes: %s", again.body)
	}
	in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, "POST", "/system/import?kind=", schema.TypeCSV, csv))
}

// A log says little of people: what else is known of them stays.
func TestALogLeavesWhatIsKnownOfPeople(t *testing.T) {
	in := newInstance(t, Options{})
	const log = "id,eventname,component,action,target,userid,relateduserid,realuserid,origin,timecreated\n" +
		`1,\core\event\user_loggedin,core,loggedin,user,7,,,web,1700000000` + "\n"
	take := func(query string) schema.ActivityResponse {
		t.Helper()
		in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?from=moodle"+query, schema.TypeCSV, log))
		var a schema.ActivityResponse
		in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Activity.Path, `{}`)), &a)
		return a
	}
	for _, step := range []struct {
		query string
		want  schema.ProfileResource
	}{
		{"&department=cs&role=tutor", schema.ProfileResource{Name: "User 7", Role: "tutor", DepartmentIDs: []string{"cs"}, Active: true}},
		{"", schema.ProfileResource{Name: "User 7", Role: "tutor", DepartmentIDs: []string{"cs"}, Active: true}},
		{"&department=bio", schema.ProfileResource{Name: "User 7", Role: "tutor", DepartmentIDs: []string{"bio", "cs"}, Active: true}},
		{"&role=lead", schema.ProfileResource{Name: "User 7", Role: "lead", DepartmentIDs: []string{"bio", "cs"}, Active: true}},
	} {
		if got := take(step.query).Resources.Profiles["moodle-7"]; !reflect.DeepEqual(got, step.want) {
			t.Errorf("%s: got %+v, want %+v", step.query, got, step.want)
		}
	}
	email := "ann@example.edu"
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Import.Path, `{"kind":"profile","id":"moodle-7","name":"Ann Lee","email":"`+email+`","department_ids":["cs"],"active":false}`))
	want := schema.ProfileResource{Name: "Ann Lee", Email: &email, Role: "lead", DepartmentIDs: []string{"cs"}}
	if got := take("").Resources.Profiles["moodle-7"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
