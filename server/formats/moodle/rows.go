package moodle

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
)

// logReader reads the rows of the files of a log.
type logReader struct {
	log   *Log
	cells rowReader
	dates []*dates.File // of each file of the log
	yield func(*schema.LogRow, error) bool
}

// Rows reads the rows of the files, in the order in which they stand there. The row
// is reused for the next; its names are positions in Names. A row or file that cannot
// be read is yielded as a schema.Fault, after which reading goes on; any other error
// ends the sequence. Ranging over it again reads the files again.
func (l *Log) Rows() iter.Seq2[*schema.LogRow, error] {
	return func(yield func(*schema.LogRow, error) bool) {
		l.Begin()
		in := &logReader{log: l, yield: yield, cells: rowReader{names: l.Log.Names(), cells: map[string]uint32{}}}
		if !in.detectDates() {
			return
		}
		for i := range l.files {
			if !in.readFile(i) {
				return
			}
		}
	}
}

// Names lists the names of people in the rows by position; the first is none.
func (l *Log) Names() []string { return l.Log.Names().All() }

// readFile reads the rows of one file. It reports whether to go on.
func (in *logReader) readFile(index int) bool {
	file := in.log.files[index]
	content, err := file.Open()
	if err != nil {
		in.yield(nil, fmt.Errorf("open %s: %w", file.Name, err))
		return false
	}
	defer content.Close()
	scan := formats.NewScanner(content, formats.ScanOptions{})
	fault := func(err error) bool {
		err = formats.InFile(file.Name, err)
		return in.yield(nil, err) && formats.IsFault(err)
	}

	if !scan.Scan() {
		err := scan.Err()
		if err == nil {
			err = schema.Fault{Line: 1, Message: "the file is empty; it should begin with a header such as " + strings.Join(tableNeeds, ",")}
		}
		return fault(err)
	}
	layout, err := readLayout(scan.Cells())
	if err != nil {
		return fault(schema.Fault{Line: scan.Line(), Message: err.Error()})
	}
	digester := eventlog.NewDigester(layout.header)
	in.cells.dates = in.dates[index]
	for {
		if !scan.Scan() {
			if err := scan.Err(); err == nil {
				return true
			} else if !fault(err) {
				return false
			}
			continue
		}
		row, err := in.cells.read(layout, scan.Cells())
		if err != nil {
			var f schema.Fault
			errors.As(err, &f)
			f.Line = scan.Line()
			if !fault(f) {
				return false
			}
			continue
		}
		row.File, row.Line = file.Name, scan.Line()
		if row.ID == 0 {
			row.Digest = digester.Of(scan.Cells())
		}
		if !in.yield(row, nil) {
			return false
		}
	}
}
