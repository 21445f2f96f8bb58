package moodle

import (
	"fmt"
	"testing"

	"glow/server/formats/eventlog"
)

const samples = "../../../testdata/moodle/"

func TestTheReportThatTeachersDownload(t *testing.T) {
	r := read(t, Options{}, diskFile(samples+"report.csv"))
	expect(t, "faults", r.faults, nil)
	if got, want := fmt.Sprint(r.skipped), "map[no user:1 origin cli:1 user 0:1]"; got != want {
		t.Errorf("skipped %s, want %s", got, want)
	}
	admin := "session_id=moodle-2-20211017T140000Z"
	expect(t, "profiles", r.of("profile"), []string{
		"id=moodle-2 name=Site Admin",
		"id=moodle-33 name=Anna Berg",
		"id=moodle-siobhan-o-neill-beeb4d40 name=Siobhán O'Neill",
	})
	expect(t, "logins", r.of("login"), []string{"id=moodle-row-e500851fc6a0a7bd0e38568b4f5927f9 profile_id=moodle-33 session_id=moodle-33-20211017T124000Z created_at=2021-10-17T12:40:00Z"})
	expect(t, "emulations", r.of("emulation"), []string{"id=moodle-row-79f8d1221d13d1ae398b48821cd83372 profile_id=moodle-33 " + admin + " created_at=2021-10-17T14:00:00Z"})
	expect(t, "grants", r.of("grant"), []string{"id=moodle-row-76778070bf1eb271907455170b7ac4f0 " + admin + " created_at=2021-10-17T14:11:00Z"})
	expect(t, "attempts", r.of("attempt"), []string{
		"id=moodle-attempt-71 " + admin + " created_at=2021-10-17T14:02:00Z completed_at=2021-10-17T14:10:00Z",
		"id=moodle-attempt-72 " + admin + " created_at=2021-10-17T14:12:00Z completed_at=2021-10-17T14:12:00Z",
	})
	if r.kinds["activity"] != 12 || r.kinds["session"] != 3 {
		t.Errorf("identical rows count each: got %v", r.kinds)
	}
}

func TestOlderSiteWideReport(t *testing.T) {
	r := read(t, Options{Zone: zone(t, "Europe/Berlin")}, diskFile(samples+"report-old.csv"))
	expect(t, "faults", r.faults, []string{`report-old.csv:7: Time: "29/02/18, 10:00" is a date that does not exist`})
	expect(t, "profiles", r.of("profile"), []string{"id=moodle-44 name=Ben Cole", "id=moodle-45 name=Jörg Müller"})
	expect(t, "sessions", r.of("session"), []string{
		"id=moodle-44-20210104T223800Z profile_id=moodle-44 created_at=2021-01-04T22:38:00Z updated_at=2021-01-04T22:38:00Z ended_at=2021-01-04T22:38:00Z",
		"id=moodle-45-20210104T223900Z profile_id=moodle-45 created_at=2021-01-04T22:39:00Z updated_at=2021-01-04T22:39:00Z ended_at=2021-01-04T22:39:00Z",
		"id=moodle-45-20210104T231030Z profile_id=moodle-45 created_at=2021-01-04T23:10:30Z updated_at=2021-01-04T23:10:30Z ended_at=2021-01-04T23:10:30Z",
	})
}

func TestReportWithoutNames(t *testing.T) {
	r := read(t, Options{}, diskFile(samples+"report-anonymous.tsv"))
	expect(t, "faults", r.faults, nil)
	expect(t, "profiles", r.of("profile"), []string{"id=moodle-33 name=User 33", "id=moodle-34 name=User 34"})
	if r.kinds["activity"] != 3 || r.kinds["attempt"] != 1 || r.skipped[eventlog.ReasonNoUser] != 1 {
		t.Errorf("got %v, skipped %v", r.kinds, r.skipped)
	}
}

func TestShapesMayBeMixed(t *testing.T) {
	table := textFile("log.csv", header+"1,1634474460,\\core\\event\\course_viewed,33,,,,web,\n") // a minute after the last of a session
	a := read(t, Options{}, diskFile(samples+"report.csv"), table)
	same(t, "the files the other way round", a, read(t, Options{}, table, diskFile(samples+"report.csv")))
	if a.kinds["activity"] != 13 || a.kinds["session"] != 3 || a.kinds["profile"] != 3 {
		t.Errorf("got %v", a.kinds)
	}
}

func TestPeopleOfReports(t *testing.T) {
	const viewed = "|-|Course viewed|"
	is := func(id int) string { return fmt.Sprintf("The user with id '%d' viewed it.", id) }
	for _, c := range []struct {
		name string
		rows []string
		want []string // profiles
	}{
		{"a name that goes with one id is that id's, wherever the id stands",
			[]string{"Ann" + viewed + "no id", "Ann" + viewed + is(5)},
			[]string{"id=moodle-5 name=Ann"}},
		{"two ids with one name are two people, and rows with the name only a third",
			[]string{"Ann" + viewed + is(5), "Ann" + viewed + is(6), "Ann" + viewed + "no id"},
			[]string{"id=moodle-5 name=Ann", "id=moodle-6 name=Ann", "id=moodle-ann name=Ann"}},
		{"somebody is called as in the latest row",
			[]string{"Ann Old" + viewed + is(5), "Ann New" + viewed + is(5)},
			[]string{"id=moodle-5 name=Ann New"}},
		{"a row without an id counts for the name, too",
			[]string{"Ann" + viewed + is(5), "Anna" + viewed + is(5), "Ann" + viewed + "no id"},
			[]string{"id=moodle-5 name=Ann"}},
		{"names whose slugs are alike stay two",
			[]string{"Ann B." + viewed + "no id", "ann-b" + viewed + "no id"},
			[]string{"id=moodle-ann-b-2841c5d7 name=ann-b", "id=moodle-ann-b-cb3e7390 name=Ann B."}},
		{"a name without letters still has an id, and a number is not taken for a user id",
			[]string{"???" + viewed + "no id", "33" + viewed + "no id"},
			[]string{"id=moodle-33-b4c003a3 name=33", "id=moodle-name-35c376d4 name=???"}},
		{"whoever is viewed is a person, too, and the viewer is known by name",
			[]string{"Boss as Ann" + viewed + is(5), "Boss" + viewed + is(2)},
			[]string{"id=moodle-2 name=Boss", "id=moodle-5 name=Ann"}},
		{"a viewer who is never seen alone is told by the person viewed, who is",
			[]string{"Boss as Ann" + viewed + is(5), "Ann" + viewed + is(5)},
			[]string{"id=moodle-5 name=Ann", "id=moodle-boss name=Boss"}},
		{"a name of which no part is seen alone is one name",
			[]string{"Said as Sabah" + viewed + is(5), "Ana One" + viewed + is(6)},
			[]string{"id=moodle-5 name=Said as Sabah", "id=moodle-6 name=Ana One"}},
		{"parts that are people of other ids make no viewer",
			[]string{"Said as Sabah" + viewed + is(5), "Sabah" + viewed + is(7)},
			[]string{"id=moodle-5 name=Said as Sabah", "id=moodle-7 name=Sabah"}},
		{"somebody whose name has changed does not view themselves",
			[]string{"Said as Sabah" + viewed + is(5), "Said" + viewed + is(5)},
			[]string{"id=moodle-5 name=Said"}},
		{"a person with as in the name, whom others affect",
			[]string{"Rui as Flores" + viewed + is(5), "Boss|Rui as Flores|x|The user with id '2' did x."},
			[]string{"id=moodle-2 name=Boss", "id=moodle-5 name=Rui as Flores"}},
		{"a person with as in the name, whom another views",
			[]string{"Rui as Flores" + viewed + is(5), "Boss as Rui as Flores" + viewed + is(5), "Boss" + viewed + is(2)},
			[]string{"id=moodle-2 name=Boss", "id=moodle-5 name=Rui as Flores"}},
		{"what is said of the affected is not said of who acts",
			[]string{"Boss|Ann|Course completed|The user with id '5' completed the course.", "Ann" + viewed + "no id"},
			[]string{"id=moodle-5 name=Ann", "id=moodle-boss name=Boss"}},
	} {
		r := read(t, Options{}, reportOf(c.rows...))
		expect(t, c.name, r.of("profile"), c.want)
	}
}
