package schema

import (
	"fmt"
	"time"
)

// TermDays are the days of a term, the last included, for comparisons.
type TermDays struct {
	Name        string
	First, Last Day
}

func (t TermDays) window(zone *time.Location) Window { return DayWindow(t.First, t.Last, zone) }

// Comparison is what can fairly be compared with what: two windows and their
// description in words.
type Comparison struct {
	Current, Before Window
	Described       string
}

// Compare finds the window before w that w is fairly compared with. It is w moved
// back by its own whole length in days. What is still running is cut at now, and the
// window before at the same day and time of day. A window that is open, empty or has
// not begun has nothing to be compared with.
func (w Window) Compare(now Instant, zone *time.Location) (c Comparison, ok bool) {
	if !w.HasFrom() || !w.HasUntil() || w.From > now || w.From >= w.Until {
		return c, false
	}
	c.Current, c.Before = w.movedBack(w.wholeDays(zone), now, zone)
	c.Before.Until = max(c.Before.From, min(c.Before.Until, c.Current.From))
	running := ""
	if w.Until > now+1 {
		running = ", up to the same time of day"
	}
	c.Described = fmt.Sprintf("%s beside %s%s", c.Current.words(zone), c.Before.words(zone), running)
	return c, true
}

// CompareTerm finds what a term is fairly compared with: the term before it, whole
// when both are over, and its same days while the term is running.
func CompareTerm(term, before TermDays, now Instant, zone *time.Location) (c Comparison, ok bool) {
	w := term.window(zone)
	if w.From > now || w.From >= w.Until {
		return c, false
	}
	if w.Until <= now+1 {
		c = Comparison{Current: w, Before: before.window(zone)}
		c.Described = fmt.Sprintf("%s (%s, %s) beside %s (%s, %s)", term.Name, c.Current.words(zone), countDays(c.Current, zone),
			before.Name, c.Before.words(zone), countDays(c.Before, zone))
		return c, true
	}
	c.Current, c.Before = w.movedBack(int(term.First-before.First), now, zone)
	c.Before.Until = min(c.Before.Until, before.window(zone).Until)
	c.Described = fmt.Sprintf("%s up to now (%s) beside the same days of %s (%s)", term.Name, c.Current.words(zone), before.Name, c.Before.words(zone))
	return c, true
}

// movedBack cuts w at now, and returns it with the same window so many days before.
func (w Window) movedBack(days int, now Instant, zone *time.Location) (current, before Window) {
	current = w
	current.Until = min(w.Until, now+1) // now belongs to it
	return current, Window{From: daysBefore(current.From, days, zone), Until: endBefore(current.Until, days, zone)}
}

// wholeDays is the length of w in days, rounded up: the fewest days that it has to
// be moved back not to overlap itself. It goes back to the year 1 at most.
func (w Window) wholeDays(zone *time.Location) int {
	days := int(DayAt(w.Until, zone)-DayAt(w.From, zone)) - 2 // one day of w may be one that the zone skipped
	days = max(days, 1)
	for endBefore(w.Until, days, zone)-1 > w.From { // an instant may be the end of the one and the start of the other
		days++
	}
	return min(days, int(DayAt(w.From, zone)-DayOf(1, 1, 1)))
}

// daysBefore returns the same time of day so many days earlier. The start of a day
// stays one, whatever its clock shows.
func daysBefore(i Instant, days int, zone *time.Location) Instant {
	day := DayAt(i, zone)
	if day.Start(zone) == i {
		return (day - Day(days)).Start(zone)
	}
	t := i.Time().In(zone)
	y, m, d := (wallDay(t) - Day(days)).Date()
	wall := clock{y, m, d, t.Hour(), t.Minute(), t.Second()}
	fraction := Instant(t.Nanosecond() / 1000)
	seconds, err := wall.secondsIn(zone)
	if err != nil { // the clocks skipped it: the first instant after the jump
		_, offset := time.Unix(wall.secondsUTC()-86400, 0).In(zone).Zone()
		start, _ := time.Unix(wall.secondsUTC()-int64(offset), 0).In(zone).ZoneBounds()
		return InstantOf(start)
	}
	return Instant(seconds*1e6) + fraction
}

// endBefore is daysBefore for the first instant that no longer belongs to a window.
func endBefore(i Instant, days int, zone *time.Location) Instant {
	if DayAt(i, zone).Start(zone) == i {
		return daysBefore(i, days, zone)
	}
	return daysBefore(i-1, days, zone) + 1
}

// Ends are the two ends of a window as a filter takes them: days where they are
// those of days, otherwise instants.
func (w Window) Ends(zone *time.Location) (from, to string) {
	first, last := DayAt(w.From, zone), DayAt(w.Until-1, zone)
	from, to = first.String(), last.String()
	if first.Start(zone) != w.From {
		from = w.From.String()
	}
	if (last + 1).Start(zone) != w.Until {
		to = (w.Until - 1).String()
	}
	return from, to
}

// words prints the days of a window, with a time of day where it begins or ends
// within one.
func (w Window) words(zone *time.Location) string {
	first, last := DayAt(w.From, zone), DayAt(w.Until-1, zone)
	from, to := first.String(), last.String()
	if first.Start(zone) != w.From {
		from += w.From.Time().In(zone).Format(" 15:04")
	}
	if (last + 1).Start(zone) != w.Until {
		to += (w.Until - 1).Time().In(zone).Format(" 15:04")
	}
	if from == to {
		return from
	}
	return from + " to " + to
}

func countDays(w Window, zone *time.Location) string {
	n := DayAt(w.Until-1, zone) - DayAt(w.From, zone) + 1
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
