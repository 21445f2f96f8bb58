package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
)

// takeFile imports a file and returns its id in the history.
func takeFile(in *instance, query, content string) string {
	in.t.Helper()
	var taken schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path+query, schema.TypeCSV, content)), &taken)
	if taken.ImportID == "" {
		in.t.Fatalf("%+v is not in the history", taken)
	}
	return taken.ImportID
}

func (in *instance) imports() []schema.PastImport {
	in.t.Helper()
	var list schema.ImportsResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Imports.Path, "{}")), &list)
	return list.Imports
}

func takeBack(in *instance, id string) answer {
	in.t.Helper()
	return in.post(schema.RoleAdmin, schema.TakeBack.Path, fmt.Sprintf(`{"import_id":%q}`, id))
}

// The history is bounded: the latest 50 imports, of at most 90 days.
func TestTheHistoryIsBounded(t *testing.T) {
	in := newInstance(t, Options{})
	first := takeFile(in, "?file=departments.csv", "id,name\nd0,Zero\n")
	var last string
	for i := range schema.KeptImports {
		last = takeFile(in, "?file=departments.csv", fmt.Sprintf("id,name\nd%d,One\n", i+1))
	}
	if list := in.imports(); len(list) != schema.KeptImports || list[0].ImportID != last {
		t.Errorf("%d imports are listed", len(list))
	}
	in.want(http.StatusNotFound, takeBack(in, first))
	in.clock.turnOn(schema.KeptImportsFor + time.Minute)
	if list := in.imports(); len(list) != 0 {
		t.Errorf("%d old imports are listed", len(list))
	}
	in.want(http.StatusNotFound, takeBack(in, last))
	takeFile(in, "?file=departments.csv", "id,name\nnew,New\n")
	if list := in.imports(); len(list) != 1 {
		t.Errorf("%d imports are listed", len(list))
	}
	if n := in.count(schema.KindDepartment); n != schema.KeptImports+2 {
		t.Errorf("%d departments are left", n)
	}
}

// Whoever was forgotten is in no file name, no fault and no former value of the history.
func TestTheHistoryForgets(t *testing.T) {
	in := withPeople(t, Options{})
	takeRecords(in, "", `{"kind":"profile","id":"zora","name":"Zora Neale"}`)
	takeFile(in, "?file=zora.csv&kind=profile", "id,name,email\nzora,Zora Neale Hurston,zora@example.org\n")
	takeFile(in, "?file=sessions.csv&skip_invalid=true", "id,profile_id,created_at\ns-z,zora,2025-03-01T10:00:00Z\ns-y,ZORA,2025-03-01T10:00:00Z\n")
	if list := in.imports(); len(list[0].Faults) != 1 || !strings.Contains(list[0].Faults[0].Message, "ZORA") {
		t.Fatalf("%+v", list[0])
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Forget.Path, `{"profile_id":"zora"}`))
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Imports.Path, "{}"))
	if strings.Contains(strings.ToLower(a.body), "zora") {
		t.Error(a.body)
	}
	list := in.imports()
	if list[0].Rejected != 1 || list[1].File != "" {
		t.Errorf("%+v", list)
	}
	in.want(http.StatusOK, takeBack(in, list[1].ImportID)) // which brings nobody back
	wantPerson(in, "zora", "")
}

// How far records reach is as it was before an import that is taken back.
func TestWhatAnImportSaidOfTheHorizonIsTakenBack(t *testing.T) {
	in := withPeople(t, Options{})
	reach := func() string {
		return in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Horizons.Path, `{}`)).body
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Horizons.Path, `{"department_ids":["cs"],"covers_until":"2025-04-01"}`))
	before := reach()
	id := takeFile(in, "?file=logins.csv&covers_until=2025-05-01", "id,profile_id,created_at\nl1,ann,2025-04-20T10:00:00Z\n")
	if reach() == before {
		t.Fatal("the import says nothing of how far records reach")
	}
	in.want(http.StatusOK, takeBack(in, id))
	if after := reach(); after != before {
		t.Errorf("%s\nwas\n%s", after, before)
	}
}

// An import of somebody who was merged since is not taken back: the other person has the records.
func TestMergedPeopleStayInTheWay(t *testing.T) {
	in := withPeople(t, Options{})
	id := takeFile(in, "?file=people.csv&kind=profile", "id,name\nx,X\ny,Y\n")
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Merge.Path, `{"from":"bob","into":"x"}`))
	if refused := in.refusal(http.StatusConflict, takeBack(in, id)); !strings.Contains(refused.Detail, "made one person with others since") {
		t.Error(refused)
	}
	wantPerson(in, "y", "y,Y,,ta,,true,")
}

// What is too old goes with what the history knows of it.
func TestRemovingOldRecordsKeepsTheHistoryRight(t *testing.T) {
	in := withPeople(t, Options{})
	takeFile(in, "?file=logins.csv", "id,profile_id,created_at\nold,ann,2020-01-01T10:00:00Z\nnew,ann,2025-06-01T10:00:00Z\n")
	id := in.imports()[0].ImportID
	if _, err := in.store.Retain(t.Context(), schema.InstantOf(in.clock.now().AddDate(-1, 0, 0))); err != nil {
		t.Fatal(err)
	}
	takeRecords(in, "", loginLine("later", "ann", daysPast(1))) // it may get the key that is free
	in.want(http.StatusOK, takeBack(in, id))
	rows := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"login"}`)).body
	if strings.Contains(rows, "new,") || !strings.Contains(rows, "later,") {
		t.Error(rows)
	}
}

// A department that a later log names is called as that log would have called it.
func TestADepartmentThatALogNamesIsCalledByItsID(t *testing.T) {
	in := newInstance(t, Options{})
	id := takeFile(in, "?file=departments.csv", "id,name\ncs,Computer Science\nma,Mathematics\n")
	log := takeFile(in, "?from=moodle&department=cs&file=log.csv", "timecreated,eventname,userid\n1700003600,\\core\\event\\course_viewed,7\n")
	in.want(http.StatusOK, takeBack(in, id))
	if got := in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"department"}`).body; !strings.HasSuffix(strings.TrimSpace(got), "\ncs,cs") || strings.Contains(got, "ma,") {
		t.Errorf("%q", got)
	}
	in.want(http.StatusOK, takeBack(in, log))
	if n := in.count(schema.KindDepartment) + in.count(schema.KindProfile); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

// A log stays whose sessions were also brought as records: taking it back would take these, too.
func TestALogStaysWhoseRecordsCameOtherwise(t *testing.T) {
	in := newInstance(t, Options{})
	log := takeFile(in, "?from=moodle&file=log.csv", "timecreated,eventname,userid\n1700003600,\\core\\event\\course_viewed,7\n")
	other := takeFile(in, "?from=moodle&site=other&file=other.csv", "timecreated,eventname,userid\n1700003600,\\core\\event\\course_viewed,7\n")
	sessions := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"session"}`)).body
	header, rows, _ := strings.Cut(sessions, "\n")
	row, _, _ := strings.Cut(rows[strings.Index(rows, "moodle-7-"):], "\n")
	takeFile(in, "?file=sessions.csv", header+"\n"+row+"\n")
	if refused := in.refusal(http.StatusConflict, takeBack(in, log)); !strings.Contains(refused.Detail, "also brought, or changed, otherwise") {
		t.Error(refused)
	}
	in.want(http.StatusOK, takeBack(in, other))
}

// What comes while the records of a log are derived again counts, too.
func TestRecordsThatComeWhileALogIsDerivedKeepIt(t *testing.T) {
	in := newInstance(t, Options{})
	log := takeFile(in, "?from=moodle&file=log.csv", "timecreated,eventname,userid\n1700003600,\\core\\event\\course_viewed,7\n")
	sessions := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"session"}`)).body
	_, err := in.store.TakeBack(t.Context(), schema.Caller{Role: schema.RoleAdmin}, schema.TakeBackRequest{ImportID: log}, func(site string, gap time.Duration, viewers bool) (store.LogImport, error) {
		takeFile(in, "?file=sessions.csv", sessions)
		return in.server.rederive(site, gap, viewers)
	})
	if schema.ErrorCode(err) != schema.CodeConflict || in.count(schema.KindSession) != 1 {
		t.Errorf("%v, and %d sessions are left", err, in.count(schema.KindSession))
	}
}
