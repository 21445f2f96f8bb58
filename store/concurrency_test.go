package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/store/sqlite"
)

// Many write and read at once; in the end every acknowledged record counts, once.
func TestCountsAreExactWhenManyWriteAtOnce(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	const writers, each = 8, 25
	var (
		wg                      sync.WaitGroup
		logins, sessions, found atomic.Int64
		problems                atomic.Int64
	)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				at := fmt.Sprintf("2025-04-%02dT%02d:00:00Z", 1+i, w)
				records := []schema.Record{
					rec("login", "profile_id", "ann", "created_at", at),
					rec("session", "id", fmt.Sprintf("w%d-%d", w, i), "profile_id", "bob", "created_at", at),
				}
				for _, r := range records {
					if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true}); err != nil {
						t.Error(err)
					} else if r.Kind.Name == schema.KindLogin {
						logins.Add(1)
					} else {
						sessions.Add(1)
					}
				}
				if i%5 == 0 {
					if _, err := s.ReportProblem(ctx, admin, schema.ProblemRequest{Type: "bug", Message: "m", ProfileID: "ann"}); err != nil {
						t.Error(err)
					}
					problems.Add(1)
					bad := rec("login", "profile_id", "nobody", "created_at", at)
					if _, err := s.Put(ctx, input(itemsOf(bad)), PutOptions{Live: true}); err == nil {
						t.Error("a login of nobody was taken")
					}
				}
			}
		})
	}
	wg.Go(func() { // an import among them
		for i := range 5 {
			records := university()
			for j := range 50 {
				records = append(records, rec("activity", "id", fmt.Sprintf("a%d-%d", i, j), "profile_id", "cy", "created_at", "2025-05-01T09:00:00Z"))
			}
			mustPutOrError(t, s, records)
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 30 {
				a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-04-01", DateTo: "2025-04-30"}, Interval: schema.IntervalDay})
				if err != nil {
					t.Error(err)
					continue
				}
				var sum schema.Counts
				for _, step := range a.Series {
					sum.Sessions += step.Sessions
					sum.Logins += step.Logins
				}
				if sum.Sessions != a.Sessions || sum.Logins != a.Logins {
					t.Errorf("the days add up to %d sessions and %d logins, the window to %d and %d", sum.Sessions, sum.Logins, a.Sessions, a.Logins)
				}
				if _, err := s.Sessions(ctx, everyone, schema.SessionsRequest{}); err != nil {
					t.Error(err)
				}
				if a, err := s.Activity(ctx, schema.Scope{DepartmentIDs: []string{"bio"}}, schema.ActivityRequest{}); err == nil {
					found.Add(a.Sessions)
				}
			}
		})
	}
	wg.Wait()
	mustRefresh(t, s, false)
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Logins != 1+writers*each || logins.Load() != writers*each || a.Sessions != 2+writers*each || sessions.Load() != writers*each {
		t.Errorf("got %d logins and %d sessions; acknowledged %d and %d", a.Logins, a.Sessions, logins.Load(), sessions.Load())
	}
	list, err := s.Problems(ctx, everyone, schema.ProblemsRequest{})
	if err != nil || list.TotalCount != 1+problems.Load() {
		t.Errorf("got %d problems, %v; acknowledged %d", list.TotalCount, err, problems.Load())
	}
	cy, err := s.Activity(ctx, everyone, schema.ActivityRequest{SummaryProfileID: "cy"})
	if err != nil || cy.ProfileSummary[0].Activity != 250 {
		t.Errorf("got %+v, %v", cy.ProfileSummary, err)
	}
	checkRebuild(t, s)
}

func mustPutOrError(t *testing.T, s *Store, records []schema.Record) {
	if _, err := s.Put(ctx, input(itemsOf(records...)), PutOptions{}); err != nil {
		t.Error(err)
	}
}

// A write that fails takes nothing of those with it that share its commit.
func TestAFailedWriteDoesNotUndoOthersOfItsCommit(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	var (
		wg    sync.WaitGroup
		taken atomic.Int64
	)
	for i := range 200 {
		wg.Go(func() {
			person := "ann"
			if i%3 == 0 {
				person = "nobody"
			}
			r := rec("activity", "profile_id", person, "created_at", "2025-04-01T09:00:00Z")
			if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true}); err == nil {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if got := len(idsIn(t, s, "activity")); taken.Load() != 133 || got != 1+133 {
		t.Errorf("%d were acknowledged, %d are there, want 133 and one more", taken.Load(), got)
	}
}

// What each writer is told adds up, however their writes share commits.
func TestEachWriterIsAnsweredForItsOwnWrite(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	const ids, copies, news = 20, 5, 200
	var (
		wg                           sync.WaitGroup
		inserted, unchanged, audited atomic.Int64
	)
	post := func(r schema.Record) {
		wg.Go(func() {
			a, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true, Detail: func(schema.ImportResponse) map[string]any {
				audited.Add(1)
				return nil
			}})
			if err != nil {
				t.Error(err)
			}
			if a.Inserted+a.Unchanged != 1 || a.ByKind[r.Kind.Name] != a.Tally {
				t.Errorf("%+v", a)
			}
			inserted.Add(a.Inserted)
			unchanged.Add(a.Unchanged)
		})
	}
	for i := range news {
		post(rec("activity", "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z"))
		post(rec("login", "profile_id", "bob", "id", fmt.Sprintf("l%d", i), "created_at", "2025-04-01T09:00:00Z"))
		if i < ids*copies {
			post(rec("login", "profile_id", "cy", "id", fmt.Sprintf("same%d", i%ids), "created_at", "2025-04-01T09:00:00Z"))
		}
	}
	wg.Wait()
	if inserted.Load() != 2*news+ids || unchanged.Load() != ids*(copies-1) || audited.Load() < 2*news+ids*copies {
		t.Errorf("%d inserted, %d unchanged, %d told to the audit list", inserted.Load(), unchanged.Load(), audited.Load())
	}
	if a, l := len(idsIn(t, s, "activity")), len(idsIn(t, s, "login")); a != 1+news || l != 1+news+ids {
		t.Errorf("%d activity records, %d logins", a, l)
	}
	mustRefresh(t, s, false)
	checkRebuild(t, s)
}

// Writes that share a commit get the answers, and leave the records, that they
// would one after the other.
func TestWritesOfOneCommitEqualThoseOneByOne(t *testing.T) {
	t.Parallel()
	folder, start := t.TempDir(), read(t, filled(t))
	rapid.Check(t, func(t *rapid.T) {
		open := func(name string) *Store {
			path := filepath.Join(folder, name)
			if err := os.WriteFile(path, []byte(start), 0o600); err != nil {
				t.Fatal(err)
			}
			s := openAt(t, Options{Path: path})
			s.StopRefreshing()
			return s
		}
		one, two := open("one.db"), open("two.db")
		defer closeStore(t, one)
		defer closeStore(t, two)
		records := someLive(t)
		puts, done := make([]*put, len(records)), make(chan error, len(records))
		err := two.db.Exclusive(func(*sqlite.Conn) error { // until all of them wait
			for i, r := range records {
				p := two.newPut(PutOptions{Live: true})
				puts[i] = p
				if err := two.db.WriteLater(two.step(func(t *tx) error {
					err := p.stageAndMerge(t, input(itemsOf(r)))
					done <- err
					return err
				})); err != nil {
					return err
				}
			}
			return nil
		})
		for range records {
			err = errors.Join(err, <-done)
		}
		if err = errors.Join(err, two.write(ctx, func(*tx) error { return nil })); err != nil {
			t.Fatal(err)
		}
		for i, r := range records {
			answer, err := one.Put(ctx, input(itemsOf(r)), PutOptions{Live: true})
			if err != nil {
				t.Fatal(err)
			}
			if answer.Tally != puts[i].answer.Tally {
				t.Fatalf("%v: %+v together, %+v alone", r, puts[i].answer.Tally, answer.Tally)
			}
		}
		mustRefresh(t, one, false)
		mustRefresh(t, two, false)
		checkRebuild(t, two)
		if a, b := len(idsIn(t, one, "login"))+len(idsIn(t, one, "session")), len(idsIn(t, two, "login"))+len(idsIn(t, two, "session")); a != b {
			t.Fatalf("%d records one by one, %d together", a, b)
		}
	})
}

// someLive draws records that may refer to each other, repeat each other and
// change what is there.
func someLive(t *rapid.T) (records []schema.Record) {
	for i := range rapid.IntRange(2, 8).Draw(t, "records") {
		id := fmt.Sprint("id", rapid.IntRange(0, 5).Draw(t, "id"))
		at := fmt.Sprintf("2025-0%d-01T09:00:00Z", rapid.IntRange(1, 9).Draw(t, "month"))
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			records = append(records, rec("session", "id", id, "profile_id", "ann", "created_at", at))
		case 1:
			records = append(records, rec("login", "id", id, "profile_id", "bob", "created_at", at))
		case 2:
			records = append(records, rec("profile", "id", id, "name", fmt.Sprint("N", i)))
		case 3:
			records = append(records, rec("activity", "profile_id", "ann", "created_at", at))
		}
	}
	return records
}
