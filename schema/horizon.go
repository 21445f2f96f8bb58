package schema

import (
	"fmt"
	"time"
)

// FutureAfter is how far ahead of now the time of a record may lie before the
// record counts as one of the future: clocks differ, and dates are mistyped.
const FutureAfter = 24 * time.Hour

// StaleAfter is how old a data horizon may be before whoever sees it is told its
// age in words.
const StaleAfter = 48 * time.Hour

// Horizon is how far the records of one department are known to be complete.
type Horizon struct {
	DepartmentID *string  `json:"department_id"` // null: the people without a department
	DataUntil    *Instant `json:"data_until"`    // null: unknown
}

// FutureRecord is a record that is dated more than a day ahead.
type FutureRecord struct {
	Kind      string  `json:"kind"`
	ID        string  `json:"id"`
	ProfileID string  `json:"profile_id"` // empty for a problem that is nobody's
	CreatedAt Instant `json:"created_at"`
}

// MaxFuture is how many records of the future an answer lists.
const MaxFuture = 50

// HorizonRequest asks how far the records of departments reach, or says so.
type HorizonRequest struct {
	DepartmentIDs     []string `json:"department_ids,omitempty" name:"department-ids" minItems:"1" placeholder:"ID" help:"These departments. Default all that the caller may see and, for admins, the people without one."`
	WithoutDepartment bool     `json:"without_department,omitempty" help:"The people without a department. For admins only."`
	CoversUntil       string   `json:"covers_until,omitempty" placeholder:"TIME" help:"Says that all records up to this day (its end) or instant are in, in the place of what was said before. Without it the answer only tells."`
}

// Validate checks what can be checked without the clock.
func (r HorizonRequest) Validate() error { return checkTags(r) }

// HorizonResponse answers HorizonRequest.
type HorizonResponse struct {
	Horizons []Horizon `json:"horizons"` // by name of the department; that of the people without one last
}

// ParseCovers reads up to when somebody says that the records are complete: a day,
// which means its end, or an instant. It may not lie after now.
func ParseCovers(s string, zone *time.Location, now Instant) (Instant, error) {
	_, until, err := parseEnd(s, zone)
	if err != nil {
		return 0, Invalid("covers_until", "%q %v", Clip(s), err)
	}
	if last := until - 1; last <= now {
		return last, nil
	}
	if len(s) <= len(time.DateOnly) && DayAt(now, zone).String() == s {
		return 0, Invalid("covers_until", "%q is not over yet; write an instant, or the day before", s)
	}
	return 0, Invalid("covers_until", "%q lies in the future, of which nobody has the records; it is now %s", Clip(s), now)
}

// OldestHorizon returns the horizon that is furthest behind, an unknown one first;
// false when all are within a day of each other.
func OldestHorizon(list []Horizon) (oldest Horizon, differ bool) {
	var latest Instant
	for i, h := range list {
		if h.DataUntil != nil {
			latest = max(latest, *h.DataUntil)
		}
		if i == 0 || oldest.DataUntil != nil && (h.DataUntil == nil || *h.DataUntil < *oldest.DataUntil) {
			oldest = h
		}
	}
	differ = len(list) > 1 && (oldest.DataUntil == nil || latest-*oldest.DataUntil > Instant(FutureAfter.Microseconds()))
	return oldest, differ
}

// HorizonWords says how far records reach, when that is more than two days ago, and
// from where days away are counted. It is "" when there is nothing to tell.
func HorizonWords(until *Instant, now Instant, zone *time.Location) string {
	switch {
	case until == nil:
		return "How far the records reach is not known; days away are counted to now."
	case now-*until <= Instant(StaleAfter.Microseconds()):
		return ""
	}
	day, today := DayAt(*until, zone), DayAt(now, zone)
	return fmt.Sprintf("Records reach to %s, %d days ago; days away are counted to then.", dayWords(day, today), today-day)
}

// BehindWords says of the department that is furthest behind how far its records reach.
func BehindWords(name string, until *Instant, zone *time.Location) string {
	if until == nil {
		return "How far the records of " + name + " reach is not known."
	}
	return "The records of " + name + " reach only to " + DayAt(*until, zone).String() + "."
}

// dayWords prints a day as people say it, with its year where that is another one
// than today's.
func dayWords(d, today Day) string {
	layout := "2 January"
	if d.Year() != today.Year() {
		layout = "2 January 2006"
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(layout)
}
