package eventlog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// recordsOf makes records of rows as the store has them made.
func recordsOf(t *testing.T, l *Log, known map[string]string, rows ...schema.LogRow) []string {
	t.Helper()
	return recordsIn(t, l, schema.LogRows{Profiles: known}, rows...)
}

func recordsIn(t *testing.T, l *Log, in schema.LogRows, rows ...schema.LogRow) []string {
	t.Helper()
	for i := range rows {
		rows[i].Digest, rows[i].New, rows[i].File, rows[i].Line = [2]uint64{0, uint64(i + 1)}, true, "log.csv", i+2
	}
	in.Names, in.Rows = map[uint32]string{}, func(yield func(*schema.LogRow, error) bool) {
		for _, r := range rows {
			if !yield(&r, nil) {
				return
			}
		}
	}
	for at, name := range l.Names().All() {
		in.Names[uint32(at)] = name
	}
	var out []string
	for rec, err := range l.Derive(in, func(*schema.LogRow) error { return nil }).Records {
		if err != nil {
			t.Fatal(err)
		}
		text := rec.Kind.Name
		for i := range rec.Kind.Fields {
			text += " " + string(rec.Kind.Fields[i].Append(nil, rec.Values[i]))
		}
		out = append(out, strings.TrimSpace(text))
	}
	return out
}

func newLog(t *testing.T, o Options) *Log {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPeopleKnownByATextAreDescribedByTheSource(t *testing.T) {
	l := newLog(t, Options{Site: "canvas", Describe: func(profile *schema.Record, number uint64, text string) {
		if text == "ana@uni.example" {
			profile.Put("name", "Ana One")
			profile.Put("email", text)
		}
	}})
	at := func(minute schema.Instant, key string, e Event) schema.LogRow {
		return schema.LogRow{At: minute * 60e6, User: NoUser, Name: l.Names().Position(key), Event: uint8(e)}
	}
	got := recordsOf(t, l, map[string]string{"canvas-name-35c376d4": "Said as Sabah"},
		at(1, "ana@uni.example", EventLoggedIn), at(2, "Ben as ana@uni.example", EventOther), at(3, "???", EventOther), at(4, "-", EventOther))
	var profiles []string
	for _, rec := range got {
		if text, ok := strings.CutPrefix(rec, "profile "); ok {
			profiles = append(profiles, text)
		}
	}
	want := []string{
		"canvas-name-35c376d4 Said as Sabah  ta  true", // the name that the database has
		"canvas-ben-as-ana-uni-example-855767f6 Ben as ana@uni.example  ta  true",
		"canvas-ana-uni-example-f8eea017 Ana One ana@uni.example ta  true",
	}
	if !slices.Equal(profiles, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(profiles, "\n\t"), strings.Join(want, "\n\t"))
	}
	if _, reasons := l.Skipped(); fmt.Sprint(reasons) != "map[no user:1]" {
		t.Errorf("skipped %v", reasons)
	}
}

func TestRowsThatTheSourcePassesOverAreCountedOnce(t *testing.T) {
	l := newLog(t, Options{Site: "x"})
	for range 2 {
		l.Begin()
		l.Skip(map[string]int64{"totals line": 1})
		recordsOf(t, l, nil)
		if total, reasons := l.Skipped(); total != 1 || reasons["totals line"] != 1 {
			t.Errorf("skipped %v", reasons)
		}
	}
}

func TestAnEarlierVersionMayHaveReadLessOutOfARow(t *testing.T) {
	at := schema.Instant(60e6)
	known := schema.LogRow{Digest: [2]uint64{0, 1}, At: at, User: 5, Event: uint8(EventOther), EventName: HashOf("anmeldung"), Profile: "x-5"}
	again := known
	again.Event, again.EventName, again.Profile, again.New = uint8(EventLoggedIn), HashOf("user has logged in"), "", true
	l := newLog(t, Options{Site: "x"})
	in := schema.LogRows{Profiles: map[string]string{"x-5": "User 5"}, Rows: func(yield func(*schema.LogRow, error) bool) {
		_ = yield(&known, nil) && yield(&again, nil)
	}}
	var kinds, kept []string
	for rec, err := range l.Derive(in, func(r *schema.LogRow) error { kept = append(kept, fmt.Sprint(r.Event)); return nil }).Records {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, rec.Kind.Name)
	}
	if got := fmt.Sprint(kinds, kept); got != "[profile activity login session] [1]" {
		t.Errorf("got %s", got)
	}
}

func TestTheGapEndsASession(t *testing.T) {
	for gap, want := range map[time.Duration]int{0: 2, 9 * time.Minute: 3, 10 * time.Minute: 2, time.Hour: 1} {
		l := newLog(t, Options{Site: "x", Gap: gap})
		at := func(minute schema.Instant) schema.LogRow { return schema.LogRow{At: minute * 60e6, User: 5} }
		sessions := 0
		for _, rec := range recordsOf(t, l, nil, at(0), at(10), at(41)) {
			if strings.HasPrefix(rec, "session ") {
				sessions++
			}
		}
		if sessions != want {
			t.Errorf("%v: %d sessions, want %d", gap, sessions, want)
		}
	}
}

func TestWhoWasMergedIsNotDescribedAnew(t *testing.T) {
	l := newLog(t, Options{Site: "x", Describe: func(profile *schema.Record, _ uint64, text string) { profile.Put("email", "new@uni.example") }})
	row := schema.LogRow{At: 60e6, User: NoUser, Name: l.Names().Position("Ana")}
	in := schema.LogRows{Profiles: map[string]string{"p1": "Ana Known"}, Aliases: map[string]string{"x-ana": "p1"}}
	if got := recordsIn(t, l, in, row); got[0] != "profile p1 Ana Known  ta  true" {
		t.Errorf("got %s", got[0])
	}
}
