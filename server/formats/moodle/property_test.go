package moodle

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/server/formats"
)

// A made-up log: rows of both shapes, few enough ids, names and times that they
// meet in every way.

func drawTable(t *rapid.T) []string {
	number := func(most int) *rapid.Generator[string] {
		return rapid.Map(rapid.IntRange(-1, most), func(n int) string { return fmt.Sprint(n) })
	}
	row := rapid.Custom(func(t *rapid.T) string {
		cells := []string{
			rapid.OneOf(rapid.Just(""), rapid.Map(rapid.IntRange(1, 60), func(n int) string { return fmt.Sprint(n) })).Draw(t, "id"),
			rapid.OneOf(rapid.Map(rapid.IntRange(1_578_836_800, 1_578_845_800), func(n int) string { return fmt.Sprint(n / 600 * 600) }), rapid.Just("never")).Draw(t, "time"),
			rapid.SampledFrom([]string{`\core\event\course_viewed`, `\core\event\user_loggedin`, `\core\event\user_loggedinas`,
				`\core\event\role_assigned`, `\mod_quiz\event\attempt_started`, `\mod_quiz\event\attempt_submitted`}).Draw(t, "event"),
			number(4).Draw(t, "user"),
			rapid.SampledFrom([]string{"", "3", "4"}).Draw(t, "related"),
			rapid.SampledFrom([]string{"", "8", "9"}).Draw(t, "object"),
			rapid.SampledFrom([]string{"", "5"}).Draw(t, "module"),
			rapid.SampledFrom([]string{"web", "", "web", "cli", "restore"}).Draw(t, "origin"),
			rapid.SampledFrom([]string{"", "", "", "1", "2"}).Draw(t, "real"),
		}
		return strings.Join(cells, ",")
	})
	return rapid.SliceOfN(row, 0, 40).Draw(t, "table rows")
}

func drawReport(t *rapid.T) []string {
	name := rapid.SampledFrom([]string{"-", "Ann", "Ann", "Ben", "Ann as Ben", "Ben as Ann", "Cy as Ann", "ann", "Ann as Cy as Ben"})
	row := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`"13/01/20, %02d:%02d",%s,%s,-,-,%s,%s,%s`,
			rapid.IntRange(13, 16).Draw(t, "hour"), rapid.IntRange(0, 6).Draw(t, "minutes")*10,
			name.Draw(t, "name"), name.Draw(t, "affected"),
			rapid.SampledFrom([]string{"Course viewed", "User logged in as another user", "Quiz attempt started", "Quiz attempt submitted", "Role assigned"}).Draw(t, "event"),
			rapid.SampledFrom([]string{"nothing", "The user with id '0' x", "The user with id '1' has logged in as the user with id '3'", "The user with id '2' did",
				"The user with id '3' has started the attempt with id '8'"}).Draw(t, "description"),
			rapid.SampledFrom([]string{"web", "cli"}).Draw(t, "origin"))
	})
	return rapid.SliceOfN(row, 0, 20).Draw(t, "report rows")
}

const englishHeader = "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin\n"

func TestOrderOfRowsAndFilesDoesNotMatter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		table, report := drawTable(rt), drawReport(rt)
		split := func(label string, rows []string) (formats.File, formats.File) { // rows alike to the letter stay in one file
			var parts [2][]string
			part := map[string]int{}
			for _, row := range rows {
				if _, known := part[row]; !known {
					part[row] = rapid.IntRange(0, 1).Draw(rt, label)
				}
				parts[part[row]] = append(parts[part[row]], row)
			}
			return csvOf("a", header, parts[0]), csvOf("b", header, parts[1])
		}
		x, y := split("file", table)
		a := readIn(t, dir, 0, x, y, csvOf("c", englishHeader, report))

		x, y = split("file again", rapid.Permutation(table).Draw(rt, "table again"))
		files := []formats.File{x, y, csvOf("c", englishHeader, rapid.Permutation(report).Draw(rt, "report again"))}
		limit := rapid.IntRange(1, 20).Draw(rt, "rows in memory")
		b := readIn(t, dir, limit, rapid.Permutation(files).Draw(rt, "files")...)

		if len(a.faults) != len(b.faults) {
			rt.Fatalf("%d and %d faults:\n%q\n%q", len(a.faults), len(b.faults), a.faults, b.faults)
		}
		if x, y := strings.Join(a.records, "\n"), strings.Join(b.records, "\n"); x != y {
			rt.Fatalf("records differ:\n%s\n\n%s", x, y)
		}
		if x, y := fmt.Sprint(a.skipped), fmt.Sprint(b.skipped); x != y {
			rt.Fatalf("skipped %s and %s", x, y)
		}
	})
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestEveryRowIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table, report := drawTable(rt), drawReport(rt)
		r := readIn(t, "", 0, csvOf("a", header, table), csvOf("b", englishHeader, report))
		if n := r.kinds["activity"] + r.skippedRows() + len(r.faults); n != len(table)+len(report) {
			rt.Fatalf("%d rows; %d activities, %d skipped, %d faults", len(table)+len(report), r.kinds["activity"], r.skippedRows(), len(r.faults))
		}
		checkReferences(rt, r)
	})
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"report.csv", "report-old.csv", "report-anonymous.tsv"} {
		content, err := os.ReadFile(samples + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(header + "1,1578836800,\\core\\event\\user_loggedinas,7,8,,,web,2\n1,1578836800,\\mod_quiz\\event\\attempt_started,7,8,,,web,2\n"))
	f.Add([]byte("userid;timecreated;eventname\n7;2022-09-05 07:25:12;x\n"))
	f.Add([]byte(germanHeader + "\n03.03.2025 14:05,Boss als Ann,Ben,X,X,x,The user with id '5' has logged in as the user with id '6'.,web,\n"))
	f.Add([]byte(",时间,a,b,c,d,e\n20001,2025年3月3日 14:05,X,X,x,The student with id 5 did it.\n"))
	f.Add([]byte("\xff\xfeu\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r := readIn(t, "", 3, textFile("log.csv", string(content)))
		checkReferences(t, r)
	})
}

func BenchmarkRead(b *testing.B) {
	var log strings.Builder
	log.WriteString("timecreated,eventname,userid,origin\n")
	const rows = 300_000
	for i := range rows {
		fmt.Fprintf(&log, "%d,\\core\\event\\course_viewed,%d,web\n", 1_600_000_000+i*977%rows*60, i%100+1)
	}
	b.SetBytes(int64(log.Len()))
	for b.Loop() {
		l, err := Read([]formats.File{textFile("log.csv", log.String())}, Options{TempDir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range recordsOf(l) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
