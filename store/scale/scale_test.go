package scale

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// seen is what a load is checked by.
type seen struct {
	kinds    []string // in the order in which they came
	count    map[string]int
	known    map[string]map[string]bool // ids by kind
	person   map[string]string          // of a session
	children map[string]map[string]int  // records by kind, by session
}

// read goes through a load and checks each record on the way.
func read(t *testing.T, records iter.Seq2[*schema.Record, error], days int) seen {
	t.Helper()
	out := seen{
		count: map[string]int{}, known: map[string]map[string]bool{},
		person: map[string]string{}, children: map[string]map[string]int{},
	}
	for _, k := range schema.Kinds {
		out.known[k.Name], out.children[k.Name] = map[string]bool{}, map[string]int{}
	}
	span := schema.DayWindow(End-schema.Day(days), End-1, time.UTC)
	attemptSession := map[string]string{}
	var latest schema.Instant
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		kind := r.Kind.Name
		if out.count[kind]++; out.count[kind] == 1 {
			out.kinds = append(out.kinds, kind)
		}
		checkValues(t, r, out.known)
		if id := r.Get("id"); id.Set {
			if out.known[kind][id.Text] {
				t.Fatalf("%s %s comes twice", kind, id.Text)
			}
			out.known[kind][id.Text] = true
		}
		created := schema.Instant(r.Get("created_at").Int)
		if r.Kind.Timed() && (created < span.From || created >= span.Until) {
			t.Fatalf("%s lies outside the load: %s", kind, created)
		}
		switch session := r.Get("session_id").Text; {
		case kind == schema.KindSession:
			if created < latest {
				t.Fatalf("session at %s follows one at %s", created, latest)
			}
			latest = created
			out.person[r.Get("id").Text] = r.Get("profile_id").Text
		case session != "":
			out.children[kind][session]++
			if p := r.Get("profile_id"); p.Set && kind != schema.KindEmulation && out.person[session] != p.Text {
				t.Fatalf("%s of %s in a session of %s", kind, p.Text, out.person[session])
			}
			if kind == schema.KindAttempt {
				attemptSession[r.Get("id").Text] = session
			}
			if a := r.Get("attempt_id"); a.Set && attemptSession[a.Text] != session {
				t.Fatalf("chat in session %s of an attempt in %s", session, attemptSession[a.Text])
			}
		}
	}
	return out
}

// checkValues finds values that do not hold by the rules of their fields,
// references to nothing, and times before the record's own.
func checkValues(t *testing.T, r *schema.Record, known map[string]map[string]bool) {
	t.Helper()
	var text []byte
	for i := range r.Kind.Fields {
		f, v := &r.Kind.Fields[i], r.Values[i]
		if text = f.Append(text[:0], v); v.Set {
			if _, err := f.Parse(string(text), time.UTC); err != nil {
				t.Fatalf("%s.%s: %q %v", r.Kind.Name, f.Name, text, err)
			}
		}
		if f.Type == schema.Time && v.Set && v.Int < r.Get("created_at").Int {
			t.Fatalf("%s.%s lies before created_at", r.Kind.Name, f.Name)
		}
		if f.Ref != "" && v.Set {
			for id := range strings.SplitSeq(string(text), "|") {
				if !known[f.Ref][id] {
					t.Fatalf("%s.%s: %q does not exist", r.Kind.Name, f.Name, id)
				}
			}
		}
	}
	if id := r.Get("id").Set; id != r.Kind.IDRequired() {
		t.Fatalf("%s brings an id: %t", r.Kind.Name, id)
	}
}

func TestLoadHoldsItsPromise(t *testing.T) {
	got := read(t, Load(0.01), 365)
	if want := schema.KindNames()[:len(schema.Kinds)-1]; !slices.Equal(got.kinds, want) { // but mappings
		t.Errorf("kinds came as %v, want %v", got.kinds, want)
	}
	for kind, want := range map[string]int{
		schema.KindDepartment: 20, schema.KindTerm: 2, schema.KindProfile: 5000,
		schema.KindSession: 10_000, schema.KindLogin: 12_000, schema.KindGrant: 500,
		schema.KindEmulation: 200, schema.KindActivity: 60_000, schema.KindProblem: 300,
		schema.KindGroup: 10_000, schema.KindRun: 30_000, schema.KindAttempt: 4_000,
		schema.KindChat: 8_000, schema.KindMessage: 30_000,
	} {
		if got.count[kind] != want {
			t.Errorf("%d records of kind %s, want %d", got.count[kind], kind, want)
		}
	}
}

func TestLoadIsHeavyTailed(t *testing.T) {
	got := read(t, Load(0.02), 365)
	perPerson := map[string]int{}
	for _, person := range got.person {
		perPerson[person]++
	}
	busiest := slices.Sorted(func(yield func(int) bool) {
		for _, n := range perPerson {
			if !yield(-n) {
				return
			}
		}
	})
	top := 0
	for _, n := range busiest[:People/100] {
		top -= n
	}
	if sessions := len(got.person); top*100 < sessions*10 {
		t.Errorf("the busiest hundredth has %d of %d sessions, less than a tenth", top, sessions)
	}
	if len(perPerson) > People-50 {
		t.Errorf("%d of %d people came; fifty never should", len(perPerson), People)
	}
	most := 0
	for _, n := range got.children[schema.KindActivity] {
		most = max(most, n)
	}
	if most < 30 || len(got.children[schema.KindChat]) > len(got.person)*3/4 {
		t.Errorf("at most %d activity records in a session, chats in %d of %d",
			most, len(got.children[schema.KindChat]), len(got.person))
	}
}

func TestOddFactorsHold(t *testing.T) {
	// Counts that fill no block of parents, and halves that round apart.
	for _, factor := range []float64{0.010003, 0.0101237} {
		read(t, Load(factor), 365)
	}
}

func TestLargerLoadsSpanMoreDays(t *testing.T) {
	for _, c := range []struct {
		name    string
		records iter.Seq2[*schema.Record, error]
		days    schema.Day
	}{
		{"Load(10)", Load(10), 3650},
		{"LoadDense(10)", LoadDense(10), 365},
		{"LoadDense(0.1)", LoadDense(0.1), 365},
	} {
		for r, err := range c.records {
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind.Name != schema.KindSession {
				continue
			}
			day := schema.DayAt(schema.Instant(r.Get("created_at").Int), time.UTC)
			if day != End-c.days {
				t.Errorf("%s begins on %s, want %s", c.name, day, End-c.days)
			}
			break
		}
	}
	l := newLoad(10, Days(10))
	last := l.sessionNumbered(l.sessions - 1).created
	if day := schema.DayAt(last, time.UTC); day != End-1 || l.sessions != 10_000_000 {
		t.Errorf("the last of %d sessions is on %s", l.sessions, day)
	}
}

func TestSameFactorGivesTheSameRecords(t *testing.T) {
	next, stop := iter.Pull2(Load(0.01))
	defer stop()
	for one := range Load(0.01) {
		two, _, ok := next()
		if !ok || one.Kind != two.Kind {
			t.Fatal("two runs differ in length")
		}
		for i := range one.Values {
			if a, b := one.Values[i], two.Values[i]; a.Int != b.Int || a.Text != b.Text || !slices.Equal(a.List, b.List) {
				t.Fatalf("%s.%s differs between two runs", one.Kind.Name, one.Kind.Fields[i].Name)
			}
		}
	}
	if _, _, ok := next(); ok {
		t.Fatal("two runs differ in length")
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range Load(0.1) {
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
