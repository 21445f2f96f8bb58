package schema

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestTimesAreReadWithAnyOffsetAndGoOutInUTC(t *testing.T) {
	for in, want := range map[string]string{
		"2025-03-14T15:09:26Z":             "2025-03-14T15:09:26Z",
		"2025-03-14t15:09:26z":             "2025-03-14T15:09:26Z",
		"2025-03-14T15:09:26+07:00":        "2025-03-14T08:09:26Z",
		"2025-03-14T15:09:26-03:30":        "2025-03-14T18:39:26Z",
		"2025-03-14T15:09:26+00:00":        "2025-03-14T15:09:26Z",
		"2025-03-14T15:09:26-00:00":        "2025-03-14T15:09:26Z",
		"2025-03-14T23:59:59+23:59":        "2025-03-14T00:00:59Z",
		"2025-03-14T15:09:26.5Z":           "2025-03-14T15:09:26.5Z",
		"2025-03-14T15:09:26.123456Z":      "2025-03-14T15:09:26.123456Z",
		"2025-03-14T15:09:26.120000Z":      "2025-03-14T15:09:26.12Z",
		"2025-03-14T15:09:26.000000+01:00": "2025-03-14T14:09:26Z",
		"2024-02-29T00:00:00Z":             "2024-02-29T00:00:00Z",
		"1970-01-01T00:00:00Z":             "1970-01-01T00:00:00Z",
		"9999-12-31T09:59:59.999999Z":      "9999-12-31T09:59:59.999999Z",
		"9999-12-31T23:59:59.999999+14:00": "9999-12-31T09:59:59.999999Z",
	} {
		got, err := ParseInstant(in, time.UTC)
		if err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v, want %s", in, got, err, want)
		}
	}
}

func TestTimesThatAreNoneAreErrorsThatSayWhy(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "not a time",
		"2025-03-14":                     "not a time",
		"2025-03-14 15:09:26Z":           "not a time",
		"2025-03-14T15:09Z":              "not a time",
		"2025-03-14T15:09:26,5Z":         "not a time",
		"2025-03-14T15:09:26.Z":          "not a time",
		"2025-03-14T15:09:26+0700":       "not a time",
		"2025-03-14T15:09:26+07":         "not a time",
		"2025-03-14T15:09:26+24:00":      "not a time",
		"2025-03-14T15:09:26+07:60":      "not a time",
		"2025-03-14T15:09:26Z ":          "not a time",
		" 2025-03-14T15:09:26Z":          "not a time",
		"2025-03-14T15:09:26ZZ":          "not a time",
		"12025-03-14T15:09:26Z":          "not a time",
		"2025-3-14T15:09:26Z":            "not a time",
		"1741964966":                     "not a time",
		"2025-02-29T00:00:00Z":           "date that does not exist",
		"2025-13-01T00:00:00Z":           "date that does not exist",
		"2025-00-01T00:00:00Z":           "date that does not exist",
		"2025-04-31T00:00:00Z":           "date that does not exist",
		"1900-02-29T00:00:00Z":           "date that does not exist",
		"2025-03-14T24:00:00Z":           "time of day that does not exist",
		"2025-03-14T23:60:00Z":           "time of day that does not exist",
		"2016-12-31T23:59:60Z":           "time of day that does not exist", // a leap second
		"2025-03-14T15:09:26.1234567Z":   "finer than a microsecond",
		"2025-03-14T15:09:26.000000000Z": "finer than a microsecond",
		"1969-12-31T23:59:59Z":           "outside the years",
		"1970-01-01T00:00:00+01:00":      "outside the years",
		"9999-12-31T23:59:59-01:00":      "outside the years",
		"9999-12-31T10:00:00Z":           "lies in the year 10000 somewhere on earth; the last time is 9999-12-31T09:59:59.999999Z",
		"0000-01-01T00:00:00Z":           "outside the years",
	} {
		if got, err := ParseInstant(in, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want an error with %q", in, got, err, want)
		}
	}
}

func TestTimesWithoutOffsetAreInTheZone(t *testing.T) {
	for _, c := range []struct{ zone, in, want string }{
		{"Asia/Ho_Chi_Minh", "2025-03-14T15:09:26", "2025-03-14T08:09:26Z"},
		{"Asia/Ho_Chi_Minh", "2025-03-14T15:09:26.5", "2025-03-14T08:09:26.5Z"},
		{"Asia/Kathmandu", "2025-01-01T00:00:00", "2024-12-31T18:15:00Z"},
		{"America/New_York", "2025-03-09T01:59:59", "2025-03-09T06:59:59Z"},
		{"America/New_York", "2025-03-09T03:00:00", "2025-03-09T07:00:00Z"},
		{"America/New_York", "2025-11-02T01:30:00", "2025-11-02T05:30:00Z"}, // occurs twice: the first
		{"America/New_York", "2025-11-02T02:00:00", "2025-11-02T07:00:00Z"},
		{"Australia/Lord_Howe", "2025-04-06T01:45:00", "2025-04-05T14:45:00Z"}, // half an hour, twice
		{"America/Sao_Paulo", "2018-02-17T23:30:00", "2018-02-18T01:30:00Z"},   // twice, before midnight
		{"Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59Z"},
		{"Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00Z"},
	} {
		got, err := ParseInstant(c.in, zone(t, c.zone))
		if err != nil || got.String() != c.want {
			t.Errorf("%s in %s: got %v, %v, want %s", c.in, c.zone, got, err, c.want)
		}
	}
	for _, c := range []struct{ zone, in string }{
		{"America/New_York", "2025-03-09T02:30:00"},
		{"America/New_York", "2025-03-09T02:00:00"},
		{"America/Sao_Paulo", "2017-10-15T00:00:00"},
		{"America/Sao_Paulo", "2017-10-15T00:59:59.999999"},
		{"Australia/Lord_Howe", "2025-10-05T02:15:00"},
		{"Pacific/Apia", "2011-12-30T12:00:00"},
	} {
		if got, err := ParseInstant(c.in, zone(t, c.zone)); err == nil || !strings.Contains(err.Error(), "the clocks skipped it") {
			t.Errorf("%s in %s: got %v, %v, want that the clocks skipped it", c.in, c.zone, got, err)
		}
	}
}

// A wall clock in a zone reads back as the first instant that shows it.
func TestWallClockReadsAsFirstInstantThatShowsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(oddZones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(86400*365, 86400*365*67).Draw(t, "seconds"), 0).In(z)
		if rapid.Bool().Draw(t, "at a change") {
			if _, end := at.ZoneBounds(); !end.IsZero() {
				at = end.In(z).Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "off")) * time.Second)
			}
		}
		got, err := ParseInstant(at.Format("2006-01-02T15:04:05"), z)
		if err != nil {
			t.Fatal(err)
		}
		if wall := got.Time().In(z).Format(time.DateTime); wall != at.Format(time.DateTime) || got > InstantOf(at) {
			t.Fatalf("%v was read as %v, which shows %s", at, got, wall)
		}
		// No earlier instant shows the same: clocks go back by three hours at most.
		for _, back := range []time.Duration{20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour} {
			earlier := got.Time().Add(-back).In(z)
			if earlier.Format(time.DateTime) == at.Format(time.DateTime) {
				t.Fatalf("%v was read as %v, but %v shows it first", at, got, earlier)
			}
		}
	})
}

func FuzzParseInstant(f *testing.F) {
	for _, s := range []string{"2025-03-14T15:09:26Z", "2025-03-14t15:09:26.5+07:00", "2025-03-09T02:30:00", "", "9999-12-31T23:59:59.999999Z"} {
		f.Add(s)
	}
	ny := zone(f, "America/New_York")
	f.Fuzz(func(t *testing.T, s string) {
		i, err := ParseInstant(s, ny)
		if err != nil {
			return
		}
		if again, err := ParseInstant(i.String(), time.UTC); err != nil || again != i {
			t.Fatalf("%q was read as %s, which reads as %v, %v", s, i, again, err)
		}
	})
}

func TestTheLastInstantHasADayInEveryZone(t *testing.T) {
	for _, name := range []string{"Pacific/Kiritimati", "Pacific/Apia", "UTC", "Etc/GMT+12"} {
		day := DayAt(maxInstant, zone(t, name))
		if got, err := ParseDay(day.String()); err != nil || got != day || day > MaxDay {
			t.Errorf("in %s it is %s, which is read as %v, %v", name, day, got, err)
		}
	}
}

// Every instant and every day prints as package time prints it.
func TestInstantsAndDaysPrintAsPackageTimeDoes(t *testing.T) {
	for d := Day(-1_000_000); d <= MaxDay+1000; d++ {
		at := time.Unix(int64(d)*86400, 0).UTC()
		year, month, day := d.Date()
		if y, m, dd := at.Date(); y != year || int(m) != month || dd != day {
			t.Fatalf("day %d is %d-%d-%d, want %v", d, year, month, day, at)
		}
		if d%97 == 0 && string(d.AppendTo(nil)) != at.Format(time.DateOnly) {
			t.Fatalf("day %d prints as %s, want %v", d, d.AppendTo(nil), at)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i := Instant(rapid.Int64Range(-1<<40, int64(maxInstant)+1<<40).Draw(t, "micros"))
		if rapid.Bool().Draw(t, "whole") {
			i -= i % 1_000_000
		}
		if want := i.Time().Format("2006-01-02T15:04:05.999999Z"); i.String() != want {
			t.Errorf("%d prints as %s, want %s", int64(i), i, want)
		}
	})
}

func BenchmarkInstant(b *testing.B) {
	var text []byte
	for b.Loop() {
		text = Instant(1_741_964_966_123_000).AppendTo(text[:0])
	}
}
