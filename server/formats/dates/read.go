package dates

import (
	"errors"
	"slices"

	"glow/schema"
)

var (
	errNoDate    = errors.New("is a date that does not exist")
	errYearFirst = errors.New("has the year last, and not first")
)

// pass is the second reading of a file, row by row as in the first.
type pass struct {
	order  Order
	rows   *trend // the way they go; nil when not known
	rising bool

	prev    int64 // what the wall clock showed in the row before
	change  int64 // the repeated hour of the last row that lies in one
	stepped bool  // the rows of that hour have gone to the other pass

	years   count // of rows without one
	by      int
	prevDay moment
}

func newPass(o Order, t *track) pass {
	p := pass{order: o, rows: t.direction()}
	p.rising = p.rows == &t.rise
	if first, by, ok := t.year.told(); ok {
		p.years.first, p.by = first, by
	}
	return p
}

// Read reads the next time of the file, after Decide. Times must come as they came
// to Add.
func (f *File) Read(text string) (Time, error) {
	r, err := parse(text)
	if err != nil {
		return Time{}, err
	}
	if r.exact {
		return f.exact(r.at, nil)
	}
	p := &f.pass
	d, ok := r.in(p.order)
	if !ok {
		return Time{}, errYearFirst
	}
	if !d.inRange() {
		return Time{}, errNoDate
	}
	given := d.year != 0
	d.year = p.yearOf(d, r.clock, f.survey.o.Year)
	text = r.wallText(d)
	if r.offset != "" {
		return f.exact(schema.ParseInstant(text+r.offset, f.survey.o.Zone))
	}
	at, err := schema.ParseInstant(text, f.survey.o.Zone)
	t := Time{At: at, Wall: text}
	if !d.exists() {
		return t, err
	}
	wall := d.wallMicros(r.clock)
	change, second, repeated := repeatedHour(wall, f.survey.o.Zone)
	t.Repeated = repeated
	if !given && f.survey.o.Year == 0 {
		return t, err // such rows tell no direction
	}
	if repeated && p.inSecond(wall, change) {
		t.At = schema.Instant(second)
	}
	p.prev = wall
	return t, err
}

// exact returns a time that says its instant by itself.
func (f *File) exact(at schema.Instant, err error) (Time, error) {
	if err != nil {
		return Time{}, err
	}
	return Time{At: at, Wall: at.String()}, nil
}

// yearOf returns the year of a date: its own, the one that was given, or the one
// that the order of the rows tells.
func (p *pass) yearOf(d date, clock int64, given int) int {
	now := moment{d.month*32 + d.day, clock}
	if p.by != 0 {
		against := p.prevDay.day != 0 && now.compare(p.prevDay) == -p.by
		p.years.step(d.year, against, false, p.by)
		p.prevDay = now
	}
	switch {
	case d.year != 0:
		return d.year
	case given != 0:
		return given
	}
	return p.years.first + p.years.turned
}

// inSecond tells whether a row in a repeated hour is of its second pass. Rows that
// rise are of the first until they step back, and of the second from there on.
func (p *pass) inSecond(wall, change int64) bool {
	if p.rows == nil || !slices.Contains(p.rows.repeats, change) {
		return false
	}
	if change != p.change {
		p.change, p.stepped = change, false
	} else if p.rising && wall < p.prev || !p.rising && wall > p.prev {
		p.stepped = true
	}
	return p.stepped == p.rising
}
