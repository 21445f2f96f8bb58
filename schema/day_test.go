package schema

import (
	"testing"
	"time"
)

// oddZones have clocks that change at midnight, by half an hour, by a whole
// day, or whose offset is not of whole hours.
var oddZones = []string{
	"UTC", "Asia/Ho_Chi_Minh", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe",
	"America/St_Johns", "Africa/Cairo", "Africa/Casablanca", "Asia/Tehran", "Pacific/Kwajalein", "America/Havana", "Africa/Monrovia",
	"Europe/Dublin", "Antarctica/Troll", "America/Scoresbysund", "Asia/Pyongyang", "Pacific/Chatham", "Asia/Gaza",
}

// firstInstant looks for the first second at which the clocks show the date or
// a later one, from one change of the clocks to the next.
func firstInstant(date time.Time, z *time.Location) time.Time {
	t := date.Add(-48 * time.Hour).In(z)
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds()
		at := date.Add(-time.Duration(offset) * time.Second)
		if at.Before(t) {
			at = t
		}
		if end.IsZero() || at.Before(end) {
			return at
		}
		t = end.In(z)
	}
}

func TestDayStartsWhereTheClocksFirstShowIt(t *testing.T) {
	const last = 24837 // 2038-01-01
	for _, name := range oddZones {
		z := zone(t, name)
		for d := Day(1); d < last; d++ {
			date := time.Date(1970, 1, 1+int(d), 0, 0, 0, 0, time.UTC)
			want := firstInstant(date, z)
			if got := d.Start(z); got != InstantOf(want) {
				t.Fatalf("%s in %s: got %s, want %s", d, name, got, want.UTC())
			}
			midnight := time.Date(1970, 1, 1+int(d), 0, 0, 0, 0, z)
			if wall := midnight.Format("2006-01-02T15:04:05"); wall == d.String()+"T00:00:00" && midnight.Before(want) {
				t.Fatalf("%s in %s begins at %s, after its midnight %s", d, name, want, midnight)
			}
		}
	}
}

func TestInstantBelongsToTheDayThatHasBegun(t *testing.T) {
	for _, name := range oddZones {
		z := zone(t, name)
		var instants []time.Time
		for at := time.Unix(86400*2, 0).In(z); ; {
			_, end := at.ZoneBounds()
			if end.IsZero() || end.Year() > 2037 {
				break
			}
			at = end.In(z)
			for _, off := range []time.Duration{-25 * time.Hour, -time.Hour, -time.Microsecond, 0, time.Microsecond, time.Minute, time.Hour, 25 * time.Hour} {
				instants = append(instants, at.Add(off))
			}
		}
		for year := 1971; year < 2038; year++ {
			instants = append(instants, time.Date(year, 1, 1, 0, 0, 0, 0, z), time.Date(year, 7, 1, 0, 0, 0, -1000, z))
		}
		for _, at := range instants {
			i := InstantOf(at)
			d := DayAt(i, z)
			if d.Start(z) > i || (d+1).Start(z) <= i {
				t.Fatalf("%s in %s: got %s, which is from %s to %s", i, name, d, d.Start(z), (d + 1).Start(z))
			}
			y, m, dd := at.Date()
			if wall := DayOf(y, int(m), dd); d != wall && d != wall+1 { // a fold at midnight shows the day before again
				t.Fatalf("%s in %s: got %s, the clocks show %s", i, name, d, wall)
			}
		}
	}
}

func TestDayThatNeverWasIsEmpty(t *testing.T) {
	z, d := zone(t, "Pacific/Apia"), DayOf(2011, 12, 30)
	if d.Start(z) != (d + 1).Start(z) {
		t.Errorf("2011-12-30 in Apia is from %s to %s", d.Start(z), (d + 1).Start(z))
	}
	if got := DayAt(d.Start(z), z); got != d+1 {
		t.Errorf("its instant belongs to %s", got)
	}
}

func TestDatesAreThoseOfTheCalendar(t *testing.T) {
	for d := Day(0); d < 2932897; d += 13 {
		want := time.Unix(int64(d)*86400, 0).UTC()
		y, m, dd := d.Date()
		if wy, wm, wd := want.Date(); y != wy || m != int(wm) || dd != wd {
			t.Fatalf("day %d: got %d-%d-%d, want %s", d, y, m, dd, want)
		}
		if DayOf(y, m, dd) != d {
			t.Fatalf("DayOf(%d, %d, %d) = %d, want %d", y, m, dd, DayOf(y, m, dd), d)
		}
		if d.Weekday() != want.Weekday() {
			t.Fatalf("%s: got %s, want %s", d, d.Weekday(), want.Weekday())
		}
		if d.String() != want.Format(time.DateOnly) {
			t.Fatalf("got %s, want %s", d, want.Format(time.DateOnly))
		}
		for _, n := range []int{-13, -1, 0, 1, 12, 25} {
			wanted := time.Date(y, time.Month(m+n), 1, 0, 0, 0, 0, time.UTC)
			if got := d.AddMonths(n); got.String() != wanted.Format(time.DateOnly) {
				t.Fatalf("%s + %d months: got %s, want %s", d, n, got, wanted.Format(time.DateOnly))
			}
		}
		if d.Month().String() != want.Format("2006-01")+"-01" || d.Year().String() != want.Format("2006")+"-01-01" {
			t.Fatalf("%s is in month %s and year %s", d, d.Month(), d.Year())
		}
	}
}

func TestDatesAreReadOnlyWhenTheyExist(t *testing.T) {
	for _, s := range []string{"1970-01-01", "2024-02-29", "2000-02-29", "9999-12-31"} {
		if d, err := ParseDay(s); err != nil || d.String() != s {
			t.Errorf("%s: got %s, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2025-02-29", "1900-02-29", "2025-13-01", "2025-00-10", "2025-01-00", "2025-04-31", "25-01-01", "2025-1-1", "2025/01/01", "1969-12-31", "20250101", "2025-01-01 ", "２025-01-1"} {
		if d, err := ParseDay(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
}
