package demo

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// row is a record as text, by the names of its fields.
type row map[string]string

// rows reads a whole demo, by kind.
func rows(t *testing.T, now time.Time, zone *time.Location) map[string][]row {
	t.Helper()
	out := map[string][]row{}
	for r, err := range Records(now, zone) {
		if err != nil {
			t.Fatal(err)
		}
		fields := row{}
		for i := range r.Kind.Fields {
			f := &r.Kind.Fields[i]
			text := string(f.Append(nil, r.Values[i]))
			if _, err := f.Parse(text, zone); err != nil {
				t.Fatalf("%s.%s: %q %v", r.Kind.Name, f.Name, text, err)
			}
			fields[f.Name] = text
		}
		out[r.Kind.Name] = append(out[r.Kind.Name], fields)
	}
	return out
}

func zoneNamed(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	i, err := schema.ParseInstant(text, time.UTC)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return i.Time()
}

// moments are days on which a calendar can go wrong.
var moments = []struct{ name, now, zone string }{
	{"a plain Wednesday", "2025-11-12T14:20:31.5Z", "UTC"},
	{"New Year, seconds old", "2026-01-01T00:00:20+07:00", "Asia/Ho_Chi_Minh"},
	{"a Sunday at night", "2026-03-01T03:10:00-05:00", "America/New_York"},
	{"the clocks go forward", "2026-03-08T03:00:01-04:00", "America/New_York"},
	{"the clocks go back", "2025-11-02T01:30:00-05:00", "America/New_York"},
	{"the day after a leap day", "2028-03-01T09:00:00Z", "UTC"},
	{"the 31st of December", "2026-12-31T23:59:59+07:00", "Asia/Ho_Chi_Minh"},
	{"midnight skipped by the clocks", "2025-09-07T01:05:00-03:00", "America/Santiago"},
}

func TestHoldsAtAnyMoment(t *testing.T) {
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			now, zone := instant(t, m.now), zoneNamed(t, m.zone)
			all := rows(t, now, zone)
			checkReferences(t, all)
			checkPast(t, all, now)
			checkTerms(t, all, now, zone)
			checkRunning(t, all, now)
			checkCounts(t, all)
		})
	}
}

// checkReferences finds every id that is referred to, and each id once.
func checkReferences(t *testing.T, all map[string][]row) {
	t.Helper()
	known := map[string]map[string]bool{}
	for kind, list := range all {
		known[kind] = map[string]bool{}
		for _, r := range list {
			if r["id"] == "" || known[kind][r["id"]] {
				t.Fatalf("%s: id %q is missing or taken", kind, r["id"])
			}
			known[kind][r["id"]] = true
		}
	}
	for _, kind := range schema.Kinds {
		for _, f := range kind.Fields {
			if f.Ref == "" {
				continue
			}
			for _, r := range all[kind.Name] {
				for id := range strings.SplitSeq(r[f.Name], "|") {
					if id != "" && !known[f.Ref][id] {
						t.Fatalf("%s %s: %s %q does not exist", kind.Name, r["id"], f.Name, id)
					}
				}
			}
		}
	}
}

// checkPast finds nothing later than now, and nothing that ends before it begins.
func checkPast(t *testing.T, all map[string][]row, now time.Time) {
	t.Helper()
	for kind, list := range all {
		for _, r := range list {
			for _, field := range []string{"created_at", "updated_at", "ended_at", "completed_at"} {
				if r[field] == "" {
					continue
				}
				at := instant(t, r[field])
				if at.After(now) || at.Before(instant(t, r["created_at"])) {
					t.Fatalf("%s %s: %s %s, created_at %s, now %s", kind, r["id"], field, r[field], r["created_at"], now)
				}
			}
		}
	}
}

// checkTerms finds today in the second of two neighbouring terms, and every
// session in one of them.
func checkTerms(t *testing.T, all map[string][]row, now time.Time, zone *time.Location) {
	t.Helper()
	terms := all[schema.KindTerm]
	if len(terms) != 2 || terms[0]["name"] == terms[1]["name"] {
		t.Fatalf("terms %v", terms)
	}
	var window [2]schema.Window
	for i, term := range terms {
		first, err1 := schema.ParseDay(term["starts_on"])
		last, err2 := schema.ParseDay(term["ends_on"])
		if err1 != nil || err2 != nil {
			t.Fatalf("term %v", term)
		}
		window[i] = schema.DayWindow(first, last, zone)
	}
	at := schema.InstantOf(now)
	if window[0].Until != window[1].From || at < window[1].From || at >= window[1].Until {
		t.Fatalf("terms %v at %s", terms, now)
	}
	for _, s := range all[schema.KindSession] {
		if schema.InstantOf(instant(t, s["created_at"])) < window[0].From {
			t.Fatalf("session %v lies before the first term", s)
		}
	}
}

// checkRunning finds a few sessions without an end that gave a sign within
// minutes of now.
func checkRunning(t *testing.T, all map[string][]row, now time.Time) {
	t.Helper()
	sign := map[string]time.Time{}
	for _, a := range all[schema.KindActivity] {
		sign[a["session_id"]] = instant(t, a["created_at"])
	}
	running := 0
	for _, s := range all[schema.KindSession] {
		if s["ended_at"] == "" && now.Sub(sign[s["id"]]) <= 12*time.Minute {
			running++
		}
	}
	if running < runningCount || running > 20 {
		t.Errorf("%d sessions are running", running)
	}
}

func checkCounts(t *testing.T, all map[string][]row) {
	t.Helper()
	total := 0
	for kind, want := range map[string][2]int{
		schema.KindDepartment: {3, 3}, schema.KindTerm: {2, 2}, schema.KindProfile: {60, 60},
		schema.KindSession: {1000, 2200}, schema.KindLogin: {900, 2200}, schema.KindActivity: {4000, 12000},
		schema.KindGroup: {1000, 4000}, schema.KindRun: {3000, 9000}, schema.KindAttempt: {600, 2000},
		schema.KindChat: {800, 2500}, schema.KindMessage: {5000, 16000}, schema.KindProblem: {40, 140},
		schema.KindGrant: {25, 150}, schema.KindEmulation: {20, 200},
	} {
		n := len(all[kind])
		total += n
		if n < want[0] || n > want[1] {
			t.Errorf("%d records of kind %s, want %d to %d", n, kind, want[0], want[1])
		}
	}
	if total < 20_000 || total > 40_000 {
		t.Errorf("%d records in all", total)
	}
}

func TestSameMomentGivesTheSameRecords(t *testing.T) {
	zone := zoneNamed(t, "Asia/Ho_Chi_Minh")
	now := time.Date(2026, 4, 15, 11, 0, 0, 0, zone)
	one, two := rows(t, now, zone), rows(t, now, zone)
	for kind := range one {
		if !slices.EqualFunc(one[kind], two[kind], func(a, b row) bool { return maps.Equal(a, b) }) {
			t.Errorf("%s differs between two runs", kind)
		}
	}
	// An hour later the sessions of the days before are what they were.
	later := map[string]row{}
	for _, s := range rows(t, now.Add(time.Hour), zone)[schema.KindSession] {
		later[s["profile_id"]+" "+s["created_at"]] = s
	}
	today := schema.DayAt(schema.InstantOf(now), zone).Start(zone)
	for _, s := range one[schema.KindSession] {
		if schema.InstantOf(instant(t, s["created_at"])) < today && later[s["profile_id"]+" "+s["created_at"]] == nil {
			t.Fatalf("session %v is gone an hour later", s)
		}
	}
}

func TestReaderMayStop(t *testing.T) {
	n := 0
	for range Records(time.Date(2026, 4, 15, 11, 0, 0, 0, time.UTC), time.UTC) {
		if n++; n == 1000 {
			break
		}
	}
	if n != 1000 {
		t.Errorf("read %d records", n)
	}
}

func TestSessionsKeepOfficeHours(t *testing.T) {
	zone := zoneNamed(t, "America/New_York")
	all := rows(t, time.Date(2026, 5, 20, 18, 0, 0, 0, zone), zone)
	var weekend, office, evening, night, total float64
	for _, s := range all[schema.KindSession] {
		at := instant(t, s["created_at"]).In(zone)
		total++
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			weekend++
		}
		switch h := at.Hour(); {
		case h >= 8 && h < 18:
			office++
		case h >= 18 && h < 23:
			evening++
		case h < 7:
			night++
		}
	}
	if weekend/total > 0.1 || office/total < 0.75 || evening/total < 0.05 || night > 0 {
		t.Errorf("of %v sessions %v at weekends, %v in office hours, %v in the evening, %v at night",
			total, weekend, office, evening, night)
	}
}

func TestExamsAreBusier(t *testing.T) {
	all := rows(t, time.Date(2026, 5, 20, 18, 0, 0, 0, time.UTC), time.UTC)
	first, err := schema.ParseDay(all[schema.KindTerm][0]["starts_on"])
	if err != nil {
		t.Fatal(err)
	}
	var perWeek [2 * termWeeks]int
	for _, s := range all[schema.KindSession] {
		perWeek[(schema.DayAt(schema.InstantOf(instant(t, s["created_at"])), time.UTC)-first)/7]++
	}
	for _, week := range []int{7, 18} { // midterm and exams of the first term
		if perWeek[week]*2 < perWeek[4]*3 {
			t.Errorf("week %d has %d sessions, an ordinary one %d", week+1, perWeek[week], perWeek[4])
		}
	}
}

func TestSomePeopleNeedFollowUp(t *testing.T) {
	now := time.Date(2026, 5, 20, 18, 0, 0, 0, time.UTC)
	all := rows(t, now, time.UTC)
	last := map[string]time.Time{}
	for _, s := range all[schema.KindSession] {
		last[s["profile_id"]] = instant(t, s["created_at"])
	}
	var absent, gone, inactive, inTwo int
	for _, p := range all[schema.KindProfile] {
		at, came := last[p["id"]]
		switch {
		case p["active"] == "false":
			inactive++
		case !came:
			absent++
		case now.Sub(at) > 20*24*time.Hour:
			gone++
		}
		if strings.Contains(p["department_ids"], "|") {
			inTwo++
		}
	}
	if absent != 2 || gone < 5 || gone > 12 || inactive != 2 || inTwo != 2 {
		t.Errorf("%d never came, %d stopped, %d are inactive, %d are in two departments", absent, gone, inactive, inTwo)
	}

	resolved, kinds := 0, map[string]bool{}
	for _, p := range all[schema.KindProblem] {
		kinds[p["type"]] = true
		if p["resolved"] == "true" {
			resolved++
		}
	}
	if open := len(all[schema.KindProblem]) - resolved; open < 5 || resolved < 2*open || len(kinds) < 5 {
		t.Errorf("%d problems resolved and %d open, of %d types", resolved, open, len(kinds))
	}
}

func TestEmulationsBelongToTheViewer(t *testing.T) {
	all := rows(t, time.Date(2026, 5, 20, 18, 0, 0, 0, time.UTC), time.UTC)
	role, viewer, session := map[string]string{}, map[string]string{}, map[string]string{}
	for _, p := range all[schema.KindProfile] {
		role[p["id"]] = p["role"]
	}
	for _, s := range all[schema.KindSession] {
		viewer[s["id"]] = role[s["profile_id"]]
	}
	for _, g := range all[schema.KindGrant] {
		session[g["id"]] = g["session_id"]
	}
	for _, e := range all[schema.KindEmulation] {
		if viewer[e["session_id"]] == roleTA || role[e["profile_id"]] != roleTA || session[e["grant_id"]] != e["session_id"] {
			t.Fatalf("emulation %v: the viewer is a %s, the person viewed a %s", e, viewer[e["session_id"]], role[e["profile_id"]])
		}
	}
}

func TestCostFollowsTokens(t *testing.T) {
	prices := map[string]model{talker.name: talker, grader.name: grader, local.name: local}
	cost := schema.KindNamed(schema.KindRun).Field("cost")
	seen := map[string]int{}
	for r, err := range Records(time.Date(2026, 5, 20, 18, 0, 0, 0, time.UTC), time.UTC) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind.Name != schema.KindRun {
			continue
		}
		m := prices[r.Get("model").Text]
		seen[m.name]++
		want := m.cost(int(r.Get("input_tokens").Int), int(r.Get("cached_input_tokens").Int), int(r.Get("output_tokens").Int))
		if got := schema.Money(r.Values[cost].Int); got != want || got == 0 {
			t.Fatalf("run %s costs %s, want %s", r.Get("id").Text, got, want)
		}
	}
	if len(seen) != 3 {
		t.Errorf("models %v", seen)
	}
}

func BenchmarkRecords(b *testing.B) {
	zone := zoneNamed(b, "Asia/Ho_Chi_Minh")
	now := time.Date(2026, 4, 15, 11, 0, 0, 0, zone)
	for b.Loop() {
		n := 0
		for range Records(now, zone) {
			n++
		}
		b.ReportMetric(float64(n), "records/op")
	}
}
