package moodle

import (
	"fmt"

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
	in.dates = make([]*dates.File, len(in.log.files))
	for i, file := range in.log.files {
		var err error
		if in.dates[i], err = detectFile(detector, file); err != nil {
			in.yield(nil, err)
			return false
		}
	}
	if err := detector.Decide(); err != nil {
		in.yield(nil, err)
		return false
	}
	return true
}

func detectFile(detector *dates.Detector, file formats.File) (*dates.File, error) {
	content, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file.Name, err)
	}
	defer content.Close()
	scan := formats.NewScanner(content, formats.ScanOptions{})
	var l *layout
	if scan.Scan() {
		l, _ = readLayout(scan.Cells())
	}
	if l == nil {
		return detector.File(file.Name, nil), fatal(file, scan.Err())
	}
	f := detector.File(file.Name, l.header)
	for {
		if !scan.Scan() {
			if err := scan.Err(); !formats.IsFault(err) {
				return f, fatal(file, err)
			}
			continue
		}
		if cells := l.trim(scan.Cells()); len(cells) == len(l.header) {
			f.Add(scan.Line(), timeText(l, cells))
		}
	}
}

// fatal returns the error that ends the reading of a file; nil for a fault, after which
// reading goes on.
func fatal(file formats.File, err error) error {
	if err == nil || formats.IsFault(err) {
		return nil
	}
	return formats.InFile(file.Name, err)
}

// timeText returns the text of a row's time.
func timeText(l *layout, cells [][]byte) string { return eventlog.Clean(l.get(cells, columnTime)) }
