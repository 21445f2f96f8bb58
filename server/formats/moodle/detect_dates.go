package moodle

import (
	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
	"glow/server/formats/table"
)

// detectDates sees the times of all files, so that it is known how they are read
// before the first row is. It reports whether to go on. Files and rows that cannot
// be read are passed over: readFile yields their faults.
func (in *logReader) detectDates() bool {
	o := in.log.options
	detector := dates.NewDetector(dates.Options{Zone: o.Zone, Order: dates.Order(o.DateOrder), Year: o.Year})
	in.files = make([]logFile, len(in.log.files))
	for i, file := range in.log.files {
		in.files[i].name = file.Name
		if err := in.files[i].detect(file, o, detector); err != nil {
			in.yield(nil, formats.InFile(file.Name, err))
			return false
		}
	}
	if err := detector.Decide(); err != nil {
		in.yield(nil, err)
		return false
	}
	return true
}

// close removes what was kept of the files.
func (in *logReader) close() {
	for _, file := range in.files {
		if file.table != nil {
			_ = file.table.Close() // there is nothing to be done about a temporary file that stays
		}
	}
}

// detect opens a file and sees its times. Its error is none that reading goes on after.
func (f *logFile) detect(file formats.File, o Options, detector *dates.Detector) error {
	if f.fault = f.open(file, o); f.fault != nil {
		f.dates = detector.File(f.name, nil)
		if formats.IsFault(f.fault) {
			return nil
		}
		return f.fault
	}
	f.dates = detector.File(f.name, f.layout.header)
	for row, err := range f.table.Rows() {
		switch {
		case err == nil:
			f.dates.Add(row.Line, timeText(f.layout, row.Cells))
		case !formats.IsFault(err):
			return err
		}
	}
	return nil
}

// sampleRows are how many rows of a file are looked at to tell its columns.
const sampleRows = 100

// open finds the table in a file and tells its columns.
func (f *logFile) open(file formats.File, o Options) (err error) {
	// Logs go through many hands, some of which mix charsets: each cell tells its own.
	if f.table, err = table.Open(file, table.Options{Mixed: true, TempDir: o.TempDir, TempName: o.TempName}); err != nil {
		return err
	}
	header := make([]string, len(f.table.Header))
	for i, name := range f.table.Header {
		header[i] = eventlog.Clean([]byte(name))
	}
	var sample [][]string
	for row, err := range f.table.Rows() {
		if err != nil {
			if formats.IsFault(err) {
				continue // readFile yields it
			}
			return err
		}
		cells := make([]string, len(row.Cells))
		for i, cell := range row.Cells {
			cells[i] = eventlog.Clean(cell)
		}
		if sample = append(sample, cells); len(sample) == sampleRows {
			break
		}
	}
	if f.layout, err = newLayout(header, sample); err != nil {
		return schema.Fault{Line: f.table.HeaderLine, Message: err.Error()}
	}
	return nil
}

// timeText returns the text of a row's time.
func timeText(l *layout, cells [][]byte) string { return eventlog.Clean(l.get(cells, columnTime)) }
