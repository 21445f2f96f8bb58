package formats

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"glow/schema"
)

// ReadCSV reads the records of one kind from a CSV whose first row names the
// fields, in any order. The columns that an export adds for people to read are
// passed over; a field whose column is missing is absent from every record.
//
// Like every reader here it can be ranged over once, and yields one record that
// the next overwrites: its values may be kept, the record itself may not. A bad
// record is yielded as a schema.Fault, after which reading goes on. Any other
// error ends the sequence, and so does the Fault of a header that is not right.
func ReadCSV(r io.Reader, kind *schema.Kind, o Options) iter.Seq2[*schema.Record, error] {
	o = o.orDefault()
	return func(yield func(*schema.Record, error) bool) {
		c := csvReader{Options: o, kind: kind, columns: fieldParsers(kind)}
		c.scan = NewScanner(r, ScanOptions{MaxColumns: o.Limits.MaxColumns, MaxCell: o.Limits.MaxLine})
		if err := c.header(); err != nil {
			yield(nil, err)
			return
		}
		yieldRecords(c.next, yield)
	}
}

type csvReader struct {
	Options
	kind    *schema.Kind
	scan    *Scanner
	columns []fieldParser
	fields  []int  // field of each column of the file; -1 to pass over
	absent  uint64 // as in every record
}

// header reads the first row and finds out which column holds which field.
func (c *csvReader) header() error {
	if !c.scan.Scan() {
		if err := c.scan.Err(); err != nil {
			return c.failed(err)
		}
		return c.fault(1, "the file is empty; its first row names the columns "+c.expected())
	}
	line := c.scan.Line()
	var seen []string
	for i, cell := range c.scan.Cells() {
		name := string(cell)
		at := c.kind.Field(name)
		switch {
		case name == "":
			return c.fault(line, fmt.Sprintf("column %d has no name; the columns are %s", i+1, c.expected()))
		case slices.Contains(seen, name):
			return c.columnFault(line, name, "the column is there twice")
		case at < 0 && !slices.Contains(c.kind.Readable, name):
			return c.columnFault(line, printable(schema.Clip(name)), fmt.Sprintf("is not a column of %s; its columns are %s", c.kind.File, c.expected()))
		}
		seen = append(seen, name)
		c.fields = append(c.fields, at)
	}
	return c.noteAbsent(line)
}

// noteAbsent notes which fields have no column. Without ids all records are new,
// and need every required one.
func (c *csvReader) noteAbsent(line int) error {
	known := slices.Contains(c.fields, 0)
	for i := range c.kind.Fields {
		f := &c.kind.Fields[i]
		switch {
		case slices.Contains(c.fields, i):
		case f.Required && !known:
			return c.columnFault(line, f.Name, fmt.Sprintf("the column is missing; the columns of %s are %s", c.kind.File, c.expected()))
		default:
			c.absent |= 1 << i
		}
	}
	return nil
}

// expected lists the kind's columns, those that a new record needs with a *.
func (c *csvReader) expected() string {
	var b strings.Builder
	for i := range c.kind.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.kind.Fields[i].Name)
		if c.kind.Fields[i].Required {
			b.WriteByte('*')
		}
	}
	return b.String() + " (* a new record needs it)"
}

// next reads one row into rec. It returns io.EOF at the end.
func (c *csvReader) next(rec *schema.Record) error {
	if !c.scan.Scan() {
		if err := c.scan.Err(); err != nil {
			return c.failed(err)
		}
		return io.EOF
	}
	cells := c.scan.Cells()
	rec.Reset(c.kind)
	rec.Absent = c.absent
	rec.File, rec.Line = c.Name, c.scan.Line()
	if len(cells) != len(c.fields) {
		return rec.Fault("", "the row has %s; the header has %d", count(len(cells), "cell"), len(c.fields))
	}
	for i, at := range c.fields {
		if at < 0 || len(cells[i]) == 0 {
			continue
		}
		col := &c.columns[at]
		cell := cells[i]
		if isText(col.field.Type) {
			cell = Unguard(cell)
		}
		v, err := col.parse(cell, c.Zone)
		if err != nil {
			return rec.Fault(col.field.Name, "%v", err)
		}
		rec.Values[at] = v
	}
	return rec.Finish()
}

// fault makes a Fault of one of the file's records.
func (c *csvReader) fault(line int, message string) schema.Fault {
	f := c.Options.fault(line, message)
	f.Kind = c.kind
	return f
}

func (c *csvReader) columnFault(line int, field, message string) schema.Fault {
	f := c.fault(line, message)
	f.Field = field
	return f
}

// count prints a number and its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// IsPlainCSV reports whether a CSV begins as one that an export writes, or somebody who follows
// its form: UTF-8, and a first row of nothing but the fields and the readable columns of the kind.
func IsPlainCSV(head []byte, kind *schema.Kind) bool {
	if startsUTF16(head) || !utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) {
		return false
	}
	scan := NewScanner(bytes.NewReader(head), ScanOptions{})
	if !scan.Scan() {
		return true // the faults are those of reading
	}
	for _, cell := range scan.Cells() {
		if kind.Field(string(cell)) < 0 && !slices.Contains(kind.Readable, string(cell)) {
			return false
		}
	}
	return true
}
