package dates

import (
	"fmt"
	"slices"
	"time"

	"glow/schema"
)

// FieldOrder and FieldYear are the fields of the errors of Decide.
const (
	FieldOrder = "date_order"
	FieldYear  = "year"
)

// ask shows both readings, and says how to choose.
func (d *ambiguity) ask() error {
	return schema.Invalid(FieldOrder, "%s is %s; say which with --date-order %s or %s", &d.example, d.readings(), d.a, d.b)
}

// readings says what the two orders make of the date, as in 3 April or 4 March 2025.
func (d *ambiguity) readings() string {
	a, _ := d.raw.in(d.a)
	b, _ := d.raw.in(d.b)
	first := fmt.Sprintf("%d %s", a.day, time.Month(a.month))
	if a.year != b.year {
		first += fmt.Sprintf(" %d", a.year)
	}
	second := fmt.Sprintf("%d %s", b.day, time.Month(b.month))
	if b.year != 0 {
		second += fmt.Sprintf(" %d", b.year)
	}
	return first + " or " + second
}

// contradiction shows two times that no single order fits.
func (s *Detector) contradiction() error {
	day, month := s.excluded[slices.Index(orders[:], DMY)], s.excluded[slices.Index(orders[:], MDY)]
	if month.String() == day.String() { // it has the year first
		other := s.excluded[slices.Index(orders[:], YMD)]
		return schema.Invalid(FieldOrder, "%s has the year first and %s has not, so import such files one by one; say which is right with --date-order where one of them is mistaken", day, other)
	}
	return schema.Invalid(FieldOrder, "%s has the day first and %s the month, so import such files one by one; say which is right with --date-order where one of them is mistaken", month, day)
}

// String prints an example with its place.
func (e *example) String() string {
	return fmt.Sprintf("%q (%s:%d)", e.text, e.file, e.line)
}
