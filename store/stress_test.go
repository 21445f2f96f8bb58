package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// What befalls computers: clocks that jump, files of the wrong name, ends in the
// middle of things.

func TestWhatIsCalledRestoredButIsNoDatabaseMovesNothing(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "notes": "hello, my notes on what was restored"} {
		path := filled(t)
		before := read(t, path)
		write(t, path+".restored", text)
		_, err := Open(ctx, Options{Path: path})
		refused(t, err, schema.CodeConflict)
		if _, err := os.Stat(path + ".before-restore"); err == nil || read(t, path) != before {
			t.Errorf("%s: the database was moved", name)
		}
	}
}

func TestAViewThatEndsAfterThePersonIsForgottenLeavesNoTrace(t *testing.T) {
	s := witnessed(t, "")
	e, err := s.Emulate(ctx, admin, "zeb-4711", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	mustForget(t, s, "zeb-4711")
	if err := s.EndEmulation(ctx, admin, e); err != nil {
		t.Log(err)
	}
	if left := traces(t, s.o.Path); len(left) > 0 {
		t.Errorf("traces: %q", left)
	}
}

func TestForgettingLeavesTheEntriesOfAnotherWhoseTokenHadTheSameName(t *testing.T) {
	s := witnessed(t, "")
	a := create(t, s, schema.TokenCreateRequest{Name: "laptop", Role: schema.RoleTA, ProfileID: "zeb-4711"})
	if _, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{TokenID: a.TokenID}); err != nil {
		t.Fatal(err)
	}
	create(t, s, schema.TokenCreateRequest{Name: "laptop", Role: schema.RoleTA, ProfileID: "ann"})
	ann := schema.Caller{TokenName: "laptop", Role: schema.RoleTA, ProfileID: "ann", Remote: "10.0.0.9"}
	if err := s.Audit(ctx, ann, schema.ActionSignIn, map[string]any{"of": "ann"}); err != nil {
		t.Fatal(err)
	}
	mustForget(t, s, "zeb-4711")
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionSignIn})
	if err != nil || list.Data[0].TokenName != "laptop" || list.Data[0].Detail["of"] != "ann" {
		t.Errorf("got %+v, %v", list.Data, err)
	}
}

func TestTheWipeLeavesNothingUnseen(t *testing.T) {
	s := witnessed(t, "")
	s.StopRefreshing()
	mustPut(t, s, PutOptions{Live: true}, rec("login", "profile_id", "bob", "created_at", "2025-03-20T09:00:00Z"))
	if err := s.db.Bulk(ctx, func(c *sqlite.Conn) error { return s.vacuum(c) }); err != nil {
		t.Fatal(err)
	}
	stale := false
	err := s.read(ctx, func(t *tx) (err error) { stale, err = t.stale(); return err })
	if err != nil || stale {
		t.Errorf("stale %v, %v", stale, err)
	}
}

func TestAWipeThatWasCutOffIsFinishedAtTheNextStart(t *testing.T) {
	alone(t)
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	witness(t, s)
	mustPut(t, s, PutOptions{}, crowd(3000)...)
	err := s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		if err := enableSecureDelete(c); err != nil {
			return err
		}
		return s.writeOn(ctx, c, func(t *tx) error { _, err := t.forget(admin, "zeb-4711", "x"); return err })
	})
	if err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = openAt(t, Options{Path: path})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		due := int64(1)
		if err := s.read(ctx, func(t *tx) (err error) {
			due, err = t.QueryCount(`SELECT count(*) FROM setting WHERE name = ?`, wipeDue)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if due == 0 {
			break
		}
	}
	closeStore(t, s)
	if left := traces(t, path); len(left) > 0 {
		t.Errorf("traces: %.200q", left)
	}
}

func TestARetainThatWasCutOffIsToldOfAtTheNextStart(t *testing.T) {
	s := aged(t, Options{}, 400)
	before := schema.InstantOf(time.Date(2021, 1, 25, 0, 0, 0, 0, time.UTC))
	cut, cancel := context.WithCancel(ctx)
	n := 0
	err := s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		return s.removeInBatches(cut, c, func(r *removal, most int) (int64, error) {
			if n++; n == 2 {
				cancel()
			}
			return r.chooseSessions(before, most)
		})
	})
	if err == nil {
		t.Fatal("it was not cut off")
	}
	again := openStore(t, Options{Path: copied(t, s, s.o.Path)}) // without --retain
	list, err := again.AuditList(ctx, schema.AuditRequest{Action: schema.ActionRetain})
	if err != nil || len(list.Data) != 1 {
		t.Errorf("got %+v, %v", list.Data, err)
	}
}

func TestAClockFarAheadRemovesNoMoreThanAWeekADay(t *testing.T) {
	s := aged(t, Options{}, 30)
	before, err := s.Holdings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again := openStore(t, Options{Path: copied(t, s, s.o.Path), Retain: schema.Age{Months: 36}, Now: clockAt("2099-01-01T12:00:00Z")})
	if err := again.retainToday(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := again.Holdings(ctx)
	if err != nil || after["session"] != before["session"] || after["login"] != before["login"] {
		t.Errorf("before %v, after %v, %v", before, after, err)
	}
}

// Old records that were taken in lately are too old by a clock that the audit list
// vouches for.
func TestTheFirstRunBelievesTheClockOfTheAuditList(t *testing.T) {
	s := aged(t, Options{Now: clockAt("2026-11-20T09:00:00Z")}, 30)
	if err := s.Audit(ctx, admin, schema.ActionImport, nil); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, Options{Path: copied(t, s, s.o.Path), Retain: schema.Age{Months: 36}, Now: clockAt("2026-11-24T12:00:00Z")})
	if err := again.retainToday(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := again.Holdings(ctx)
	if err != nil || after["session"]+after["login"] != 0 || after["problem"] == 0 {
		t.Errorf("what is left: %v, %v", after, err)
	}
}

func TestAnOldFileThatCameBackIsCopiedAgainBeforeItIsMigrated(t *testing.T) {
	path := oldFiles(t)["v1"]
	closeStore(t, openAt(t, Options{Path: path}))
	old := read(t, path+".schema-1.bak")
	for _, suffix := range []string{"-journal", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	write(t, path, old)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil { // it was written to since
		t.Fatal(err)
	}
	closeStore(t, openAt(t, Options{Path: path}))
	made, err := filepath.Glob(path + ".schema-1.bak*")
	if err != nil || len(made) != 2 || strings.Contains(strings.Join(made, " "), ".part") {
		t.Errorf("got %v, %v", made, err)
	}
}
