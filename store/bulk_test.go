package store

import (
	"context"
	"errors"
	"testing"

	"glow/schema"
)

// What was acknowledged before an import takes its turn is seen while it does,
// however long that lasts; and nobody's token waits for it.
func TestAcknowledgedWritesAreSeenWhileAnImportHasItsTurn(t *testing.T) {
	s, _ := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "boss", Role: "admin"})
	r := rec("login", "profile_id", "bob", "created_at", "2025-03-14T11:00:00Z")
	if _, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true}); err != nil {
		t.Fatal(err)
	}
	err := s.writeBulk(ctx, func(*tx) error {
		soon(t, "a question", func() error {
			a, err := s.Activity(ctx, everyone, schema.ActivityRequest{SummaryProfileID: "bob"})
			if err == nil && (a.Logins != 2 || a.ProfileSummary[0].Logins != 1) {
				t.Errorf("got %d logins, of them bob's %d", a.Logins, a.ProfileSummary[0].Logins)
			}
			return err
		})
		soon(t, "a token", func() error { _, err := s.Authenticate(ctx, made.Secret); return err })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if used := tokenNamed(t, s, "boss").LastUsedAt; used == nil {
		t.Error("the use of the token was not noted afterwards")
	}
}

// An input that trickles holds up neither another import nor a live write.
func TestSlowInputHoldsUpNobody(t *testing.T) {
	s := openStore(t, Options{})
	trickle, hold, slow := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := s.Put(ctx, func(yield func(*schema.Record, error) bool) {
			r := rec("department", "id", "slow", "name", "S")
			if yield(&r, nil) {
				close(trickle)
				<-hold
			}
		}, PutOptions{})
		slow <- err
	}()
	<-trickle
	soon(t, "another import", func() error {
		_, err := s.Put(ctx, input(itemsOf(university()...)), PutOptions{})
		return err
	})
	soon(t, "a full refresh", func() error { _, err := s.Refresh(ctx, schema.RefreshRequest{Full: true}); return err })
	soon(t, "a live write", func() error {
		_, err := s.Put(ctx, input(itemsOf(rec("department", "id", "live", "name", "L"))), PutOptions{Live: true})
		return err
	})
	close(hold)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	if got := len(idsIn(t, s, "department")); got != 4 {
		t.Errorf("there are %d departments", got)
	}
}

// Whatever becomes of an import's input, it leaves nothing, and the next is taken.
func TestFailedInputLeavesNothingBehind(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, recordTables()...)
	gone, cancel := context.WithCancel(ctx)
	for name, end := range map[string]func(){
		"the caller goes away": cancel,
		"the input panics":     func() { panic("input") },
	} {
		func() {
			defer func() { _ = recover() }()
			_, err := s.Put(gone, endless(end), PutOptions{})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", name, err)
			}
		}()
		if after := dump(t, s, recordTables()...); after != before {
			t.Errorf("%s: it changed something:\n%s", name, difference(after, before))
		}
		if got := mustPut(t, s, PutOptions{}, university()...); got.Unchanged != int64(len(university())) {
			t.Errorf("%s: the next import: got %+v", name, got.Tally)
		}
	}
	checkRebuild(t, s)
}

// A panic inside a transaction rolls it back and harms no later one.
func TestPanicInATransactionRollsItBack(t *testing.T) {
	s := openStore(t, Options{})
	func() {
		defer func() { _ = recover() }()
		_ = s.writeBulk(ctx, func(t *tx) error {
			if err := t.Exec(`INSERT INTO department (id, name) VALUES ('half', 'Half')`); err != nil {
				return err
			}
			panic("in the midst")
		})
	}()
	soon(t, "the next import", func() error {
		_, err := s.Put(ctx, input(itemsOf(university()...)), PutOptions{})
		return err
	})
	if got := idsIn(t, s, "department"); len(got) != 2 {
		t.Errorf("got the departments %v", got)
	}
}
