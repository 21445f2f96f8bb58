package dates

import (
	"math/bits"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// Detector decides how the times of an input are read. Call File and Add for all files
// and times, then Decide, then Read of each File.
type Detector struct {
	o           Options
	files       []*File
	maxYear     int // a year of two digits in front is not later
	excluded    [len(orders)]*example
	ambiguities []ambiguity
	padding     [2]padding     // of the first and the second part
	first       values         // of dates of three parts of two digits
	third       values         // likewise
	hints       map[Order]bool // of the language
}

// File is one file of an input.
type File struct {
	detector *Detector
	name     string
	months   map[string]int // see monthsOf
	rows     [len(orders)]rowOrder
	yearless *example   // the first date without a year
	start    fileReader // as Read begins
	reader   fileReader // of Read
}

// example is a time and where it stands.
type example struct {
	file, text string
	line       int
	raw        rawTime
}

// ambiguity is the first time that two orders read as different days.
type ambiguity struct {
	a, b Order
	example
}

// padding tells how parts below 10 are written.
type padding struct{ padded, bare bool }

// values are the numbers from 0 to 99 that came.
type values [2]uint64

func (v *values) add(n int) { v[n/64%2] |= 1 << (n % 64) }

func (v *values) count() int { return bits.OnesCount64(v[0]) + bits.OnesCount64(v[1]) }

// NewDetector returns a Detector for one input.
func NewDetector(o Options) *Detector {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Detector{o: o, maxYear: time.Now().Year() + 1, hints: map[Order]bool{}}
}

// File begins the next file. The names of its columns may show its language.
func (s *Detector) File(name string, columns []string) *File {
	for _, column := range columns {
		for order, known := range headers {
			if known[plain(column)] {
				s.hints[order] = true
			}
		}
	}
	f := &File{detector: s, name: name, months: monthsIn(columns)}
	s.files = append(s.files, f)
	return f
}

// Add notes the next time of the file. It ignores text that is no time; Read returns the
// error.
func (f *File) Add(line int, text string) {
	r, err := parse(text, f.months)
	if err != nil || r.exact {
		return
	}
	s := f.detector
	place := func() *example {
		return &example{file: f.name, text: schema.Clip(strings.Clone(text)), line: line, raw: r}
	}
	if len(r.parts) > 0 {
		s.note(&r, place)
	}
	if d, _ := r.in(DMY); d.year == 0 && f.yearless == nil {
		f.yearless = place()
	}
	for i, o := range orders {
		d, ok := r.in(o)
		if !ok || !d.inRange() {
			continue
		}
		t := &f.rows[i]
		t.year.step(d, r.clock)
		if d.year == 0 {
			d.year = s.o.Year
		}
		if d.exists() && r.hasWall() {
			t.step(d.wallMicros(r.clock), s.o.Zone)
		}
	}
}

// note notes what a date of numbers says about their order.
func (s *Detector) note(r *rawTime, place func() *example) {
	if r.dotted {
		s.hints[DMY] = true
	}
	var fits []Order
	for _, o := range orders {
		if r.possible(o) && (o != YMD || r.parts[0].year() <= s.maxYear) {
			fits = append(fits, o)
		}
	}
	if len(fits) == 0 {
		return // a fault of its own
	}
	for i, o := range orders {
		if s.excluded[i] == nil && !slices.Contains(fits, o) {
			s.excluded[i] = place()
		}
	}
	for i, a := range fits {
		for _, b := range fits[i+1:] {
			x, _ := r.in(a)
			y, _ := r.in(b)
			if x != y && !slices.ContainsFunc(s.ambiguities, func(d ambiguity) bool { return d.a == a && d.b == b }) {
				s.ambiguities = append(s.ambiguities, ambiguity{a, b, *place()})
			}
		}
	}
	for i := range s.padding {
		if n := r.parts[i]; n.value < 10 {
			s.padding[i].padded = s.padding[i].padded || n.padded
			s.padding[i].bare = s.padding[i].bare || n.digits == 1
		}
	}
	if len(r.parts) == 3 && r.parts[2].digits == 2 {
		s.first.add(r.parts[0].value)
		s.third.add(r.parts[2].value)
	}
}

// Decide finds out the order of day and month for all files, and whether missing years
// follow from the rows. If either cannot be found out, the error says which option to
// give.
func (s *Detector) Decide() error {
	order, err := s.decideOrder()
	if err != nil {
		return err
	}
	for _, f := range s.files {
		t := &f.rows[slices.Index(orders[:], order)]
		if err := f.decideYear(t); err != nil {
			return err
		}
		f.start = newFileReader(order, t)
		f.Rewind()
	}
	return nil
}

func (s *Detector) decideOrder() (Order, error) {
	if s.o.Order != "" {
		return s.o.Order, nil
	}
	var left []Order
	for i, o := range orders {
		if s.excluded[i] == nil {
			left = append(left, o)
		}
	}
	if len(left) == 0 {
		return "", s.contradiction()
	}
	// A year of two digits comes first if the last part takes more values.
	if len(left) > 1 && left[len(left)-1] == YMD && !s.hints[YMD] && s.third.count() <= s.first.count() {
		left = left[:len(left)-1]
	}
	for _, tell := range []func([]Order) []Order{s.byRows, s.byPadding, s.byLanguage} {
		if s.ambiguous(left) == nil {
			break
		}
		if told := tell(left); len(told) > 0 {
			left = told
		}
	}
	if d := s.ambiguous(left); d != nil {
		return "", d.ask()
	}
	return left[0], nil
}

// ambiguous returns a time that two of the orders read as different days.
func (s *Detector) ambiguous(left []Order) *ambiguity {
	for i := range s.ambiguities {
		if d := &s.ambiguities[i]; slices.Contains(left, d.a) && slices.Contains(left, d.b) {
			return d
		}
	}
	return nil
}

// byRows returns the orders under which the rows of each file go one way in time; all
// orders for a file whose rows do so under none.
func (s *Detector) byRows(left []Order) []Order {
	told := slices.Clone(left)
	for _, f := range s.files {
		goesOneWay := func(o Order) bool { return f.rows[slices.Index(orders[:], o)].monotone() }
		if slices.ContainsFunc(left, goesOneWay) { // else its rows are in no order
			told = slices.DeleteFunc(told, func(o Order) bool { return !goesOneWay(o) })
		}
	}
	return told
}

// byPadding returns the order in which the day is the part without a leading zero:
// nobody writes the month without one and the day with one.
func (s *Detector) byPadding(left []Order) []Order {
	a, b := s.padding[0], s.padding[1]
	switch {
	case a.bare && !a.padded && b.padded && !b.bare:
		return only(left, DMY)
	case b.bare && !b.padded && a.padded && !a.bare:
		return only(left, MDY)
	}
	return nil
}

// byLanguage returns the order of the language of the headers, or of points.
func (s *Detector) byLanguage(left []Order) []Order {
	if len(s.hints) != 1 {
		return nil
	}
	for o := range s.hints {
		return only(left, o)
	}
	return nil
}

func only(left []Order, o Order) []Order {
	if slices.Contains(left, o) {
		return []Order{o}
	}
	return nil
}

// decideYear fails when the year of some row is not known.
func (f *File) decideYear(t *rowOrder) error {
	if !t.year.without {
		return nil
	}
	if f.detector.o.Year != 0 {
		if t.newYear() {
			return schema.Invalid(FieldYear, "the rows of %s go from one year into the next, so that %d is not the year of all of them; split the file at New Year and import each part with its own year", f.name, f.detector.o.Year)
		}
		return nil
	}
	if _, _, ok := t.year.known(); !ok {
		return schema.Invalid(FieldYear, "%s has no year, and the order of the rows does not tell it; say which with --year", f.yearless)
	}
	return nil
}
