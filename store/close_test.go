package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// A store may be closed while it is used: what is under way is finished, what
// comes later is refused, and what was acknowledged is there afterwards.
func TestCloseDuringWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
	var (
		wg, busy sync.WaitGroup // busy until each has been answered twice
		taken    atomic.Int64
	)
	const workers = 8
	busy.Add(2 * workers)
	for w := range workers {
		wg.Go(func() {
			for i := 0; ; i++ {
				r := rec("activity", "id", fmt.Sprintf("%d-%d", w, i), "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z")
				if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: w > 1}); err != nil {
					refused(t, err, schema.CodeUnavailable)
					return
				}
				if taken.Add(1); i == 1 {
					busy.Done()
				}
			}
		})
		wg.Go(func() {
			for i := 0; ; i++ {
				if _, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil {
					refused(t, err, schema.CodeUnavailable)
					return
				}
				if i == 1 {
					busy.Done()
				}
			}
		})
	}
	busy.Wait()
	closeStore(t, s)
	wg.Wait()
	s = openStore(t, Options{Path: path})
	if got := int64(len(idsIn(t, s, "activity"))) - 1; taken.Load() == 0 || got < taken.Load() {
		t.Errorf("%d were acknowledged, %d are there", taken.Load(), got)
	}
	checkRebuild(t, s)
}

// A caller that hangs up while it is answered leaves the connection usable.
func TestACancelledQuestionDoesNotDisturbTheNext(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for i := range 200 {
		hasty, cancel := context.WithTimeout(ctx, time.Duration(i)*10*time.Microsecond)
		_, _ = s.Activity(hasty, everyone, schema.ActivityRequest{})
		cancel()
	}
	for range 2 * sqlite.MaxReaders {
		if a, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil || a.Sessions != 2 {
			t.Fatalf("got %d sessions, %v", a.Sessions, err)
		}
	}
}

// What would take for ever is broken off, and leaves nothing behind.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.writeBulk(ctx, func(t *tx) error {
			if err := t.Exec(`INSERT INTO setting (name, value) VALUES ('half', 1)`); err != nil {
				return err
			}
			close(begun)
			_, err := t.QueryCount(`WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`)
			return err
		})
	}()
	<-begun
	began := time.Now()
	closeStore(t, s)
	if took := time.Since(began); took < sqlite.CloseTime { // that it ends at all is what -timeout watches
		t.Errorf("closed after %s", took)
	}
	if err := <-ended; err == nil {
		t.Error("the write is said to be done")
	}
	s = openAt(t, Options{Path: path})
	defer closeStore(t, s)
	if err := s.read(ctx, func(t *tx) error {
		n, err := t.QueryCount(`SELECT count(*) FROM setting WHERE name = 'half'`)
		if n > 0 {
			err = errors.Join(err, errors.New("half of it is there"))
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestASecondCloseDoesNothing(t *testing.T) {
	s := openAt(t, Options{Path: filepath.Join(t.TempDir(), "glow.db")})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { closeStore(t, s) })
	}
	wg.Wait()
	closeStore(t, s)
}
