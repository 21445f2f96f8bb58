package sqlite

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"glow/schema"
)

func TestACommitWaitsBrieflyForTheWritersOfTheLast(t *testing.T) {
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

// A panic fails the write that it happens in, and no other.
func TestAPanicInAWriteFailsThatWriteAlone(t *testing.T) {
	d := openDB(t, Options{})
	set := func(name string, panics bool) func(*Tx) error {
		return func(t *Tx) error {
			if err := t.Exec(`INSERT INTO setting VALUES (?, 1)`, name); err != nil {
				return err
			}
			if panics {
				panic("a bug")
			}
			return nil
		}
	}
	panicked := func(err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "a bug") {
			t.Errorf("got %v", err)
		}
	}
	panicked(d.Write(ctx, set("alone", true)))
	panicked(d.Bulk(ctx, func(c *Conn) error { return d.WriteOn(ctx, c, set("bulk", true)) }))
	batch := []*job{{fn: set("one", false)}, {fn: set("two", true)}, {fn: set("three", false)}}
	for _, j := range batch {
		j.done = make(chan error, 1)
	}
	d.writer.commit(batch)
	if err := errors.Join(<-batch[0].done, <-batch[2].done); err != nil {
		t.Error(err)
	}
	panicked(<-batch[1].done)
	if err := d.Write(ctx, set("later", false)); err != nil {
		t.Error(err)
	}
	err := d.Read(ctx, func(tx *Tx) error {
		half, err := tx.QueryCount(`SELECT count(*) FROM setting WHERE name IN ('alone', 'bulk', 'two')`)
		whole, err2 := tx.QueryCount(`SELECT count(*) FROM setting WHERE name IN ('one', 'three', 'later')`)
		if half != 0 || whole != 3 {
			t.Errorf("%d that panicked are there, and %d of 3 others", half, whole)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
}

// After some failures SQLite rolls back all of a transaction by itself, with the
// savepoint in it. Those who share the commit are told of the failure, not of that.
func TestAnErrorThatRolledBackEverythingIsReturned(t *testing.T) {
	d := openDB(t, Options{})
	jobs := []*job{
		{fn: func(t *Tx) error {
			full := t.ExecAll(`PRAGMA temp.max_page_count = 1`, `CREATE TEMP TABLE more AS SELECT randomblob(100000) AS a`)
			if err := t.Exec(`ROLLBACK`); err != nil {
				return err
			}
			return full
		}},
		{fn: func(t *Tx) error { return nil }},
	}
	for _, j := range jobs {
		j.done = make(chan error, 1)
	}
	d.writer.commit(jobs)
	for _, j := range jobs {
		if err := <-j.done; schema.ErrorCode(err) != schema.CodeNoSpace {
			t.Errorf("told %v", err)
		}
	}
	if err := d.Write(ctx, func(t *Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

// A failure is reported for a while only: otherwise nobody would ever try again.
func TestReadyForgetsAnOldFailure(t *testing.T) {
	d := openDB(t, Options{})
	if err := d.Exclusive(func(c *Conn) error { return c.Tx(ctx).ExecAll(`PRAGMA max_page_count = 1`) }); err != nil {
		t.Fatal(err)
	}
	ask := func(*Tx) error { return nil }
	refused(t, d.Write(ctx, func(t *Tx) error { return t.Exec(`INSERT INTO setting VALUES ('x', zeroblob(100000))`) }), schema.CodeNoSpace)
	refused(t, d.Ready(ctx, ask), schema.CodeNoSpace)
	d.writer.lastWrite.at = time.Now().Add(-2 * failureHolds)
	if err := d.Ready(ctx, ask); err != nil {
		t.Error(err)
	}
}
