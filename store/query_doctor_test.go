package store

import (
	"database/sql"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/store/sqlite"
)

func doctor(t fataler, s *Store) schema.DoctorResponse {
	t.Helper()
	answer, err := s.Doctor(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// After any history the doctor finds nothing, counts what is there, and leaves
// the file as it was.
func TestDoctorFindsNothingInAHealthyFile(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			h.step(t)
		}
		mustRefresh(t, h.s, false)
		before := dump(t, h.s, allTables(t, h.s)...)
		answer := doctor(t, h.s)
		if !answer.Healthy {
			t.Fatalf("%+v", answer.Checks)
		}
		for _, kind := range schema.Kinds {
			if got, want := answer.Records[kind.Name], int64(len(h.m.rows[kind.Name])); got != want {
				t.Fatalf("%s: %d records, want %d", kind.Name, got, want)
			}
		}
		if after := dump(t, h.s, allTables(t, h.s)...); after != before {
			t.Fatalf("the file has changed:\n%s", difference(after, before))
		}
	})
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name, check, detail string
		tamper              []string // each on a connection of its own
	}{
		{"a session's numbers", schema.CheckSummaries, "session_summary (2)", []string{`UPDATE session_summary SET run_count = run_count + 1 WHERE session_key = 1`}},
		{"an hour of the week", schema.CheckSummaries, "usage_day (2)", []string{`UPDATE usage_day SET hour_03 = hour_03 + 1 WHERE (cohort_key, day) = (SELECT cohort_key, day FROM usage_day LIMIT 1)`}},
		{"records that are not there", schema.CheckSummaries, "record_count (2)", []string{`UPDATE record_count SET records = 99 WHERE kind = 'run'`}},
		{"a person's day", schema.CheckSummaries, "profile_day (", []string{`UPDATE profile_day SET logins = logins + 1`}},
		{"months that are gone", schema.CheckSummaries, "cohort_month (", []string{`DELETE FROM cohort_month`}},
		{"a record nobody counted", schema.CheckSummaries, "calendar (1)", []string{`INSERT INTO login (id, profile_key, created_at) VALUES ('x', 1, 0)`}},
		{"people without their departments", schema.CheckPeople, "entries of the lists", []string{`DELETE FROM profile_department`}},
		{"a person in another cohort", schema.CheckPeople, "1 entries", []string{`UPDATE profile SET cohort_key = (SELECT max(key) FROM cohort) WHERE key = (SELECT min(key) FROM profile WHERE cohort_key <> (SELECT max(key) FROM cohort))`}},
		{"a reference to nothing", schema.CheckReferences, "1 references", []string{`INSERT INTO "group" (id, session_key, created_at) VALUES ('x', 99999, 1)`}},
		{"an index that is not its table's", schema.CheckIntegrity, "login_by_time", []string{
			`CREATE TABLE aside AS SELECT * FROM sqlite_schema WHERE name = 'login_by_time';
				PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'login_by_time'`,
			`UPDATE login SET created_at = created_at + 1`,
			`PRAGMA writable_schema = 1; INSERT INTO sqlite_schema SELECT * FROM aside; DROP TABLE aside`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filled(t)
			for _, script := range test.tamper {
				runScript(t, path, script)
			}
			s := openStore(t, Options{Path: path})
			answer := doctor(t, s)
			if answer.Healthy {
				t.Error("healthy")
			}
			found := false
			for _, c := range answer.Checks {
				found = found || c.Name == test.check && !c.OK && strings.Contains(c.Detail, test.detail)
			}
			if !found {
				t.Errorf("%s does not say %q: %+v", test.check, test.detail, answer.Checks)
			}
		})
	}
}

// A damaged page must not keep the doctor from saying so.
func TestDoctorOfADamagedFileInUse(t *testing.T) {
	path := filled(t)
	s := openStore(t, Options{Path: path})
	var root, page int64
	err := s.read(ctx, func(t *tx) error {
		return t.QueryRow([]any{&root, &page}, `SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'login'`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write(ctx, func(t *tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Exclusive(func(c *sqlite.Conn) error { return c.Tx(ctx).ExecAll(`PRAGMA wal_checkpoint(TRUNCATE)`) }); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("Z", int(page))), (root-1)*page); err != nil {
		t.Fatal(err)
	}
	answer := doctor(t, s)
	if len(answer.Checks) != 1 || answer.Healthy || answer.Checks[0].OK || !strings.Contains(answer.Checks[0].Detail, "the file is damaged") || answer.Size.Database == 0 {
		t.Errorf("got %+v", answer)
	}
}

// What filters choose people by can be made anew.
func TestFullRefreshListsPeopleAnew(t *testing.T) {
	path := filled(t)
	biology := func(s *Store) schema.ActivityResponse {
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DepartmentIDs: []string{"bio"}}})
		if err != nil {
			t.Fatal(err)
		}
		a.RefreshedAt = nil
		return a
	}
	s := openAt(t, Options{Path: path})
	want := biology(s)
	closeStore(t, s)
	runScript(t, path, `DELETE FROM profile_department; UPDATE profile SET cohort_key = 1`)
	s = openStore(t, Options{Path: path})
	if got := biology(s); got.ProfileSummaryTotal == want.ProfileSummaryTotal {
		t.Fatal("the damage does not show")
	}
	mustRefresh(t, s, true)
	if got := biology(s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if answer := doctor(t, s); !answer.Healthy {
		t.Errorf("%+v", answer.Checks)
	}
}

func runScript(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

// What comes in meanwhile neither waits for the doctor nor confuses them.
func TestDoctorAmongWriters(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				mustPut(t, s, PutOptions{Live: true}, rec("activity", "profile_id", "ann", "created_at", "2025-03-01T09:00:00Z"))
			}
		}
	}()
	for range 5 {
		if answer := doctor(t, s); !answer.Healthy {
			t.Errorf("%+v", answer.Checks)
		}
	}
	close(stop)
	<-stopped
}
