package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// After any history, and what is older than any limit removed, every answer is
// that of a count over the records that are left.
func TestRetainedIsAsIfTheOldWereNeverThere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			h.step(t)
		}
		before := h.time(t)
		mustRefresh(t, h.s, false)
		got, err := h.s.Retain(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "what is gone", got, h.m.retain(before))
		if again, err := h.s.Retain(ctx, before); err != nil || len(again) > 0 {
			t.Fatalf("once more: got %v, %v", again, err)
		}
		if answer := doctor(t, h.s); !answer.Healthy {
			t.Fatalf("%+v", answer.Checks)
		}
		h.checkSummaries(t)
		for range 20 {
			h.ask(t)
		}
		h.checkAgainstNew(t)
	})
}

// aged is a store with two sessions a day for so many days from 2020 on.
func aged(t *testing.T, o Options, days int) *Store {
	t.Helper()
	s := openStore(t, o)
	mustPut(t, s, PutOptions{}, rec("profile", "id", "ann", "name", "Ann"))
	var records []schema.Record
	for i := range days {
		at := time.Date(2020, 1, 1+i, 9, 0, 0, 0, time.UTC).Format(time.RFC3339)
		for _, n := range []string{"a", "b"} {
			id := fmt.Sprintf("s%d%s", i, n)
			records = append(records,
				rec("session", "id", id, "profile_id", "ann", "created_at", at),
				rec("login", "id", id, "profile_id", "ann", "session_id", id, "created_at", at),
				rec("group", "id", id, "session_id", id, "created_at", at),
				rec("run", "id", id, "group_id", id, "created_at", at))
		}
		records = append(records, rec("problem", "id", fmt.Sprint("open", i), "profile_id", "ann", "type", "a", "message", "b", "created_at", at))
	}
	mustPut(t, s, PutOptions{}, records...)
	return s
}

func TestRetainLeavesOpenProblemsPeopleAndWhatIsYounger(t *testing.T) {
	s := aged(t, Options{}, 400) // several batches
	removed, err := s.Retain(ctx, schema.InstantOf(time.Date(2020, 1, 1+390, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "removed", removed, map[string]int64{"session": 780, "login": 780, "group": 780, "run": 780})
	left, err := s.Holdings(ctx)
	if err != nil || left["session"] != 20 || left["problem"] != 400 || left["profile"] != 1 {
		t.Errorf("got %v, %v", left, err)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil || len(list.Data) != 1 || list.Data[0].Action != schema.ActionRetain || list.Data[0].Detail["before"] != "2021-01-25T00:00:00Z" {
		t.Fatalf("got %s, %v", asJSON(t, list), err)
	}
	same(t, "on the list", list.Data[0].Detail["removed"], removed)
	checkRebuild(t, s)
}

// Writers go on between the batches, and what a run that was cut off has removed
// is on the audit list after the next.
func TestRetainAmongWritersAndCutOff(t *testing.T) {
	s := aged(t, Options{}, 400)
	cut, cancel := context.WithCancel(ctx)
	defer cancel()
	var writers sync.WaitGroup
	for i := range 3 {
		writers.Go(func() {
			for j := range 10 {
				mustPut(t, s, PutOptions{Live: true}, rec("activity", "id", fmt.Sprint(i, " ", j), "profile_id", "ann", "created_at", "2030-01-01T00:00:00Z"))
			}
			cancel()
		})
	}
	before := schema.InstantOf(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC))
	first, err := s.Retain(cut, before)
	writers.Wait()
	second, errSecond := s.Retain(ctx, before)
	if errSecond != nil {
		t.Fatal(errSecond)
	}
	if err != nil { // cut off: the second has it all
		first = nil
	}
	if first["session"]+second["session"] != 2*366 {
		t.Errorf("got %v, then %v", first, second)
	}
	told := 0.0
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionRetain})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list.Data {
		told += e.Detail["removed"].(map[string]any)["session"].(float64)
	}
	if told != 2*366 {
		t.Errorf("the list tells of %v sessions: %s", told, asJSON(t, list))
	}
	if left, err := s.Holdings(ctx); err != nil || left["activity"] != 30 {
		t.Errorf("got %v, %v", left, err)
	}
	if answer := doctor(t, s); !answer.Healthy {
		t.Errorf("%+v", answer.Checks)
	}
}

func TestRetentionRunsAtTheStart(t *testing.T) {
	s := aged(t, Options{}, 0)
	at := func(day int) string { return fmt.Sprintf("2020-01-%02dT00:00:00Z", day) }
	for day := 1; day <= 10; day++ {
		mustPut(t, s, PutOptions{}, rec("activity", "id", at(day), "profile_id", "ann", "created_at", at(day)))
	}
	path := s.o.Path
	again := openStore(t, Options{Path: copied(t, s, path), Retain: schema.Age{Days: 5}, Now: clockAt("2020-01-11T12:00:00Z")})
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		list, err := again.AuditList(ctx, schema.AuditRequest{Action: schema.ActionRetain})
		if err != nil || time.Now().After(until) {
			t.Fatalf("nothing was removed: %v", err)
		}
		if len(list.Data) > 0 {
			break
		}
	}
	if ids := idsIn(t, again, schema.KindActivity); len(ids) != 5 || ids[0] != at(6) {
		t.Errorf("left is %v", ids)
	}
}

// copied is a copy of a database that is in use.
func copied(t *testing.T, s *Store, path string) string {
	t.Helper()
	to := path + ".copy"
	if err := s.Backup(ctx, to); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestBatchesFollowHowLongTheyTake(t *testing.T) {
	for _, test := range []struct {
		most int
		took time.Duration
		want int
	}{
		{200, 100 * time.Millisecond, 200},
		{1000, 400 * time.Millisecond, 250},
		{200, 400 * time.Millisecond, 100},
		{200, 50 * time.Millisecond, 400},
		{200, time.Microsecond, 400},
		{200, 0, 400},
		{20_000, time.Hour, 100},
		{20_000, time.Millisecond, 20_000},
	} {
		if got := nextBatch(test.most, test.took); got != test.want {
			t.Errorf("%d in %s: got %d, want %d", test.most, test.took, got, test.want)
		}
	}
}
