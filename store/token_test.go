package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

func TestTokenSaysWhoItsCallerIs(t *testing.T) {
	s, _ := tokenStore(t)
	for _, c := range []struct {
		req  schema.TokenCreateRequest
		want schema.Caller
	}{
		{schema.TokenCreateRequest{Name: "boss", Role: "admin"}, schema.Caller{TokenName: "boss", Role: "admin", DepartmentIDs: []string{}}},
		{schema.TokenCreateRequest{Name: "c", Role: "coordinator", DepartmentIDs: []string{"bio", "cs"}}, schema.Caller{TokenName: "c", Role: "coordinator", DepartmentIDs: []string{"bio", "cs"}}},
		{schema.TokenCreateRequest{Name: "v", Role: "viewer", DepartmentIDs: []string{"cs"}}, schema.Caller{TokenName: "v", Role: "viewer", DepartmentIDs: []string{"cs"}}},
		{schema.TokenCreateRequest{Name: "t", Role: "ta", ProfileID: "ann"}, schema.Caller{TokenName: "t", Role: "ta", DepartmentIDs: []string{}, ProfileID: "ann"}},
		{schema.TokenCreateRequest{Name: "r", Role: "recorder"}, schema.Caller{TokenName: "r", Role: "recorder", DepartmentIDs: []string{}}},
	} {
		made := create(t, s, c.req)
		got, err := s.Authenticate(ctx, made.Secret)
		if err != nil {
			t.Fatal(err)
		}
		c.want.TokenID = made.TokenID
		same(t, c.req.Name, got, c.want)
	}
	list, err := s.Tokens(ctx)
	if err != nil || len(list.Data) != 5 || list.Data[0].Name != "boss" || list.Data[4].Name != "r" {
		t.Errorf("got %s, %v", asJSON(t, list), err)
	}
}

func TestWrongSecretIsNobody(t *testing.T) {
	s, _ := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "boss", Role: "admin"})
	for _, secret := range []string{"", "x", made.Secret + "x", made.Secret[1:], strings.ToUpper(made.Secret), "' OR 1=1 --"} {
		caller, err := s.Authenticate(ctx, secret)
		refused(t, err, schema.CodeUnauthorized)
		same(t, "caller", caller, schema.Caller{})
	}
}

func TestSecretIsLongAndNowhereInTheFile(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "glow.db")}
	s := openAt(t, o)
	a, b := create(t, s, schema.TokenCreateRequest{Name: "a", Role: "admin"}), create(t, s, schema.TokenCreateRequest{Name: "b", Role: "admin"})
	closeStore(t, s)
	if a.Secret == b.Secret || len(strings.TrimPrefix(a.Secret, "glow_")) < 43 { // 256 bits
		t.Errorf("got the secrets %s and %s", a.Secret, b.Secret)
	}
	file, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte(a.Secret)) || bytes.Contains(file, []byte(strings.TrimPrefix(a.Secret, "glow_"))) {
		t.Error("the secret is in the file")
	}
}

func TestTokenEndsAtItsExpiry(t *testing.T) {
	s, clock := tokenStore(t)
	byDay := create(t, s, schema.TokenCreateRequest{Name: "day", Role: "admin", ExpiresAt: "2025-03-15"})
	byTime := create(t, s, schema.TokenCreateRequest{Name: "time", Role: "admin", ExpiresAt: "2025-03-14T16:00:00Z"})
	for _, c := range []struct {
		at        string
		day, time bool
	}{
		{"2025-03-14T15:59:59.999999Z", true, true},
		{"2025-03-14T16:00:00.000001Z", true, false},
		{"2025-03-15T16:59:59.999999Z", true, false}, // the day still counts, in the instance's zone
		{"2025-03-15T17:00:00Z", false, false},
	} {
		clock.set(clockAt(c.at)())
		for token, want := range map[string]bool{byDay.Secret: c.day, byTime.Secret: c.time} {
			if _, err := s.Authenticate(ctx, token); (err == nil) != want {
				t.Errorf("%s: got %v, want %v", c.at, err, want)
			} else if err != nil {
				refused(t, err, schema.CodeUnauthorized)
			}
		}
	}
	_, err := s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "late", Role: "admin", ExpiresAt: "2025-03-13"})
	refused(t, err, schema.CodeInvalid)
}

func TestARevokedTokenEndsAndItsNameIsFree(t *testing.T) {
	s, clock := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "boss", Role: "admin"})
	_, err := s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "boss", Role: "admin"})
	refused(t, err, schema.CodeConflict)
	gone, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{Name: "boss"})
	if err != nil || gone.TokenID != made.TokenID {
		t.Fatalf("got %+v, %v", gone, err)
	}
	_, err = s.Authenticate(ctx, made.Secret)
	refused(t, err, schema.CodeUnauthorized)
	clock.pass(time.Hour)
	again, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{TokenID: made.TokenID})
	if err != nil || again.RevokedAt != gone.RevokedAt {
		t.Errorf("revoked again: got %+v, %v", again, err)
	}
	create(t, s, schema.TokenCreateRequest{Name: "boss", Role: "viewer", DepartmentIDs: []string{"cs"}})
	for _, req := range []schema.TokenRevokeRequest{{Name: "nobody"}, {TokenID: "nothing"}} {
		_, err = s.RevokeToken(ctx, admin, req)
		refused(t, err, schema.CodeNotFound)
	}
}

func TestTokenIsForDepartmentsAndPeopleThatAreThere(t *testing.T) {
	s, _ := tokenStore(t)
	_, err := s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "x", Role: "viewer", DepartmentIDs: []string{"cs", "maths"}})
	if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "department_ids" {
		t.Errorf("got %v", err)
	}
	_, err = s.CreateToken(ctx, admin, schema.TokenCreateRequest{Name: "x", Role: "ta", ProfileID: "nobody"})
	if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "profile_id" {
		t.Errorf("got %v", err)
	}
}

func TestLastUseIsNotedToTheMinute(t *testing.T) {
	s, clock := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "boss", Role: "admin"})
	used := func() *schema.Instant {
		if err := s.write(ctx, func(*tx) error { return nil }); err != nil { // a write behind it: nobody waits for the note
			t.Fatal(err)
		}
		list, err := s.Tokens(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return list.Data[0].LastUsedAt
	}
	if used() != nil {
		t.Errorf("a token that was never used was used at %s", used())
	}
	start := clock.instant()
	if _, err := s.Authenticate(ctx, made.Secret); err != nil || *used() != start {
		t.Errorf("at first: got %s, %v, want %s", used(), err, start)
	}
	clock.pass(59 * time.Second)
	if _, err := s.Authenticate(ctx, made.Secret); err != nil || *used() != start {
		t.Errorf("after 59 seconds: got %s, %v, want %s", used(), err, start)
	}
	clock.pass(time.Second)
	if _, err := s.Authenticate(ctx, made.Secret); err != nil || *used() != start+60e6 {
		t.Errorf("after a minute: got %s, %v", used(), err)
	}
}

func TestAdoptedSecretIsAnAdmin(t *testing.T) {
	s := openStore(t, Options{})
	if has, err := s.HasTokens(ctx); has || err != nil {
		t.Errorf("a new store has tokens: %v, %v", has, err)
	}
	refused(t, s.AdoptToken(ctx, "first", "short"), schema.CodeInvalid)
	secret := strings.Repeat("x", minSecret)
	if err := s.AdoptToken(ctx, "first", secret); err != nil {
		t.Fatal(err)
	}
	caller, err := s.Authenticate(ctx, secret)
	if err != nil || caller.Role != schema.RoleAdmin || caller.TokenName != "first" {
		t.Errorf("got %+v, %v", caller, err)
	}
	if has, err := s.HasTokens(ctx); !has || err != nil {
		t.Errorf("the store has no tokens: %v, %v", has, err)
	}
}

func TestAuditTellsWhoDidWhatLatestFirst(t *testing.T) {
	s, clock := tokenStore(t)
	who := schema.Caller{TokenName: "boss", Role: "admin", Remote: "127.0.0.1", RequestID: "r-1"}
	made, err := s.CreateToken(ctx, who, schema.TokenCreateRequest{Name: "x", Role: "recorder"})
	if err != nil {
		t.Fatal(err)
	}
	reported, err := s.ReportProblem(ctx, who, schema.ProblemRequest{Type: "bug", Message: "hidden words", SessionID: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(ctx, who, schema.ResolveRequest{ProblemID: reported.ProblemID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(ctx, who, schema.ResolveRequest{ProblemID: reported.ProblemID}); err != nil { // as it is already
		t.Fatal(err)
	}
	if err := s.Audit(ctx, who, schema.ActionExport, map[string]any{"kind": "run"}); err != nil {
		t.Fatal(err)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{Paging: schema.Paging{PageSize: ptr(3)}})
	if err != nil {
		t.Fatal(err)
	}
	if list.TotalCount != 4 || list.TotalPages != 2 || len(list.Data) != 3 {
		t.Fatalf("got %s", asJSON(t, list))
	}
	same(t, "the latest", list.Data[0], schema.AuditEntry{
		AuditID: 4, CreatedAt: clock.instant(), Action: "export", TokenName: "boss", Role: "admin", Remote: "127.0.0.1", RequestID: "r-1",
		Detail: map[string]any{"kind": "run"}, Hash: doctor(t, s).Audit.Hash,
	})
	if list.Data[1].Action != schema.ActionResolve || list.Data[2].Action != schema.ActionProblem {
		t.Errorf("got %s, then %s", list.Data[1].Action, list.Data[2].Action)
	}
	only, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionTokenCreate})
	if err != nil || only.TotalCount != 1 || only.Data[0].Detail["token_id"] != made.TokenID {
		t.Errorf("got %s, %v", asJSON(t, only), err)
	}
	if text := dump(t, s, "audit"); strings.Contains(text, "hidden words") || strings.Contains(text, made.Secret) {
		t.Errorf("the audit holds what somebody wrote, or a secret:\n%s", text)
	}
}
