package moodle

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"glow/server/formats"
	"glow/server/formats/eventlog"
)

// The slow, obvious count of a table: all rows in memory, one question after the
// other, none of the program's own code.

type slowRow map[string]string

func slowRows(t testing.TB, paths ...string) []slowRow {
	t.Helper()
	var rows []slowRow
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range all[1:] {
			row := slowRow{}
			for i, name := range all[0] {
				row[name] = cells[i]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (r slowRow) time(t testing.TB, zone *time.Location) time.Time {
	t.Helper()
	if n, err := strconv.ParseInt(r["timecreated"], 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", r["timecreated"], zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// slowResult answers what read answers.
func slowResult(t testing.TB, site string, zone *time.Location, rows []slowRow) result {
	t.Helper()
	out := result{kinds: map[string]int{}, skipped: map[string]int64{}}
	add := func(kind, format string, args ...any) {
		out.kinds[kind]++
		out.records = append(out.records, kind+" "+fmt.Sprintf(format, args...))
	}
	people := map[string]bool{}
	byActor := map[string][]slowRow{}
	seen := map[string]bool{}
	for _, r := range rows {
		switch {
		case seen[r["id"]]:
			out.skipped[eventlog.ReasonDuplicate]++
		case r["userid"] == "0":
			out.skipped[eventlog.ReasonUserZero]++
		case r["userid"] == "" || r["userid"][0] == '-':
			out.skipped[eventlog.ReasonNoUser]++
		case r["origin"] == "cli" || r["origin"] == "restore":
			out.skipped["origin "+r["origin"]]++
		default:
			actor := cmp.Or(r["realuserid"], r["userid"])
			byActor[actor] = append(byActor[actor], r)
			people[actor] = true
		}
		seen[r["id"]] = true
	}
	attempts := map[string][]slowRow{} // by the attempt's id
	session := map[string]string{}     // by the row's id
	for actor, rows := range byActor {
		slices.SortFunc(rows, func(a, b slowRow) int {
			x, _ := strconv.Atoi(a["id"])
			y, _ := strconv.Atoi(b["id"])
			return cmp.Or(a.time(t, zone).Compare(b.time(t, zone)), cmp.Compare(x, y))
		})
		profile := "profile_id=" + site + "-" + actor
		for i := 0; i < len(rows); {
			end := i + 1
			for end < len(rows) && rows[end].time(t, zone).Sub(rows[end-1].time(t, zone)) <= 30*time.Minute {
				end++
			}
			first, last := rows[i].time(t, zone), rows[end-1].time(t, zone).Format(time.RFC3339)
			id := site + "-" + actor + "-" + first.Format("20060102T150405Z")
			add("session", "id=%s %s created_at=%s updated_at=%s ended_at=%s", id, profile, first.Format(time.RFC3339), last, last)
			before := ""
			for _, r := range rows[i:end] {
				rest := "session_id=" + id + " created_at=" + r.time(t, zone).Format(time.RFC3339)
				add("activity", "id=%s-%s %s %s", site, r["id"], profile, rest)
				viewed := ""
				switch r["eventname"] {
				case `\core\event\user_loggedin`:
					add("login", "id=%s-%s %s %s", site, r["id"], profile, rest)
				case `\core\event\role_assigned`:
					add("grant", "id=%s-%s %s", site, r["id"], rest)
				case `\core\event\user_loggedinas`:
					viewed = r["relateduserid"]
				case `\mod_quiz\event\attempt_started`, `\mod_quiz\event\attempt_submitted`:
					key := "attempt-" + r["objectid"]
					if r["objectid"] == "" {
						key = "by " + actor
					}
					attempts[key] = append(attempts[key], r)
				}
				if r["realuserid"] != "" {
					viewed = r["userid"]
				}
				if viewed != "" && viewed != before {
					add("emulation", "id=%s-%s profile_id=%s-%s %s", site, r["id"], site, viewed, rest)
					people[viewed] = true
				}
				before = viewed
				session[r["id"]] = id
			}
			i = end
		}
	}
	for key, rows := range attempts {
		// In these logs whoever submits has just one attempt open.
		slices.SortFunc(rows, func(a, b slowRow) int { return a.time(t, zone).Compare(b.time(t, zone)) })
		for len(rows) > 0 {
			first, completed, n := rows[0], "", 1
			for _, r := range rows {
				if strings.HasSuffix(r["eventname"], "submitted") {
					completed = " completed_at=" + r.time(t, zone).Format(time.RFC3339)
					break
				}
			}
			if len(rows) > 1 && strings.HasSuffix(rows[1]["eventname"], "submitted") {
				n = 2
			}
			id := key
			if first["objectid"] == "" {
				id = "attempt-row-" + first["id"]
			}
			add("attempt", "id=%s-%s session_id=%s created_at=%s%s", site, id, session[first["id"]], first.time(t, zone).Format(time.RFC3339), completed)
			rows = rows[n:]
		}
	}
	for id := range people {
		add("profile", "id=%s-%s name=User %s", site, id, id)
	}
	slices.Sort(out.records)
	return out
}

// wholeLogs is the folder of the logs that the excerpts in testdata are of. They are not
// in the repository: without them the test of the excerpts stands alone, unless
// GLOW_SHARED says that they are there.
func wholeLogs(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("GLOW_SHARED"), "../../../../shared"), "data", "moodle")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("GLOW_SHARED") != "" {
			t.Fatalf("GLOW_SHARED names a folder without the whole logs: %v", err)
		}
		t.Skipf("the whole logs are not here (%v); set GLOW_SHARED to the folder that has data/moodle", err)
	}
	return dir
}

func testLogs(t *testing.T, dir string) {
	vietnam := zone(t, "Asia/Ho_Chi_Minh")
	for _, c := range []struct {
		site  string
		files []string
	}{
		{"moodle", []string{"logstore_standard_log.csv"}},
		{"hust", []string{"log_course_42.csv"}},
		{"hust", []string{"log_course_670.csv"}},
		{"hust", []string{"log_course_42.csv", "log_course_670.csv"}},
		{"hust", []string{"log_course_670.csv", "log_course_42.csv", "log_course_42.csv"}},
	} {
		t.Run(strings.Join(c.files, "+"), func(t *testing.T) {
			var paths []string
			var files []formats.File
			for _, name := range c.files {
				paths = append(paths, filepath.Join(dir, name))
				files = append(files, diskFile(paths[len(paths)-1]))
			}
			rows := slowRows(t, paths...)
			got := read(t, Options{Site: c.site, Zone: vietnam, TempDir: t.TempDir()}, files...)
			expect(t, "faults", got.faults, nil)
			same(t, "program and slow count", got, slowResult(t, c.site, vietnam, rows))
			if n := got.kinds["activity"] + got.skippedRows(); n != len(rows) {
				t.Errorf("%d rows, %d accounted for", len(rows), n)
			}
			t.Log(got.kinds, got.skipped)
		})
	}
}

func TestExcerpts(t *testing.T) { testLogs(t, samples) }

func TestWholeLogs(t *testing.T) { testLogs(t, wholeLogs(t)) }
