package moodle

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"glow/server/formats/eventlog"
	"glow/server/formats/table"
)

// What spreadsheets and people make of a report.
func TestReportsAsPeopleHaveThem(t *testing.T) {
	const viewed = "Ana One,-,Course: X,System,Course viewed,The user with id '5' viewed the course with id '2'.,web,127.0.0.1"
	row := func(at string) string { return fullHeader + "\n" + at + "," + viewed + "\n" }
	one := func(at string) []string { // the records of one row of Ana's
		compact := strings.NewReplacer("-", "", ":", "").Replace(at)
		return []string{
			"activity profile_id=moodle-5 session_id=moodle-5-" + compact + " created_at=" + at,
			"profile id=moodle-5 name=Ana One",
			fmt.Sprintf("session id=moodle-5-%s profile_id=moodle-5 created_at=%s updated_at=%[2]s ended_at=%[2]s", compact, at),
		}
	}
	october := one("2021-10-17T12:41:00Z")
	for _, c := range []struct {
		name, content string
		want          []string
		skipped       string
	}{
		{"a German spreadsheet", strings.ReplaceAll(row("31.12.2024 14:05"), ",", ";"), one("2024-12-31T14:05:00Z"), "map[]"},
		{"an American one", row("12/31/2024 2:05 PM"), one("2024-12-31T14:05:00Z"), "map[]"},
		{"a spreadsheet's number of days", row("45657.5868055556"), one("2024-12-31T14:05:00Z"), "map[]"},
		{"a whole number of days", row("45657"), one("2024-12-31T00:00:00Z"), "map[]"},
		{"empty columns and rows", strings.ReplaceAll(row(`"17/10/21, 12:41"`), "\n", ",,,\n") + ",,,,,,,,,,,\n,,,\n\n", october, "map[]"},
		{"a line of totals", row(`"17/10/21, 12:41"`) + "Total,1,,,,,,,\n", october, "map[totals line:1]"},
		{"a short line of totals", row(`"17/10/21, 12:41"`) + "Gesamtsumme:,1\n", october, "map[totals line:1]"},
		{"titles above", "Course: X,,,,,,,,\nLogs of all days,,,,,,,,\n\n" + row(`"17/10/21, 12:41"`), october, "map[]"},
		{"titles above a German report", "Kurs: X\nLogdaten aller Tage\n\n" + strings.Replace(row(`"17. Oktober 2021, 12:41"`), fullHeader, germanHeader, 1), october, "map[]"},
		{"attendance without names", fullHeader + "\n" + `"17/10/21, 12:41",-,-,Attendance: X,Attendance,Attendance taken,User with id 5 took attendance with instanceid 9,web,` + "\n",
			[]string{october[0], "profile id=moodle-5 name=User 5", october[2]}, "map[]"},
	} {
		r := read(t, Options{}, textFile("log.csv", c.content))
		expect(t, c.name+": faults", r.faults, nil)
		for i := range r.records {
			r.records[i] = strings.Replace(rowIDs.ReplaceAllString(r.records[i], "ROW"), "id=ROW ", "", 1)
		}
		expect(t, c.name, r.records, c.want)
		if got := fmt.Sprint(r.skipped); got != c.skipped {
			t.Errorf("%s: skipped %s", c.name, got)
		}
	}
	for _, c := range []struct{ name, content, want string }{
		{"a course that begins like a sum", "Course," + fullHeader + "\nTotal Quality,never," + viewed + "\nTotal Quality,\"17/10/21, 12:41\"," + strings.Replace(viewed, "The user with id '5' viewed the course with id '2'.", "", 1) + "\n",
			`log.csv:2: Time: "never" is not a time; write it as 2022-09-05 07:25:12, 17/10/21, 12:41, 3 March 2025, 2:05 PM, or in epoch seconds`},
		{"a report without its header", strings.TrimPrefix(row(`"17/10/21, 12:41"`)+`"17/10/21, 12:42",`+viewed+"\n", fullHeader+"\n"),
			`log.csv:1: the header is not that of a Moodle log, it lacks eventname, userid, timecreated; expected are the columns of the table mdl_logstore_standard_log, at least eventname, userid, timecreated, or those of the report "Logs" as Moodle writes them, in any language: Time, User full name, Affected user, Event context, Component, Event name, Description, Origin, IP address`},
		{"days and months that nothing tells apart", row("3/4/2024 14:05"),
			`the request is not valid: date_order: "3/4/2024 14:05" (log.csv:2) is 3 April or 4 March 2024; say which with --date-order dmy or mdy`},
	} {
		r := read(t, Options{}, textFile("log.csv", c.content))
		expect(t, c.name, r.faults, []string{c.want})
	}
}

// A report says the same, to the letter, in whatever form it was downloaded.
func TestDownloadsOfOneReportHaveTheSameRows(t *testing.T) {
	workbook := diskFile("../table/testdata/cases/r08-moodle.xlsx")
	in, err := table.Open(workbook, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var lines, objects []string
	for row, err := range in.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		var cells, members []string
		for i, cell := range row.Cells {
			cells = append(cells, strconv.Quote(string(cell)))
			members = append(members, fmt.Sprintf("%q:%q", eventlog.ColumnKey(in.Header[i]), cell))
		}
		lines, objects = append(lines, strings.Join(cells, ",")), append(objects, "{"+strings.Join(members, ",")+"}")
	}
	want := read(t, Options{}, workbook)
	if want.kinds["activity"] != 4 || want.kinds["profile"] != 1 || want.kinds["session"] != 1 {
		t.Errorf("got %v", want.kinds)
	}
	csv := strings.Join(in.Header, ",") + "\n" + strings.Join(lines, "\n")
	tabs := strings.Join(in.Header, "\t") + "\n" + strings.ReplaceAll(strings.Join(lines, "\n"), `","`, "\"\t\"")
	for name, content := range map[string]string{"CSV": csv, "Unicode text": utf16LE(tabs), "JSON": "[[" + strings.Join(objects, ",") + "]]"} {
		same(t, name, read(t, Options{}, textFile("log", content)), want)
	}
}

// utf16LE writes a text with the mark and the bytes that Excel gives it.
func utf16LE(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}
