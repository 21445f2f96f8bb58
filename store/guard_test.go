package store

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A panic fails the write that it happens in, and no other.
func TestAPanicInAWriteFailsThatWriteAlone(t *testing.T) {
	s := openStore(t, Options{})
	set := func(name string, panics bool) func(*tx) error {
		return func(t *tx) error {
			if err := t.set(name, 1); err != nil {
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
	panicked(s.write(ctx, set("alone", true)))
	panicked(s.writeBulk(ctx, set("bulk", true)))
	batch := []*job{{fn: set("one", false)}, {fn: set("two", true)}, {fn: set("three", false)}}
	for _, j := range batch {
		j.done = make(chan error, 1)
	}
	s.writer.commit(batch)
	if err := errors.Join(<-batch[0].done, <-batch[2].done); err != nil {
		t.Error(err)
	}
	panicked(<-batch[1].done)
	if err := s.write(ctx, set("later", false)); err != nil {
		t.Error(err)
	}
	err := s.read(ctx, func(tx *tx) error {
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

func TestToCloseTwiceDoesNothing(t *testing.T) {
	s := openAt(t, Options{Path: filepath.Join(t.TempDir(), "glow.db")})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { closeStore(t, s) })
	}
	wg.Wait()
	closeStore(t, s)
}
