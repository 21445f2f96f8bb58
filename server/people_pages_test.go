package server

import (
	"net/http"
	"strings"
	"testing"

	"glow/schema"
)

// personThere returns a person of the instance, "" for nobody, as the record says.
func personThere(in *instance, id string) string {
	in.t.Helper()
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`))
	for line := range strings.Lines(a.body) {
		if strings.HasPrefix(line, id+",") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func wantPerson(in *instance, id, record string) {
	in.t.Helper()
	if got := personThere(in, id); got != record {
		in.t.Errorf("got %q, want %q", got, record)
	}
}

func TestAPersonIsAddedAndEdited(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/data/person"), http.StatusOK, "Add a person")
	in.wantLead(g.send("/data/person", "adds", "yes", "id", " new ", "name", "Nguyễn Ân", "email", "an@example.edu", "role", "lead", "department_ids", "", "department_ids", "ma", "department_ids", "cs", "active", "true"), "/people/new")
	wantPerson(in, "new", `new,Nguyễn Ân,an@example.edu,lead,cs|ma,true,"Computing, Mathematics"`)

	// A form that changes nothing leaves what came in meanwhile.
	form := []string{
		"id", "new", "was_id", "new", "name", "Nguyễn Ân", "was_name", "Nguyễn Ân", "email", "", "was_email", "an@example.edu",
		"role", "lead", "was_role", "lead", "department_ids", "", "department_ids", "cs", "was_department_ids", "cs", "was_department_ids", "ma", "was_active", "true",
	}
	takeRecords(in, "", `{"kind":"profile","id":"new","role":"ta"}`)
	in.wantLead(g.send("/data/person", form...), "/people/new")
	wantPerson(in, "new", "new,Nguyễn Ân,,ta,cs,false,Computing")

	// Departments that somebody got meanwhile stay.
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.SetProfiles.Path, `{"profile_ids":["new"],"add_department_ids":["ma"]}`))
	in.wantLead(g.send("/data/person", "id", "new", "name", "Nguyễn Ân", "was_name", "Nguyễn Ân", "department_ids", "", "was_department_ids", "cs", "was_active", "false"), "/people/new")
	wantPerson(in, "new", "new,Nguyễn Ân,,ta,ma,false,Mathematics")

	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.SetProfiles.Path, `{"profile_ids":["new"],"add_department_ids":["cs"]}`))
	again := g.send("/data/person", "id", "new", "name", "", "was_name", "Nguyễn Ân", "department_ids", "", "department_ids", "ma", "was_department_ids", "ma")
	if in.shows(again, http.StatusUnprocessableEntity, "is missing"); strings.Contains(again.body, `name="was_department_ids" value="cs"`) {
		t.Error("the form comes back as if it had shown a department that came meanwhile: sent again, it would take it away")
	}

	for _, c := range []struct {
		fields []string
		says   string
	}{
		{[]string{"adds", "yes", "id", "ann", "name", "Another"}, "is the id of somebody who is there"},
		{[]string{"adds", "yes", "id", "x", "name", ""}, "is missing; every profile needs one"},
		{[]string{"adds", "yes", "id", "x", "name", "X", "department_ids", "none"}, `there is no department "none"`},
		{[]string{"id", "ann", "name", strings.Repeat("x", 1001), "was_name", "Ann"}, "1000"},
	} {
		a := g.send("/data/person", c.fields...)
		in.shows(a, http.StatusUnprocessableEntity, c.says)
		if strings.Contains(a.body, `name="adds"`) != (c.fields[0] == "adds") {
			t.Errorf("%v: another form comes back", c.fields)
		}
	}
	wantPerson(in, "x", "")
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Merge.Path, `{"from":"new","into":"ann"}`))
	in.shows(g.send("/data/person", "adds", "yes", "id", "new", "name", "New"), http.StatusUnprocessableEntity, "is an id of somebody else since two people were merged")
	in.shows(g.open("/data/person?id=nobody"), http.StatusNotFound, "")
}

func TestSeveralPeopleAreChangedOnThePage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	a := g.open("/?range=all")
	in.shows(a, http.StatusOK, "Change those marked")
	if !strings.Contains(a.body, `name="profile_id" value="ann"`) {
		t.Error("nobody can be marked")
	}
	change := func(want int, fields ...string) answer {
		t.Helper()
		return in.want(want, g.send("/data/people", append(fields, "profile_id", "ann", "profile_id", "bob", "back", "/?range=all")...))
	}
	asks := change(http.StatusOK, "change", "left")
	in.shows(asks, http.StatusOK, "2 people change; 0 are so already.")
	in.shows(asks, http.StatusOK, "Ann (ann, ann@example.org); Bob (bob)")
	if !strings.HasSuffix(personThere(in, "ann"), "true,Computing") {
		t.Error("a try changed something: " + personThere(in, "ann"))
	}
	in.wantLead(change(http.StatusSeeOther, "change", "left", "sure", "yes"), "/?range=all")
	change(http.StatusSeeOther, "change", "role", "role", "lead", "sure", "yes")
	change(http.StatusSeeOther, "change", "add", "department", "ma", "sure", "yes")
	change(http.StatusSeeOther, "change", "remove", "department", "cs", "sure", "yes")
	for _, id := range []string{"ann", "bob"} {
		if got := personThere(in, id); !strings.HasSuffix(got, ",lead,ma,false,Mathematics") {
			t.Error(got)
		}
	}
	if got := g.csvOf("/data/people?state=left"); len(got) != 3 || len(g.csvOf("/data/people")) != 4 || !strings.Contains(g.open("/data/people?state=left").body, `value="bob"`) {
		t.Errorf("those who have left are %v", got)
	}
	if found := g.csvOf("/data/people?search=BOB"); len(found) != 2 || found[1][0] != "bob" {
		t.Errorf("%v", found)
	}
	change(http.StatusSeeOther, "change", "here", "sure", "yes")
	in.shows(change(http.StatusUnprocessableEntity, "change", "add", "department", "none"), http.StatusUnprocessableEntity, "none")
	change(http.StatusUnprocessableEntity, "change", "role", "role", "")
	change(http.StatusUnprocessableEntity, "change", "everything")
	in.wantLead(g.send("/data/people", "change", "left", "back", "/?range=all"), "/?range=all") // nobody is marked
	if list := in.audit(`{"action":"` + schema.ActionProfiles + `"}`); len(list.Data) != 5 {
		t.Errorf("%d entries", len(list.Data))
	}
}

func TestDepartmentsAreKeptOnThePage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.wantLead(g.send("/data/departments", "adds", "yes", "id", "ph", "name", "Physics"), "/data/departments")
	in.shows(g.send("/data/departments", "adds", "yes", "id", "cs", "name", "Another"), http.StatusConflict, "is the id of a department that there is")
	in.shows(g.send("/data/departments", "adds", "yes", "id", "", "name", "Another"), http.StatusUnprocessableEntity, "is missing")
	in.wantLead(g.send("/data/departments", "id", "cs", "name", "Informatics"), "/data/departments")
	in.shows(g.open("/data/departments"), http.StatusOK, "Informatics")
	list, err := in.store.Departments(t.Context())
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	people := map[string]int64{}
	for _, d := range list {
		people[d.DepartmentID] = d.People
	}
	for line := range strings.Lines(in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`).body) {
		for id := range people {
			if cells := strings.Split(line, ","); strings.Contains("|"+cells[4]+"|", "|"+id+"|") {
				people[id]--
			}
		}
	}
	for id, n := range people {
		if n != 0 {
			t.Errorf("%s: %d people more than in the records", id, n)
		}
	}
	in.shows(g.send("/data/delete", "kind", "department", "id", "ph"), http.StatusOK, "Delete the department ph?")
	in.wantLead(g.send("/data/delete", "kind", "department", "id", "ph", "sure", "yes"), "/data/departments")
	in.shows(g.send("/data/delete", "kind", "department", "id", "cs", "sure", "yes"), http.StatusConflict, "token") // of the coordinator
}

func TestTwoIdsAreMergedOnThePage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	takeRecords(in, "", `{"kind":"profile","id":"moodle-9","name":"Bob of Moodle","email":"b@example.edu"}`, `{"kind":"profile","id":"b9","name":"Bob","email":"B@example.edu"}`,
		`{"kind":"session","id":"s9","profile_id":"moodle-9","created_at":"2025-06-01T10:00:00Z"}`)
	page := textOf(in.want(http.StatusOK, g.open("/data/duplicates")).body)
	if !strings.Contains(page, "same email Make them one") || !strings.Contains(page, "moodle-9") {
		t.Error(page)
	}
	in.shows(g.send("/data/merge", "from", "moodle-9", "into", "b9"), http.StatusOK, "The records of moodle-9 become those of b9: 1 session.")
	in.wantLead(g.send("/data/merge", "from", "moodle-9", "into", "b9", "sure", "yes"), "/people/b9")
	wantPerson(in, "moodle-9", "")
	in.shows(g.send("/data/merge", "from", "b9", "into", "b9"), http.StatusUnprocessableEntity, "is the same id")
	in.shows(g.send("/data/merge", "from", "b9", "into", "moodle-9"), http.StatusConflict, "was merged into")
	in.shows(g.send("/data/merge", "from", "b9", "into", "nobody"), http.StatusNotFound, "Back to the people who may be one")
}

func TestASessionIsDeletedOnThePage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/sessions/s-ann"), http.StatusOK, "Delete this session")
	before := in.count(schema.KindSession)
	var would schema.DeleteResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Delete.Path, `{"kind":"session","id":"s-ann","dry_run":true}`)), &would)
	asks := textOf(g.send("/data/delete", "kind", "session", "id", "s-ann").body)
	for kind, n := range would.Removed {
		if kind != schema.KindSession && (n == 0 || !strings.Contains(asks, kind)) {
			t.Errorf("%d of %s: %s", n, kind, asks)
		}
	}
	in.wantLead(g.send("/data/delete", "kind", "session", "id", "s-ann", "sure", "yes"), "/sessions")
	if n := in.count(schema.KindSession); n != before-1 {
		t.Errorf("%d sessions of %d are left", n, before)
	}
	in.want(http.StatusNotFound, g.send("/data/delete", "kind", "session", "id", "s-ann"))
	in.want(http.StatusUnprocessableEntity, g.send("/data/delete", "kind", "nothing", "id", "s-ann"))
	viewer := in.signedIn(schema.RoleCoordinator)
	if strings.Contains(viewer.open("/sessions/s-ann").body, "Delete this session") || strings.Contains(viewer.open("/").body, "Change those marked") {
		t.Error("a coordinator is offered what only an admin may do")
	}
}
