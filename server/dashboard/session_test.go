package dashboard

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
)

// clock is the time of a test. The store's background refresh reads it, too.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) set(at time.Time) { c.at.Store(&at) }

func (c *clock) pass(d time.Duration) { c.set(c.now().Add(d)) }

func (c *clock) now() time.Time { return *c.at.Load() }

// hostOfSessions is a server for those who only sign in.
type hostOfSessions struct{ Host }

func (hostOfSessions) Soon(write func() error) error { return write() }

func newTestDashboard(t *testing.T) (*Dashboard, *clock) {
	t.Helper()
	c := new(clock)
	c.set(time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC))
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "glow.db"), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(Options{
		Store: st, Log: slog.New(slog.DiscardHandler), Host: hostOfSessions{},
		Limits: Limits{HoldUpload: time.Hour, CheckLive: time.Second},
	}), c
}

func (d *Dashboard) begin(t *testing.T, caller schema.Caller) *webSession {
	t.Helper()
	secret, err := d.beginSession(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	return d.sessions.find(secret)
}

func TestNoSessionIsKeptWhenItsTimeIsUp(t *testing.T) {
	d, c := newTestDashboard(t)
	for range 2 {
		d.begin(t, schema.Caller{TokenID: "a"})
	}
	c.pass(sessionTime)
	d.EndExpired()
	if n := len(d.sessions.all()); n != 0 {
		t.Errorf("%d sessions are kept", n)
	}
}

func TestSessionsOfOneTokenAreBounded(t *testing.T) {
	d, c := newTestDashboard(t)
	first, other := d.begin(t, schema.Caller{TokenID: "a"}), d.begin(t, schema.Caller{TokenID: "b"})
	for range maxSessionsPerToken {
		c.pass(time.Millisecond)
		d.begin(t, schema.Caller{TokenID: "a"})
	}
	if n := len(d.sessions.all()); n != maxSessionsPerToken+1 {
		t.Errorf("%d sessions", n)
	}
	if d.sessions.with(first, func() {}) || !d.sessions.with(other, func() {}) {
		t.Error("another session than the oldest of the token ended")
	}
}

func TestNobodySignsInAfterClose(t *testing.T) {
	d, _ := newTestDashboard(t)
	d.Close()
	if _, err := d.beginSession(context.Background(), schema.Caller{}); schema.ErrorCode(err) != schema.CodeUnavailable {
		t.Errorf("somebody signed in after the end: %v", err)
	}
}

// The timer of an upload that another one replaced leaves that one alone.
func TestAnUploadIsReleasedByItsID(t *testing.T) {
	d, _ := newTestDashboard(t)
	one := d.begin(t, schema.Caller{TokenID: "a"})
	file, err := d.store.TempFile()
	if err != nil {
		t.Fatal(err)
	}
	up := &upload{id: "second", file: file}
	if err := d.sessions.holdUpload(one, up); err != nil {
		t.Fatal(err)
	}
	if d.sessions.release(one, "first") != nil || d.sessions.release(one, "second") != up {
		t.Error("the wrong upload was released")
	}
	up.discard()
}

func TestStreamsOfAllTokensAreBounded(t *testing.T) {
	d, _ := newTestDashboard(t)
	for i := range maxStreams {
		if _, err := d.sessions.addStream(&webSession{holder: schema.Caller{TokenID: fmt.Sprint("token ", i/maxStreamsPerToken)}}); err != nil {
			t.Fatal("too few")
		}
	}
	if _, err := d.sessions.addStream(&webSession{holder: schema.Caller{TokenID: "another"}}); schema.ErrorCode(err) != schema.CodeUnavailable {
		t.Errorf("streams of all tokens are not bounded: %v", err)
	}
}
