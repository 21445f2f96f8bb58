package schema

import (
	"testing"
	"time"
)

func TestWindowIsComparedWithItselfMovedBack(t *testing.T) {
	for _, c := range []struct{ zone, from, to, now, current, before string }{
		{"UTC", "2025-06-30", "2025-06-30", "2026-01-01T00:00:00Z", "2025-06-30", "2025-06-29"},
		{"UTC", "2025-03-01", "2025-03-31", "2026-01-01T00:00:00Z", "2025-03-01 to 2025-03-31", "2025-01-29 to 2025-02-28"},
		{"America/New_York", "2025-03-09", "2025-03-10", "2026-01-01T00:00:00Z", "2025-03-09 to 2025-03-10", "2025-03-07 to 2025-03-08"}, // days, not hours
		// This week on Wednesday 10:40 beside last week up to Wednesday 10:40, also over a change of the clocks.
		{"Europe/Berlin", "2026-11-23", "2026-11-29", "2026-11-25T09:40:00Z", "2026-11-23 to 2026-11-25 10:40", "2026-11-16 to 2026-11-18 10:40"},
		{"Europe/Berlin", "2025-03-31", "2025-04-06", "2025-04-02T08:40:00Z", "2025-03-31 to 2025-04-02 10:40", "2025-03-24 to 2025-03-26 10:40"},
		{"Europe/Berlin", "2025-04-06", "2025-04-06", "2025-04-06T00:30:00Z", "2025-04-06 to 2025-04-06 02:30", "2025-04-05 to 2025-04-05 02:30"},
		{"Europe/Berlin", "2025-03-31", "2025-04-06", "2025-04-06T00:30:00Z", "2025-03-31 to 2025-04-06 02:30", "2025-03-24 to 2025-03-30 03:00"}, // the clocks skipped 02:30
		{"UTC", "2025-06-30T10:00:00Z", "2025-06-30T12:00:00Z", "2026-01-01T00:00:00Z", "2025-06-30 10:00 to 2025-06-30 12:00", "2025-06-29 10:00 to 2025-06-29 12:00"},
		{"UTC", "2025-06-30T23:59:59.999999Z", "2025-07-02", "2026-01-01T00:00:00Z", "2025-06-30 23:59 to 2025-07-02", "2025-06-28 23:59 to 2025-06-30 23:59"}, // but for an instant two days
		{"UTC", "2025-06-30", "2025-07-02T11:00:00Z", "2026-01-01T00:00:00Z", "2025-06-30 to 2025-07-02 11:00", "2025-06-27 to 2025-06-29 11:00"},
		{"Pacific/Apia", "2011-12-29T23:59:59.999999-10:00", "2011-12-31", "2026-01-01T00:00:00Z", "2011-12-29 23:59 to 2011-12-31", "2011-12-28 23:59 to 2011-12-29 23:59"}, // one day: the zone skipped the 30th
		{"UTC", "1970-01-01", "9999-12-31", "2026-01-01T00:00:00Z", "1970-01-01 to 2026-01-01 00:00", "0001-01-01 to 0057-01-01 00:00"},
	} {
		z := zone(t, c.zone)
		w, err := ParseWindow(c.from, c.to, z)
		if err != nil {
			t.Fatal(err)
		}
		now, err := ParseInstant(c.now, z)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := w.Compare(now, z)
		if !ok || got.Current.words(z) != c.current || got.Before.words(z) != c.before {
			t.Errorf("%s to %s at %s in %s: got %s beside %s, want %s beside %s", c.from, c.to, c.now, c.zone, got.Current.words(z), got.Before.words(z), c.current, c.before)
		}
	}
}

func TestWindowWithoutEndsOrStillToComeIsNotCompared(t *testing.T) {
	now, _ := ParseInstant("2025-06-30T00:00:00Z", time.UTC)
	for _, ends := range [][2]string{{"", ""}, {"2025-06-30", ""}, {"", "2025-06-30"}, {"2025-07-01", "2025-07-02"}} {
		w, _ := ParseWindow(ends[0], ends[1], time.UTC)
		if c, ok := w.Compare(now, time.UTC); ok {
			t.Errorf("%v is compared: %s", ends, c.Described)
		}
	}
}

func TestTermIsComparedWithTheTermBefore(t *testing.T) {
	day := func(s string) Day { d, _ := ParseDay(s); return d }
	fall := TermDays{"Fall 2025", day("2025-09-01"), day("2025-12-31")}
	spring := TermDays{"Spring 2026", day("2026-02-02"), day("2026-07-31")}
	for now, want := range map[string]string{
		"2026-02-25T10:40:00Z": "Spring 2026 up to now (2026-02-02 to 2026-02-25 10:40) beside the same days of Fall 2025 (2025-09-01 to 2025-09-24 10:40)",
		"2026-07-01T00:00:00Z": "Spring 2026 up to now (2026-02-02 to 2026-07-01 00:00) beside the same days of Fall 2025 (2025-09-01 to 2025-12-31)", // which had no more
		"2026-08-01T00:00:00Z": "Spring 2026 (2026-02-02 to 2026-07-31, 180 days) beside Fall 2025 (2025-09-01 to 2025-12-31, 122 days)",
	} {
		at, _ := ParseInstant(now, time.UTC)
		if c, ok := CompareTerm(spring, fall, at, time.UTC); !ok || c.Described != want {
			t.Errorf("at %s: got %q, want %q", now, c.Described, want)
		}
	}
	at, _ := ParseInstant("2026-02-01T23:00:00Z", time.UTC)
	if _, ok := CompareTerm(spring, fall, at, time.UTC); ok {
		t.Error("a term that has not begun is compared")
	}
}

func TestHorizonIsToldInWordsOnceItIsOld(t *testing.T) {
	now, _ := ParseInstant("2026-11-25T12:00:00Z", time.UTC)
	for until, want := range map[string]string{
		"2026-10-31T23:59:59Z": "Records reach to 31 October, 25 days ago; days away are counted to then.",
		"2025-10-31T23:59:59Z": "Records reach to 31 October 2025, 390 days ago; days away are counted to then.",
		"2026-11-23T12:00:00Z": "",
	} {
		at, _ := ParseInstant(until, time.UTC)
		if got := HorizonWords(&at, now, time.UTC); got != want {
			t.Errorf("%s: got %q, want %q", until, got, want)
		}
	}
	if got := HorizonWords(nil, now, time.UTC); got == "" {
		t.Error("an unknown horizon is not told")
	}
}

func TestCoversUntilLiesNotInTheFuture(t *testing.T) {
	now, _ := ParseInstant("2026-11-25T12:00:00Z", time.UTC)
	for text, want := range map[string]string{
		"2026-11-24": "2026-11-24T23:59:59.999999Z", "2026-11-25T12:00:00Z": "2026-11-25T12:00:00Z",
		"2026-11-25": "", "2026-11-26": "", "2026-11-25T12:00:01Z": "", "yesterday": "",
	} {
		got, err := ParseCovers(text, time.UTC, now)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%s: got %s, %v; want %q", text, got, err, want)
		}
	}
}
