package store

import (
	"strings"
	"testing"

	"glow/schema"
)

// from is a record as it stands in a file, without some of its fields.
func from(file string, line int, r schema.Record, absent ...string) schema.Record {
	r.File, r.Line = file, line
	for _, name := range absent {
		r.Absent |= 1 << r.Kind.Field(name)
	}
	return r
}

// known is a record of which an input has the id and the given fields alone.
func known(kind string, pairs ...string) schema.Record {
	r := schema.KindNamed(kind).NewRecord()
	given := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		given[pairs[i]] = true
		r.Put(pairs[i], pairs[i+1])
	}
	for i, f := range r.Kind.Fields {
		if !given[f.Name] {
			r.Absent |= 1 << i
		}
	}
	if err := r.Finish(); err != nil {
		panic(err)
	}
	return r
}

func profileOf(t *testing.T, s *Store, id string) schema.ProfileResource {
	t.Helper()
	p, err := s.Person(ctx, everyone, id)
	if err != nil {
		t.Fatal(err)
	}
	return p.ProfileResource
}

func TestFieldsThatAnInputDoesNotHaveStay(t *testing.T) {
	for _, live := range []bool{false, true} {
		s := openStore(t, Options{})
		mustPut(t, s, PutOptions{}, university()...)
		cy := profileOf(t, s, "cy")
		got := mustPut(t, s, PutOptions{Live: live}, known("profile", "id", "cy", "name", "Cy New"))
		same(t, "the answer", got.Changed, map[string]map[string]int64{"profile": {"name": 1}})
		cy.Name = "Cy New"
		same(t, "the person", profileOf(t, s, "cy"), cy)

		mustPut(t, s, PutOptions{Live: live}, known("profile", "id", "cy", "department_ids", "", "active", "", "email", "cy@example.edu"))
		email := "cy@example.edu"
		same(t, "what is empty is cleared, or its default", profileOf(t, s, "cy"),
			schema.ProfileResource{Name: "Cy New", Email: &email, Role: "ta", DepartmentIDs: []string{}, Active: true})

		got = mustPut(t, s, PutOptions{Live: live}, known("session", "id", "s1"))
		if got.Tally != (schema.Tally{Unchanged: 1}) || got.Changed != nil {
			t.Errorf("nothing but an id: got %+v", got)
		}
		mustPut(t, s, PutOptions{Live: live}, known("chat", "id", "c1", "attempt_id", ""))
		if text := dump(t, s, "chat"); !strings.Contains(text, "attempt_key=<nil>") || !strings.Contains(text, `name="Talk"`) {
			t.Errorf("a reference: got %s", text)
		}
		mustRefresh(t, s, false)
		checkRebuild(t, s)
	}
}

func TestNewRecordNeedsWhatAKnownOneHas(t *testing.T) {
	for _, o := range []PutOptions{{}, {Live: true}, {DryRun: true}} {
		s := openStore(t, Options{})
		mustPut(t, s, PutOptions{}, university()...)
		if got := mustPut(t, s, o, known("profile", "id", "ann", "email", "new@example.edu")); got.Updated != 1 {
			t.Errorf("%+v: known: got %+v", o, got.Tally)
		}
		r := known("profile", "id", "zed", "email", "z@example.edu")
		r.File, r.Line = "profiles.csv", 2
		_, err := s.Put(ctx, input(itemsOf(r)), o)
		same(t, "new", refused(t, err, schema.CodeInvalid).Fields,
			[]schema.Fault{{File: "profiles.csv", Line: 2, Field: "name", Message: "is missing; every profile needs one"}})
	}
}

// What is taken and what is refused of one post must be the same when it shares its
// commit with others.
func TestLivePostsOfKnownAndNewPeopleTogether(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	posts := []schema.Record{
		known("profile", "id", "new", "name", "New"), known("profile", "id", "lacking", "email", "x@example.edu"),
		known("profile", "id", "ann", "email", "a@example.edu"), known("session", "id", "s1", "ended_at", "2025-03-14T08:00:00Z"),
	}
	errs := make(chan error, len(posts))
	for _, r := range posts {
		go func() {
			_, err := s.Put(ctx, input(itemsOf(r)), PutOptions{Live: true})
			errs <- err
		}()
	}
	failed := 0
	for range posts {
		if err := <-errs; err != nil {
			refused(t, err, schema.CodeInvalid)
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d posts were refused, not 2", failed)
	}
	if got := profileOf(t, s, "ann"); got.Name != "Ann Lee" || *got.Email != "a@example.edu" {
		t.Errorf("got %+v", got)
	}
}

func TestTimesAreCheckedAgainstThoseThatAreThere(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	for field, r := range map[string]schema.Record{
		"ended_at":            known("session", "id", "s1", "ended_at", "2025-03-14T08:59:59Z"),
		"completed_at":        known("attempt", "id", "at1", "created_at", "2025-03-14T09:20:01Z"),
		"updated_at":          known("problem", "id", "p1", "updated_at", "2025-03-14T09:12:59Z"),
		"ends_on":             known("term", "id", "spring", "starts_on", "2025-07-01"),
		"cached_input_tokens": known("run", "id", idsIn(t, s, "run")[0], "input_tokens", "0"),
	} {
		_, err := s.Put(ctx, input(itemsOf(r)), PutOptions{})
		if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != field {
			t.Errorf("%s: got %v", field, e)
		}
	}
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("it changed something:\n%s", difference(after, before))
	}
	// What lies in old databases stays, and does not stand in the way of other fields.
	if err := s.write(ctx, func(t *tx) error { return t.Exec(`UPDATE session SET ended_at = 1 WHERE id = 's1'`) }); err != nil {
		t.Fatal(err)
	}
	if got := mustPut(t, s, PutOptions{}, known("session", "id", "s1", "profile_id", "bob")); got.Updated != 1 {
		t.Errorf("got %+v", got.Tally)
	}
}

func TestRecordsOfOneIDThatDisagreeAreAFaultOfTheSecond(t *testing.T) {
	s := openStore(t, Options{})
	d := func(name string) schema.Record { return rec("department", "id", "d", "name", name) }
	items := itemsOf(from("a.csv", 2, d("One")), from("a.csv", 5, d("One")), from("a.csv", 7, d("Two")), from("b.csv", 3, d("Three")), from("b.csv", 4, d("One")))
	_, err := s.Put(ctx, input(items), PutOptions{})
	same(t, "faults", refused(t, err, schema.CodeInvalid).Fields, []schema.Fault{
		{File: "a.csv", Line: 7, Field: "name", Message: "differs from line 2, which has the same id; records of one id in one input must agree"},
		{File: "b.csv", Line: 3, Field: "name", Message: "differs from a.csv, line 2, which has the same id; records of one id in one input must agree"},
	})
	got, err := s.Put(ctx, input(items), PutOptions{SkipInvalid: true})
	if err != nil || got.Tally != (schema.Tally{Inserted: 1, Unchanged: 2, Rejected: 2}) {
		t.Errorf("got %+v, %v", got.Tally, err)
	}
}

func TestRecordsOfOneIDWithOtherFieldsAreOne(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	got := mustPut(t, s, PutOptions{},
		from("emails.csv", 2, known("profile", "id", "zed", "email", "z@example.edu")), from("names.csv", 2, known("profile", "id", "zed", "name", "Zed", "role", "coach")))
	if got.Tally != (schema.Tally{Inserted: 1, Unchanged: 1}) {
		t.Errorf("got %+v", got.Tally)
	}
	email := "z@example.edu"
	same(t, "combined", profileOf(t, s, "zed"), schema.ProfileResource{Name: "Zed", Email: &email, Role: "coach", DepartmentIDs: []string{}, Active: true})

	// What they say together is checked, too.
	_, err := s.Put(ctx, input(itemsOf(
		from("a.csv", 2, known("session", "id", "x", "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z")),
		from("b.csv", 2, known("session", "id", "x", "ended_at", "2025-03-14T08:00:00Z")))), PutOptions{})
	if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "ended_at" {
		t.Errorf("got %v", e)
	}
}

// Identical records without an id are several in one file, and the same in two.
func TestIdenticalRecordsAreToldApartByFile(t *testing.T) {
	login := rec("login", "profile_id", "ann", "created_at", "2025-03-20T09:00:00Z")
	a, b := from("a.csv", 2, login), from("b.csv", 2, login)
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	if got := mustPut(t, s, PutOptions{}, a, a, b, b, b); got.Tally != (schema.Tally{Inserted: 3, Unchanged: 2}) {
		t.Errorf("together: got %+v", got.Tally)
	}
	other := openStore(t, Options{})
	mustPut(t, other, PutOptions{}, university()...)
	mustPut(t, other, PutOptions{}, b, b, b)
	mustPut(t, other, PutOptions{}, a, a)
	same(t, "one after the other", idsIn(t, other, "login"), idsIn(t, s, "login"))
}

func TestRoleThatNobodyHasIsRefusedWithThoseThereAre(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for _, c := range []struct {
		scope schema.Scope
		roles []string
		want  string
	}{
		{everyone, []string{"TA", "coach"}, ""},
		{everyone, []string{"ta", "tutor"}, `nobody has the role "tutor"; there are "Coach", "ta"`},
		{schema.Scope{ProfileID: "ann"}, []string{"Ta"}, ""},
		{schema.Scope{ProfileID: "ann"}, []string{"Coach"}, `nobody has the role "Coach"; there are "ta"`},
		{schema.Scope{DepartmentIDs: []string{"none"}}, []string{"ta"}, `nobody has the role "ta"; there are no people here`},
	} {
		f := schema.Filter{Roles: c.roles}
		_, errA := s.Activity(ctx, c.scope, schema.ActivityRequest{Filter: f})
		_, errS := s.Sessions(ctx, c.scope, schema.SessionsRequest{Filter: f})
		_, errP := s.Problems(ctx, c.scope, schema.ProblemsRequest{Filter: f})
		for _, err := range []error{errA, errS, errP} {
			if c.want == "" {
				if err != nil {
					t.Errorf("%v: %v", c.roles, err)
				}
				continue
			}
			if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "roles" || e.Fields[0].Message != c.want {
				t.Errorf("%v: got %v", c.roles, e)
			}
		}
	}
	// A role that the last person gave up is nobody's any more.
	mustPut(t, s, PutOptions{}, known("profile", "id", "bob", "role", "ta"))
	_, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{Roles: []string{"coach"}}})
	refused(t, err, schema.CodeInvalid)
}
