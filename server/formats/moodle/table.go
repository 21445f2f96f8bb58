package moodle

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
	"glow/server/formats/eventlog"
)

// sampleRows are how many rows of a file are looked at to tell its columns, and titleRows
// how many may stand above the header.
const (
	sampleRows = 100
	titleRows  = 20
)

// reasonTotals is why a row is nobody's activity that adds up the others.
const reasonTotals = "line of totals"

// tableRow is a row of a file, valid until the next.
type tableRow struct {
	line  int
	cells [][]byte
}

// rows yields the rows of a file that are not empty. An error that is a fault is of one
// row, any other ends the sequence.
func rows(file formats.File) iter.Seq2[tableRow, error] {
	return func(yield func(tableRow, error) bool) {
		content, err := file.Open()
		if err != nil {
			yield(tableRow{}, fmt.Errorf("open %s: %w", file.Name, err))
			return
		}
		defer content.Close()
		scan := formats.NewScanner(content, formats.ScanOptions{})
		for {
			row := tableRow{}
			err := error(nil)
			if scan.Scan() {
				row = tableRow{scan.Line(), scan.Cells()}
			} else if err = scan.Err(); err == nil {
				return
			}
			if err == nil && !slices.ContainsFunc(row.cells, func(cell []byte) bool { return !eventlog.Empty(cell) }) {
				continue
			}
			if !yield(row, err) || err != nil && !formats.IsFault(err) {
				return
			}
		}
	}
}

// readLayout reads the header and the first rows of a file, and returns the line on which
// the header stands: titles may stand above it. Its error is a fault where the file is no
// log.
func readLayout(file formats.File) (l *layout, line int, err error) {
	var sample [][]string
	var lines []int
	for row, err := range rows(file) {
		if err != nil {
			if len(sample) > 0 && formats.IsFault(err) {
				continue // readFile yields it
			}
			return nil, 0, err
		}
		cells := make([]string, len(row.cells))
		for i, cell := range row.cells {
			cells[i] = eventlog.Clean(cell)
		}
		sample, lines = append(sample, cells), append(lines, row.line)
		if len(sample) == sampleRows {
			break
		}
	}
	if len(sample) == 0 {
		return nil, 0, schema.Fault{Line: 1, Message: "the file is empty; it should begin with a header such as " + strings.Join(tableNeeds, ",")}
	}
	for i := range min(len(sample), titleRows) {
		l, tried := newLayout(sample[i], sample[i+1:])
		if tried == nil {
			return l, lines[i], nil
		}
		if i == 0 {
			err = schema.Fault{Line: lines[0], Message: tried.Error()}
		}
	}
	return nil, 0, err
}

// isTotals reports whether a row adds up the others: it begins with a word for a sum, and
// has neither a time nor a description.
func (l *layout) isTotals(cells [][]byte) bool {
	for _, cell := range cells {
		cell = bytes.TrimSpace(cell)
		switch {
		case eventlog.Empty(cell):
			continue
		case '0' <= cell[0] && cell[0] <= '9':
			return false
		}
		word := strings.ToLower(eventlog.Clean(cell))
		if !slices.ContainsFunc(totals, func(total string) bool { return strings.HasPrefix(word, total) }) {
			return false
		}
		cells := slices.Clip(l.trim(cells))
		for len(cells) < len(l.header) {
			cells = append(cells, nil)
		}
		return len(cells) == len(l.header) && !dates.Teller(l.header)(timeText(l, cells)) && eventlog.Empty(l.get(cells, columnDescription))
	}
	return false
}

// totals are how lines of totals begin.
var totals = []string{"total", "grand total", "sum", "gesamt", "somme", "suma", "razem", "celkem", "toplam", "tổng", "итого", "всего", "разом", "σύνολο", "合计", "总计", "合計", "합계"}
