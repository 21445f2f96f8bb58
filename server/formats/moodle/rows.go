package moodle

import (
	"errors"
	"iter"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
	"glow/server/formats/table"
)

// logReader reads the rows of the files of a log.
type logReader struct {
	log   *Log
	files []logFile
	yield func(*schema.LogRow, error) bool
}

// logFile is a file of a log.
type logFile struct {
	name   string
	table  *table.Table // nil for a file without one
	layout *layout
	fault  error // why it is no log
	dates  *dates.File
}

// Rows reads the rows of the files, in the order in which they stand there. The row
// is reused for the next; its names are positions in Names. A row or file that cannot
// be read is yielded as a schema.Fault, after which reading goes on; any other error
// ends the sequence. Ranging over it again reads the files again.
func (l *Log) Rows() iter.Seq2[*schema.LogRow, error] {
	return func(yield func(*schema.LogRow, error) bool) {
		l.Begin()
		l.courses = map[int64]bool{}
		in := &logReader{log: l, yield: yield}
		defer in.close()
		if !in.detectDates() {
			return
		}
		for i := range in.files {
			if !in.readFile(&in.files[i]) {
				return
			}
		}
	}
}

// Names lists the names of people in the rows by position; the first is none.
func (l *Log) Names() []string { return l.Log.Names().All() }

// Courses is how many courses the rows name, once Rows was ranged over. Rows without one, such as
// those of logins, name none.
func (l *Log) Courses() int64 { return int64(len(l.courses)) }

// readFile reads the rows of one file. It reports whether to go on.
func (in *logReader) readFile(file *logFile) bool {
	fault := func(err error) bool {
		err = formats.InFile(file.name, err)
		return in.yield(nil, err) && formats.IsFault(err)
	}
	if file.fault != nil {
		return fault(file.fault)
	}
	cells := rowReader{names: in.log.Log.Names(), cells: map[string]uint32{}, dates: file.dates, courses: in.log.courses}
	digester := eventlog.NewDigester(file.layout.keys)
	for row, err := range file.table.Rows() {
		if err != nil {
			if !fault(err) {
				return false
			}
			continue
		}
		r, err := cells.read(file.layout, row.Cells)
		if err != nil {
			var f schema.Fault
			errors.As(err, &f)
			f.Line = row.Line
			if !fault(f) {
				return false
			}
			continue
		}
		r.File, r.Line = file.name, row.Line
		if r.ID == 0 {
			r.Digest = digester.Of(row.Cells)
		}
		if !in.yield(r, nil) {
			return false
		}
	}
	in.log.Skip(file.table.Skipped())
	return true
}
