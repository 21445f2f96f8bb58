package store

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// clocked is a store of the university whose clock the test moves from noon.
func clocked(t *testing.T) (*Store, *movedClock) {
	t.Helper()
	clock := new(movedClock)
	clock.set(clockAt("2025-03-15T12:00:00Z")())
	s := openStore(t, Options{Now: clock.now})
	mustPut(t, s, PutOptions{}, university()...)
	return s, clock
}

// What has run out stays so, and nothing new runs out of it.
func TestTokenStaysExpiredWhenTheClockIsSetBack(t *testing.T) {
	s, clock := clocked(t)
	short := create(t, s, schema.TokenCreateRequest{Name: "short", Role: schema.RoleRecorder, ExpiresAt: "2025-03-15T13:00:00Z"})
	long := create(t, s, schema.TokenCreateRequest{Name: "long", Role: schema.RoleRecorder, ExpiresAt: "2025-03-16T13:00:00Z"})
	for i, step := range []struct {
		at    time.Duration // from noon
		valid bool
	}{{0, true}, {-time.Hour, true}, {59 * time.Minute, true}, {time.Hour + time.Second, false}, {59 * time.Minute, false}, {-48 * time.Hour, false}} {
		clock.set(clockAt("2025-03-15T12:00:00Z")().Add(step.at))
		_, err := s.Authenticate(ctx, short.Secret)
		_, errHolder := s.Holder(ctx, short.TokenID)
		if (err == nil) != step.valid || (errHolder == nil) != step.valid {
			t.Errorf("step %d: got %v, %v, want valid = %v", i, err, errHolder, step.valid)
		}
		if _, err := s.Authenticate(ctx, long.Secret); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	_, err := s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "late", Role: schema.RoleRecorder, ExpiresAt: "2025-03-15T12:30:00Z"})
	refused(t, err, schema.CodeInvalid) // it would not open anything
}

func TestAuditKeepsItsOrderWhenTheClockIsSetBack(t *testing.T) {
	s, clock := clocked(t)
	for i := range 6 {
		clock.pass(time.Duration(1-2*(i%2)) * time.Duration(i) * time.Hour)
		if err := s.Audit(ctx, admin, schema.ActionExport, map[string]any{"n": i}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range list.Data {
		if e.Detail["n"] != float64(5-i) {
			t.Errorf("row %d is %v", i, e.Detail)
		}
	}
	for i, row := range readExport(t, s, everyone, schema.ExportRequest{Kind: schema.ViewAudit})[0].rows {
		if row[8] != fmt.Sprintf(`{"n":%d}`, i) {
			t.Errorf("row %d goes out as %q", i, row)
		}
	}
	if c := auditCheck(t, s); !c.OK {
		t.Error(c.Detail)
	}
}

// What is written while the clock is behind is in the next answer, all the same.
func TestWritesAreSeenWhenTheClockIsSetBack(t *testing.T) {
	s, clock := clocked(t)
	for i := range 4 {
		clock.pass(-time.Hour)
		mustPut(t, s, PutOptions{Live: true}, rec("login", "profile_id", "bob", "created_at", "2025-03-20T09:00:00Z"))
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-03-20"}})
		if err != nil || a.Logins != int64(i+1) {
			t.Fatalf("%d logins are not seen: %+v, %v", i+1, a.Counts, err)
		}
	}
	checkRebuild(t, s)
}

// Nothing ends before it began: neither a view as somebody else nor a problem that
// is resolved.
func TestNothingEndsBeforeItBeganWhenTheClockIsSetBack(t *testing.T) {
	s, clock := clocked(t)
	e, err := s.Emulate(ctx, admin, "ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	reported, err := s.ReportProblem(ctx, admin, schema.ProblemRequest{Type: "bug", Message: "m", ProfileID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	began := clock.instant()
	clock.pass(-24 * time.Hour)
	if err := s.EndEmulation(ctx, admin, e); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: reported.ProblemID})
	if err != nil || *resolved.UpdatedAt != began {
		t.Errorf("resolved at %v, reported at %v, %v", resolved.UpdatedAt, began, err)
	}
	session, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: e.SessionID})
	if err != nil || *session.SessionEndedAt != began || session.Active {
		t.Errorf("began at %v: %s, %v", began, asJSON(t, session.SessionListItem), err)
	}
}

// A session that was heard of counts as active until it was idle for long enough,
// by a clock that may run in any direction; one that has ended never does.
func TestIdleTimesWhenTheClockIsSetBack(t *testing.T) {
	folder, tries := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		tries++
		clock := new(movedClock)
		noon := clockAt("2025-03-15T12:00:00Z")()
		clock.set(noon)
		s := openAt(t, Options{Path: filepath.Join(folder, fmt.Sprint(tries), "glow.db"), Now: clock.now})
		defer closeStore(t, s)
		heard := schema.InstantOf(noon)
		mustPut(t, s, PutOptions{}, rec("profile", "id", "ann", "name", "Ann"),
			rec("session", "id", "open", "profile_id", "ann", "created_at", "2025-03-15T12:00:00Z"),
			rec("session", "id", "ended", "profile_id", "ann", "created_at", "2025-03-15T11:59:00Z", "ended_at", "2025-03-15T12:00:00Z"))
		for range 5 {
			clock.set(noon.Add(time.Duration(rapid.IntRange(-120, 120).Draw(t, "minutes")) * time.Minute))
			want := clock.instant()-heard <= schema.Instant(defaultIdle.Microseconds())
			for _, active := range []bool{true, false} {
				list, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Active: &active})
				if err != nil {
					t.Fatal(err)
				}
				is := slices.ContainsFunc(list.Data, func(i schema.SessionListItem) bool { return i.SessionID == "open" && i.Active == active })
				if is != (active == want) || list.TotalCount != int64(len(list.Data)) {
					t.Fatalf("at %s, active = %v: got %s", clock.now(), active, asJSON(t, list))
				}
				if active && slices.ContainsFunc(list.Data, func(i schema.SessionListItem) bool { return i.SessionID == "ended" }) {
					t.Fatal("one that has ended is active")
				}
			}
		}
	})
}

// A clock that is set back makes nothing old.
func TestRetainWhenTheClockIsSetBack(t *testing.T) {
	age := schema.Age{Days: 5}
	at := clockAt("2025-03-15T12:00:00Z")()
	limits := []schema.Instant{}
	for _, back := range []time.Duration{0, time.Hour, 24 * time.Hour, 365 * 24 * time.Hour} {
		limits = append(limits, age.Before(schema.InstantOf(at.Add(-back)), time.UTC))
	}
	if !slices.IsSortedFunc(limits, func(a, b schema.Instant) int { return cmp.Compare(b, a) }) || limits[0] != limits[1] || limits[1] == limits[2] {
		t.Errorf("got %v", limits)
	}
}
