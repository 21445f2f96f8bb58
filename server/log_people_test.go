package server

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// Whose rows of a log are, after somebody was forgotten or old records removed, and
// beside other sites.

// forget forgets a person, of whom no byte may be left.
func (s *logSite) forget(id string, traces ...string) {
	s.t.Helper()
	if w := s.ask(schema.Forget.Path, schema.TypeJSON, []byte(`{"profile_id":"`+id+`"}`)); w.Code != http.StatusOK {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.healthy()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(s.store.TempPath("x")), "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, text := range traces {
			if bytes.Contains(content, []byte(text)) {
				s.t.Errorf("%s still holds %q", filepath.Base(file), text)
			}
		}
	}
}

// A log that names somebody who was forgotten can be imported again: it makes a new
// person, and all is as before.
func TestALogCanBeImportedAgainAfterSomebodyInItWasForgotten(t *testing.T) {
	table := piece{"id,timecreated,eventname,userid,realuserid", []string{
		`1,1700003600,\core\event\course_viewed,2,`,
		`2,1700003660,\core\event\course_viewed,987654,2`,
		`3,1700003700,\core\event\course_viewed,987654,`,
	}}
	narrow := piece{"id,timecreated,eventname,userid", []string{`2,1700003660,\core\event\course_viewed,987654`}}
	report := piece{reportTable, []string{
		`"17/10/21, 12:40",Adam Min,-,-,-,Course viewed,The user with id '2' viewed,web`,
		`"17/10/21, 12:43",Adam Min as Zacharias Quux,-,-,-,Course viewed,The user with id '987654' viewed,web`,
		`"17/10/21, 12:44",Adam Min,Zacharias Quux,-,-,User logged in as another user,The user with id '2' has logged in as the user with id '987654'.,web`,
		`"17/10/21, 12:45",Adam Min as Zacharias Quux,-,-,-,Course viewed,The user with id '987654' viewed,cli`,
		`"17/10/21, 12:46",Zacharias Quux,-,-,-,Course viewed,The user with id '987654' viewed,web`,
		`"17/10/21, 12:47",Zacharias Quux,Zacharias Quux,-,-,Course viewed,x,restore`,
	}}
	s := newSite(t)
	defer s.close()
	s.take("", table, narrow, report)
	want := s.dump()
	s.forget("moodle-987654", "Zacharias", "987654")
	s.take("", piece{table.header, []string{`1,1700003600,\core\event\course_viewed,2,`}})
	s.expectLines("profiles.csv", []int{0, 1}, "moodle-2 Adam Min")
	s.take("", table, narrow, report)
	sameDump(t, s.dump(), want)
	s.healthy()
}

// Rows that are nobody's activity name people, too: who comes to have a profile later
// is forgotten with them.
func TestRowsOfNobodysActivityAreForgotten(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.take("", piece{reportTable, []string{
		`"17/10/21, 12:43",Zacharias Quux,-,-,-,Course viewed,x,cli`,
		`"17/10/21, 12:44",Adam Min as Zacharias Quux,-,-,-,Course viewed,x,cli`,
		`"17/10/21, 12:45",Adam Min,-,-,-,Course viewed,x,web`,
	}})
	s.take("", piece{reportTable, []string{`"17/10/21, 12:41",Zacharias Quux,-,-,-,Course viewed,x,web`}})
	s.forget("moodle-zacharias-quux", "Zacharias")
}

// A row of nobody that affects somebody loses them when they are forgotten.
func TestRowsOfNobodyLoseWhoIsForgotten(t *testing.T) {
	s := newSite(t)
	defer s.close()
	log := piece{"id,timecreated,eventname,userid,relateduserid", []string{
		`1,1700003600,\core\event\course_viewed,987654,`,
		`2,1700003660,\core\event\user_loggedinas,0,987654`,
	}}
	s.take("", log)
	want := s.dump()
	s.forget("moodle-987654", "987654")
	s.take("", log)
	sameDump(t, s.dump(), want)
	s.healthy()
}

// Nothing refers to somebody known by name who turned out to be another, not even rows
// that are nobody's activity.
func TestRowsOfNobodysActivityFollowThePerson(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.take("", piece{reportTable, []string{
		`"17/10/21, 12:41",Ana One,-,-,-,Course viewed,x,web`,
		`"17/10/21, 12:43",Ana One,-,-,-,Course viewed,x,cli`,
	}})
	s.take("", piece{reportTable, []string{`"17/10/21, 12:45",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`}})
	s.expectLines("profiles.csv", []int{0}, "moodle-5")
	s.healthy()

	// Likewise of somebody of whom only such rows are left.
	s.take("", piece{"id,timecreated,eventname,userid", []string{`1,1700003600,\core\event\course_viewed,8`}})
	s.take("", piece{"id,timecreated,eventname,userid,origin", []string{`1,1700003600,\core\event\course_viewed,8,cli`}})
	s.expectLines("profiles.csv", []int{0}, "moodle-5")
	s.healthy()
}

// A site whose name begins like another's has people of its own.
func TestSitesWithNamesAlikeAreKeptApart(t *testing.T) {
	s := newSite(t)
	defer s.close()
	row := func(minute string) piece {
		return piece{reportTable, []string{`"17/10/21, 12:` + minute + `",Ana One,-,-,-,Course viewed,x,web`}}
	}
	s.take("", row("41"))
	s.take("&site=moodle-2", row("41"))
	s.take("", row("42"))
	s.expectLines("profiles.csv", []int{0, 1}, "moodle-2-ana-one Ana One", "moodle-ana-one Ana One")
	s.expectLines("sessions.csv", []int{0, 4}, "moodle-2-ana-one-20211017T054100Z 2021-10-17T05:41:00Z", "moodle-ana-one-20211017T054100Z 2021-10-17T05:42:00Z")

	table := func(id string) piece {
		return piece{"id,timecreated,eventname,userid", []string{id + `,170000360` + id + `,\core\event\course_viewed,5`}}
	}
	s.take("&site=a-b", table("1"))
	s.take("&site=a_b", table("1"))
	s.take("&site=A_B", table("1"))
	s.forget("a-b-5")
	s.take("&site=a_b", table("2"))
	s.take("&site=A_B", table("2"))
	s.expectLines("sessions.csv", []int{0, 4}, "moodle-2-ana-one-20211017T054100Z 2021-10-17T05:41:00Z", "moodle-ana-one-20211017T054100Z 2021-10-17T05:42:00Z",
		"A_B-5-20231114T231321Z 2023-11-14T23:13:22Z", "a_b-5-20231114T231321Z 2023-11-14T23:13:22Z")
	s.healthy()
}

// More of a log can be imported after old records were removed in the middle of a session.
func TestMoreOfALogAfterItsOldRecordsWereRemoved(t *testing.T) {
	s := newSite(t)
	defer s.close()
	header := "id,timecreated,eventname,userid,objectid"
	s.take("", piece{header, []string{
		`1,1700003600,\core\event\course_viewed,5,`,
		`2,1700004000,\mod_quiz\event\attempt_started,5,7`,
		`3,1700004500,\mod_quiz\event\attempt_submitted,5,7`,
	}})
	removed, err := s.store.Retain(t.Context(), schema.InstantOf(time.Unix(1700003800, 0)))
	if err != nil || removed["activity"] != 1 || removed["session"] != 0 {
		t.Fatal(removed, err)
	}
	s.take("", piece{header, []string{`9,1700103600,\core\event\course_viewed,5,`}})
	s.expectLines("sessions.csv", []int{0}, "moodle-5-20231114T231320Z", "moodle-5-20231116T030000Z")
	s.expectLines("attempts.csv", []int{0, 1}, "moodle-attempt-7 moodle-5-20231114T231320Z")
	s.healthy()
}

// A recorder leaves people who are known as they are. Whom a log's rows give it keeps in
// mind nevertheless, so that they follow what is found out of them later.
func TestARecordersLogKeepsWhomItsRowsGive(t *testing.T) {
	in := withPeople(t, Options{})
	for _, row := range []string{
		`"17/10/21, 12:41",Ana One,-,-,-,Course viewed,x,web`,
		`"17/10/21, 12:43",Ana One,-,-,-,Course viewed,x,web`,
		`"17/10/21, 12:45",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`,
	} {
		in.want(http.StatusOK, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+"?from=moodle&date_order=dmy", schema.TypeCSV, reportTable+"\n"+row+"\n"))
	}
	people := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`)).body
	if !strings.Contains(people, "moodle-5,") || strings.Contains(people, "moodle-ana") {
		t.Errorf("got %s", people)
	}
}
