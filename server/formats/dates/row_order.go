package dates

import (
	"slices"
	"time"
)

// track follows the rows of a file in time, under one order of day and month.
// Logs are written as things happen, and shown so or latest first.
type track struct {
	prev int64 // what the wall clock showed in the row before
	seen bool
	rise trend // each row is as late as the one before, or later
	fall trend
	year turns // of the rows without one
}

// trend is one direction of a file's rows.
type trend struct {
	broken  bool
	repeats []int64 // the repeated hours in which the rows step against it, once each
}

// step goes to the next row.
func (t *track) step(wall int64, zone *time.Location) {
	if t.seen && wall < t.prev {
		t.rise.against(t.prev, wall, zone)
	}
	if t.seen && wall > t.prev {
		t.fall.against(t.prev, wall, zone)
	}
	t.prev, t.seen = wall, true
}

// against notes a step against the direction: it ends it, unless it goes from one
// pass of a repeated hour to the other.
func (t *trend) against(from, to int64, zone *time.Location) {
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

// sameRepeat tells whether two wall clocks lie in one repeated hour, and in which.
func sameRepeat(a, b int64, zone *time.Location) (change int64, ok bool) {
	one, _, ok1 := repeatedHour(a, zone)
	two, _, ok2 := repeatedHour(b, zone)
	return one, ok1 && ok2 && one == two
}

// monotone reports whether the rows go one way.
func (t *track) monotone() bool { return !t.rise.broken || !t.fall.broken }

// direction returns the only way that the rows can go; nil when there are two or none.
func (t *track) direction() *trend {
	switch {
	case !t.rise.broken && t.fall.broken:
		return &t.rise
	case t.rise.broken && !t.fall.broken:
		return &t.fall
	}
	return nil
}

// turns finds out the years of rows that have none, from rows of the same file that
// do: going through a file one way, a date that lies before the last one belongs to
// the next year.
type turns struct {
	without bool // some row has no year
	prev    moment
	seen    bool
	rise    count
	fall    count
}

// moment is a point of a year.
type moment struct {
	day   int // month and day
	clock int64
}

func (m moment) compare(o moment) int {
	switch {
	case m.day < o.day || m.day == o.day && m.clock < o.clock:
		return -1
	case m == o:
		return 0
	}
	return 1
}

// count is the years that a file goes through in one direction.
type count struct {
	broken bool // the direction is not that of the rows
	turned int  // years from the first row to this, back ones below 0
	first  int  // year of the first row; 0 while no row with a year came
	loose  bool // the row before had no year
}

// step goes to the next row. A row of the same day shows the direction, and so
// does a row with a year after another; the rest is as it has to be.
func (t *turns) step(d date, clock int64) {
	now := moment{d.month*32 + d.day, clock}
	t.without = t.without || d.year == 0
	to, sameDay := 0, false
	if t.seen {
		to, sameDay = now.compare(t.prev), now.day == t.prev.day
	}
	t.rise.step(d.year, to < 0, sameDay, 1)
	t.fall.step(d.year, to > 0, sameDay, -1)
	t.prev, t.seen = now, true
}

// step goes to the next row, which has the year or 0, in the direction by. against
// tells that its moment lies the other way than the direction.
func (c *count) step(year int, against, sameDay bool, by int) {
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

// told returns the year of the first row and the direction, 1 or -1, where the
// rows tell them.
func (t *turns) told() (first, by int, ok bool) {
	switch {
	case !t.rise.broken && t.fall.broken:
		return t.rise.first, 1, t.rise.first != 0
	case t.rise.broken && !t.fall.broken:
		return t.fall.first, -1, t.fall.first != 0
	}
	return 0, 0, false
}

// newYear reports whether the rows, which all were given one year, go from one into
// the next.
func (t *track) newYear() bool {
	return t.year.without && !t.monotone() && (t.year.rise.turned == 1 || t.year.fall.turned == -1)
}
