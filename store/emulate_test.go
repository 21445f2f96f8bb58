package store

import (
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

func TestAnEmulationIsRecordsLikeOthers(t *testing.T) {
	clock := new(movedClock)
	clock.set(clockAt("2025-03-16T09:00:00Z")())
	s := openStore(t, Options{Now: clock.now})
	mustPut(t, s, PutOptions{}, university()...)
	ask := func() schema.ActivityResponse {
		t.Helper()
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-03-16", DateTo: "2025-03-16"}})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	viewer := schema.Caller{TokenID: "t-1", TokenName: "Boss", Role: schema.RoleAdmin, Remote: "192.0.2.1", RequestID: "r"}
	before := ask()
	e, err := s.Emulate(ctx, viewer, "ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if e.ProfileID != "ann" || e.Name != "Ann Lee" || e.ViewerID != "dashboard:t-1" || e.StartedAt != clock.instant() || e.ExpiresAt != schema.InstantOf(clock.now().Add(time.Hour)) {
		t.Errorf("%+v", e)
	}
	if after := ask(); after.Emulations != before.Emulations+1 || after.Sessions != before.Sessions+1 { // at once
		t.Errorf("from %+v to %+v", before.Counts, after.Counts)
	}
	session, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: e.SessionID})
	if err != nil || session.ProfileName != "Boss" || !session.Active || session.SessionEndedAt != nil {
		t.Errorf("%+v, %v", session.SessionListItem, err)
	}
	clock.pass(10 * time.Minute)
	if err := s.EndEmulation(ctx, viewer, e); err != nil {
		t.Fatal(err)
	}
	session, err = s.Session(ctx, everyone, schema.SessionRequest{SessionID: e.SessionID})
	if err != nil || session.Active || session.SessionEndedAt == nil || *session.SessionEndedAt != clock.instant() || len(session.Timeline) != 4 {
		t.Errorf("%+v, %v", session, err)
	}
	// Again, by another token of the same name: another person.
	for _, again := range []schema.Caller{viewer, {TokenID: "t-2", TokenName: "Boss", Role: schema.RoleAdmin}, {TokenName: "local", Role: schema.RoleAdmin}} {
		e, err := s.Emulate(ctx, again, "bob", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		clock.pass(time.Hour) // longer than it may take
		if err := s.EndEmulation(ctx, again, e); err != nil {
			t.Fatal(err)
		}
		if session, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: e.SessionID}); err != nil || *session.SessionEndedAt != e.ExpiresAt {
			t.Errorf("it ended at %v, not by itself; %v", session.SessionEndedAt, err)
		}
	}
	if ids := idsIn(t, s, schema.KindProfile); len(ids) != len(idsOf(university(), schema.KindProfile))+3 {
		t.Errorf("the people are %v", ids)
	}
	checkRebuild(t, s)
}

// Whoever looks at the program as somebody posts nothing of what they train: months
// after the last import nobody is further away for it.
func TestAnEmulationMovesNoHorizon(t *testing.T) {
	clock := new(movedClock)
	clock.set(clockAt("2025-03-16T09:00:00Z")())
	s := openStore(t, Options{Now: clock.now})
	mustPut(t, s, PutOptions{}, append(university(),
		rec("profile", "id", "di", "name", "Di"), rec("session", "id", "s3", "profile_id", "di", "created_at", "2025-03-11T09:00:00Z"),
		rec("profile", "id", "ed", "name", "Ed"), rec("session", "id", "s4", "profile_id", "ed", "created_at", "2025-03-12T09:00:00Z"))...)
	ask := func() schema.HorizonResponse {
		t.Helper()
		answer, err := s.Horizons(ctx, everyone, schema.HorizonRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	before := ask()
	clock.pass(100 * 24 * time.Hour)
	for _, id := range []string{"ann", "di"} {
		e, err := s.Emulate(ctx, admin, id, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "horizons while "+id+" is viewed", ask(), before)
		if err := s.EndEmulation(ctx, admin, e); err != nil {
			t.Fatal(err)
		}
	}
	mustRefresh(t, s, true)
	same(t, "horizons afterwards", ask(), before)
}

func idsOf(records []schema.Record, kind string) (ids []string) {
	for i := range records {
		if records[i].Kind.Name == kind {
			ids = append(ids, idOf(&records[i]))
		}
	}
	return ids
}

func TestEmulatingAnUnknownPersonIsRefused(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	for _, caller := range []schema.Caller{admin, {Role: schema.RoleCoordinator, DepartmentIDs: []string{"bio"}}} {
		_, err := s.Emulate(ctx, caller, "nobody", time.Hour)
		refused(t, err, schema.CodeNotFound)
	}
	_, err := s.Emulate(ctx, schema.Caller{Role: schema.RoleTA, ProfileID: "bob"}, "ann", time.Hour)
	refused(t, err, schema.CodeNotFound)
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
}

// Whatever is viewed and resolved in whatever order: the answers are those of a
// slow count, and the summaries those of a rebuild.
func TestAnswersAfterViewsAndManyResolvedEqualSlowCount(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range 3 {
			h.put(t)
		}
		h.emulate(t)
		h.resolveAll(t)
		for range 10 {
			h.ask(t)
		}
		h.checkSummaries(t)
	})
}

func (h *randomHistory) emulate(t *rapid.T) {
	id := rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "viewed")
	caller := schema.Caller{TokenID: "t", TokenName: "viewer", Role: schema.RoleAdmin}
	e, err := h.s.Emulate(ctx, caller, id, time.Hour)
	if h.m.rows[schema.KindProfile][id] == nil {
		refused(t, err, schema.CodeNotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	h.taken(t, rec(schema.KindProfile, "id", e.ViewerID, "name", "viewer", "role", "admin", "active", "false"))
	ended := ""
	if rapid.Bool().Draw(t, "ended") {
		if err := h.s.EndEmulation(ctx, caller, e); err != nil {
			t.Fatal(err)
		}
		ended = e.StartedAt.String()
	}
	expires := e.ExpiresAt.String()
	if ended != "" {
		expires = ended
	}
	h.taken(t, rec(schema.KindSession, "id", e.SessionID, "profile_id", e.ViewerID, "created_at", e.StartedAt.String(), "ended_at", ended))
	h.taken(t, rec(schema.KindGrant, "id", e.GrantID, "session_id", e.SessionID, "created_at", e.StartedAt.String(), "expires_at", expires))
	h.taken(t, rec(schema.KindEmulation, "id", e.EmulationID, "profile_id", id, "grant_id", e.GrantID, "session_id", e.SessionID, "created_at", e.StartedAt.String()))
}

// taken puts a record that the store made itself into the model.
func (h *randomHistory) taken(t *rapid.T, r schema.Record) {
	if _, taken := h.m.put(itemsOf(r), PutOptions{Live: true}); !taken {
		t.Fatalf("the model does not take %v", r)
	}
}

func (h *randomHistory) resolveAll(t *rapid.T) {
	var ids []string
	there := true
	for range rapid.IntRange(1, 4).Draw(t, "problems") {
		id := rapid.SampledFrom(worldIDs(schema.KindProblem)).Draw(t, "problem")
		ids = append(ids, id)
		there = there && h.m.rows[schema.KindProblem][id] != nil
	}
	resolved := rapid.Bool().Draw(t, "resolved")
	before := dump(t, h.s, "problem", "audit")
	err := h.s.ResolveAll(ctx, admin, ids, resolved)
	if !there {
		refused(t, err, schema.CodeNotFound)
		if after := dump(t, h.s, "problem", "audit"); after != before {
			t.Fatalf("half of it was done:\n%s", difference(after, before))
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		h.m.resolve(id, resolved)
	}
}

func TestAHolderIsWhoseTokenIsInUse(t *testing.T) {
	clock := new(movedClock)
	clock.set(clockAt("2025-03-16T09:00:00Z")())
	s := openStore(t, Options{Path: filepath.Join(t.TempDir(), "glow.db"), Now: clock.now})
	mustPut(t, s, PutOptions{}, university()...)
	made, err := s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "ann's", Role: schema.RoleTA, ProfileID: "ann", ExpiresAt: "2025-03-16"})
	if err != nil {
		t.Fatal(err)
	}
	byID, err := s.Holder(ctx, made.TokenID)
	if err != nil {
		t.Fatal(err)
	}
	bySecret, err := s.Authenticate(ctx, made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "holder", byID, bySecret)
	for _, id := range []string{"", "none", made.Secret} {
		_, err := s.Holder(ctx, id)
		refused(t, err, schema.CodeUnauthorized)
	}
	clock.pass(24 * time.Hour)
	_, err = s.Holder(ctx, made.TokenID)
	refused(t, err, schema.CodeUnauthorized)
	clock.pass(-24 * time.Hour)
	if _, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{TokenID: made.TokenID}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Holder(ctx, made.TokenID)
	refused(t, err, schema.CodeUnauthorized)
}
