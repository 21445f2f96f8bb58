// Package table finds the table in a file, whatever the file is: CSV in any charset and with
// any separator, an Excel workbook, JSON or NDJSON. It yields rows of text under a header,
// as a stream; what they mean is for others to know.
package table

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"strings"

	"glow/schema"
	"glow/server/formats"
)

// Options say how a table is read; zero fields take the defaults.
type Options struct {
	Sheet    string         // of a workbook; default the one with the most rows
	Limits   formats.Limits // MaxColumns is 1,024 by default
	Mixed    bool           // a CSV that is not UTF-16 keeps its bytes: its charset is not the same in all cells
	Keyed    int            // how many objects of JSON are read for their keys; default all
	TempDir  string         // where a workbook that comes as a stream is kept; default os.TempDir()
	TempName string         // begins the names of those files; default glow-table-
}

// maxColumns is how many columns a table may have: surveys have hundreds.
const maxColumns = 1024

func (o Options) orDefault() Options {
	d := formats.DefaultLimits()
	if o.Limits == (formats.Limits{}) {
		o.Limits = d
		o.Limits.MaxColumns = maxColumns
	}
	if o.TempName == "" {
		o.TempName = "glow-table-"
	}
	return o
}

// The formats of files.
const (
	CSV    = "CSV"
	XLSX   = "XLSX"
	JSON   = "JSON"
	NDJSON = "NDJSON"
)

// Table is the table of a file.
type Table struct {
	Name      string // of the file
	Format    string // CSV, XLSX, JSON or NDJSON
	Charset   string // of a CSV: UTF-8, UTF-16 or Windows-1252
	Separator byte   // of a CSV

	Sheet  string   // of a workbook
	Sheets []string // all of them

	Header     []string // names of the columns, without blanks at their ends; a column may have none
	HeaderLine int      // 0 where the names are keys
	Titles     []string // lines above the header

	source  source
	skipped map[string]int64
}

// Row is a row of a table.
type Row struct {
	Line  int
	Cells [][]byte // one for each column; valid until the next row
}

// source reads the rows of a file from its start. It may be ranged over again.
type source struct {
	rows   iter.Seq2[Row, error]
	ragged bool     // a row may end before the last column
	keys   []string // the header, where it is not a row
	close  func() error
}

// Why a row is not one of the table.
const (
	ReasonTotals = "totals line"
)

// Open finds the table in a file. An error that is a schema.Fault says what the file is
// and what to do about it. Close must be called.
func Open(f formats.File, o Options) (*Table, error) {
	o = o.orDefault()
	t := &Table{Name: f.Name}
	if err := t.open(f, o); err != nil {
		return nil, formats.InFile(f.Name, errors.Join(err, t.Close()))
	}
	return t, nil
}

func (t *Table) open(f formats.File, o Options) error {
	head, err := readHead(f)
	if err != nil {
		return err
	}
	if err := refuseOthers(head); err != nil {
		return err
	}
	switch {
	case isZIP(head):
		t.Format = XLSX
		err = t.openWorkbook(f, o)
	case startsJSON(head):
		err = t.openJSON(f, o)
	default:
		t.Format = CSV
		err = t.openCSV(f, o)
	}
	if err != nil {
		return err
	}
	return t.findHeader()
}

// Close removes what was kept of the file.
func (t *Table) Close() error {
	if t.source.close == nil {
		return nil
	}
	return t.source.close()
}

// Rows yields the rows under the header. Blank rows, and cells that are empty behind the last
// column, are passed over; a line of totals is, too, and counted. A row that cannot be read
// is yielded as a schema.Fault, after which reading goes on; any other error ends
// the sequence. It may be ranged over again, which reads the file again.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		t.skipped = map[string]int64{}
		begun := t.HeaderLine == 0
		for row, err := range t.source.rows {
			if err != nil {
				err = formats.InFile(t.Name, err)
				if !yield(row, err) || !formats.IsFault(err) {
					return
				}
				continue
			}
			if !begun {
				begun = row.Line == t.HeaderLine
				continue
			}
			if isBlank(row.Cells) {
				continue
			}
			if isTotals(row.Cells) {
				t.skipped[ReasonTotals]++
				continue
			}
			if row.Cells, err = t.fit(row.Cells); err != nil {
				err = schema.Fault{File: t.Name, Line: row.Line, Message: err.Error()}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Skipped counts the rows of the last range over Rows that are not of the table, by reason.
func (t *Table) Skipped() map[string]int64 { return maps.Clone(t.skipped) }

// fit makes a row as wide as the header.
func (t *Table) fit(cells [][]byte) ([][]byte, error) {
	cells = trimRight(cells, len(t.Header))
	switch {
	case len(cells) > len(t.Header), len(cells) < len(t.Header) && !t.source.ragged:
		return nil, fmt.Errorf("the row has %s; the header has %d", count(len(cells), "cell"), len(t.Header))
	}
	for len(cells) < len(t.Header) {
		cells = append(cells, nil)
	}
	return cells, nil
}

// trimRight takes empty cells behind the last column off a row.
func trimRight(cells [][]byte, columns int) [][]byte {
	for len(cells) > columns && len(strings.TrimSpace(string(cells[len(cells)-1]))) == 0 {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// count prints a number and its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// readHead returns the first bytes of a file.
func readHead(f formats.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], err
}

// headBytes is how much of a file is looked at to find out what it is.
const headBytes = 64 << 10
