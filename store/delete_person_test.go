package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

func mustForget(t fataler, s *Store, id string) schema.ForgetResponse {
	t.Helper()
	answer, err := s.Forget(ctx, admin, schema.ForgetRequest{ProfileID: id})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.Wiped {
		t.Fatalf("the file was not wiped: %s", answer.Message)
	}
	return answer
}

// After any history, and somebody forgotten, every answer is as if they had never
// been: that of a count over the records that are left, of a rebuild, and of a new
// store that takes in only those.
func TestForgottenIsAsIfNeverThere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			h.step(t)
		}
		for range rapid.IntRange(1, 2).Draw(t, "people") {
			h.forget(t)
		}
		for range rapid.IntRange(0, 2).Draw(t, "more steps") { // they may come back
			h.step(t)
		}
		if answer := doctor(t, h.s); !answer.Healthy {
			t.Fatalf("%+v", answer.Checks)
		}
		h.checkSummaries(t)
		for range 30 {
			h.ask(t)
		}
		h.checkAgainstNew(t)
	})
}

// forget forgets somebody, who may not be there.
func (h *randomHistory) forget(t *rapid.T) {
	id := rapid.SampledFrom(worldIDs(schema.KindProfile)).Draw(t, "forgotten")
	if h.m.rows[schema.KindProfile][id] == nil {
		_, err := h.s.Forget(ctx, admin, schema.ForgetRequest{ProfileID: id})
		refused(t, err, schema.CodeNotFound)
		return
	}
	got := mustForget(t, h.s, id)
	same(t, "what is gone", got.Removed, h.m.forget(id))
}

// checkAgainstNew compares the store with a new one that takes in what the model
// holds: everything that goes out, and the calendar.
func (h *randomHistory) checkAgainstNew(t *rapid.T) {
	var records []schema.Record
	for _, kind := range schema.Kinds {
		for _, r := range h.m.all(kind.Name) {
			records = append(records, *r)
		}
	}
	o := h.o
	o.Path = filepath.Join(filepath.Dir(h.o.Path), "new.db")
	s := openAt(t, o)
	defer closeStore(t, s)
	mustPut(t, s, PutOptions{}, records...)
	h.askHorizons(t, s)
	got, want := exportText(readExport(t, h.s, everyone, schema.ExportRequest{})), exportText(readExport(t, s, everyone, schema.ExportRequest{}))
	if got != want {
		t.Fatalf("export:\n%s", difference(got, want))
	}
	req := schema.ActivityRequest{Interval: schema.IntervalDay, Compare: true}
	a, err := h.s.Activity(ctx, everyone, req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Activity(ctx, everyone, req)
	if err != nil {
		t.Fatal(err)
	}
	a.RefreshedAt, b.RefreshedAt = nil, nil
	same(t, "activity", a, b)
	if got, want := dump(t, h.s, "calendar"), dump(t, s, "calendar"); got != want {
		t.Fatalf("calendar:\n%s", difference(got, want))
	}
}

// witnessed is a database in which somebody called Zebulon has left traces of
// every sort, among people who stay.
func witnessed(t *testing.T, path string) *Store {
	t.Helper()
	s := openStore(t, Options{Path: path})
	witness(t, s)
	return s
}

func witness(t *testing.T, s *Store) {
	t.Helper()
	mustPut(t, s, PutOptions{}, university()...)
	mustPut(t, s, PutOptions{},
		rec("profile", "id", "zeb-4711", "name", "Zebulon Earlier", "department_ids", "cs"),
		rec("session", "id", "zeb-4711-s", "profile_id", "zeb-4711", "created_at", "2025-03-20T09:00:00Z"),
		rec("grant", "id", "zeb-4711-g", "session_id", "zeb-4711-s", "created_at", "2025-03-20T09:00:00Z"),
		rec("emulation", "id", "bob-was-seen", "profile_id", "bob", "grant_id", "zeb-4711-g", "session_id", "zeb-4711-s", "created_at", "2025-03-20T09:01:00Z"),
		rec("login", "id", "bob-was-in", "profile_id", "bob", "session_id", "zeb-4711-s", "created_at", "2025-03-20T09:02:00Z"),
		rec("problem", "id", "zeb-4711-p", "profile_id", "zeb-4711", "type", "bug", "message", "Zebulon lost a page", "created_at", "2025-03-20T09:03:00Z"),
		rec("problem", "id", "ann-p", "profile_id", "ann", "session_id", "zeb-4711-s", "type", "bug", "message", "m", "created_at", "2025-03-20T09:04:00Z"),
		rec("attempt", "id", "zeb-4711-a", "session_id", "zeb-4711-s", "name", "Zebulon tries", "created_at", "2025-03-20T09:05:00Z"),
		rec("chat", "id", "zeb-4711-c", "session_id", "zeb-4711-s", "attempt_id", "zeb-4711-a", "name", "Zebulon asks", "created_at", "2025-03-20T09:06:00Z"),
		rec("message", "id", "zeb-4711-m", "chat_id", "zeb-4711-c", "role", "user", "created_at", "2025-03-20T09:07:00Z"),
		rec("group", "id", "zeb-4711-gr", "session_id", "zeb-4711-s", "name", "Zebulon's", "created_at", "2025-03-20T09:08:00Z"),
		rec("run", "id", "zeb-4711-r", "group_id", "zeb-4711-gr", "created_at", "2025-03-20T09:09:00Z"),
		rec("activity", "id", "zeb-4711-ac", "profile_id", "zeb-4711", "session_id", "s1", "created_at", "2025-03-20T09:10:00Z"),
	)
	// Another name, and another way to be called, so that there are old rows, too.
	mustPut(t, s, PutOptions{}, rec("profile", "id", "zeb-4711", "name", "Zebulon Zzyzx", "email", "zebulon@example.edu", "department_ids", "cs"))
}

// crowd makes pages split and move around those of Zebulon.
func crowd(n int) (records []schema.Record) {
	for i := range n {
		id := strings.Repeat("x", i%7) + time.Unix(int64(i*i*7919%100003), 0).UTC().Format("150405.20060102")
		records = append(records,
			rec("profile", "id", id, "name", "Somebody "+id, "department_ids", "bio"),
			rec("session", "id", "s-"+id, "profile_id", id, "created_at", "2025-03-21T09:00:00Z"))
	}
	slices.SortFunc(records, func(a, b schema.Record) int { return strings.Compare(a.Kind.Name, b.Kind.Name) })
	return records
}

func TestNoByteOfTheForgottenIsLeft(t *testing.T) {
	alone(t)
	path := filepath.Join(t.TempDir(), "glow.db")
	s := witnessed(t, path)
	mustPut(t, s, PutOptions{}, crowd(3000)...)
	caller := schema.Caller{TokenID: "tok", TokenName: "boss", Role: schema.RoleAdmin}
	key := schema.ProblemRequest{Type: "bug", Message: "Zebulon again", ProfileID: "zeb-4711", IdempotencyKey: "zeb-4711-key"}
	if _, err := s.ReportProblem(ctx, caller, key); err != nil {
		t.Fatal(err)
	}
	create(t, s, schema.TokenCreateRequest{Name: "zebulon-token", Role: schema.RoleTA, ProfileID: "zeb-4711"})
	if _, err := s.Emulate(ctx, caller, "zeb-4711", time.Hour); err != nil {
		t.Fatal(err)
	}
	held := traces(t, path)
	if len(held) == 0 {
		t.Fatal("there was nothing to find")
	}
	mustForget(t, s, "zeb-4711")
	if left := traces(t, path); len(left) > 0 {
		t.Errorf("after: %q", left)
	}
	checkRebuild(t, s)
	if left := traces(t, path); len(left) > 0 {
		t.Errorf("after a rebuild: %q", left)
	}
}

// traces lists what in the file, its log and its side files names Zebulon.
func traces(t *testing.T, path string) (found []string) {
	t.Helper()
	for _, suffix := range []string{"-journal", "-wal", "-shm", ""} {
		b, err := os.ReadFile(path + suffix)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		text := strings.ToLower(string(b))
		for at := strings.Index(text, "zeb"); at >= 0; at = strings.Index(text, "zeb") {
			found = append(found, suffix+" "+text[at:min(at+20, len(text))])
			text = text[at+3:]
		}
	}
	return found
}

// What others' records say of the forgotten becomes empty, and stays theirs.
func TestReferencesToTheForgottenBecomeEmpty(t *testing.T) {
	s := witnessed(t, "")
	answer := mustForget(t, s, "zeb-4711")
	same(t, "removed", answer.Removed, map[string]int64{
		"profile": 1, "session": 1, "grant": 1, "problem": 1, "attempt": 1, "chat": 1, "message": 1, "group": 1, "run": 1, "activity": 1,
	})
	same(t, "emptied", answer.Emptied, map[string]int64{"emulation": 2, "login": 1, "problem": 1})
	list, err := s.Problems(ctx, everyone, schema.ProblemsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.Data, func(p schema.Problem) bool { return p.ProblemID == "ann-p" })
	if i < 0 || list.Data[i].SessionID != nil {
		t.Errorf("got %s", asJSON(t, list.Data))
	}
	bob, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-03-20", DateTo: "2025-03-20"}})
	if err != nil || bob.Emulations != 1 || bob.Logins != 1 || bob.ActiveProfiles != 1 {
		t.Errorf("got %+v, %v", bob.Counts, err)
	}
	_, err = s.Forget(ctx, admin, schema.ForgetRequest{ProfileID: "zeb-4711"})
	refused(t, err, schema.CodeNotFound)
}

func TestTokensOfTheForgottenOpenNothing(t *testing.T) {
	s := witnessed(t, "")
	theirs := create(t, s, schema.TokenCreateRequest{Name: "zeb", Role: schema.RoleTA, ProfileID: "zeb-4711"})
	others := create(t, s, schema.TokenCreateRequest{Name: "ann", Role: schema.RoleTA, ProfileID: "ann"})
	if _, err := s.Authenticate(ctx, theirs.Secret); err != nil {
		t.Fatal(err)
	}
	if answer := mustForget(t, s, "zeb-4711"); answer.TokensRevoked != 1 {
		t.Errorf("got %+v", answer)
	}
	_, err := s.Authenticate(ctx, theirs.Secret)
	refused(t, err, schema.CodeUnauthorized)
	if _, err := s.Authenticate(ctx, others.Secret); err != nil {
		t.Error(err)
	}
	list, err := s.Tokens(ctx)
	if err != nil || len(list.Data) != 2 || list.Data[0].Name != "forgotten" || list.Data[0].ProfileID != nil || list.Data[0].RevokedAt == nil {
		t.Errorf("got %s, %v", asJSON(t, list), err)
	}
	again := create(t, s, schema.TokenCreateRequest{Name: "zeb", Role: schema.RoleRecorder})
	if _, err := s.Authenticate(ctx, again.Secret); err != nil {
		t.Error(err)
	}
}

// The audit list keeps that things happened, not to whom, and still holds.
func TestAuditKeepsOnlyThatSomebodyWasForgotten(t *testing.T) {
	s := witnessed(t, "")
	ta := schema.Caller{TokenName: "zeb", Role: schema.RoleTA, ProfileID: "zeb-4711", Remote: "10.0.0.9"}
	create(t, s, schema.TokenCreateRequest{Name: "zeb", Role: schema.RoleTA, ProfileID: "zeb-4711"})
	for _, req := range []schema.ProblemRequest{{Type: "bug", Message: "m"}, {Type: "bug", Message: "m"}} {
		if _, err := s.ReportProblem(ctx, ta, req); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: "zeb-4711-p"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: "ann-p"}); err != nil {
		t.Fatal(err)
	}
	if answer := mustForget(t, s, "zeb-4711"); answer.AuditEntries != 4 {
		t.Errorf("got %+v", answer)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil {
		t.Fatal(err)
	}
	// Who acted stays, unless it is the one who is forgotten; on whom is gone.
	want := []string{"forget test +", "resolve test +", "resolve test -", "problem forgotten -", "problem forgotten -", "token_create test -"}
	for i, e := range list.Data {
		got := e.Action + " " + e.TokenName + " -"
		if len(e.Detail) > 0 {
			got = e.Action + " " + e.TokenName + " +"
		}
		if i >= len(want) || got != want[i] || e.CreatedAt == 0 || e.TokenName == "forgotten" && (e.Remote != "" || e.TokenID != "") {
			t.Errorf("entry %d: got %s", e.AuditID, asJSON(t, e))
		}
	}
	detail := list.Data[0].Detail
	if pseudonym, _ := detail["pseudonym"].(string); len(pseudonym) != 24 || detail["audit_entries"] != 4.0 || detail["audit_blanks"] != 6.0 {
		t.Errorf("got %v", detail)
	}
	if c := auditCheck(t, s); !c.OK {
		t.Error(c.Detail)
	}
	mustForget(t, s, "ann")
	if c := auditCheck(t, s); !c.OK {
		t.Errorf("after another: %s", c.Detail)
	}
}

// The pseudonym on the list is that of the exports: who holds one can be told whose
// rows to delete.
func TestPseudonymOfTheForgottenIsThatOfExports(t *testing.T) {
	s := witnessed(t, "")
	tables := readExport(t, s, everyone, schema.ExportRequest{Kind: schema.KindActivity, Pseudonymize: true})
	mustForget(t, s, "zeb-4711")
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionForget})
	if err != nil {
		t.Fatal(err)
	}
	if text := exportText(tables); !strings.Contains(text, list.Data[0].Detail["pseudonym"].(string)) {
		t.Errorf("%s is not in %s", list.Data[0].Detail["pseudonym"], text)
	}
}

// Somebody who reads an old state for long does not keep others from being
// forgotten, only from being wiped out; the answer says so.
func TestForgetBesideALongReader(t *testing.T) {
	s := witnessed(t, "")
	_, err := s.Export(ctx, everyone, schema.ExportRequest{Kind: schema.KindLogin}, func(tables []Table) error {
		answer, err := s.Forget(ctx, admin, schema.ForgetRequest{ProfileID: "zeb-4711"})
		if err != nil || answer.Wiped || !strings.Contains(answer.Message, "traces of them") {
			t.Errorf("got %+v, %v", answer, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Person(ctx, everyone, "zeb-4711"); schema.ErrorCode(err) != schema.CodeNotFound {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "stopped.db")
	closed := openAt(t, Options{Path: path})
	witness(t, closed)
	_, err = closed.Export(ctx, everyone, schema.ExportRequest{Kind: schema.KindLogin}, func(tables []Table) error {
		_, err := closed.Forget(ctx, admin, schema.ForgetRequest{ProfileID: "zeb-4711"})
		return err
	})
	if err != nil || len(traces(t, path)) == 0 {
		t.Errorf("got %v and nothing to find", err)
	}
	closeStore(t, closed)
	if left := traces(t, path); len(left) > 0 {
		t.Errorf("after the end: %q", left)
	}
}
