package store

import (
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// After any history, and people merged and changed and records deleted by hand, every
// answer is that of a count over the records that are left, of a rebuild, and of a new
// store that takes in only those.
func TestChangedByHandIsAsIfItCameInSo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range rapid.IntRange(2, 4).Draw(t, "imports") {
			h.put(t)
		}
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			switch rapid.IntRange(0, 5).Draw(t, "change") {
			case 0:
				h.setProfiles(t)
			case 1:
				h.deleteOne(t)
			case 2:
				h.step(t)
			case 3:
				h.forget(t)
			default:
				h.merge(t)
			}
			h.ask(t)
			h.checkRecount(t)
		}
		for range rapid.IntRange(0, 2).Draw(t, "more steps") { // which may name who was merged
			h.step(t)
		}
		h.checkRecount(t)
		h.checkSummaries(t)
		for range 20 {
			h.ask(t)
		}
		h.checkAgainstNew(t)
	})
}

// university with somebody twice, and one of each sort of thing that is theirs.
func twins(t *testing.T) *Store {
	t.Helper()
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	mustPut(t, s, PutOptions{},
		rec("profile", "id", "ann2", "name", "Lee, Änn", "email", "Ann@x.edu", "department_ids", "bio"),
		rec("session", "id", "twin-s", "profile_id", "ann2", "created_at", "2025-03-20T09:00:00Z"),
		rec("login", "id", "twin-l", "profile_id", "ann2", "session_id", "twin-s", "created_at", "2025-03-20T09:00:00Z"),
		rec("problem", "id", "twin-p", "profile_id", "ann2", "type", "bug", "message", "m", "created_at", "2025-03-20T09:00:00Z"))
	return s
}

func mustMerge(t *testing.T, s *Store, from, into string) schema.MergeResponse {
	t.Helper()
	answer, err := s.Merge(ctx, admin, schema.MergeRequest{From: from, Into: into})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestMergedPeopleAreOne(t *testing.T) {
	s := twins(t)
	ta := create(t, s, schema.TokenCreateRequest{Name: "twin", Role: schema.RoleTA, ProfileID: "ann2"})
	got := mustMerge(t, s, "ann2", "ann")
	same(t, "moved", got.Moved, map[string]int64{"session": 1, "login": 1, "problem": 1})
	if got.TokensMoved != 1 || len(got.Aliases) != 1 || got.Aliases[0] != "ann2" {
		t.Errorf("got %+v", got)
	}
	caller, err := s.Authenticate(ctx, ta.Secret)
	if err != nil || caller.ProfileID != "ann" {
		t.Errorf("the token is of %q, %v", caller.ProfileID, err)
	}
	list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionMerge})
	if err != nil || len(list.Data) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	checkRebuild(t, s)
}

// Inputs that name a merged id, alone or beside the other one, mean the person who stays.
func TestImportsFollowMergedPeople(t *testing.T) {
	s := twins(t)
	mustMerge(t, s, "ann2", "ann")
	before, err := s.Person(ctx, everyone, "ann")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []PutOptions{{}, {Live: true}} {
		got := mustPut(t, s, o, rec("profile", "id", "ann2", "name", "Another Name"))
		if got.Tally != (schema.Tally{Unchanged: 1}) {
			t.Errorf("the profile: got %+v", got.Tally)
		}
		got = mustPut(t, s, o, rec("login", "id", "twin-l", "profile_id", "ann2", "session_id", "twin-s", "created_at", "2025-03-20T09:00:00Z"))
		if got.Tally != (schema.Tally{Unchanged: 1}) {
			t.Errorf("a known record: got %+v", got.Tally)
		}
	}
	one, other := rec("session", "id", "new", "profile_id", "ann2", "created_at", "2025-03-21T09:00:00Z"), rec("session", "id", "new", "profile_id", "ann", "created_at", "2025-03-21T09:00:00Z")
	if got := mustPut(t, s, PutOptions{}, one, other); got.Inserted != 1 {
		t.Errorf("by both ids: got %+v", got.Tally)
	}
	after, err := s.Person(ctx, everyone, "ann")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the person", after.ProfileResource, before.ProfileResource)

	// A chain ends at the one who stays; whoever is forgotten takes their ids along.
	mustMerge(t, s, "ann", "bob")
	if got := mustPut(t, s, PutOptions{}, one); got.Unchanged != 1 {
		t.Errorf("at the end of a chain: got %+v", got.Tally)
	}
	mustForget(t, s, "bob")
	if got := mustPut(t, s, PutOptions{}, rec("profile", "id", "ann2", "name", "Somebody new")); got.Inserted != 1 {
		t.Errorf("after the person was forgotten: got %+v", got.Tally)
	}
	if c := auditCheck(t, s); !c.OK {
		t.Error(c.Detail)
	}
	if left, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionMerge}); err != nil || len(left.Data) != 2 || len(left.Data[0].Detail)+len(left.Data[1].Detail) != 0 {
		t.Errorf("the audit list still names the forgotten: %s, %v", asJSON(t, left.Data), err)
	}
	checkRebuild(t, s)
}

func TestWhoCannotBeMerged(t *testing.T) {
	s := twins(t)
	mustMerge(t, s, "ann2", "ann")
	for req, code := range map[schema.MergeRequest]schema.Code{
		{From: "ann", Into: "ann2"}:   schema.CodeConflict, // back
		{From: "ann2", Into: "bob"}:   schema.CodeConflict,
		{From: "nobody", Into: "ann"}: schema.CodeNotFound,
		{From: "ann", Into: "nobody"}: schema.CodeNotFound,
	} {
		_, err := s.Merge(ctx, admin, req)
		refused(t, err, code)
	}
	for _, req := range []schema.MergeRequest{{From: "ann", Into: "ann"}, {From: "ann"}, {Into: "ann"}} {
		refused(t, req.Validate(), schema.CodeInvalid)
	}
}

// A person who has something is not deleted, and a department that a token may see is not
// either; one that is deleted takes along how far its records reach.
func TestWhatCannotBeDeleted(t *testing.T) {
	s := twins(t)
	create(t, s, schema.TokenCreateRequest{Name: "c", Role: schema.RoleCoordinator, DepartmentIDs: []string{"cs"}})
	if _, err := s.SetHorizon(ctx, admin, schema.HorizonRequest{DepartmentIDs: []string{"bio"}, CoversUntil: "2025-01-01"}); err != nil {
		t.Fatal(err)
	}
	for _, req := range []schema.DeleteRequest{{Kind: "profile", ID: "ann2"}, {Kind: "department", ID: "cs"}} {
		_, err := s.Delete(ctx, admin, req)
		refused(t, err, schema.CodeConflict)
	}
	mustMerge(t, s, "ann2", "ann")
	answer, err := s.Delete(ctx, admin, schema.DeleteRequest{Kind: "department", ID: "bio"})
	if err != nil || answer.Removed["department"] != 1 || answer.Emptied["profile"] == 0 {
		t.Errorf("got %+v, %v", answer, err)
	}
	if left := dump(t, s, "horizon"); left != "== horizon\n" {
		t.Error(left)
	}
	ann, err := s.Person(ctx, everyone, "ann")
	if err != nil || len(ann.DepartmentIDs) != 1 {
		t.Errorf("got %+v, %v", ann, err)
	}
	checkRebuild(t, s)
}

// What is deleted goes with what cannot be without it, and is found by whose it was when
// that person is forgotten.
func TestDeletedSession(t *testing.T) {
	s := twins(t)
	mustPut(t, s, PutOptions{}, rec("group", "id", "g", "session_id", "twin-s", "created_at", "2025-03-20T09:00:00Z"),
		rec("run", "id", "r", "group_id", "g", "created_at", "2025-03-20T09:00:00Z"))
	answer, err := s.Delete(ctx, admin, schema.DeleteRequest{Kind: "session", ID: "twin-s"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "removed", answer.Removed, map[string]int64{"session": 1, "group": 1, "run": 1})
	same(t, "emptied", answer.Emptied, map[string]int64{"login": 1})
	mustForget(t, s, "ann2")
	if left, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionDelete}); err != nil || len(left.Data) != 1 || len(left.Data[0].Detail) != 0 {
		t.Errorf("the audit list still names the forgotten: %s, %v", asJSON(t, left.Data), err)
	}
	refused(t, schema.DeleteRequest{Kind: "sessions", ID: "x"}.Validate(), schema.CodeInvalid)
}

func TestDuplicatesAreFoundByEmailAndName(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{},
		rec("profile", "id", "a", "name", "Ann  O’Brien-Strauß", "email", "ann@x.edu"),
		rec("profile", "id", "b", "name", "obrien strauss, ANN", "email", " ANN@X.edu"),
		rec("profile", "id", "c", "name", "Somebody Else", "email", "Ann@x.EDU"),
		rec("profile", "id", "d", "name", "ann Obrien STRAUSS"),
		rec("profile", "id", "e", "name", "Nobody", "email", "nobody@x.edu"),
		rec("login", "id", "1", "profile_id", "d", "created_at", "2025-03-20T09:00:00Z"))
	got, err := s.Duplicates(ctx, schema.DuplicatesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, p := range got.Pairs {
		pairs = append(pairs, p.People[0].ProfileID+p.People[1].ProfileID+" "+strings.Join(p.Why, " "))
	}
	same(t, "pairs", pairs, []string{"ab email name", "ac email", "bc email", "da name", "db name"})
	if got.TotalCount != 5 || got.Pairs[3].People[0].RecordsCount != 1 {
		t.Errorf("got %s", asJSON(t, got))
	}
	few, err := s.Duplicates(ctx, schema.DuplicatesRequest{Limit: ptr(2)})
	if err != nil || len(few.Pairs) != 2 || few.TotalCount != 5 {
		t.Errorf("got %s, %v", asJSON(t, few), err)
	}
}

// An import that was read before two people became one, and is taken in after it, follows.
func TestImportThatWaitsFollowsAMerge(t *testing.T) {
	s := twins(t)
	release := holdWriter(t, s)
	var both sync.WaitGroup
	both.Go(func() { mustMerge(t, s, "ann2", "ann") })
	time.Sleep(100 * time.Millisecond) // it waits for the writer by now
	both.Go(func() {
		mustPut(t, s, PutOptions{}, rec("login", "id", "late", "profile_id", "ann2", "created_at", "2025-03-21T09:00:00Z"))
	})
	time.Sleep(100 * time.Millisecond)
	release()
	both.Wait()
	n := int64(0)
	err := s.read(ctx, func(t *tx) (err error) {
		n, err = t.QueryCount(`SELECT count(*) FROM login k JOIN profile p ON p.key = k.profile_key WHERE k.id = 'late' AND p.id = 'ann'`)
		return err
	})
	if err != nil || n != 1 {
		t.Errorf("%d logins are hers, %v", n, err)
	}
	checkRebuild(t, s)
}
