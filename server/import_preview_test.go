package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
)

// A dry run says of how many courses a log is, from when to when, and who is new.
func TestADryRunTellsWhatAFileHolds(t *testing.T) {
	in := withPeople(t, Options{})
	takeRecords(in, "", `{"kind":"profile","id":"thao","name":"Thảo Nguyễn"}`)
	log := "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address\n" +
		`"3/03/25, 14:05","Nguyen, Thao",-,Course: A,System,Course viewed,The user with id '7' viewed the course with id '2'.,web,` + "\n" +
		`"14/06/25, 10:00",Bo Li,-,Course: B,System,Course viewed,The user with id '8' viewed the course with id '3'.,web,` + "\n" +
		`"4/03/25, 10:00",Bo Li,-,Course: B,System,Course viewed,The user with id '8' viewed the section number '1' of the course with id '3'.,web,` + "\n"
	var got schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto&dry_run=true&file=log.csv", schema.TypeCSV, log)), &got)
	if got.Courses != 2 || got.FirstAt.String() != "2025-03-03T14:05:00Z" || got.LastAt.String() != "2025-06-14T10:00:00Z" {
		t.Errorf("%d courses, %v to %v", got.Courses, got.FirstAt, got.LastAt)
	}
	if got.People == nil || got.People.All != 2 || got.People.Known != 0 || got.About != "2 courses · 2025-03-03 to 2025-06-14 · 2 people" {
		t.Errorf("%+v, %q", got.People, got.About)
	}
	if got.Preview == nil || len(got.Preview.NewPeople) != 2 {
		t.Fatalf("%+v", got.Preview)
	}
	one, other := got.Preview.NewPeople[0], got.Preview.NewPeople[1]
	if one.ProfileID != "moodle-7" || one.Alike == nil || one.Alike.ProfileID != "thao" || other.ProfileID != "moodle-8" || other.Alike != nil {
		t.Errorf("%+v", got.Preview.NewPeople)
	}
	kinds := map[string]int{}
	for _, of := range got.Preview.Records {
		for _, row := range of.Rows {
			if kinds[of.Kind]++; len(row) != len(of.Fields) {
				t.Errorf("%s: %q for %q", of.Kind, row, of.Fields)
			}
		}
	}
	if kinds[schema.KindProfile] != 2 || kinds[schema.KindSession] != 3 || kinds[schema.KindActivity] != 3 {
		t.Errorf("%v of %+v", kinds, got.Preview.Records)
	}
	var taken schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto&file=log.csv", schema.TypeCSV, log)), &taken)
	if taken.Preview != nil || taken.FirstAt == nil || *taken.FirstAt != *got.FirstAt {
		t.Error("an import that took something tells of it as one that tried")
	}
	twice := "id,name\nann,Ann\nnew,New\nnew,New\n"
	var counted schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=profile&dry_run=true&file=people.csv", schema.TypeCSV, twice)), &counted)
	if counted.About != "2 people, 1 of them known" {
		t.Errorf("%q", counted.About)
	}
	if got := counted.Preview.Renamed; len(got) != 0 {
		t.Errorf("%+v", got)
	}
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=profile&dry_run=true&file=people.csv", schema.TypeCSV, "id,name\nann,Another\n")), &counted)
	if got := counted.Preview.Renamed; len(got) != 1 || got[0] != (schema.RenamedPerson{ProfileID: "ann", Name: "Ann", NewName: "Another"}) {
		t.Errorf("%+v", got)
	}
	var veiled schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleRecorder, "POST", schema.Import.Path+"?as=auto&dry_run=true&file=log.csv", schema.TypeCSV, log)), &veiled)
	if veiled.Preview != nil {
		t.Errorf("a recorder is told who is known: %+v", veiled.Preview)
	}
}

// Of a table, the column courseid tells the courses.
func TestCoursesOfATableAreCounted(t *testing.T) {
	in := newInstance(t, Options{})
	log := "timecreated,eventname,userid,courseid\n1700003600" + `,\core\event\course_viewed,5,2` + "\n1700003700" + `,\core\event\course_viewed,5,2` + "\n1700003800" + `,\core\event\course_viewed,5,9` + "\n1700003900" + `,\core\event\user_loggedin,5,0` + "\n"
	var got schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?from=moodle", schema.TypeCSV, log)), &got)
	if got.Courses != 2 {
		t.Errorf("%d courses", got.Courses)
	}
}

// Whoever checks a file says who of the new people is somebody known.
func TestSomebodyNewIsSomebodyKnownByChoice(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	log, err := os.ReadFile(filepath.Join("..", "testdata", "moodle", "log_course_42.csv"))
	if err != nil {
		t.Fatal(err)
	}
	page := g.upload(nil, "log_course_42.csv", string(log))
	text := textOf(page.body)
	for _, said := range []string{"1 course", "The first records, as they come in", "Is somebody of those who are new known already?"} {
		if !strings.Contains(text, said) {
			t.Errorf("the page does not say %q: %s", said, text)
		}
	}
	_, rest, _ := strings.Cut(page.body, `name="new_id" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	wrong := g.send("/data/import", "upload", held(t, page), "new_id", id, "same_as", "nobody-there")
	in.shows(wrong, http.StatusUnprocessableEntity, `is called "nobody-there"; enter an id`)
	_, rest, _ = strings.Cut(rest, `name="new_id" value="`)
	other, _, _ := strings.Cut(rest, `"`)
	half := g.send("/data/import", "upload", held(t, wrong), "new_id", id, "same_as", "ann", "new_id", other, "same_as", "annn")
	in.shows(half, http.StatusUnprocessableEntity, `called "annn"`)
	if !strings.Contains(half.body, `value="annn"`) || personThere(in, id) != "" {
		t.Error("what was typed is gone, or somebody was made one with somebody for nothing")
	}
	if strings.Contains(in.post(schema.RoleAdmin, schema.Audit.Path, `{"action":"merge"}`).body, `"merge"`) {
		t.Error("two people were made one")
	}
	wrong = half
	before := in.count(schema.KindSession)
	if before != 2 {
		t.Fatalf("%d sessions", before)
	}
	in.shows(g.send("/data/import", "upload", held(t, wrong), "new_id", id, "same_as", "Ann"), http.StatusOK, "Taken in") // by name
	if got := personThere(in, id); got != "" {
		t.Errorf("there is %s", got)
	}
	var sessions schema.SessionsResponse
	in.decode(in.post(schema.RoleAdmin, schema.Sessions.Path, `{"profile_id":"ann"}`), &sessions)
	if sessions.TotalCount < 2 {
		t.Errorf("%d sessions are Ann's", sessions.TotalCount)
	}
	again := in.signedIn(schema.RoleRecorder)
	page = again.upload(nil, "log_course_42.csv", string(log))
	if strings.Contains(page.body, "same_as") {
		t.Error("a recorder is asked who is known")
	}
	in.want(http.StatusForbidden, again.send("/data/import", "upload", held(t, page), "new_id", "moodle-1", "same_as", "ann"))
}
