package table

import (
	"bytes"
	"fmt"
	"io"

	"glow/schema"
	"glow/server/formats"
)

// separators are those that a CSV may have; where two fit alike, the earlier one is taken.
var separators = []byte{',', ';', '\t', '|'}

// openCSV finds out how the CSV is written.
func (t *Table) openCSV(f formats.File, o Options) error {
	head, err := readHead(f)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return schema.Fault{Line: 1, Message: "the file is empty; its first row should name the columns"}
	}
	cs, err := charsetOf(f, head, o.Mixed)
	if err != nil {
		return err
	}
	decoded, err := io.ReadAll(cs.decode(bytes.NewReader(head)))
	if err != nil {
		return fmt.Errorf("decode %s: %w", cs.name, err)
	}
	t.Charset = cs.name
	named := false
	if t.Separator, named = namedSeparator(decoded); !named {
		t.Separator = sniff(decoded, o)
	}
	t.source = source{rows: func(yield func(Row, error) bool) {
		r, err := f.Open()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer r.Close()
		scan := formats.NewScanner(cs.decode(r), scanOptions(t.Separator, o))
		for skip := named; ; skip = false {
			if !scan.Scan() {
				err := scan.Err()
				if err == nil || !yield(Row{Line: scan.Line()}, err) || !formats.IsFault(err) {
					return
				}
				continue
			}
			if !skip && !yield(Row{scan.Line(), scan.Cells()}, nil) {
				return
			}
		}
	}}
	return nil
}

func scanOptions(separator byte, o Options) formats.ScanOptions {
	return formats.ScanOptions{Comma: separator, MaxColumns: o.Limits.MaxColumns, MaxCell: o.Limits.MaxLine}
}

// namedSeparator returns the separator that the first line names, as in "sep=;" for Excel.
func namedSeparator(head []byte) (byte, bool) {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	line, _, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.Trim(bytes.TrimRight(line, "\r"), `"`)
	if len(line) == len("sep=;") && bytes.EqualFold(line[:4], []byte("sep=")) && bytes.IndexByte(separators, line[4]) >= 0 {
		return line[4], true
	}
	return 0, false
}

// sniff returns the separator that cuts most of the first rows into equally many cells, and of
// several such the one that cuts them into most.
func sniff(head []byte, o Options) byte {
	best, bestRows, bestWidth := separators[0], 0, 0
	for _, separator := range separators {
		rows, width := commonWidth(head, separator, o)
		if width > 1 && (rows > bestRows || rows == bestRows && width > bestWidth) {
			best, bestRows, bestWidth = separator, rows, width
		}
	}
	return best
}

// commonWidth returns how many cells most of the first rows have with a separator, and how
// many rows that are.
func commonWidth(head []byte, separator byte, o Options) (rows, width int) {
	scan := formats.NewScanner(bytes.NewReader(head), scanOptions(separator, o))
	widths := map[int]int{}
	for range 2 * headerWithin {
		if !scan.Scan() {
			if formats.IsFault(scan.Err()) {
				continue
			}
			break
		}
		widths[len(scan.Cells())]++
	}
	for w, n := range widths {
		if w > 1 && (n > rows || n == rows && w > width) {
			rows, width = n, w
		}
	}
	return rows, width
}
