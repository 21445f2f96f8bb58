package store

import (
	"testing"
	"testing/synctest"
	"time"

	"glow/schema"
)

func TestRefreshLagIsTheAgeOfTheOldestUnseenWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w watch
		lag := w.lag
		w.fellBehind(time.Now())
		time.Sleep(time.Second)
		w.fellBehind(time.Now())
		if got := lag(); got != time.Second {
			t.Errorf("after a second: %s", got)
		}
		w.caughtUp(time.Now().Add(-time.Second)) // began before the oldest
		if got := lag(); got != time.Second {
			t.Errorf("after a refresh that could not see it: %s", got)
		}
		asked := time.Now()
		time.Sleep(time.Second)
		w.fellBehind(time.Now()) // after the refresh had asked
		w.caughtUp(asked.Add(time.Millisecond))
		if got := lag(); got == 0 {
			t.Error("a write that the refresh did not see is forgotten")
		}
		time.Sleep(time.Second)
		w.caughtUp(time.Now())
		if got := lag(); got != 0 {
			t.Errorf("after a refresh: %s", got)
		}
	})
}

func TestStatsOfAStore(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := s.Stats()
	mustPut(t, s, PutOptions{Live: true}, rec("login", "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z"))
	mustRefresh(t, s, false)
	after := s.Stats()
	if after.Writes < before.Writes+2 || after.Commits.Count < before.Commits.Count+2 || after.Refreshes.Count <= before.Refreshes.Count {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if after.Size.Database == 0 || after.Size.WAL == 0 || after.Size == (schema.FileSize{}) {
		t.Errorf("sizes %+v", after.Size)
	}
}
