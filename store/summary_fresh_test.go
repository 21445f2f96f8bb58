package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
)

// Sessions that were just posted count in no other way than those of before.
func TestCountsBetweenAWriteAndItsRefresh(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, rec("profile", "id", "p", "name", "Ann"))
	now := schema.InstantOf(time.Now()).String()
	for _, id := range []string{"s1", "s2"} {
		mustPut(t, s, PutOptions{Live: true}, rec("session", "id", id, "profile_id", "p", "created_at", now))
		for active, want := range map[bool]int64{true: map[string]int64{"s1": 1, "s2": 2}[id], false: 0} {
			got, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Active: &active})
			if err != nil || got.TotalCount != want || int64(len(got.Data)) != want {
				t.Errorf("after %s: active %v: %d sessions, %d listed, %v", id, active, got.TotalCount, len(got.Data), err)
			}
		}
		if got, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: id}); err != nil || !got.Active {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
}

// Whatever is written meanwhile, the numbers of an answer agree with each other,
// and show all that was acknowledged before it was asked for.
func TestNumbersOfAnAnswerAreOfOneState(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, rec("profile", "id", "p", "name", "Ann"), rec("profile", "id", "q", "name", "Ben"))
	var acknowledged, sent atomic.Int64
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				sent.Add(1)
				r := rec("session", "id", fmt.Sprintf("s-%d-%d", w, i), "profile_id", []string{"p", "q"}[i%2], "created_at", schema.InstantOf(time.Now()).String())
				if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true}); err != nil {
					t.Error(err)
					return
				}
				acknowledged.Add(1)
			}
		})
	}
	for range 60 {
		least := acknowledged.Load()
		got, err := s.Activity(ctx, everyone, schema.ActivityRequest{Interval: schema.IntervalDay})
		if err != nil {
			t.Fatal(err)
		}
		var people, series int64
		for _, row := range got.ProfileSummary {
			people += row.Sessions
		}
		for _, step := range got.Series {
			series += step.Sessions
		}
		if got.Sessions != people || got.Sessions != series || got.Sessions < least || got.Sessions > sent.Load() {
			t.Fatalf("%d sessions, of people %d, in the series %d; %d were acknowledged, %d sent", got.Sessions, people, series, least, sent.Load())
		}
		inactive := false
		list, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Active: &inactive})
		if err != nil || list.TotalCount != 0 {
			t.Fatalf("%d inactive sessions, %v", list.TotalCount, err)
		}
	}
	close(stop)
	writers.Wait()
}
