package dates

import (
	"slices"
	"time"
)

// rowOrder finds out whether the rows of a file go one way in time, if dates are read in
// one order of day and month. Logs list events as they happen, or the latest first.
type rowOrder struct {
	prev       int64 // what the wall clock showed in the row before
	seen       bool
	ascending  direction // each row is as late as the one before, or later
	descending direction
	year       yearFinder // of the rows without one
}

// direction is one direction of a file's rows.
type direction struct {
	broken  bool
	repeats []int64 // the repeated hours in which the rows step against it, once each
}

// step goes to the next row.
func (t *rowOrder) step(wall int64, zone *time.Location) {
	if t.seen && wall < t.prev {
		t.ascending.against(t.prev, wall, zone)
	}
	if t.seen && wall > t.prev {
		t.descending.against(t.prev, wall, zone)
	}
	t.prev, t.seen = wall, true
}

// against notes a step against the direction. It rules the direction out, unless it goes
// from one pass of a repeated hour to the other.
func (t *direction) against(from, to int64, zone *time.Location) {
	if t.broken {
		return
	}
	change, within := sameRepeat(from, to, zone)
	if !within || slices.Contains(t.repeats, change) {
		t.broken, t.repeats = true, nil
		return
	}
	t.repeats = append(t.repeats, change)
}

// sameRepeat reports whether two wall clocks lie in one repeated hour, and in which.
func sameRepeat(a, b int64, zone *time.Location) (change int64, ok bool) {
	one, _, ok1 := repeatedHour(a, zone)
	two, _, ok2 := repeatedHour(b, zone)
	return one, ok1 && ok2 && one == two
}

// monotone reports whether the rows go one way.
func (t *rowOrder) monotone() bool { return !t.ascending.broken || !t.descending.broken }

// only returns the only direction that the rows can have; nil when there are two or none.
func (t *rowOrder) only() *direction {
	switch {
	case !t.ascending.broken && t.descending.broken:
		return &t.ascending
	case t.ascending.broken && !t.descending.broken:
		return &t.descending
	}
	return nil
}

// yearFinder finds out the years of rows that have none, from rows of the same file that
// do: going through a file one way, a date that lies before the last one belongs to
// the next year.
type yearFinder struct {
	without    bool // some row has no year
	prev       yearTime
	seen       bool
	ascending  yearCount
	descending yearCount
}

// yearTime is a point of a year.
type yearTime struct {
	day   int // month and day
	clock int64
}

func (m yearTime) compare(o yearTime) int {
	switch {
	case m.day < o.day || m.day == o.day && m.clock < o.clock:
		return -1
	case m == o:
		return 0
	}
	return 1
}

// yearCount counts the years that a file goes through in one direction.
type yearCount struct {
	broken bool // the direction is not that of the rows
	turned int  // years from the first row to this, back ones below 0
	first  int  // year of the first row; 0 while no row with a year came
	loose  bool // the row before had no year
}

// step goes to the next row. A row of the same day shows the direction, and so
// does a row with a year after another; the rest is as it has to be.
func (t *yearFinder) step(d date, clock int64) {
	now := yearTime{d.month*32 + d.day, clock}
	t.without = t.without || d.year == 0
	to, sameDay := 0, false
	if t.seen {
		to, sameDay = now.compare(t.prev), now.day == t.prev.day
	}
	t.ascending.step(d.year, to < 0, sameDay, 1)
	t.descending.step(d.year, to > 0, sameDay, -1)
	t.prev, t.seen = now, true
}

// step goes to the next row, which has the year or 0, in the direction by. against
// tells that its time lies the other way than the direction.
func (c *yearCount) step(year int, against, sameDay bool, by int) {
	if against {
		c.turned += by
		c.broken = c.broken || sameDay
	}
	switch {
	case year == 0:
	case c.first == 0:
		c.first = year - c.turned
	case year != c.first+c.turned:
		if c.loose || (year-c.first-c.turned)*by < 0 {
			c.broken = true
		}
		c.turned = year - c.first
	}
	c.loose = year == 0
}

// known returns the year of the first row and the direction, 1 or -1, if they follow from
// the rows.
func (t *yearFinder) known() (first, by int, ok bool) {
	switch {
	case !t.ascending.broken && t.descending.broken:
		return t.ascending.first, 1, t.ascending.first != 0
	case t.ascending.broken && !t.descending.broken:
		return t.descending.first, -1, t.descending.first != 0
	}
	return 0, 0, false
}

// newYear reports whether the rows go from one year into the next, although all were
// given the same.
func (t *rowOrder) newYear() bool {
	return t.year.without && !t.monotone() && (t.year.ascending.turned == 1 || t.year.descending.turned == -1)
}
