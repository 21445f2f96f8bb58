package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// A filter by a department that the caller may not see must not answer for
// everybody else.
func TestFilterOutsideOnesScopeIsRefused(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	coordinator, ta := schema.Scope{DepartmentIDs: []string{"cs"}}, schema.Scope{ProfileID: "ann"}
	for _, c := range []struct {
		scope schema.Scope
		f     schema.Filter
		code  schema.Code
		field string
	}{
		{coordinator, schema.Filter{DepartmentIDs: []string{"bio"}}, schema.CodeForbidden, ""},
		{coordinator, schema.Filter{DepartmentIDs: []string{"cs", "bio"}}, schema.CodeForbidden, ""},
		{coordinator, schema.Filter{DepartmentIDs: []string{"nothing"}}, schema.CodeForbidden, ""}, // as for one that is there
		{ta, schema.Filter{DepartmentIDs: []string{"bio"}}, schema.CodeForbidden, ""},
		{schema.Scope{}, schema.Filter{DepartmentIDs: []string{"cs"}}, schema.CodeForbidden, ""},
		{everyone, schema.Filter{DepartmentIDs: []string{"nothing"}}, schema.CodeInvalid, "department_ids"},
		{everyone, schema.Filter{Term: "nothing"}, schema.CodeInvalid, "term"},
		{everyone, schema.Filter{DateFrom: "soon"}, schema.CodeInvalid, "date_from"},
		{everyone, schema.Filter{DateFrom: "2025-03-02", DateTo: "2025-03-01"}, schema.CodeInvalid, "date_to"},
	} {
		_, activity := s.Activity(ctx, c.scope, schema.ActivityRequest{Filter: c.f})
		_, sessions := s.Sessions(ctx, c.scope, schema.SessionsRequest{Filter: c.f})
		_, problems := s.Problems(ctx, c.scope, schema.ProblemsRequest{Filter: c.f})
		_, export := s.Export(ctx, c.scope, schema.ExportRequest{Filter: c.f}, func([]Table) error { return nil })
		for _, err := range []error{activity, sessions, problems, export} {
			if e := refused(t, err, c.code); c.field != "" && e.Fields[0].Field != c.field {
				t.Errorf("%+v: got %v, want a fault of %s", c.f, err, c.field)
			}
		}
	}
}

func TestAnUnknownTermIsAnsweredWithThoseThereAre(t *testing.T) {
	s := openStore(t, Options{})
	told := func(want string) {
		t.Helper()
		_, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{Term: "summer"}})
		if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Message != want {
			t.Errorf("got %q, want %q", e.Fields[0].Message, want)
		}
	}
	told(`there is no term "summer", and none at all yet; import them as terms.csv`)
	for year := range 10 {
		mustPut(t, s, PutOptions{}, rec("term", "id", fmt.Sprint(2020+year), "name", "x", "starts_on", fmt.Sprint(2020+year, "-01-01"), "ends_on", fmt.Sprint(2020+year, "-06-30")))
	}
	told(`there is no term "summer"; there are "2029", "2028", "2027", "2026", "2025", "2024", "2023", "2022", …`)
}

// For a caller, what is outside its scope is as what never was.
func TestSomebodyOutsideOnesScopeDoesNotExist(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	bio := schema.Scope{DepartmentIDs: []string{"bio"}}
	for _, ids := range [][2]string{{"ann", "s1"}, {"nobody", "no"}} {
		_, a := s.Activity(ctx, bio, schema.ActivityRequest{SummaryProfileID: ids[0]})
		_, b := s.Sessions(ctx, bio, schema.SessionsRequest{ProfileID: ids[0]})
		_, c := s.Session(ctx, bio, schema.SessionRequest{SessionID: ids[1]})
		for _, err := range []error{a, b, c} {
			if e := refused(t, err, schema.CodeNotFound); !strings.Contains(e.Message, ids[0]) && !strings.Contains(e.Message, ids[1]) {
				t.Errorf("got %v", err)
			}
		}
	}
}

func TestPersonInTwoChosenDepartmentsCountsOnce(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for _, f := range []schema.Filter{{DepartmentIDs: []string{"bio", "cs"}}, {DepartmentIDs: []string{"cs", "bio", "cs"}}, {}} {
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: f})
		if want := (schema.Counts{Sessions: 2, CompletedSessions: 1, ActiveProfiles: 2, Logins: 1, Emulations: 1}); err != nil || a.Counts != want {
			t.Errorf("%v: got %+v, %v, want %+v", f, a.Counts, err, want)
		}
	}
}

func TestInactivePersonIsListedOnlyWithRecordsInTheWindow(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university(), rec("login", "profile_id", "cy", "created_at", "2025-04-01T09:00:00Z"))...)
	for _, c := range []struct {
		from string
		want int64
	}{{"2025-04-01", 3}, {"2025-04-02", 2}} {
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: c.from}})
		if err != nil || a.ProfileSummaryTotal != c.want {
			t.Errorf("from %s: %d people, %v, want %d", c.from, a.ProfileSummaryTotal, err, c.want)
		}
	}
}

func TestInactiveDaysAreThoseOfTheCalendar(t *testing.T) {
	now := time.Date(2025, 3, 10, 16, 0, 0, 0, time.UTC) // noon in New York, the day after the clocks were set
	s := openStore(t, Options{Zone: mustZone("America/New_York"), Now: func() time.Time { return now }})
	mustPut(t, s, PutOptions{},
		rec("profile", "id", "never", "name", "Never"),
		rec("profile", "id", "before", "name", "Before"), rec("login", "profile_id", "before", "created_at", "2025-03-08T17:00:00Z"),
		rec("profile", "id", "after", "name", "After"), rec("login", "profile_id", "after", "created_at", "2025-03-08T17:00:00.000001Z"),
		rec("profile", "id", "today", "name", "Today"), rec("login", "profile_id", "today", "created_at", "2025-03-10T16:00:00Z")) // so far the records reach
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{InactiveDays: ptr(2)})
	if err != nil || a.ProfileSummaryTotal != 2 || a.ProfileSummary[0].ProfileID != "before" || a.ProfileSummary[1].ProfileID != "never" {
		t.Errorf("got %s, %v", asJSON(t, a.ProfileSummary), err)
	}
}

func TestSeriesOfNothingIsAnEmptyList(t *testing.T) {
	s := openStore(t, Options{})
	for _, f := range []schema.Filter{{}, {DateFrom: "2025-01-01"}} {
		a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: f, Interval: schema.IntervalDay})
		if err != nil || a.Series == nil || len(a.Series) != 0 || !strings.Contains(asJSON(t, a), `"series": []`) {
			t.Errorf("%v: got %s, %v", f, asJSON(t, a), err)
		}
	}
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil || strings.Contains(asJSON(t, a), `"series"`) || strings.Contains(asJSON(t, a), `"previous"`) {
		t.Errorf("what was not asked for is answered: %s, %v", asJSON(t, a), err)
	}
	a, err = s.Activity(ctx, everyone, schema.ActivityRequest{Filter: schema.Filter{DateFrom: "2025-01-01", DateTo: "2025-01-03"}, Interval: schema.IntervalDay})
	if err != nil || len(a.Series) != 3 {
		t.Errorf("got %s, %v, want three days of nothing", asJSON(t, a.Series), err)
	}
}

// A record of the first year that there is, or of the last, is a slip of
// somebody's clock. The series tells of it and of all others, in few steps.
func TestSeriesLeavesOutTheEmptyStepsOfThousandsOfYears(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university(),
		rec("login", "profile_id", "ann", "created_at", "1970-01-01T00:00:00Z"), rec("login", "profile_id", "ann", "created_at", "9999-12-31T09:59:59Z"))...)
	for _, f := range []schema.Filter{{}, {DateFrom: "1970-01-01", DateTo: "9999-12-31"}, {DateTo: "9999-12-31"}} {
		for interval, ends := range map[string][2]string{
			schema.IntervalDay: {"1970-01-01", "9999-12-31"}, schema.IntervalWeek: {"1969-12-29", "9999-12-27"}, schema.IntervalMonth: {"1970-01-01", "9999-12-01"},
		} {
			a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Filter: f, Interval: interval})
			if err != nil {
				t.Fatalf("%s: %v", interval, err)
			}
			var sum schema.Counts
			for i, step := range a.Series {
				sum.Sessions, sum.Logins = sum.Sessions+step.Sessions, sum.Logins+step.Logins
				if step.Counts == (schema.Counts{}) || i > 0 && step.StartsOn <= a.Series[i-1].EndsOn {
					t.Errorf("%s: step %s stands between others, with %+v", interval, step.StartsOn, step.Counts)
				}
			}
			if len(a.Series) < 3 || a.Series[0].StartsOn.String() != ends[0] || a.Series[len(a.Series)-1].StartsOn.String() != ends[1] {
				t.Errorf("%s: the series is %s", interval, asJSON(t, a.Series))
			}
			if sum.Sessions != a.Sessions || sum.Logins != a.Logins || a.Logins < 2 {
				t.Errorf("%s: the steps add up to %+v, and there are %+v", interval, sum, a.Counts)
			}
		}
	}
}

func TestSeriesOfTooManyStepsWithRecordsIsRefused(t *testing.T) {
	alone(t)
	s := openStore(t, Options{})
	records := university()
	for i := range maxSteps + 1 {
		records = append(records, rec("login", "profile_id", "ann", "created_at", schema.Day(3*i).String()+"T09:00:00Z"))
	}
	mustPut(t, s, PutOptions{}, records...)
	_, err := s.Activity(ctx, everyone, schema.ActivityRequest{Interval: schema.IntervalDay})
	if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "interval" {
		t.Errorf("got %v", err)
	}
	if a, err := s.Activity(ctx, everyone, schema.ActivityRequest{Interval: schema.IntervalWeek}); err != nil || len(a.Series) < 4000 {
		t.Errorf("by week: %d steps, %v", len(a.Series), err)
	}
}

// Whoever asks for an open window learns nothing of when others had records.
func TestSeriesReachesOnlyToOnesOwnRecords(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university(), rec("login", "profile_id", "cy", "created_at", "2019-01-01T09:00:00Z"))...)
	a, err := s.Activity(ctx, schema.Scope{ProfileID: "ann"}, schema.ActivityRequest{Interval: schema.IntervalMonth})
	if err != nil || len(a.Series) != 1 || a.Series[0].StartsOn.String() != "2025-03-01" {
		t.Errorf("got %s, %v", asJSON(t, a.Series), err)
	}
}

func TestPagesHoldEverySessionOnce(t *testing.T) {
	s := openStore(t, Options{Zone: mustZone("Asia/Ho_Chi_Minh")})
	records := university()[:6]
	for i := range 250 {
		r := rec("session", "id", "s"+number(int64(i*7919%1000)), "profile_id", []string{"ann", "bob"}[i%2], "created_at", "2024-12-20T09:00:00Z")
		r.PutInt("created_at", r.Get("created_at").Int+int64(i/3)*7*3600e6) // three at a time, over two months and a year's end
		records = append(records, r)
	}
	mustPut(t, s, PutOptions{}, records...)
	for _, order := range []string{schema.Ascending, schema.Descending} {
		for _, scope := range []schema.Scope{everyone, {DepartmentIDs: []string{"cs"}}} {
			seen := map[string]bool{}
			var last *schema.SessionListItem
			for page := 1; page <= 37; page++ {
				answer, err := s.Sessions(ctx, scope, schema.SessionsRequest{Paging: schema.Paging{Page: &page, PageSize: ptr(7)}, SortOrder: order})
				if err != nil || answer.TotalCount != 250 || answer.TotalPages != 36 {
					t.Fatalf("page %d: got %+v, %v", page, answer.Page, err)
				}
				for i := range answer.Data {
					item := &answer.Data[i]
					if last != nil && (order == schema.Ascending) != (last.SessionCreatedAt < item.SessionCreatedAt ||
						last.SessionCreatedAt == item.SessionCreatedAt && last.SessionID < item.SessionID) {
						t.Fatalf("page %d, %s: %s comes after %s", page, order, item.SessionID, last.SessionID)
					}
					seen[item.SessionID], last = true, item
				}
			}
			if len(seen) != 250 {
				t.Errorf("%s: %d sessions on all pages", order, len(seen))
			}
		}
	}
}

// The cost of a page follows the months in which there are records, not how far
// apart they lie.
func TestPagesDoNotWalkThroughEmptyMonths(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university()[:6],
		rec("session", "id", "s-first", "profile_id", "ann", "created_at", "1970-01-01T09:00:00Z"),
		rec("session", "id", "s-now", "profile_id", "bob", "created_at", "2025-03-01T09:00:00Z"),
		rec("session", "id", "s-last", "profile_id", "ann", "created_at", "9999-12-31T09:00:00Z"))...)
	for _, scope := range []schema.Scope{everyone, {DepartmentIDs: []string{"cs", "bio"}}} {
		err := s.read(ctx, func(x *tx) error {
			h, err := s.history(x, scope, schema.SessionsRequest{})
			if err != nil {
				return err
			}
			list, err := h.buckets(x, 0, schema.DayOf(9999, 12, 31), schema.IntervalMonth)
			if len(list) != 3 || list[0].sessions+list[1].sessions+list[2].sessions != 3 {
				t.Errorf("%v: three months with a session each are %d stretches", scope, len(list))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for order, want := range map[string][]string{schema.Ascending: {"s-first", "s-now", "s-last"}, schema.Descending: {"s-last", "s-now", "s-first"}} {
			for i, id := range want {
				got, err := s.Sessions(ctx, scope, schema.SessionsRequest{Paging: schema.Paging{Page: ptr(i + 1), PageSize: ptr(1)}, SortOrder: order})
				if err != nil || len(got.Data) != 1 || got.Data[0].SessionID != id || got.TotalCount != 3 {
					t.Errorf("%v, %s, page %d: got %s, %v; want %s", scope, order, i+1, asJSON(t, got), err, id)
				}
			}
		}
	}
}

func TestRefreshNamesWhatItComputes(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	partial, err := s.Refresh(ctx, schema.RefreshRequest{})
	if err != nil || !partial.Success || partial.Rows != 0 {
		t.Errorf("nothing is stale: got %+v, %v", partial, err)
	}
	full, err := s.Refresh(ctx, schema.RefreshRequest{Full: true})
	if err != nil || full.Rows == 0 || len(full.RefreshedViews) != len(SummaryTables()) || full.RefreshedAt == 0 {
		t.Errorf("got %+v, %v", full, err)
	}
	known := allTables(t, s)
	for _, name := range full.RefreshedViews {
		if !strings.Contains(strings.Join(known, " ")+" ", name+" ") {
			t.Errorf("there is no table %s", name)
		}
	}
}

func TestUnknownDepartmentsAreThoseThatAreNotThere(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	got, err := s.UnknownDepartments(ctx, []string{"cs", "x", "bio", "a", "x"})
	if err != nil || strings.Join(got, " ") != "a x" {
		t.Errorf("got %v, %v", got, err)
	}
}
