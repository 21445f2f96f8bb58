package moodle

import (
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
)

// detectDates sees the times of all files, so that it is known how they are read
// before the first row is. It reports whether to go on. Files and rows that cannot
// be read are passed over: readFile yields their faults.
func (in *logReader) detectDates() bool {
	o := in.log.options
	detector := dates.NewDetector(dates.Options{Zone: o.Zone, Order: dates.Order(o.DateOrder), Year: o.Year})
	in.files = make([]logFile, len(in.log.files))
	for i, file := range in.log.files {
		in.files[i].File = file
		if err := in.files[i].detect(detector); err != nil {
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

// detect sees the times of one file. Its error is none that reading goes on after.
func (f *logFile) detect(detector *dates.Detector) error {
	if f.layout, f.header, f.fault = readLayout(f.File); f.layout == nil {
		f.dates = detector.File(f.Name, nil)
		if formats.IsFault(f.fault) {
			return nil
		}
		return f.fault
	}
	f.dates = detector.File(f.Name, f.layout.header)
	for row, err := range rows(f.File) {
		switch {
		case err != nil && !formats.IsFault(err):
			return err
		case err == nil && row.line > f.header:
			if cells := f.layout.trim(row.cells); len(cells) == len(f.layout.header) {
				f.dates.Add(row.line, timeText(f.layout, cells))
			}
		}
	}
	return nil
}

// timeText returns the text of a row's time.
func timeText(l *layout, cells [][]byte) string { return eventlog.Clean(l.get(cells, columnTime)) }
