package cli

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// minCutWidth is how much of a text is left at least when its column is cut.
const minCutWidth = 10

// gapWidth is what stands between two columns.
const gapWidth = 2

// shrinker is a table that is made as narrow as a terminal: ids go first, then what
// is zero or nothing in every row, then long texts are cut; where that is not
// enough, numbers go, and at last everything but the first column that is left.
type shrinker struct {
	cols    []column
	rows    [][]string
	widths  []int    // of the columns, in columns of a terminal
	dropped []string // names of the columns that were left out
	cut     []string // names of those that were cut
}

// shrink returns a table that is no wider than width, and what was done to it in
// words; nothing when it was not too wide.
func shrink(cols []column, rows [][]string, width int) ([]column, [][]string, string) {
	f := &shrinker{cols: slices.Clone(cols), rows: rows}
	for i, c := range cols {
		f.widths = append(f.widths, text.StringWidth(c.name))
		for _, row := range rows {
			f.widths[i] = max(f.widths[i], text.StringWidth(row[i]))
		}
	}
	f.drop(width, f.width, func(i int) bool { return f.cols[i].kind == kindID })
	f.drop(width, f.width, f.isBlank)
	f.drop(width, f.leastWidth, func(i int) bool { return f.cols[i].kind == kindNumber })
	f.drop(width, f.leastWidth, func(i int) bool { return i > 0 })
	f.cutTo(width)
	return f.cols, f.rows, f.note()
}

// width is the width of the table as it is.
func (f *shrinker) width() int {
	sum := 0
	for _, w := range f.widths {
		sum += w + gapWidth
	}
	return sum
}

// leastWidth is the width of the table when every text that may be cut is.
func (f *shrinker) leastWidth() int {
	sum := f.width()
	for i, w := range f.widths {
		if f.cols[i].kind == kindLong {
			sum -= max(0, w-minCutWidth)
		}
	}
	return sum
}

// drop leaves out the columns that match, the rightmost first, until the measured
// width is small enough.
func (f *shrinker) drop(width int, measure func() int, match func(i int) bool) {
	for i := len(f.cols) - 1; i >= 0 && measure() > width; i-- {
		if len(f.cols) == 1 || !match(i) {
			continue
		}
		f.dropped = append(f.dropped, f.cols[i].name)
		f.cols = slices.Delete(f.cols, i, i+1)
		f.widths = slices.Delete(f.widths, i, i+1)
		for r := range f.rows {
			f.rows[r] = slices.Delete(f.rows[r], i, i+1)
		}
	}
}

// isBlank reports whether a column is zero or nothing in every row.
func (f *shrinker) isBlank(i int) bool {
	for _, row := range f.rows {
		switch row[i] {
		case "0", "$0", none, "":
		default:
			return false
		}
	}
	return true
}

// cutTo cuts long texts, in the widest column first.
func (f *shrinker) cutTo(width int) {
	for f.width() > width {
		widest := -1
		for i, w := range f.widths {
			if f.cols[i].kind == kindLong && w > minCutWidth && (widest < 0 || w > f.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		f.widths[widest]--
		if name := f.cols[widest].name; !slices.Contains(f.cut, name) {
			f.cut = append(f.cut, name)
		}
	}
	for i, w := range f.widths {
		for r := range f.rows {
			if f.cols[i].kind == kindLong {
				f.rows[r][i] = text.Snip(f.rows[r][i], w, "…")
			}
		}
	}
}

// note says what was done, and how to see the whole.
func (f *shrinker) note() string {
	var parts []string
	if len(f.dropped) > 0 {
		parts = append(parts, "left out: "+strings.Join(f.dropped, ", "))
	}
	if len(f.cut) > 0 {
		parts = append(parts, "cut: "+strings.Join(f.cut, ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	return "To fit this terminal, " + strings.Join(parts, "; ") + "; --json shows all."
}
