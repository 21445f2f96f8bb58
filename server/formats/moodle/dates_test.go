package moodle

import (
	"errors"
	"testing"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/eventlog"
)

func TestDatesAreReadInOneOrderInAllFiles(t *testing.T) {
	silent, telling := reportAt("a.csv", "03/04/25, 12:30", "03/12/25, 09:10"), reportAt("b.csv", "03/14/25, 09:20")
	const want = "2025-03-04T12:30:00Z 2025-03-12T09:10:00Z 2025-03-14T09:20:00Z"
	for _, files := range [][]formats.File{{silent, telling}, {telling, silent}} {
		if got := activityTimes(read(t, Options{}, files...)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := activityTimes(read(t, Options{DateOrder: "dmy"}, silent)); got != "2025-04-03T12:30:00Z 2025-12-03T09:10:00Z" {
		t.Errorf("day first: got %s", got)
	}
	if got := activityTimes(read(t, Options{Year: 2024}, reportAt("a.csv", "29 February, 2:05 PM"))); got != "2024-02-29T14:05:00Z" {
		t.Errorf("with a year: got %s", got)
	}
}

func TestDatesThatMayBeEitherAreRefused(t *testing.T) {
	for want, files := range map[string][]formats.File{
		`date_order: "03/04/25, 12:30" (a.csv:2) is 3 April or 4 March 2025; say which with --date-order dmy or mdy`: {
			textFile("none.csv", ""), reportAt("a.csv", "03/04/25, 12:30", "yesterday")},
		`year: "3 April, 12:30" (a.csv:2) has no year, and the order of the rows does not tell it; say which with --year`: {
			reportAt("a.csv", "3 April, 12:30")},
	} {
		l, err := Read(files, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err = range recordsOf(l) {
			n++
		}
		var refusal *schema.Error
		if !errors.As(err, &refusal) || n != 1 || refusal.Fields[0].Error() != want {
			t.Errorf("%d yielded, the last %v", n, err)
		}
	}
}

func TestTheOrderOfTheRowsTellsThePassOfARepeatedHour(t *testing.T) {
	r := read(t, Options{Zone: zone(t, "Europe/Berlin")}, reportAt("a.csv",
		"26/10/25, 03:10", "26/10/25, 02:10", "26/10/25, 02:50", "26/10/25, 01:50"))
	const want = "2025-10-25T23:50:00Z 2025-10-26T00:50:00Z 2025-10-26T01:10:00Z 2025-10-26T02:10:00Z"
	if got := activityTimes(r); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDescriptionsOfPluginsSayWhoActs(t *testing.T) {
	r := read(t, Options{}, reportOf(
		"-|-|Attendance taken|User with id 5 took attendance with instanceid 9",
		"-|-|Session added|User with id 5 added a session to the instanceid 9",
		"-|-|Attendance taken by student|Student with id 6 took attendance with instanceid 9",
		"-|-|Something|A user with id 7 is named here",
	))
	expect(t, "profiles", r.of("profile"), []string{"id=moodle-5 name=User 5", "id=moodle-6 name=User 6"})
	if r.kinds["activity"] != 3 || r.skipped[eventlog.ReasonNoUser] != 1 {
		t.Errorf("got %v, skipped %v", r.kinds, r.skipped)
	}
}
