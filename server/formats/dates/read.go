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

// fileReader is the state of Read: it goes through the rows of a file again.
type fileReader struct {
	order  Order
	rows   *direction // the way they go; nil when not known
	rising bool

	prev    int64 // what the wall clock showed in the row before
	change  int64 // the repeated hour of the last row that lies in one
	stepped bool  // the rows of that hour have gone to the other pass

	years   yearCount // of rows without one
	by      int
	prevDay yearTime
}

// Rewind has Read begin again with the first time of the file.
func (f *File) Rewind() { f.reader = f.start }

func newFileReader(o Order, t *rowOrder) fileReader {
	p := fileReader{order: o, rows: t.only()}
	p.rising = p.rows == &t.ascending
	if first, by, ok := t.year.known(); ok {
		p.years.first, p.by = first, by
	}
	return p
}

// Read reads the next time of the file, after Decide. The times must be the same as those
// of Add, in the same order.
func (f *File) Read(text string) (Time, error) {
	r, err := parse(text, f.months)
	if err != nil {
		return Time{}, err
	}
	if r.exact {
		return Time{At: r.at}, nil
	}
	p := &f.reader
	d, ok := r.in(p.order)
	if !ok {
		return Time{}, errYearFirst
	}
	if !d.inRange() {
		return Time{}, errNoDate
	}
	given := d.year != 0
	d.year = p.yearOf(d, r.clock, f.detector.o.Year)
	at, err := schema.ParseInstant(r.wallText(d)+r.offset, f.detector.o.Zone)
	t := Time{At: at}
	if r.offset != "" || !d.exists() {
		return t, err
	}
	wall := d.wallMicros(r.clock)
	change, second, repeated := repeatedHour(wall, f.detector.o.Zone)
	t.Repeated = repeated
	if !given && f.detector.o.Year == 0 {
		return t, err // such rows show no direction
	}
	if repeated && p.inSecond(wall, change) {
		t.At = schema.Instant(second)
	}
	p.prev = wall
	return t, err
}

// yearOf returns the year of a date: its own, the one of Options, or the one that follows
// from the order of the rows.
func (p *fileReader) yearOf(d date, clock int64, given int) int {
	now := yearTime{d.month*32 + d.day, clock}
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

// inSecond reports whether a row in a repeated hour is of its second pass. Rows that
// rise are of the first until they step back, and of the second from there on.
func (p *fileReader) inSecond(wall, change int64) bool {
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
