package store

import (
	"bytes"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// fullStore is a store on a file that cannot grow, with the log of it and a clock.
func fullStore(t *testing.T) (s *Store, log *bytes.Buffer, clock *atomic.Int64) {
	t.Helper()
	log, clock = &bytes.Buffer{}, &atomic.Int64{}
	clock.Store(time.Date(2025, 3, 10, 8, 0, 0, 0, time.UTC).Unix())
	s = openStore(t, Options{Logger: slog.New(slog.NewTextHandler(log, nil)), Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	s.StopRefreshing()
	limitPages(t, s, "1") // as many as there are
	for _, length := range []int{3000, 1} {
		for len(s.waitingAudits.take()) == 0 { // until no page has room for as much
			if err := s.Audit(ctx, admin, schema.ActionImport, map[string]any{"text": strings.Repeat("x", length)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, log, clock
}

func TestEntriesOfTheAuditListWaitForRoomInOrder(t *testing.T) {
	s, _, clock := fullStore(t)
	for _, action := range []string{schema.ActionExport, schema.ActionSignIn} {
		if err := s.Audit(ctx, admin, action, nil); err != nil {
			t.Fatal(err)
		}
	}
	at := s.instant()
	clock.Add(3600)
	limitPages(t, s, "100000")
	if err := s.writeWaitingAudits(ctx, s.write); err != nil {
		t.Fatal(err)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil || list.Data[0].Action != schema.ActionSignIn || list.Data[1].Action != schema.ActionExport || list.Data[0].CreatedAt != at {
		t.Errorf("got %+v, %v", list.Data[:2], err)
	}
	if d, err := s.Doctor(ctx); err != nil || !d.Healthy {
		t.Errorf("got %+v, %v", d, err)
	}
}

// What ends on a full disk waits like what begins, each with what was known of it then.
func TestEndsOfDownloadsWaitForRoomToo(t *testing.T) {
	s, _, _ := fullStore(t)
	detail := map[string]any{"request": "all"}
	if err := s.Audit(ctx, admin, schema.ActionExportBegin, detail); err != nil {
		t.Fatal(err)
	}
	detail["complete"] = true
	if err := s.AuditEnd(ctx, admin, schema.ActionExport, detail); err != nil {
		t.Fatal(err)
	}
	limitPages(t, s, "100000")
	if err := s.writeWaitingAudits(ctx, s.write); err != nil {
		t.Fatal(err)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil || list.Data[0].Action != schema.ActionExport || list.Data[0].Detail["complete"] != true {
		t.Fatalf("got %+v, %v", list.Data[:2], err)
	}
	if begin := list.Data[1]; begin.Action != schema.ActionExportBegin || len(begin.Detail) != 1 {
		t.Errorf("the beginning tells of the end: %+v", begin)
	}
}

func TestNoMoreEntriesOfTheAuditListWaitThanAreCounted(t *testing.T) {
	s, _, _ := fullStore(t)
	for len(s.waitingAudits.list) < maxWaitingAudits {
		if !s.waitingAudits.add(waitingAudit{action: schema.ActionExport}) {
			t.Fatal("refused too early")
		}
	}
	refused(t, s.Audit(ctx, admin, schema.ActionExport, nil), schema.CodeNoSpace)
	s.waitingAudits.take() // else the log is told of each at Close
}

func TestAFullDiskIsLoggedOnceAMinute(t *testing.T) {
	s, log, clock := fullStore(t)
	meet := func() {
		for range 20 {
			s.recordUse(int64(clock.Add(1)), 0)
			s.logError("request failed", s.write(ctx, func(t *tx) error { return t.Exec(`INSERT INTO setting VALUES ('x', zeroblob(9999))`) }))
		}
	}
	log.Reset()
	clock.Add(60)
	meet()
	if text := log.String(); strings.Count(text, "\n") != 1 {
		t.Errorf("in the first minute: %s", text)
	}
	clock.Add(60)
	meet()
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "not_logged=") {
		t.Errorf("in two minutes: %s", text)
	}
	s.logError("request failed", sqlite.ErrClosed)
	if text := log.String(); strings.Count(text, "\n") != 3 {
		t.Errorf("another error is not logged: %s", text)
	}
}
