// Package mapping reads tables of other programs by what a schema.Mapping says of their
// columns. The mappings of programs that are known are data, in builtin.
package mapping

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/table"
)

// Options say how files are read; zero fields take the defaults.
type Options struct {
	Zone      *time.Location // of days; default UTC
	TimesIn   *time.Location // zone of times without one; default the mapping's, else Zone
	DateOrder string         // of dates in numbers: dmy, mdy or ymd; "" to find it out
	Year      int            // of dates without one; 0 to find it out
	Decimal   string         // comma or point; "" to find it out

	Prefix         string   // of ids; default the mapping's
	Departments    []string // ids of the departments of everybody in the files
	NewDepartments []string // those of them to make: they are named by their ids
	Role           string   // of everybody in the files, who has none there; default "ta"

	Known    Known
	Table    table.Options
	TempDir  string // where rows are sorted that memory does not hold; default os.TempDir()
	TempName string // begins the names of those files
}

// Known tells what the database holds; nil functions know nothing.
type Known struct {
	// Departments returns the ids of all departments, by id and by folded name.
	Departments func() (map[string]string, error)

	// PeopleByEmail returns the ids of the people who alone have one of the addresses, by
	// the address in small letters.
	PeopleByEmail func(emails []string) (map[string]string, error)
}

// Input is what a mapping makes of files.
type Input struct {
	mapping *schema.Mapping
	o       Options
	files   []*file
	skipped map[string]int64
	comma   bool // numbers have a decimal comma

	people   map[string]*person  // by the text by which rows know them
	sessions map[string]*session // by id
	groups   map[string]string   // the session of each, by id
}

// file is a file of the input.
type file struct {
	*table.Table
	columns map[string]int         // by folded name
	times   map[string]*dates.File // by the name of the column
}

// Read opens the files, whose tables are closed by Close. The error is a schema.Fault where a
// file is not one of the mapping.
func Read(files []formats.File, m *schema.Mapping, o Options) (in *Input, err error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.TimesIn == nil {
		if o.TimesIn, err = (schema.ImportQuery{Timezone: m.Timezone}).Zone(o.Zone); err != nil {
			return nil, err
		}
	}
	if o.Prefix == "" {
		o.Prefix = m.Prefix
	}
	in = &Input{mapping: m, o: o, skipped: map[string]int64{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close())
		}
	}()
	for _, f := range files {
		t, err := table.Open(f, o.Table)
		if err != nil {
			return in, err
		}
		one := &file{Table: t, columns: map[string]int{}}
		in.files = append(in.files, one)
		for i, name := range t.Header {
			if key := Fold(name); key != "" {
				if _, twice := one.columns[key]; !twice {
					one.columns[key] = i
				}
			}
		}
		if lacks := missing(m, t.Header); len(lacks) > 0 && Beside(m, t.Header) == nil {
			return in, schema.Fault{File: f.Name, Line: t.HeaderLine, Message: fmt.Sprintf("the header is not that of %q: it lacks %s", m.Title, strings.Join(lacks, ", "))}
		}
	}
	in.files = slices.DeleteFunc(in.files, func(f *file) bool { return !in.reads(f) })
	return in, in.detect()
}

// reads reports whether the mapping reads a column of a file: of some beside the others it knows
// no more than that they are there.
func (in *Input) reads(f *file) bool {
	return slices.ContainsFunc(in.mapping.Uses(), func(column string) bool { _, ok := f.columns[Fold(column)]; return ok })
}

// Close removes what was kept of the files.
func (in *Input) Close() error {
	var err error
	for _, f := range in.files {
		err = errors.Join(err, f.Table.Close())
	}
	return err
}

// Skipped returns how many rows gave nothing, and why. It is complete when the records
// have been ranged over.
func (in *Input) Skipped() (total int64, reasons map[string]int64) {
	reasons = map[string]int64{}
	for reason, n := range in.skipped {
		total += n
		reasons[reason] += n
	}
	for _, f := range in.files {
		for reason, n := range f.Table.Skipped() {
			total += n
			reasons[reason] += n
		}
	}
	return total, reasons
}

// row is a row of a file.
type row struct {
	table.Row
	file  *file
	times map[string]rowTime // by the name of the column
}

// rowTime is a time of a row; neither is set where its cell is empty.
type rowTime struct {
	dates.Time
	set bool
	err error
}

// rows reads all files. What is yielded is reused for the next.
func (in *Input) rows() iter.Seq2[*row, error] {
	return func(yield func(*row, error) bool) {
		for _, f := range in.files {
			for _, times := range f.times {
				times.Rewind()
			}
			one := row{file: f, times: map[string]rowTime{}}
			for r, err := range f.Table.Rows() {
				if one.Row = r; err == nil {
					one.readTimes()
				}
				if !yield(&one, err) || err != nil && !formats.IsFault(err) {
					return
				}
			}
		}
	}
}

// readTimes reads the times of the row, all of them: each tells something of the next.
func (r *row) readTimes() {
	for column, times := range r.file.times {
		t := rowTime{}
		if text := r.cell(column); text != "" {
			t.set = true
			if t.Time, t.err = times.Read(text); t.err != nil {
				t.err = fmt.Errorf("%q %w", schema.Clip(text), t.err)
			}
		}
		r.times[column] = t
	}
}

// time returns the time of a value.
func (r *row) time(v schema.MappedValue) rowTime {
	for _, column := range append([]string{v.Column}, v.Or...) {
		if t := r.times[column]; t.set {
			return t
		}
	}
	return rowTime{}
}

// cell returns the text of a column, without blanks at its ends; "" where the file has none.
func (r *row) cell(column string) string {
	at, ok := r.file.columns[Fold(column)]
	if !ok {
		return ""
	}
	return strings.TrimSpace(string(r.Cells[at]))
}

// text returns the text of a value.
func (r *row) text(v schema.MappedValue) string {
	if v.Column == "" {
		return v.Value
	}
	text := r.cell(v.Column)
	for _, column := range v.And {
		if more := r.cell(column); more != "" {
			text = strings.TrimSpace(text + " " + more)
		}
	}
	for i := 0; text == "" && i < len(v.Or); i++ {
		text = r.cell(v.Or[i])
	}
	switch v.Form {
	case schema.FormLastFirst:
		text = firstLast(text)
	case schema.FormMailto:
		if len(text) > 7 && strings.EqualFold(text[:7], "mailto:") {
			text = text[7:]
		}
	case schema.FormPath:
		text = text[strings.LastIndexByte(text, '/')+1:]
	case schema.FormLower:
		text = strings.ToLower(text)
	case schema.FormNumberSign:
		text = strings.TrimPrefix(text, "#")
	case schema.FormCommas:
		text = strings.ReplaceAll(text, ",", "|")
	case schema.FormNegative:
		text = strings.TrimPrefix(text, "-")
	case schema.FormMillionths:
		text = millionths(strings.TrimPrefix(text, "-"))
	}
	if value, ok := v.Values[text]; ok {
		text = value
	}
	if text == "" {
		text = v.Value
	}
	return text
}

// millionths divides a number by a million.
func millionths(number string) string {
	if number == "" {
		return ""
	}
	digits, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	n, _ := strconv.Atoi(exponent) // none is 0
	return digits + "e" + strconv.Itoa(n-6)
}

// firstLast turns "One, Ana" round.
func firstLast(name string) string {
	last, first, ok := strings.Cut(name, ",")
	if !ok {
		return name
	}
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// applies reports whether a row is one of those for which an event or a record is made.
func (r *row) applies(when, unless map[string][]string) bool {
	return r.is(when) && (len(unless) == 0 || !r.is(unless))
}

// is reports whether each column has one of its values.
func (r *row) is(when map[string][]string) bool {
	for column, values := range when {
		text, found := r.cell(column), false
		for _, value := range values {
			found = found || matches(value, text)
		}
		if !found {
			return false
		}
	}
	return true
}

// matches compares a text with a value, in which a * at the start or the end stands for anything.
func matches(value, text string) bool {
	value, text = strings.ToLower(value), strings.ToLower(text)
	before, after := strings.CutPrefix(value, "*")
	if after {
		return strings.HasSuffix(text, before)
	}
	if start, open := strings.CutSuffix(value, "*"); open {
		return strings.HasPrefix(text, start)
	}
	return text == value
}
