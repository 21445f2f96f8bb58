package schema

import (
	"fmt"
	"strconv"
	"time"
)

// Age is how long something is kept, by the calendar: months, then days. The zero
// Age is for ever.
type Age struct {
	Months int
	Days   int
}

// maxAge is the most of any unit.
const maxAge = 9999

// ageUnits are what one of each unit is.
var ageUnits = map[byte]Age{'d': {Days: 1}, 'w': {Days: 7}, 'm': {Months: 1}, 'y': {Months: 12}}

// UnmarshalText reads a whole number of days, weeks, months or years, as in 3y;
// at least one day.
func (a *Age) UnmarshalText(text []byte) error {
	if len(text) > 1 {
		unit, known := ageUnits[text[len(text)-1]]
		n, err := strconv.Atoi(string(text[:len(text)-1]))
		if known && err == nil && n >= 1 && n <= maxAge && text[0] != '+' {
			*a = Age{Months: n * unit.Months, Days: n * unit.Days}
			return nil
		}
	}
	return fmt.Errorf("%q is not an age; write a number of days, weeks, months or years, as 90d, 12w, 18m or 3y", Clip(string(text)))
}

// Before returns the first instant, in zone, of the day that lies an Age before
// that of now. Where the month has no such day it is the last one it has.
func (a Age) Before(now Instant, zone *time.Location) Instant {
	day := DayAt(now, zone)
	_, _, of := day.Date()
	year, month, _ := day.AddMonths(-a.Months).Date()
	return (DayOf(year, month, min(of, daysIn(year, month))) - Day(a.Days)).Start(zone)
}
