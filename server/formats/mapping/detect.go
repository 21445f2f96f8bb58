package mapping

import (
	"regexp"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
)

// detect reads all files once, to find out in which order the dates are, and whether numbers
// have a decimal comma.
func (in *Input) detect() error {
	times, numbers := in.typed(schema.Time, schema.Date), in.typed(schema.Int, schema.Cost)
	detector := dates.NewDetector(dates.Options{Zone: in.o.TimesIn, Order: dates.Order(in.o.DateOrder), Year: in.o.Year})
	found := map[*file]map[string]*dates.File{}
	for _, f := range in.files {
		found[f] = map[string]*dates.File{}
		for _, column := range times {
			found[f][column] = detector.File(f.Name, f.Header)
		}
	}
	var seen numerals
	for r, err := range in.rows() {
		if err != nil {
			if !formats.IsFault(err) {
				return err
			}
			continue
		}
		for _, column := range times {
			if text := r.cell(column); text != "" {
				found[r.file][column].Add(r.Line, text)
			}
		}
		for _, column := range numbers {
			seen.add(r, column)
		}
	}
	if err := detector.Decide(); err != nil {
		return err
	}
	for f, times := range found {
		f.times = times
	}
	return in.decideComma(&seen)
}

// typed lists the columns of which values of some types are made.
func (in *Input) typed(types ...schema.Type) (columns []string) {
	add := func(names ...string) {
		for _, name := range names {
			if name != "" && !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	for _, e := range in.mapping.Events {
		if slices.Contains(types, schema.Time) {
			add(e.Time)
		}
	}
	for _, r := range in.mapping.Records {
		kind := schema.KindNamed(r.Kind)
		for _, f := range kind.Fields {
			if v, ok := r.Fields[f.Name]; ok && slices.Contains(types, f.Type) {
				add(v.Column)
				add(v.Or...)
			}
		}
	}
	return columns
}

// numerals are how the numbers of an input are written.
type numerals struct {
	comma, point *example // a number in which that must part the decimals
	either       *example // one that may be read both ways
}

type example struct {
	file, text, column string
	line               int
}

var (
	commaDecimal = regexp.MustCompile(`^-?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$|^-?0,\d+$|^-?\d{1,3}(\.\d{3})+,\d+$`)
	pointDecimal = regexp.MustCompile(`^-?(\d{1,3}(,\d{3})+|\d+)\.(\d{1,2}|\d{4,})$|^-?0\.\d+$|^-?\d{1,3}(,\d{3})+\.\d+$`)
	oneGroup     = regexp.MustCompile(`^-?[1-9]\d{0,2}[.,]\d{3}$`)
)

func (n *numerals) add(r *row, column string) {
	text := r.cell(column)
	if text == "" || !strings.ContainsAny(text, ",.") {
		return
	}
	note := func(to **example) {
		if *to == nil {
			*to = &example{r.file.Name, text, column, r.Line}
		}
	}
	switch {
	case commaDecimal.MatchString(text):
		note(&n.comma)
	case pointDecimal.MatchString(text):
		note(&n.point)
	case oneGroup.MatchString(text) && r.file.HeaderLine == 0 && strings.Contains(text, "."):
		note(&n.point) // numbers of JSON have no other
	case oneGroup.MatchString(text):
		note(&n.either)
	}
}

// decideComma decides whether the numbers have a decimal comma.
func (in *Input) decideComma(seen *numerals) error {
	switch {
	case in.o.Decimal != "":
		in.comma = in.o.Decimal == "comma"
	case seen.comma != nil && seen.point != nil:
		return schema.Invalid("decimal", "%q (%s:%d) has a decimal comma and %q (%s:%d) a decimal point; say which is right with --decimal comma or point",
			seen.comma.text, seen.comma.file, seen.comma.line, seen.point.text, seen.point.file, seen.point.line)
	case seen.comma != nil:
		in.comma = true
	case seen.point == nil && seen.either != nil:
		e := seen.either
		return schema.Invalid("decimal", "%q (%s:%d, %s) may be a whole number or one with decimals; say which with --decimal comma or point", e.text, e.file, e.line, e.column)
	}
	return nil
}

// number returns a number in the form that fields read.
func (in *Input) number(text string) string {
	group, decimal := ",", "."
	if in.comma {
		group, decimal = ".", ","
	}
	text = strings.NewReplacer(group, "", "\u00a0", "", "\u202f", "", " ", "", "'", "", "$", "").Replace(text)
	return strings.Replace(text, decimal, ".", 1)
}
