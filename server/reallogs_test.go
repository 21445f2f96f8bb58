package server

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/moodle"
	"glow/store"
)

// The numbers over a real log are those of a slow, obvious count over its rows.
func TestNumbersOverRealLogs(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{excerpts}
	if whole, ok := wholeLogs(t); ok {
		folders = append(folders, whole)
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			name := filepath.Join(folder, "logstore_standard_log.csv")
			rows := readMoodleTable(t, name)
			st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "glow.db"), Zone: zone})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			takeMoodle(t, st, name, zone)
			day := func(d int) time.Time { return time.Date(2025, 10, d, 0, 0, 0, 0, zone) }
			for _, w := range []struct {
				from, to    string
				start, last time.Time
			}{
				{"2025-10-01", "2025-10-31", day(1), day(32).Add(-time.Microsecond)},
				{"2025-10-20", "2025-10-26", day(20), day(27).Add(-time.Microsecond)},
				{"2025-10-24T08:30:00Z", "2025-10-29T02:41:43Z", time.Date(2025, 10, 24, 8, 30, 0, 0, time.UTC), time.Date(2025, 10, 29, 2, 41, 43, 0, time.UTC)},
				{"2025-10-29", "2025-10-29", day(29), day(30).Add(-time.Microsecond)},
			} {
				compareActivity(t, st, rows, schema.Filter{DateFrom: w.from, DateTo: w.to}, w.start, w.last)
			}
		})
	}
}

type moodleRow struct {
	person string
	at     int64 // epoch seconds
}

// readMoodleTable returns who did something when: the viewer where somebody acts
// as another, nobody for other origins than a person's.
func readMoodleTable(t *testing.T, name string) (rows []moodleRow) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(row []string, name string) string { return row[slices.Index(all[0], name)] }
	for _, r := range all[1:] {
		person := column(r, "userid")
		if id, _ := strconv.Atoi(person); id <= 0 || column(r, "origin") == "cli" || column(r, "origin") == "restore" {
			continue
		}
		if real := column(r, "realuserid"); real != "" {
			person = real
		}
		at, err := strconv.ParseInt(column(r, "timecreated"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, moodleRow{"moodle-" + person, at})
	}
	slices.SortFunc(rows, func(a, b moodleRow) int { return cmp.Compare(a.at, b.at) })
	return rows
}

func takeMoodle(t *testing.T, st *store.Store, name string, zone *time.Location) {
	t.Helper()
	log, err := moodle.Read([]formats.File{{Name: filepath.Base(name), Open: func() (io.ReadCloser, error) { return os.Open(name) }}},
		moodle.Options{Zone: zone, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	rows := store.LogImport{Site: log.Site(), Rows: log.Rows(), Names: log.Names, Derive: log.Derive}
	if _, err := st.PutLog(t.Context(), rows, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func compareActivity(t *testing.T, st *store.Store, rows []moodleRow, f schema.Filter, start, last time.Time) {
	t.Helper()
	inside := func(at int64) bool { return at >= start.Unix() && !time.Unix(at, 0).After(last) }
	activity, sessions, before := map[string]int64{}, map[string]int64{}, map[string]int64{}
	active := map[string]bool{}
	var began int64
	for _, r := range rows {
		if inside(r.at) {
			activity[r.person]++
			active[r.person] = true
		}
		if earlier, ok := before[r.person]; (!ok || r.at-earlier > 30*60) && inside(r.at) {
			sessions[r.person]++
			began++
		}
		before[r.person] = r.at
	}
	got, err := st.Activity(context.Background(), schema.Scope{All: true}, schema.ActivityRequest{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	if got.Sessions != began || got.CompletedSessions != began || got.ActiveProfiles != int64(len(active)) || began == 0 {
		t.Errorf("%v: %+v; the slow count has %d sessions and %d people", f, got.Counts, began, len(active))
	}
	if len(got.ProfileSummary) != len(before) {
		t.Errorf("%v: %d people are listed, %d are in the log", f, len(got.ProfileSummary), len(before))
	}
	for _, p := range got.ProfileSummary {
		if p.Activity != activity[p.ProfileID] || p.Sessions != sessions[p.ProfileID] || int64(*p.LastActiveAt) != before[p.ProfileID]*1e6 {
			t.Errorf("%v: %+v; the slow count has %d activity records, %d sessions, last at %d",
				f, p, activity[p.ProfileID], sessions[p.ProfileID], before[p.ProfileID])
		}
	}
}
