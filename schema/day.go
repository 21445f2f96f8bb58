package schema

import (
	"errors"
	"fmt"
	"time"
)

// Day is a calendar date: days since 1970-01-01.
type Day int32

// MaxDay is the last day that there is.
var MaxDay = DayOf(MaxYear, 12, 31)

// DayOf returns the date, which must exist.
func DayOf(year, month, day int) Day {
	// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Day(era*146097 + doe - 719468)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Date returns the parts of d.
func (d Day) Date() (year, month, day int) {
	// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
	z := int(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	year, month, day = yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// Weekday returns d's day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(((int(d)+4)%7 + 7) % 7) }

// Month returns the first day of d's month.
func (d Day) Month() Day { y, m, _ := d.Date(); return DayOf(y, m, 1) }

// Year returns the first day of d's year.
func (d Day) Year() Day { y, _, _ := d.Date(); return DayOf(y, 1, 1) }

// AddMonths returns the first day of the month n months after d's month.
func (d Day) AddMonths(n int) Day {
	y, m, _ := d.Date()
	m += n - 1
	y += m / 12
	if m %= 12; m < 0 {
		m += 12
		y--
	}
	return DayOf(y, m+1, 1)
}

// String prints d as 2006-01-02.
func (d Day) String() string { return string(d.AppendTo(nil)) }

// AppendTo appends what String prints to b.
func (d Day) AppendTo(b []byte) []byte {
	if d < 0 || d > MaxDay {
		return time.Unix(int64(d)*86400, 0).UTC().AppendFormat(b, time.DateOnly)
	}
	year, month, day := d.Date()
	b = appendTwo(appendTwo(b, year/100), year%100)
	b = appendTwo(append(b, '-'), month)
	return appendTwo(append(b, '-'), day)
}

// MarshalText prints d for JSON.
func (d Day) MarshalText() ([]byte, error) { return d.AppendTo(nil), nil }

// UnmarshalText reads what MarshalText printed.
func (d *Day) UnmarshalText(b []byte) error {
	v, err := ParseDay(string(b))
	*d = v
	return err
}

// ParseDay reads a date such as 2025-06-30 in the years 1970 to 9999.
func ParseDay(s string) (Day, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, errors.New("is not a date; write it as 2025-06-30")
	}
	y, ok1 := digits(s[0:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, errors.New("is not a date; write it as 2025-06-30")
	}
	if m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, errors.New("is a date that does not exist")
	}
	if y < MinYear {
		return 0, fmt.Errorf("lies before the year %d", MinYear)
	}
	return DayOf(y, m, d), nil
}

// Start returns the first instant of d in zone. It is not always midnight, and
// days are not always 24 hours long.
func (d Day) Start(zone *time.Location) Instant {
	if zone == time.UTC {
		return Instant(int64(d) * 86400e6)
	}
	y, m, dd := d.Date()
	midnight := clock{year: y, month: m, day: dd}
	seconds, err := midnight.secondsIn(zone)
	if err != nil { // the clocks skip midnight: the day begins where they jump to
		_, offset := time.Unix(midnight.secondsUTC()+86400, 0).In(zone).Zone()
		_, jump := time.Unix(midnight.secondsUTC()-int64(offset), 0).In(zone).ZoneBounds()
		return InstantOf(jump)
	}
	return Instant(seconds * 1e6)
}

// wallDay is the date that t's own wall clock shows.
func wallDay(t time.Time) Day {
	y, m, d := t.Date()
	return DayOf(y, int(m), d)
}

// DayAt returns the day in zone that i belongs to, such that
// d.Start(zone) <= i < (d+1).Start(zone).
func DayAt(i Instant, zone *time.Location) Day {
	d := wallDay(i.Time().In(zone))
	for d.Start(zone) > i {
		d--
	}
	for (d + 1).Start(zone) <= i {
		d++
	}
	return d
}
