package server

import (
	"encoding/csv"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
)

// defaultCuts is in how many ways the logs in testdata are cut; with -cuts it is the
// whole logs, where they lie beside the repository.
const defaultCuts = 2

var cuts = flag.Int("cuts", defaultCuts, "in how many ways each real log is cut into pieces")

// put imports records of our own kinds.
func (s *logSite) put(ndjson string) {
	s.t.Helper()
	if w := s.ask(schema.Import.Path, schema.TypeNDJSON, []byte(ndjson)); w.Code != http.StatusOK {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// expectLines fails unless a file of the export has just these cells, a line each.
func (s *logSite) expectLines(file string, columns []int, want ...string) {
	s.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.dump()[file])).ReadAll()
	if err != nil || len(rows) == 0 {
		s.t.Fatalf("%s: %v", file, err)
	}
	var got []string
	for _, row := range rows[1:] {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[c])
		}
		got = append(got, strings.Join(cells, " "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("%s:\ngot\n\t%s\nwant\n\t%s", file, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func (s *logSite) healthy() {
	s.t.Helper()
	answer, err := s.store.Doctor(s.t.Context())
	if err != nil || !answer.Healthy {
		s.t.Errorf("%+v, %v", answer.Checks, err)
	}
}

const viewed = `,\core\event\course_viewed,`

// What others keep in a session follows it when more rows of the log make it grow, or
// make one of two.
func TestWhatIsKeptInASessionFollowsIt(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.take("", piece{"timecreated,eventname,userid", []string{"1700003600" + viewed + "5", "1700007200" + viewed + "5"}})
	s.expectLines("sessions.csv", []int{0}, "moodle-5-20231114T231320Z", "moodle-5-20231115T001320Z")
	s.put(`{"kind":"problem","id":"first","profile_id":"moodle-5","session_id":"moodle-5-20231114T231320Z","type":"x","message":"m","created_at":"2023-11-14T23:20:00Z"}
{"kind":"problem","id":"second","profile_id":"moodle-5","session_id":"moodle-5-20231115T001320Z","type":"x","message":"m","created_at":"2023-11-15T00:20:00Z"}
{"kind":"chat","id":"talk","session_id":"moodle-5-20231115T001320Z","created_at":"2023-11-15T00:20:00Z"}
`)
	// A row before the first session, and two that close the gap between both.
	s.take("", piece{"timecreated,eventname,userid", []string{"1700002000" + viewed + "5", "1700005000" + viewed + "5", "1700006000" + viewed + "5"}})
	one := "moodle-5-20231114T224640Z"
	s.expectLines("sessions.csv", []int{0, 2, 4}, one+" 2023-11-14T22:46:40Z 2023-11-15T00:13:20Z")
	s.expectLines("problems.csv", []int{0, 2}, "first "+one, "second "+one)
	s.expectLines("chats.csv", []int{0, 1}, "talk "+one)
	s.healthy()
}

// Somebody known by name only turns out to be the user whom a later file gives an id.
func TestPeopleKnownByNameGetTheirIDLater(t *testing.T) {
	report := func(rows ...string) piece {
		return piece{reportTable, append(rows, `"14/11/23, 09:00",-,-,-,-,x,x,cli`)}
	}
	nameOnly := `"14/11/23, 10:00",Ana One,-,-,-,Course viewed,nothing,web`
	withID := `"14/11/23, 10:05",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`
	s := newSite(t)
	defer s.close()
	s.take("", report(nameOnly))
	s.expectLines("profiles.csv", []int{0, 1, 4}, "moodle-ana-one Ana One cs")
	s.put(`{"kind":"problem","id":"p","profile_id":"moodle-ana-one","type":"x","message":"m","created_at":"2023-11-14T10:20:00Z"}` + "\n")
	s.take("", report(withID))
	s.expectLines("profiles.csv", []int{0, 1, 4}, "moodle-5 Ana One cs")
	s.expectLines("problems.csv", []int{0, 1}, "p moodle-5")
	s.expectLines("sessions.csv", []int{1, 2, 4}, "moodle-5 2023-11-14T03:00:00Z 2023-11-14T03:05:00Z")
	s.healthy()
}

// A session that was made without its rows, by an earlier version or as a record, is
// not counted beside one that is made of them.
func TestSessionsWithoutTheirRowsAreNotDoubled(t *testing.T) {
	const old = `{"kind":"department","id":"cs","name":"cs"}
{"kind":"profile","id":"moodle-5","name":"User 5","department_ids":["cs"]}
{"kind":"session","id":"moodle-5-20231114T231320Z","profile_id":"moodle-5","created_at":"2023-11-14T23:13:20Z","ended_at":"2023-11-14T23:20:00Z"}
{"kind":"activity","id":"old","profile_id":"moodle-5","session_id":"moodle-5-20231114T231320Z","created_at":"2023-11-14T23:13:20Z"}
{"kind":"problem","id":"p","profile_id":"moodle-5","session_id":"moodle-5-20231114T231320Z","type":"x","message":"m","created_at":"2023-11-14T23:20:00Z"}
`
	again := piece{"timecreated,eventname,userid", []string{"1700003600" + viewed + "5", "1700004000" + viewed + "5"}}
	s := newSite(t)
	defer s.close()
	s.put(old)
	before := s.dump()
	w := s.ask(schema.Import.Path+"?from=moodle&file=log.csv", schema.TypeCSV, []byte(again.String()))

	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "--replace") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	sameDump(t, s.dump(), before)
	s.take("", piece{"timecreated,eventname,userid", []string{"1700103600" + viewed + "5"}}) // another day: nothing is doubled
	s.take("&replace=true", again)
	s.expectLines("sessions.csv", []int{0, 4}, "moodle-5-20231114T231320Z 2023-11-14T23:20:00Z", "moodle-5-20231116T030000Z 2023-11-16T03:00:00Z")
	s.expectLines("activity.csv", []int{3}, "2023-11-14T23:13:20Z", "2023-11-14T23:20:00Z", "2023-11-16T03:00:00Z")
	s.expectLines("problems.csv", []int{0, 2}, "p moodle-5-20231114T231320Z")
	s.healthy()
}

// An export that is imported elsewhere, and the log after it, are the same records.
func TestALogAfterItsExport(t *testing.T) {
	files := []piece{
		{numberedTable, []string{`1,1700003600,\core\event\user_loggedin,5,,,,web,`, `2,1700004000,\mod_quiz\event\attempt_started,5,,9,,web,`}},
		{plainTable, []string{"1700003600" + viewed + "6,,,42"}},
	}
	a, b := newSite(t), newSite(t)
	defer a.close()
	defer b.close()
	a.take("", files...)
	w := a.ask(schema.Export.Path, schema.TypeJSON, []byte("{}"))
	if got := b.ask(schema.Import.Path, schema.TypeZIP, w.Body.Bytes()); got.Code != http.StatusOK {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	b.take("", files...)
	sameDump(t, b.dump(), a.dump())
	b.healthy()
}

// Whoever is forgotten stays forgotten when more of the log comes.
func TestForgottenPeopleStayForgottenWhenMoreOfTheLogComes(t *testing.T) {
	s := newSite(t)
	defer s.close()
	s.take("",
		piece{numberedTable, []string{
			`1,1700003600,\core\event\course_viewed,5,,,,web,`,
			`2,1700003600,\core\event\user_loggedinas,2,5,,,web,`,
			`3,1700003660,\core\event\course_viewed,5,,,,web,2`,
			`4,1700003720,\core\event\course_viewed,2,,,,web,`,
		}},
		piece{reportTable, []string{
			`"14/11/23, 10:00",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`,
			`"14/11/23, 10:01",Boss,Ana One,-,-,Role assigned,The user with id '2' gave,web`,
			`"14/11/23, 10:02",Boss as Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`,
		}})
	s.expectLines("profiles.csv", []int{0, 1}, "moodle-2 Boss", "moodle-5 Ana One")
	if w := s.ask(schema.Forget.Path, schema.TypeJSON, []byte(`{"profile_id":"moodle-5"}`)); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.healthy()
	activity := s.dump()["activity.csv"]
	s.take("", piece{numberedTable, []string{`9,1700003780,\core\event\course_viewed,2,,,,web,`}}) // in the same session
	s.expectLines("profiles.csv", []int{0, 1}, "moodle-2 Boss")
	if got := s.dump(); strings.Count(got["activity.csv"], "\n") != strings.Count(activity, "\n")+1 || strings.Count(got["emulations.csv"], "\n") != 1 {
		t.Errorf("got\n%s%s", got["activity.csv"], got["emulations.csv"])
	}
	s.healthy()
}

// Real logs, cut at random, in random order.
func TestRealLogsInPieces(t *testing.T) {
	t.Parallel()
	dir := excerpts
	if *cuts > defaultCuts {
		if whole, ok := wholeLogs(t); ok {
			dir = whole
		}
	}
	for _, log := range []struct {
		query string
		files []string
	}{
		{"", []string{"logstore_standard_log.csv"}},
		{"&site=hust", []string{"log_course_42.csv", "log_course_670.csv"}},
	} {
		var whole []piece
		for _, name := range log.files {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			p := piece{header: csvLine(records[0])}
			for _, r := range records[1:] {
				p.rows = append(p.rows, csvLine(r))
			}
			whole = append(whole, p)
		}
		one := newSite(t)
		one.take(log.query, whole...)
		want := one.dump()
		one.close()
		for range *cuts {
			seed := rand.Uint64()
			random := rand.New(rand.NewPCG(seed, 0))
			s := newSite(t)
			var parts []piece
			for _, p := range whole {
				n := 1 + random.IntN(6)
				cut := make([]piece, n)
				for i := range cut {
					cut[i].header = p.header
				}
				for i, row := range p.rows { // by time or at random, with overlaps
					at := i * n / len(p.rows)
					if random.IntN(10) == 0 {
						at = random.IntN(n)
					}
					cut[at].rows = append(cut[at].rows, row)
					if random.IntN(5) == 0 {
						other := &cut[random.IntN(n)]
						if other != &cut[at] {
							other.rows = append(other.rows, row)
						}
					}
				}
				parts = append(parts, cut...)
			}
			random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			for len(parts) > 0 {
				n := 1 + random.IntN(len(parts))
				s.take(log.query, parts[:n]...)
				parts = parts[n:]
			}
			t.Logf("%v, seed %d", log.files, seed)
			sameDump(t, s.dump(), want)
			s.close()
		}
	}
}

func csvLine(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(cells)
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// A log whose dates were read in the wrong order is put right by importing it again in
// the right one; nothing is doubled, and the horizon goes back with the rows.
func TestDatesReadWronglyArePutRight(t *testing.T) {
	log := piece{reportTable, []string{
		`"03/04/25, 12:30",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`,
		`"03/12/25, 09:10",Ana One,-,-,-,Course viewed,The user with id '5' viewed,web`,
	}}
	wrong, right := newSite(t), newSite(t)
	defer wrong.close()
	defer right.close()
	wrong.take("&date_order=dmy", log)
	wrong.take("&date_order=mdy", log)
	right.take("&date_order=mdy", log)
	sameDump(t, wrong.dump(), right.dump())
	answer, err := wrong.store.Activity(t.Context(), schema.Scope{All: true}, schema.ActivityRequest{})
	if err != nil || answer.DataUntil == nil || answer.DataUntil.String() != "2025-03-12T02:10:00Z" {
		t.Errorf("data until %v, %v", answer.DataUntil, err)
	}
	wrong.healthy()
}
