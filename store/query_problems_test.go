package store

import (
	"strings"
	"testing"
	"time"

	"glow/schema"
)

func TestProblemIsOfTheSessionsPersonUnlessSaid(t *testing.T) {
	s := openStore(t, Options{Now: clockAt("2025-03-16T09:00:00Z")})
	mustPut(t, s, PutOptions{}, university()...)
	ta := schema.Caller{TokenName: "t", Role: schema.RoleTA, ProfileID: "bob"}
	for _, c := range []struct {
		caller schema.Caller
		req    schema.ProblemRequest
		want   string
	}{
		{admin, schema.ProblemRequest{SessionID: "s1"}, "ann"},
		{admin, schema.ProblemRequest{SessionID: "s1", ProfileID: "bob"}, "bob"},
		{admin, schema.ProblemRequest{ProfileID: "cy"}, "cy"},
		{ta, schema.ProblemRequest{}, "bob"},
		{ta, schema.ProblemRequest{SessionID: "s2"}, "bob"},
	} {
		c.req.Type, c.req.Message = "bug", "it broke"
		answer, err := s.ReportProblem(ctx, c.caller, c.req)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Problems(ctx, everyone, schema.ProblemsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got := list.Data[0]; got.ProblemID != answer.ProblemID || got.ProfileID != c.want || got.Resolved || got.CreatedAt.String() != "2025-03-16T09:00:00Z" {
			t.Errorf("%+v by %s: got %s, want a problem of %s", c.req, c.caller.Role, asJSON(t, got), c.want)
		}
	}
	checkRebuild(t, s)
}

// Whoever is no TA may report that the tool is broken. Such a problem is nobody's: it
// counts for no person, and is seen where everybody is, and by who reported it.
func TestProblemMayBeNobodys(t *testing.T) {
	s := openStore(t, Options{Now: clockAt("2025-03-16T09:00:00Z")})
	mustPut(t, s, PutOptions{}, university()...)
	coordinator := schema.Caller{TokenName: "c", TokenID: "tok-c", Role: schema.RoleCoordinator, DepartmentIDs: []string{"bio"}}
	other := schema.Caller{TokenName: "o", TokenID: "tok-o", Role: schema.RoleCoordinator, DepartmentIDs: []string{"bio"}}
	report := func(caller schema.Caller) string {
		answer, err := s.ReportProblem(ctx, caller, schema.ProblemRequest{Type: "tool", Message: "it does not start"})
		if err != nil {
			t.Fatal(err)
		}
		return answer.ProblemID
	}
	ofAdmin, ofCoordinator := report(admin), report(coordinator)
	mustPut(t, s, PutOptions{}, rec("problem", "id", "in-s1", "session_id", "s1", "type", "tool", "message", "m", "created_at", "2025-03-16T08:00:00Z"))
	ids := func(scope schema.Scope, f schema.Filter) string {
		list, err := s.Problems(ctx, scope, schema.ProblemsRequest{Filter: schema.Filter{DateFrom: "2025-03-16", DepartmentIDs: f.DepartmentIDs, Roles: f.Roles}, SortOrder: schema.Ascending})
		if err != nil {
			t.Fatal(err)
		}
		activity, err := s.Activity(ctx, scope, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-03-16", DepartmentIDs: f.DepartmentIDs, Roles: f.Roles}})
		if err != nil || activity.OpenProblems != list.TotalCount || int64(len(activity.Problems)) != list.TotalCount {
			t.Errorf("of %d problems the activity has %d open ones and lists %d, %v", list.TotalCount, activity.OpenProblems, len(activity.Problems), err)
		}
		var found []string
		for _, p := range list.Data {
			if p.ProfileID != "" || p.ProfileName != "" {
				t.Errorf("a problem of nobody is of %q, %q", p.ProfileID, p.ProfileName)
			}
			found = append(found, p.ProblemID)
		}
		return strings.Join(found, " ")
	}
	for _, c := range []struct {
		what  string
		scope schema.Scope
		f     schema.Filter
		want  string
	}{
		{"an admin", everyone, schema.Filter{}, "in-s1 " + ofAdmin + " " + ofCoordinator},
		{"an admin of one department", everyone, schema.Filter{DepartmentIDs: []string{"cs"}}, "in-s1"},
		{"an admin of another department", everyone, schema.Filter{DepartmentIDs: []string{"bio"}}, ""},
		{"who reported", coordinator.Scope(), schema.Filter{}, ofCoordinator},
		{"who reported, asking of people", coordinator.Scope(), schema.Filter{DepartmentIDs: []string{"bio"}}, ""},
		{"another coordinator", other.Scope(), schema.Filter{}, ""},
		{"the coordinator of the session", schema.Scope{DepartmentIDs: []string{"cs"}}, schema.Filter{}, "in-s1"},
	} {
		if got := ids(c.scope, c.f); got != c.want {
			t.Errorf("%s sees %q, want %q", c.what, got, c.want)
		}
	}
	_, err := s.Resolve(ctx, other, schema.ResolveRequest{ProblemID: ofCoordinator})
	refused(t, err, schema.CodeNotFound)
	if _, err := s.Resolve(ctx, coordinator, schema.ResolveRequest{ProblemID: ofCoordinator}); err != nil {
		t.Error(err)
	}
	session, err := s.Session(ctx, schema.Scope{DepartmentIDs: []string{"cs"}}, schema.SessionRequest{SessionID: "s1"})
	if last := len(session.Timeline) - 1; err != nil || session.ProblemCount != int64(len(session.Problems)) || session.Timeline[last].EntityID != "in-s1" {
		t.Errorf("the session has %d problems, lists %d and ends with %+v, %v", session.ProblemCount, len(session.Problems), session.Timeline[last], err)
	}
	checkRebuild(t, s)
}

func TestProblemOutsideOnesScopeDoesNotExist(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	ta := schema.Caller{TokenName: "t", Role: schema.RoleTA, ProfileID: "bob"}
	viewer := schema.Caller{TokenName: "v", Role: schema.RoleCoordinator, DepartmentIDs: []string{"bio"}}
	for _, req := range []schema.ProblemRequest{{SessionID: "s1"}, {ProfileID: "ann"}, {SessionID: "nothing"}, {SessionID: "s2", ProfileID: "ann"}} {
		req.Type, req.Message = "bug", "it broke"
		_, err := s.ReportProblem(ctx, ta, req)
		refused(t, err, schema.CodeNotFound)
		_, err = s.ReportProblem(ctx, viewer, req)
		refused(t, err, schema.CodeNotFound)
	}
	for _, caller := range []schema.Caller{ta, viewer, {Role: schema.RoleRecorder}} {
		_, err := s.Resolve(ctx, caller, schema.ResolveRequest{ProblemID: "p1"})
		there := refused(t, err, schema.CodeNotFound)
		_, err = s.Resolve(ctx, caller, schema.ResolveRequest{ProblemID: "no"})
		if not := refused(t, err, schema.CodeNotFound); strings.ReplaceAll(there.Message, "p1", "no") != not.Message {
			t.Errorf("%q tells more than %q", there.Message, not.Message)
		}
	}
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
}

func TestRepeatWithTheSameKeyReportsNothingTwice(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	req := schema.ProblemRequest{Type: "bug", Message: "it broke", SessionID: "s1", IdempotencyKey: "k"}
	first, err := s.ReportProblem(ctx, admin, req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.ReportProblem(ctx, admin, req)
	if err != nil || again != first {
		t.Errorf("the repeat: got %+v, %v, want %+v", again, err, first)
	}
	other := req
	other.Message = "something else"
	_, err = s.ReportProblem(ctx, admin, other)
	refused(t, err, schema.CodeConflict)
	elsewhere, err := s.ReportProblem(ctx, schema.Caller{TokenID: "another of the same name", TokenName: "test", Role: schema.RoleAdmin}, req)
	if err != nil || elsewhere.ProblemID == first.ProblemID {
		t.Errorf("the key of another caller: got %+v, %v", elsewhere, err)
	}
	list, err := s.Problems(ctx, everyone, schema.ProblemsRequest{})
	if err != nil || list.TotalCount != 3 {
		t.Errorf("there are %d problems, %v", list.TotalCount, err)
	}
}

func TestResolvedProblemShowsAtOnceEverywhere(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for _, resolved := range []bool{true, false} {
		if _, err := s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: "p1", Resolved: &resolved}); err != nil {
			t.Fatal(err)
		}
		open := int64(1)
		if resolved {
			open = 0
		}
		session, err := s.Session(ctx, everyone, schema.SessionRequest{SessionID: "s1"})
		if err != nil || session.OpenProblemCount != open || session.ProblemCount != 1 || session.Problems[0].Resolved != resolved {
			t.Errorf("resolved %v: the session has %d open problems, %v", resolved, session.OpenProblemCount, err)
		}
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{SummaryProfileID: "ann"})
		if err != nil || a.ProfileSummary[0].OpenProblems != open || a.Problems[0].Resolved != resolved {
			t.Errorf("resolved %v: the person has %d open problems, %v", resolved, a.ProfileSummary[0].OpenProblems, err)
		}
		list, err := s.Problems(ctx, everyone, schema.ProblemsRequest{Resolved: &resolved})
		if err != nil || list.TotalCount != 1 {
			t.Errorf("resolved %v: %d problems, %v", resolved, list.TotalCount, err)
		}
	}
}

func TestActivityShowsTheLatestFiftyProblemsOpenOnesFirst(t *testing.T) {
	s := openStore(t, Options{})
	records := university()[:12]
	for i := range 70 {
		r := rec("problem", "profile_id", "ann", "type", "bug", "message", "m", "created_at", "2025-03-14T09:00:00Z", "resolved", map[bool]string{true: "true", false: "false"}[i%7 > 0])
		r.PutInt("created_at", r.Get("created_at").Int+int64(i))
		records = append(records, r)
	}
	mustPut(t, s, PutOptions{}, records...)
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Problems) != 50 {
		t.Fatalf("got %d", len(a.Problems))
	}
	for i := range a.Problems[1:] {
		p, q := a.Problems[i], a.Problems[i+1]
		if p.Resolved && !q.Resolved || p.Resolved == q.Resolved && p.CreatedAt < q.CreatedAt {
			t.Errorf("%d. is %s resolved %v, then %s resolved %v", i+1, p.CreatedAt, p.Resolved, q.CreatedAt, q.Resolved)
		}
	}
	if a.Problems[9].Resolved || !a.Problems[10].Resolved {
		t.Error("the ten open ones are not all in it")
	}
}

// A revoked token's name can be given again; its idempotency keys cannot.
func TestIdempotencyKeysAreOfTheTokenNotOfItsName(t *testing.T) {
	s, _ := tokenStore(t)
	req := schema.ProblemRequest{Type: "bug", Message: "it broke", ProfileID: "ann", IdempotencyKey: "k"}
	var ids []string
	for range 2 {
		made := create(t, s, schema.TokenCreateRequest{Name: "again", Role: "admin"})
		caller, err := s.Authenticate(ctx, made.Secret)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.ReportProblem(ctx, caller, req)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, answer.ProblemID)
		if _, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{Name: "again"}); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] == ids[1] {
		t.Error("the second token's report was taken for the first one's")
	}
}

// In a session of somebody whom a caller may see there may be records of others.
func TestSessionShowsNothingOfPeopleOutsideTheScope(t *testing.T) {
	clock := clockAt("2025-03-15T10:00:00Z")
	s := openStore(t, Options{Now: clock})
	mustPut(t, s, PutOptions{}, append(university(),
		rec("login", "profile_id", "ann", "session_id", "s2", "created_at", "2025-03-15T09:50:00Z"),
		rec("chat", "id", "c2", "session_id", "s2", "attempt_id", "at1", "created_at", "2025-03-15T09:01:00Z"))...)
	for _, c := range []struct {
		scope   schema.Scope
		updated string
		active  bool
		attempt bool
	}{
		{everyone, "2025-03-15T09:50:00Z", true, true},
		{schema.Scope{DepartmentIDs: []string{"cs"}}, "2025-03-15T09:50:00Z", true, true},
		{schema.Scope{DepartmentIDs: []string{"bio"}}, "2025-03-15T09:01:00Z", false, false},
		{schema.Scope{ProfileID: "bob"}, "2025-03-15T09:01:00Z", false, false},
	} {
		one, err := s.Session(ctx, c.scope, schema.SessionRequest{SessionID: "s2"})
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Sessions(ctx, c.scope, schema.SessionsRequest{Active: &c.active})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, item := range list.Data {
			if found = found || item.SessionID == "s2"; item.SessionID == "s2" {
				same(t, "row", item, one.SessionListItem)
			}
		}
		attempt := false
		for _, e := range one.Timeline {
			attempt = attempt || e.EventType == "chat" && e.Extra1 != nil
		}
		if one.SessionUpdatedAt.String() != c.updated || one.Active != c.active || !found || attempt != c.attempt {
			t.Errorf("%+v: updated %s, active %v, listed so %v, attempt %v", c.scope, one.SessionUpdatedAt, one.Active, found, attempt)
		}
	}
}

func TestAnIdempotencyKeyIsKnownForAWeek(t *testing.T) {
	s, clock := clocked(t)
	report := func() string {
		t.Helper()
		a, err := s.ReportProblem(ctx, admin, schema.ProblemRequest{Type: "bug", Message: "it broke", ProfileID: "ann", IdempotencyKey: "k"})
		if err != nil {
			t.Fatal(err)
		}
		return a.ProblemID
	}
	first := report()
	clock.pass(idempotencyKept)
	if again := report(); again != first {
		t.Error("after a week it is another")
	}
	clock.pass(time.Second)
	if later := report(); later == first {
		t.Error("it is known for ever")
	}
	if text := dump(t, s, "idempotency"); strings.Contains(text, first) {
		t.Errorf("what has expired stays: %s", text)
	}
}
