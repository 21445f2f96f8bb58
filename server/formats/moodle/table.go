package moodle

import (
	"fmt"
	"iter"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/eventlog"
)

// sampleRows are how many rows of a file are looked at to tell its columns.
const sampleRows = 100

// tableRow is a row of a file, valid until the next.
type tableRow struct {
	line  int
	cells [][]byte
}

// tableRows yields the rows of a file below its header. An error that is a fault is of one
// row, any other ends the sequence.
func tableRows(file formats.File) iter.Seq2[tableRow, error] {
	return func(yield func(tableRow, error) bool) {
		header := true
		for row, err := range allRows(file) {
			if header && err == nil {
				header = false
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func allRows(file formats.File) iter.Seq2[tableRow, error] {
	return func(yield func(tableRow, error) bool) {
		content, err := file.Open()
		if err != nil {
			yield(tableRow{}, fmt.Errorf("open %s: %w", file.Name, err))
			return
		}
		defer content.Close()
		scan := formats.NewScanner(content, formats.ScanOptions{})
		for {
			if scan.Scan() {
				if !yield(tableRow{scan.Line(), scan.Cells()}, nil) {
					return
				}
				continue
			}
			err := scan.Err()
			if err == nil || !yield(tableRow{}, err) || !formats.IsFault(err) {
				return
			}
		}
	}
}

// readLayout reads the header and the first rows of a file. Its error is a fault where the
// file is no log.
func readLayout(file formats.File) (*layout, error) {
	var header []string
	var sample [][]string
	line := 1
	for row, err := range allRows(file) {
		if err != nil {
			if header != nil && formats.IsFault(err) {
				continue // readFile yields it
			}
			return nil, err
		}
		cells := make([]string, len(row.cells))
		for i, cell := range row.cells {
			cells[i] = eventlog.Clean(cell)
		}
		if header == nil {
			header, line = cells, row.line
			continue
		}
		if sample = append(sample, cells); len(sample) == sampleRows {
			break
		}
	}
	if header == nil {
		return nil, schema.Fault{Line: 1, Message: "the file is empty; it should begin with a header such as " + strings.Join(tableNeeds, ",")}
	}
	l, err := newLayout(header, sample)
	if err != nil {
		return nil, schema.Fault{Line: line, Message: err.Error()}
	}
	return l, nil
}
