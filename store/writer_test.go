package store

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestACommitWaitsForThoseWhoSharedTheLastButNotLong(t *testing.T) {
	for name, test := range map[string]struct {
		expected, waiting, late int // of which the late come half of gatherTime after
		want                    int
		within                  time.Duration
	}{
		"alone":             {expected: 1, want: 1},
		"all are there":     {expected: 3, waiting: 2, want: 3},
		"more than thought": {expected: 2, waiting: 4, want: 5},
		"one is on its way": {expected: 3, waiting: 1, late: 1, want: 3, within: gatherTime / 2},
		"nobody comes":      {expected: 3, waiting: 1, want: 2, within: gatherTime},
		"no more than fit":  {expected: 2 * maxBatch, waiting: 2 * maxBatch, want: maxBatch},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &writer{queue: make(chan *job, maxQueue), expected: test.expected}
				for range test.waiting {
					w.queue <- &job{}
				}
				for range test.late {
					time.AfterFunc(gatherTime/2, func() { w.queue <- &job{} })
				}
				began := time.Now()
				if got := len(w.batch(&job{})); got != test.want {
					t.Errorf("%d share the commit, want %d", got, test.want)
				}
				if took := time.Since(began); took != test.within {
					t.Errorf("it waited %s, want %s", took, test.within)
				}
			})
		})
	}
}

// What was thought to be news is there after all: SQLite rolls the transaction back
// by itself, and each write is taken alone.
func TestWritesThatAreNoNewsAreTakenAlone(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	s.StopRefreshing()
	before := len(idsIn(t, s, "login"))
	together, tries := s.writer.together, 0
	s.writer.together = func(t *tx, writes []*liveWrite) error {
		tries++
		if err := t.Exec(`INSERT INTO login (id, profile_key, created_at) VALUES ('b', 1, 5)`); err != nil {
			return err
		}
		return together(t, writes)
	}
	var jobs []*job
	for _, id := range []string{"a", "b", "c"} {
		o := PutOptions{Live: true}
		w := &liveWrite{&put{store: s, staged: s.newStaged(o), o: o}, input(itemsOf(rec("login", "id", id, "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z")))}
		jobs = append(jobs, &job{live: w, done: make(chan error, 1), fn: func(t *tx) error { return w.stageAndMerge(t, w.records) }})
	}
	s.writer.commit(jobs)
	for i, j := range jobs {
		if err := <-j.done; err != nil || j.live.answer.Inserted != 1 {
			t.Errorf("%d: got %+v, %v", i, j.live.answer, err)
		}
	}
	if tries != 1 {
		t.Errorf("they were taken together %d times", tries)
	}
	if got := len(idsIn(t, s, "login")); got != before+3 {
		t.Errorf("%d logins more", got-before)
	}
	for _, table := range tables {
		if n, err := (&tx{ctx: ctx, c: s.writer.c}).QueryCount(`SELECT count(*) FROM ` + table.stage); n != 0 || err != nil {
			t.Errorf("%d records of %s stay staged, %v", n, table.kind.Name, err)
		}
	}
	mustRefresh(t, s, false)
	checkRebuild(t, s)
}
