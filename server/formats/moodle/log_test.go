package moodle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/formats"
)

const header = "id,timecreated,eventname,userid,relateduserid,objectid,contextinstanceid,origin,realuserid\n"

func TestSessionsSplitWhereTheGapIsLongerThanHalfAnHour(t *testing.T) {
	r := read(t, Options{}, textFile("log.csv", header+
		"1,1578836800,\\core\\event\\course_viewed,7,,,,web,\n"+
		"2,1578838600,\\core\\event\\course_viewed,7,,,,web,\n"+ // 30 minutes later
		"3,1578840401,\\core\\event\\course_viewed,7,,,,web,\n"+ // 30 minutes and a second later
		"4,1578837800,\\core\\event\\course_viewed,8,,,,web,\n"))
	expect(t, "sessions", r.of("session"), []string{
		"id=moodle-7-20200112T134640Z profile_id=moodle-7 created_at=2020-01-12T13:46:40Z updated_at=2020-01-12T14:16:40Z ended_at=2020-01-12T14:16:40Z",
		"id=moodle-7-20200112T144641Z profile_id=moodle-7 created_at=2020-01-12T14:46:41Z updated_at=2020-01-12T14:46:41Z ended_at=2020-01-12T14:46:41Z",
		"id=moodle-8-20200112T140320Z profile_id=moodle-8 created_at=2020-01-12T14:03:20Z updated_at=2020-01-12T14:03:20Z ended_at=2020-01-12T14:03:20Z",
	})
	expect(t, "profiles", r.of("profile"), []string{"id=moodle-7 name=User 7", "id=moodle-8 name=User 8"})
	expect(t, "activity", r.of("activity")[:1], []string{
		"id=moodle-1 profile_id=moodle-7 session_id=moodle-7-20200112T134640Z created_at=2020-01-12T13:46:40Z",
	})
}

func TestOptionsShowInTheRecords(t *testing.T) {
	r := read(t, Options{Site: "hust", Role: "tutor", Departments: []string{"cs101", "math"}, NewDepartments: []string{"math"}},
		textFile("log.csv", header+"1,1578836800,\\core\\event\\user_loggedin,7,,,,web,\n"))
	expect(t, "records", r.records, []string{
		"activity id=hust-1 profile_id=hust-7 session_id=hust-7-20200112T134640Z created_at=2020-01-12T13:46:40Z",
		"department id=math name=math",
		"login id=hust-1 profile_id=hust-7 session_id=hust-7-20200112T134640Z created_at=2020-01-12T13:46:40Z",
		"profile id=hust-7 name=User 7 role=tutor department_ids=cs101|math",
		"session id=hust-7-20200112T134640Z profile_id=hust-7 created_at=2020-01-12T13:46:40Z updated_at=2020-01-12T13:46:40Z ended_at=2020-01-12T13:46:40Z",
	})
	for _, o := range []Options{{Site: strings.Repeat("x", 33)}, {Site: "a\x00"}, {Role: strings.Repeat("x", 65)}, {Departments: []string{"a\nb"}}} {
		if _, err := Read([]formats.File{textFile("log.csv", "")}, o); schema.ErrorCode(err) != schema.CodeInvalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestRowsOfNobodyAreSkippedAndCounted(t *testing.T) {
	r := read(t, Options{}, textFile("log.csv", header+
		"1,1578836800,\\core\\event\\course_viewed,0,,,,web,\n"+
		"2,1578836800,\\core\\event\\course_viewed,,,,,web,\n"+
		"3,1578836800,\\core\\event\\course_viewed,-1,,,,web,\n"+
		"4,1578836800,\\core\\event\\course_viewed,7,,,,cli,\n"+
		"5,1578836800,\\core\\event\\course_viewed,7,,,,restore,\n"+
		"6,1578836800,\\core\\event\\course_viewed,7,,,,ws,\n"+
		"6,1578836800,\\core\\event\\course_viewed,7,,,,ws,\n"))
	if got, want := fmt.Sprint(r.skipped), "map[duplicate row:1 no user:2 origin cli:1 origin restore:1 user 0:1]"; got != want {
		t.Errorf("skipped %s, want %s", got, want)
	}
	if r.kinds["activity"] != 1 || len(r.faults) > 0 {
		t.Errorf("got %v and faults %v", r.kinds, r.faults)
	}
}

func TestEmulationsAreUnbrokenRunsOfOneViewer(t *testing.T) {
	r := read(t, Options{}, textFile("log.csv", header+
		"1,1578836800,\\core\\event\\user_loggedinas,2,205,,,web,\n"+ // the first run begins
		"2,1578836801,\\core\\event\\course_viewed,205,,,,web,2\n"+
		"3,1578836802,\\core\\event\\course_viewed,9,,,,web,\n"+ // somebody else: breaks nothing
		"4,1578836803,\\core\\event\\course_viewed,205,,,,web,2\n"+
		"5,1578836804,\\core\\event\\course_viewed,2,,,,web,\n"+ // as themselves
		"6,1578836805,\\core\\event\\course_viewed,205,,,,web,2\n"+ // the second
		"7,1578836806,\\core\\event\\course_viewed,206,,,,web,2\n"+ // the third
		"8,1578838800,\\core\\event\\course_viewed,206,,,,web,2\n"+
		"9,1578840800,\\core\\event\\course_viewed,206,,,,web,2\n")) // after a gap: the fourth
	expect(t, "emulations", r.of("emulation"), []string{
		"id=moodle-1 profile_id=moodle-205 session_id=moodle-2-20200112T134640Z created_at=2020-01-12T13:46:40Z",
		"id=moodle-6 profile_id=moodle-205 session_id=moodle-2-20200112T134640Z created_at=2020-01-12T13:46:45Z",
		"id=moodle-7 profile_id=moodle-206 session_id=moodle-2-20200112T134640Z created_at=2020-01-12T13:46:46Z",
		"id=moodle-8 profile_id=moodle-206 session_id=moodle-2-20200112T142000Z created_at=2020-01-12T14:20:00Z",
		"id=moodle-9 profile_id=moodle-206 session_id=moodle-2-20200112T145320Z created_at=2020-01-12T14:53:20Z",
	})
	for _, rec := range r.of("activity") {
		if strings.Contains(rec, "profile_id=moodle-20") {
			t.Errorf("activity of the person viewed: %s", rec)
		}
	}
	if r.kinds["profile"] != 4 || r.kinds["session"] != 4 {
		t.Errorf("got %v", r.kinds)
	}
}

func TestAttempts(t *testing.T) {
	const started, submitted = `\mod_quiz\event\attempt_started`, `\mod_quiz\event\attempt_submitted`
	r := read(t, Options{}, textFile("log.csv", header+
		"1,1578836800,"+started+",7,7,31,5,web,\n"+
		"2,1578836860,"+started+",7,7,32,5,web,\n"+
		"3,1578836920,"+submitted+",7,7,31,5,web,\n"+
		"4,1578836980,"+submitted+",7,7,99,5,web,\n"+ // its start is not in the log
		"5,1578837040,"+started+",8,8,,5,web,\n"+ // never submitted
		"6,1578837100,"+started+",8,8,,5,web,\n"+
		"7,1578837160,"+started+",8,8,,6,web,\n"+
		"8,1578837220,"+submitted+",8,8,,5,web,\n"+
		"9,1578837280,"+submitted+",8,8,,7,web,\n"),
		textFile("more.csv", "timecreated,eventname,userid\n"+
			"1578836800,"+started+",9\n1578836800,"+started+",9\n1578836860,"+submitted+",9\n"))
	s7, s8, s9 := "session_id=moodle-7-20200112T134640Z", "session_id=moodle-8-20200112T135040Z", "session_id=moodle-9-20200112T134640Z"
	expect(t, "attempts", r.of("attempt"), []string{
		"id=moodle-9-attempt-20200112T134640Z-0 " + s9 + " created_at=2020-01-12T13:46:40Z",
		"id=moodle-9-attempt-20200112T134640Z-0-2 " + s9 + " created_at=2020-01-12T13:46:40Z completed_at=2020-01-12T13:47:40Z",
		"id=moodle-attempt-31 " + s7 + " created_at=2020-01-12T13:46:40Z completed_at=2020-01-12T13:48:40Z",
		"id=moodle-attempt-32 " + s7 + " created_at=2020-01-12T13:47:40Z",
		"id=moodle-attempt-99 " + s7 + " created_at=2020-01-12T13:49:40Z completed_at=2020-01-12T13:49:40Z",
		"id=moodle-attempt-row-5 " + s8 + " created_at=2020-01-12T13:50:40Z",
		"id=moodle-attempt-row-6 " + s8 + " created_at=2020-01-12T13:51:40Z completed_at=2020-01-12T13:53:40Z",
		"id=moodle-attempt-row-7 " + s8 + " created_at=2020-01-12T13:52:40Z",
		"id=moodle-attempt-row-9 " + s8 + " created_at=2020-01-12T13:54:40Z completed_at=2020-01-12T13:54:40Z",
	})
}

func TestRolesAssignedAreGrants(t *testing.T) {
	r := read(t, Options{}, textFile("log.csv", header+"1,1578836800,\\core\\event\\role_assigned,7,8,5,5,web,\n"))
	expect(t, "grants", r.of("grant"), []string{"id=moodle-1 session_id=moodle-7-20200112T134640Z created_at=2020-01-12T13:46:40Z"})
	if r.kinds["profile"] != 1 {
		t.Errorf("whom a role is given to has done nothing: %v", r.of("profile"))
	}
}

func TestOneRowInOverlappingFilesIsOneRow(t *testing.T) {
	full := textFile("full.csv", header+
		"1,1578836800,\\core\\event\\course_viewed,7,,,,cli,\n"+
		"2,1578836800,\\core\\event\\course_viewed,205,,,,web,2\n")
	part := textFile("part.csv", "id,timecreated,eventname,userid\n"+
		"1,2020-01-12 13:46:40,\\core\\event\\course_viewed,7\n"+
		"2,2020-01-12 13:46:40,\\core\\event\\course_viewed,205\n"+
		"3,2020-01-12 13:46:40,\\core\\event\\course_viewed,7\n")
	a, b := read(t, Options{}, full, part), read(t, Options{}, part, full)
	same(t, "the files the other way round", a, b)
	if got := fmt.Sprint(a.skipped); got != "map[duplicate row:2 origin cli:1]" {
		t.Errorf("skipped %s", got)
	}
	expect(t, "emulations", a.of("emulation"), []string{
		"id=moodle-2 profile_id=moodle-205 session_id=moodle-2-20200112T134640Z created_at=2020-01-12T13:46:40Z"})

	other := textFile("other.csv", "id,timecreated,eventname,userid\n1,1578836801,\\core\\event\\course_viewed,7\n")
	c := read(t, Options{}, other, full)
	expect(t, "faults", c.faults, []string{"other.csv:2: id: the row 1 stands with another time, event or user in full.csv:2; are these logs of two sites? Then import them one by one, each with its own site name"})
}

func TestFaultsNameTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"an empty file", "", "log.csv:1: the file is empty; its first row should name the columns"},
		{"another table", "id,profile_id,created_at\n", "log.csv:1: the header is not that of a Moodle log, it lacks eventname, userid, timecreated; expected are the columns of the table mdl_logstore_standard_log, at least eventname, userid, timecreated, or those of the report \"Logs\" as Moodle writes them, in any language: Time, User full name, Affected user, Event context, Component, Event name, Description, Origin, IP address"},
		{"a column of the report missing", "Time,User full name,Affected user,Event context,Component,Event name\n", "log.csv:1: the header is not that of a Moodle log, it lacks Description; expected are the columns of the table mdl_logstore_standard_log, at least eventname, userid, timecreated, or those of the report \"Logs\" as Moodle writes them, in any language: Time, User full name, Affected user, Event context, Component, Event name, Description, Origin, IP address"},
		{"a column twice", "userid,eventname,timecreated,userid\n", `log.csv:1: the column "userid" is there twice`},
		{"a cell too few", header + "1,1578836800,x,7,,,,web\n", "log.csv:2: the row has 8 cells; the header has 9"},
		{"no event", header + "1,1578836800,,7,,,,web,\n", `log.csv:2: eventname: is empty; every row names its event, as in \core\event\course_viewed`},
		{"a user by name", header + "1,1578836800,x,anna,,,,web,\n", `log.csv:2: userid: "anna" is not the id of a user; those are whole numbers`},
		{"a row id of letters", header + "x1,1578836800,x,7,,,,web,\n", `log.csv:2: id: "x1" is not an id; those are whole numbers`},
		{"NUL", header + "1,1578836800,x\x00,7,,,,web,\n", "log.csv:2: eventname: contains a NUL byte"},
		{"a quote left open", header + "1,\"1578836800,x,7,,,,web,\n", `log.csv:2: a quote is opened here and never closed; close it with ", and write a quote inside a quoted cell twice`},
		{"no time", header + "1,,x,7,,,,web,\n", `log.csv:2: timecreated: "" is not a time; write it as 2022-09-05 07:25:12, 17/10/21, 12:41, 3 March 2025, 2:05 PM, or in epoch seconds`},
	} {
		r := read(t, Options{}, textFile("log.csv", c.content))
		expect(t, c.name, r.faults, []string{c.want})
		if len(r.records) > 0 {
			t.Errorf("%s: got %v", c.name, r.records)
		}
	}
	r := read(t, Options{}, textFile("log.csv", header+"1,bad,x,7,,,,web,\n2,1578836800,x,7,,,,web,\n"))
	if len(r.faults) != 1 || r.kinds["activity"] != 1 {
		t.Errorf("reading goes on after a fault: got %v, %v", r.faults, r.kinds)
	}
}

func TestReadersMayStopAnywhere(t *testing.T) {
	bad := textFile("bad.csv", header+"1,1578836800,x,7,,,,web,\n1,1578836801,x,7,,,,web,\n2,never,x,7,,,,web,\n")
	for _, limit := range []int{1, 0} {
		l, err := Read([]formats.File{bad, textFile("none.csv", ""), diskFile(samples + "report.csv")}, Options{NewDepartments: []string{"cs"}, TempDir: t.TempDir(), InMemory: limit})
		if err != nil {
			t.Fatal(err)
		}
		for stop, n := 0, 1; n > stop; stop++ {
			n = 0
			for range recordsOf(l) {
				if n++; n > stop {
					break // a record after this one would panic
				}
			}
		}
	}
}

func TestErrorsOfTheInputEndTheLog(t *testing.T) {
	missing := diskFile(samples + "no-such-file.csv")
	cut := formats.File{Name: "cut.csv", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(header+"1,1578836800,x,7,,,,web,\n"), badReader{})), nil
	}}
	for _, c := range []struct {
		file formats.File
		want error
	}{{missing, os.ErrNotExist}, {cut, io.ErrUnexpectedEOF}} {
		l, err := Read([]formats.File{c.file, diskFile(samples + "report.csv")}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range recordsOf(l) {
			if n++; !errors.Is(err, c.want) {
				t.Errorf("%s: got %v", c.file.Name, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d yielded", c.file.Name, n)
		}
	}
	l, err := Read([]formats.File{diskFile(samples + "report.csv")}, Options{TempDir: "/nowhere/at/all", InMemory: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range recordsOf(l) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("without a folder to sort in: got %v", err)
		}
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestALogMayBeReadAgain(t *testing.T) {
	l, err := Read([]formats.File{diskFile(samples + "report.csv"), diskFile(samples + "logstore_standard_log.csv")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the second time", drain(t, l), drain(t, l))
}
