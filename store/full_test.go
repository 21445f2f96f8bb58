package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"glow/schema"
)

// limitPages bounds the file as a full disk would.
func limitPages(t *testing.T, s *Store, pages string) {
	t.Helper()
	s.writer.turn.Lock()
	defer s.writer.turn.Unlock()
	if _, err := s.live.c.ExecContext(ctx, `PRAGMA max_page_count = `+pages); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskIsWhatEveryWriteOfABatchIsTold(t *testing.T) {
	s := openStore(t, Options{})
	long := strings.Repeat("x", 900)
	put := func(name string) error {
		r := rec("department", "id", name, "name", long)
		_, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true})
		return err
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	limitPages(t, s, "1") // as many as there are
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			refused := 0
			for i := range 40 {
				err := put(fmt.Sprintf("w%d-%d", w, i))
				if err == nil {
					continue // there was room in a page
				}
				if refused++; schema.ErrorCode(err) != schema.CodeNoSpace {
					t.Error(err)
				}
			}
			if refused == 0 {
				t.Error("all of it went into a full file")
			}
		})
	}
	wg.Wait()
	limitPages(t, s, "1000000")
	if err := put("after"); err != nil {
		t.Error(err)
	}
}

// After some failures SQLite rolls back all of a transaction by itself, with the
// savepoint in it. Those who share the commit are told of the failure, not of that.
func TestAFailureThatRolledBackAllIsToldAsItIs(t *testing.T) {
	s := openStore(t, Options{})
	jobs := []*job{
		{fn: func(t *tx) error {
			full := t.ExecAll(`PRAGMA temp.max_page_count = 1`, `CREATE TEMP TABLE more AS SELECT randomblob(100000) AS a`)
			if err := t.Exec(`ROLLBACK`); err != nil {
				return err
			}
			return full
		}},
		{fn: func(t *tx) error { return nil }},
	}
	for _, j := range jobs {
		j.done = make(chan error, 1)
	}
	s.writer.commit(jobs)
	for _, j := range jobs {
		if err := <-j.done; schema.ErrorCode(err) != schema.CodeNoSpace {
			t.Errorf("told %v", err)
		}
	}
	if err := s.write(ctx, func(t *tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
