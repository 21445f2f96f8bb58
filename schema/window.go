package schema

import (
	"math"
	"time"
)

// Window is a half-open stretch of time: From <= created_at < Until.
type Window struct {
	From  Instant
	Until Instant
}

// AllTime is the window without ends.
func AllTime() Window { return Window{From: math.MinInt64, Until: math.MaxInt64} }

// HasFrom and HasUntil report whether the window has that end.
func (w Window) HasFrom() bool  { return w.From != math.MinInt64 }
func (w Window) HasUntil() bool { return w.Until != math.MaxInt64 }

// Open reports whether the window has neither end.
func (w Window) Open() bool { return !w.HasFrom() && !w.HasUntil() }

// Intersect returns the time that lies in both windows; it may be empty.
func (w Window) Intersect(v Window) Window {
	out := Window{From: max(w.From, v.From), Until: min(w.Until, v.Until)}
	out.Until = max(out.From, out.Until)
	return out
}

// DayWindow is the window of whole days, both included, in zone.
func DayWindow(first, last Day, zone *time.Location) Window {
	return Window{From: first.Start(zone), Until: (last + 1).Start(zone)}
}

// ParseWindow reads the two ends of a window. Each is empty (open), a bare date
// (that whole day in zone) or an instant; both ends belong to the window.
func ParseWindow(from, to string, zone *time.Location) (Window, error) {
	w := AllTime()
	if from != "" {
		start, _, err := parseEnd(from, zone)
		if err != nil {
			return w, Invalid("date_from", "%q %v", Clip(from), err)
		}
		w.From = start
	}
	if to != "" {
		_, until, err := parseEnd(to, zone)
		if err != nil {
			return w, Invalid("date_to", "%q %v", Clip(to), err)
		}
		w.Until = until
	}
	// A day that the clocks skipped whole is a window, if an empty one.
	if w.From > w.Until || (w.From == w.Until && from != to) {
		return w, Invalid("date_to", "%q lies before date_from %q", Clip(to), Clip(from))
	}
	return w, nil
}

// parseEnd returns the first instant that s covers and the first after it.
func parseEnd(s string, zone *time.Location) (start, until Instant, err error) {
	if len(s) <= len(time.DateOnly) {
		d, err := ParseDay(s)
		if err != nil {
			return 0, 0, err
		}
		return d.Start(zone), (d + 1).Start(zone), nil
	}
	i, err := ParseInstant(s, zone)
	return i, i + 1, err
}
