package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
)

// A store may be closed while it is used: what is under way is finished, what
// comes later is refused, and what was acknowledged is there afterwards.
func TestClosedInTheMidstOfWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
	var (
		wg    sync.WaitGroup
		taken atomic.Int64
	)
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				r := rec("activity", "id", fmt.Sprintf("%d-%d", w, i), "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z")
				if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: w > 1}); err != nil {
					refused(t, err, schema.CodeUnavailable)
					return
				}
				taken.Add(1)
			}
		})
		wg.Go(func() {
			for {
				if _, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil {
					refused(t, err, schema.CodeUnavailable)
					return
				}
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	closeStore(t, s)
	wg.Wait()
	s = openStore(t, Options{Path: path})
	if got := int64(len(idsIn(t, s, "activity"))) - 1; taken.Load() == 0 || got < taken.Load() {
		t.Errorf("%d were acknowledged, %d are there", taken.Load(), got)
	}
	checkRebuild(t, s)
}

// A caller that hangs up while it is answered leaves the connection usable.
func TestCallerThatHangsUpHarmsNoLaterQuestion(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for i := range 200 {
		hasty, cancel := context.WithTimeout(ctx, time.Duration(i)*10*time.Microsecond)
		_, _ = s.Activity(hasty, everyone, schema.ActivityRequest{})
		cancel()
	}
	for range 2 * maxReaders {
		if a, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil || a.Sessions != 2 {
			t.Fatalf("got %d sessions, %v", a.Sessions, err)
		}
	}
}
