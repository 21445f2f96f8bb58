package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
)

// A small university for tests that need no randomness.
func university() []schema.Record {
	return []schema.Record{
		rec("department", "id", "cs", "name", "Computer Science"),
		rec("department", "id", "bio", "name", "Biology"),
		rec("term", "id", "spring", "name", "Spring", "starts_on", "2025-03-01", "ends_on", "2025-06-30"),
		rec("profile", "id", "ann", "name", "Ann Lee", "email", "ann@example.edu", "department_ids", "cs"),
		rec("profile", "id", "bob", "name", "Bob Ray", "role", "Coach", "department_ids", "bio|cs"),
		rec("profile", "id", "cy", "name", "Cy Old", "active", "false", "department_ids", "bio"),
		rec("session", "id", "s1", "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z", "ended_at", "2025-03-14T10:00:00Z"),
		rec("session", "id", "s2", "profile_id", "bob", "created_at", "2025-03-15T09:00:00Z"),
		rec("login", "profile_id", "ann", "session_id", "s1", "created_at", "2025-03-14T09:00:00Z"),
		rec("grant", "id", "g1", "session_id", "s1", "created_at", "2025-03-14T09:10:00Z"),
		rec("emulation", "profile_id", "bob", "grant_id", "g1", "session_id", "s1", "created_at", "2025-03-14T09:11:00Z"),
		rec("activity", "profile_id", "ann", "session_id", "s1", "created_at", "2025-03-14T09:12:00Z"),
		rec("problem", "id", "p1", "profile_id", "ann", "session_id", "s1", "type", "bug", "message", "secret words", "created_at", "2025-03-14T09:13:00Z"),
		rec("group", "id", "gr1", "session_id", "s1", "name", "Warm-up", "created_at", "2025-03-14T09:14:00Z"),
		rec("run", "group_id", "gr1", "model", "m", "input_tokens", "10", "output_tokens", "5", "cached_input_tokens", "1", "cost", "0.012345", "created_at", "2025-03-14T09:15:00Z"),
		rec("attempt", "id", "at1", "session_id", "s1", "created_at", "2025-03-14T09:16:00Z", "completed_at", "2025-03-14T09:20:00Z"),
		rec("chat", "id", "c1", "session_id", "s1", "attempt_id", "at1", "name", "Talk", "created_at", "2025-03-14T09:17:00Z"),
		rec("message", "chat_id", "c1", "role", "user", "created_at", "2025-03-14T09:18:00Z"),
	}
}

func TestSameInputTwiceChangesNothing(t *testing.T) {
	s := openStore(t, Options{})
	records := university()
	login := records[8]
	records = append(records, login, login) // three identical logins count as three
	first := mustPut(t, s, PutOptions{}, records...)
	if want := (schema.Tally{Inserted: 20}); first.Tally != want {
		t.Fatalf("first: got %+v, want %+v", first.Tally, want)
	}
	if got := first.ByKind["login"]; got != (schema.Tally{Inserted: 3}) {
		t.Errorf("logins: got %+v", got)
	}
	before := dump(t, s, recordTables()...)
	second := mustPut(t, s, PutOptions{}, records...)
	if want := (schema.Tally{Unchanged: 20}); second.Tally != want {
		t.Errorf("second: got %+v, want %+v", second.Tally, want)
	}
	if after := dump(t, s, recordTables()...); after != before {
		t.Errorf("the second time changed something:\n%s", difference(after, before))
	}
	// The same three as an input of their own are the same three.
	if got := mustPut(t, s, PutOptions{}, login, login, login); got.Tally != (schema.Tally{Unchanged: 3}) {
		t.Errorf("again by themselves: got %+v", got.Tally)
	}
	if got := mustPut(t, s, PutOptions{}, login, login, login, login); got.Tally != (schema.Tally{Inserted: 1, Unchanged: 3}) {
		t.Errorf("one more: got %+v", got.Tally)
	}
}

func recordTables() (names []string) { return schema.KindNames() }

func TestDerivedIDIsOfContentAlone(t *testing.T) {
	login := func(pairs ...string) schema.Record {
		return rec("login", append([]string{"profile_id", "ann", "created_at", "2025-03-14T09:00:00Z"}, pairs...)...)
	}
	a, b := login(), login()
	a.File, a.Line, b.File, b.Line = "a.csv", 1, "b.csv", 99
	if deriveID(&a) != deriveID(&b) {
		t.Error("the place of a record changes its id")
	}
	seen := map[string]string{}
	for name, r := range map[string]schema.Record{
		"plain": login(), "session": login("session_id", "s1"), "other session": login("session_id", "s2"), "person": login("profile_id", "bob"),
		"time": login("created_at", "2025-03-14T09:00:00.000001Z"), "kind": rec("activity", "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z"),
		"fields run together": rec("login", "profile_id", "anns1", "created_at", "2025-03-14T09:00:00Z"),
	} {
		id := deriveID(&r)
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have the same id", name, other)
		}
		seen[id] = name
	}
	early, late := login(), login("created_at", "2025-03-15T09:00:00Z")
	if deriveID(&early) >= deriveID(&late) {
		t.Error("ids are not in the order of time")
	}
}

func TestSameRecordFromTwoInputsIsOneRecord(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	r := rec("activity", "profile_id", "bob", "created_at", "2025-03-20T09:00:00Z")
	other := rec("activity", "profile_id", "bob", "created_at", "2025-03-20T09:00:01Z")
	if got := mustPut(t, s, PutOptions{}, r); got.Inserted != 1 {
		t.Fatalf("got %+v", got.Tally)
	}
	if got := mustPut(t, s, PutOptions{}, other, r); got.Tally != (schema.Tally{Inserted: 1, Unchanged: 1}) {
		t.Errorf("got %+v", got.Tally)
	}
}

func TestKnownIDReplacesTheOldRecord(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	got := mustPut(t, s, PutOptions{}, rec("profile", "id", "ann", "name", "Ann Li"), rec("department", "id", "cs", "name", "Computer Science"))
	if got.Tally != (schema.Tally{Updated: 1, Unchanged: 1}) {
		t.Errorf("got %+v", got.Tally)
	}
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{SummaryProfileID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	want := schema.ProfileResource{Name: "Ann Li", Role: "ta", DepartmentIDs: []string{}, Active: true}
	same(t, "replaced whole", a.Resources.Profiles["ann"], want)
}

func TestReferenceToNothingIsAFaultWithItsPlace(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	bad := rec("login", "profile_id", "nobody", "created_at", "2025-03-14T09:00:00Z")
	bad.File, bad.Line = "logins.csv", 7
	lists := rec("profile", "id", "dee", "name", "Dee", "department_ids", "cs|maths")
	lists.File, lists.Line = "profiles.csv", 3
	before := dump(t, s, allTables(t, s)...)
	answer, err := s.Put(ctx, input(itemsOf(bad, lists)), PutOptions{})
	e := refused(t, err, schema.CodeInvalid)
	if want := (schema.Tally{Rejected: 2}); answer.Tally != want {
		t.Errorf("got %+v, want %+v", answer.Tally, want)
	}
	same(t, "faults", e.Fields, []schema.Fault{
		{File: "logins.csv", Line: 7, Field: "profile_id", Message: `there is no profile "nobody", neither in the database nor among the good records of this input`},
		{File: "profiles.csv", Line: 3, Field: "department_ids", Message: `there is no department "maths", neither in the database nor among the good records of this input`},
	})
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
}

func TestFirstHundredFaultsAreListedAndAllAreCounted(t *testing.T) {
	s := openStore(t, Options{})
	var items []item
	for i := range 250 {
		items = append(items, item{fault: &schema.Fault{Line: i + 1, Message: "bad"}})
	}
	items = append(items, itemsOf(rec("department", "id", "d", "name", "D"))...)
	for i := range 3 {
		r := rec("login", "profile_id", "nobody", "created_at", "2025-03-14T09:00:00Z")
		r.Line = 300 + i
		items = append(items, itemsOf(r)...)
	}
	answer, err := s.Put(ctx, input(items), PutOptions{SkipInvalid: true})
	if err != nil || answer.Rejected != 253 || answer.Inserted != 1 || len(answer.Errors) != schema.MaxFaults || answer.Errors[99].Line != 100 {
		t.Errorf("got %+v with %d faults, %v", answer.Tally, len(answer.Errors), err)
	}
	answer, err = s.Put(ctx, input(items), PutOptions{})
	if e := refused(t, err, schema.CodeInvalid); len(e.Fields) != schema.MaxFaults {
		t.Errorf("strict: %d faults", len(e.Fields))
	}
}

// Records at fault and references to nothing are told in one go, in the order of
// the files as they came and of their lines.
func TestFaultsOfBothKindsAreListedInTheOrderOfTheInput(t *testing.T) {
	s := openStore(t, Options{})
	at := func(file string, line int, kind string, pairs ...string) item {
		r := rec(kind, pairs...)
		r.File, r.Line = file, line
		return item{record: r}
	}
	items := []item{
		at("z.csv", 2, "login", "profile_id", "nobody", "created_at", "2025-03-14T09:00:00Z"),
		{fault: &schema.Fault{File: "z.csv", Line: 3, Field: "created_at", Message: "bad"}},
		at("z.csv", 4, "login", "profile_id", "nobody", "created_at", "2025-03-14T09:00:00Z"),
		{fault: &schema.Fault{File: "a.csv", Line: 2, Field: "name", Message: "first"}},
		{fault: &schema.Fault{File: "a.csv", Line: 2, Field: "id", Message: "second"}},
		at("a.csv", 3, "profile", "id", "p", "name", "P", "department_ids", "gone"),
	}
	_, err := s.Put(ctx, input(items), PutOptions{})
	var places []string
	for _, f := range refused(t, err, schema.CodeInvalid).Fields {
		places = append(places, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Field))
	}
	same(t, "faults", places, []string{"z.csv:2 profile_id", "z.csv:3 created_at", "z.csv:4 profile_id", "a.csv:2 name", "a.csv:2 id", "a.csv:3 department_ids"})
}

func TestLiveRecordWithoutIDGetsATimeOrderedUUID(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	r := rec("login", "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z")
	for range 3 {
		if got := mustPut(t, s, PutOptions{Live: true}, r); got.Inserted != 1 {
			t.Fatalf("got %+v: each posted record counts", got.Tally)
		}
	}
	uuids := 0
	for _, id := range idsIn(t, s, "login") {
		if len(id) == 36 && id[14] == '7' {
			uuids++
		}
	}
	if uuids != 3 {
		t.Errorf("%d ids are a UUIDv7: %q", uuids, idsIn(t, s, "login"))
	}
}

func TestRefusedLiveRecordDoesNotHarmTheNext(t *testing.T) {
	s := openStore(t, Options{})
	_, err := s.Put(ctx, input(itemsOf(rec("login", "profile_id", "nobody", "created_at", "2025-03-14T09:00:00Z"))), PutOptions{Live: true})
	refused(t, err, schema.CodeInvalid)
	if got := mustPut(t, s, PutOptions{Live: true}, rec("department", "id", "d", "name", "D")); got.Inserted != 1 {
		t.Errorf("got %+v", got.Tally)
	}
}

func TestLiveRecordShowsInTheNextAnswer(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	mustPut(t, s, PutOptions{Live: true}, rec("session", "id", "new", "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z"))
	page, err := s.Sessions(ctx, everyone, schema.SessionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: "new"}); err != nil || page.TotalCount != 3 || len(page.Data) != 3 || a.Sessions != 3 {
		t.Fatalf("there are %d rows of %d, and %d counted: %v", len(page.Data), page.TotalCount, a.Sessions, err)
	}
}

func TestLiveSessionIsWholeFromTheFirstMomentOn(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for i := range 30 {
		id := fmt.Sprintf("new%02d", i)
		mustPut(t, s, PutOptions{Live: true}, rec("session", "id", id, "profile_id", "ann", "created_at", "2025-04-01T09:00:00Z"))
		got, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: id})
		if err != nil {
			t.Fatal(err)
		}
		if got.SessionID != id || got.ProfileName != "Ann Lee" || got.TotalCost != "0" {
			t.Fatalf("right after it was taken the session is shown as %s", asJSON(t, got))
		}
		page, err := s.Sessions(ctx, everyone, schema.SessionsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(page.Data)) < page.TotalCount {
			t.Fatalf("%d rows of %d", len(page.Data), page.TotalCount)
		}
	}
}

func TestActivityOfTheImportItselfIsVisibleAtOnce(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (schema.Counts{Sessions: 2, CompletedSessions: 1, ActiveProfiles: 2, Logins: 1, Emulations: 1}); a.Counts != want {
		t.Errorf("got %+v, want %+v", a.Counts, want)
	}
	if a.RefreshedAt == nil {
		t.Error("refreshed_at is missing")
	}
}

func TestCancelledImportChangesNothing(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	for _, live := range []bool{false, true} {
		cancelled, cancel := context.WithCancel(ctx)
		endless := func(yield func(*schema.Record, error) bool) {
			for i := 0; ; i++ {
				r := rec("login", "profile_id", "ann", "created_at", fmt.Sprintf("2025-03-14T09:00:00.%06dZ", i%1e6))
				if i == 5000 {
					cancel()
				}
				if !yield(&r, nil) {
					return
				}
			}
		}
		if live {
			cancel()
		}
		if _, err := s.Put(cancelled, endless, PutOptions{Live: live}); !errors.Is(err, context.Canceled) {
			t.Errorf("live %v: got %v", live, err)
		}
		cancel()
	}
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
	// What was staged is gone: the next import does not bring it.
	if got := mustPut(t, s, PutOptions{}, university()...); got.Tally != (schema.Tally{Unchanged: 18}) {
		t.Errorf("the next import: got %+v", got.Tally)
	}
}

func TestInputThatBreaksOffChangesNothing(t *testing.T) {
	s := openStore(t, Options{})
	broken := errors.New("unexpected end of file")
	records := func(yield func(*schema.Record, error) bool) {
		for _, r := range university() {
			if !yield(&r, nil) {
				return
			}
		}
		yield(nil, broken)
	}
	before := dump(t, s, allTables(t, s)...)
	for _, o := range []PutOptions{{}, {SkipInvalid: true}, {DryRun: true}} {
		if _, err := s.Put(ctx, iter.Seq2[*schema.Record, error](records), o); !errors.Is(err, broken) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
}

func TestSessionIsActiveUpToTheIdleTime(t *testing.T) {
	anHourAfter := time.Date(2025, 3, 15, 10, 0, 0, 0, time.UTC)
	var passed atomic.Int64 // the background refresh asks for the time, too
	clock := func() time.Time { return anHourAfter.Add(time.Duration(passed.Load())) }
	s := openStore(t, Options{Now: clock, SessionIdle: time.Hour})
	mustPut(t, s, PutOptions{}, university()...)
	for after, want := range map[time.Duration]bool{0: true, -time.Hour: true, time.Microsecond: false, time.Second: false} {
		passed.Store(int64(after))
		one, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: "s2"})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Active: ptr(true)})
		if err != nil {
			t.Fatal(err)
		}
		others, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Active: ptr(false)})
		if err != nil {
			t.Fatal(err)
		}
		if one.Active != want || (list.TotalCount == 1) != want || others.TotalCount != 2-list.TotalCount {
			t.Errorf("an hour and %v after: active is %v, %d active and %d other sessions", after, one.Active, list.TotalCount, others.TotalCount)
		}
	}
}
