// Package dates reads the times that other programs write: with the day or the
// month first, with names of months, with 12-hour clocks, without a year, or as
// the serial numbers of spreadsheets.
//
// One row does not say whether 3/4/2024 is in March or in April. So an input is read
// twice: first a Detector gets all times of all files and decides, then each File reads
// its times. Neither holds more than a few numbers a file.
package dates

import (
	"time"

	"glow/schema"
)

// Order is the order of day, month and year in dates that are all numbers.
type Order string

// The orders. A date that begins with a year of four digits is YMD in any case.
const (
	DMY Order = "dmy"
	MDY Order = "mdy"
	YMD Order = "ymd"
)

// orders lists them. Where two read every date the same, the earlier one is taken.
var orders = [...]Order{DMY, MDY, YMD}

// Options say how times are read.
type Options struct {
	Zone  *time.Location // of times without an offset
	Order Order          // "" to find it out
	Year  int            // of dates without one; 0 to find it out
}

// Time is a time as Read returns it.
type Time struct {
	At schema.Instant

	// Repeated reports that the clocks of the zone showed this time twice, because they
	// were put back. At is the one that the order of the rows shows, or else the first.
	Repeated bool
}

// Teller returns a function that reports whether a text is a time, in some order of day
// and month. The names of the columns may show its language.
func Teller(columns []string) func(text string) bool {
	months := monthsIn(columns)
	return func(text string) bool {
		_, err := parse(text, months)
		return err == nil
	}
}

// date is a day of the calendar; the year is 0 where it is not known.
type date struct{ year, month, day int }

// inRange reports whether month and day are in range; those of 30 February are.
func (d date) inRange() bool {
	return 1 <= d.month && d.month <= 12 && 1 <= d.day && d.day <= 31
}

// exists reports whether the calendar has the date; false if the year is not known.
func (d date) exists() bool {
	return d.year != 0 && d.inRange() && time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() == d.day
}

// wallMicros returns what the wall clock shows as microseconds since 1970.
func (d date) wallMicros(clock int64) int64 {
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).UnixMicro() + clock
}

// repeatedHour returns, for a wall clock in an hour that the clocks showed twice, the
// second of its two instants, and the instant of the change, which identifies the hour.
func repeatedHour(wall int64, zone *time.Location) (change, second int64, ok bool) {
	const day = 86400 * 1e6
	offsetAt := func(i int64) int64 {
		_, seconds := time.UnixMicro(i).In(zone).Zone()
		return int64(seconds) * 1e6
	}
	before, after := offsetAt(wall-day), offsetAt(wall+day)
	if before <= after {
		return 0, 0, false
	}
	first, second := wall-before, wall-after
	if offsetAt(first) != before || offsetAt(second) != after {
		return 0, 0, false
	}
	_, end := time.UnixMicro(first).In(zone).ZoneBounds()
	return end.UnixMicro(), second, true
}
