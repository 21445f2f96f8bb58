package formats

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// TestNoCellRunsWhateverTheSeparator reads an export as spreadsheets do that take
// another separator, and looks for cells that they would run. The numbers of an
// export are left as they are.
func TestNoCellRunsWhateverTheSeparator(t *testing.T) {
	fields := []schema.Field{{Name: "a", Type: schema.ID}, {Name: "b", Type: schema.Text}, {Name: "c", Type: schema.IDs}, {Name: "d", Type: schema.Text}}
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab'=+-@＝＋－＠ \u3000,;\"\t\r\n")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		b := AppendCSVHeader(nil, fields)
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			row := make([]schema.Value, len(fields))
			for i := range row {
				row[i] = schema.Value{Set: true, Text: text.Draw(t, "text")}
			}
			row[2] = schema.Value{Set: true, List: rapid.SliceOfN(text, 1, 3).Draw(t, "list")}
			b = AppendCSVRow(b, fields, row)
		}
		for _, separator := range ",;\t" {
			for _, cell := range append(strictCells(t, b, separator), spreadsheetCells(string(b), separator)...) {
				if first := strings.TrimLeft(cell, " \u3000"); first != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(first)[0]) {
					t.Fatalf("to somebody who takes %q, %q is a cell of\n%s", separator, cell, b)
				}
			}
		}
	})
}

// strictCells are the cells that encoding/csv finds. It reads on where quotes do
// not match.
func strictCells(t *rapid.T, text []byte, separator rune) (cells []string) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = separator, true, -1
	for {
		row, err := r.Read()
		if err == io.EOF {
			return cells
		}
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, row...)
	}
}

// spreadsheetCells are the cells that a spreadsheet finds: a quote that is not
// doubled ends the quoted part of a cell, and what follows belongs to the cell.
func spreadsheetCells(text string, separator rune) (cells []string) {
	var cell strings.Builder
	begun, quoted := false, false
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quoted && r == '"' && i+1 < len(runes) && runes[i+1] == '"':
			cell.WriteRune('"')
			i++
		case quoted && r == '"':
			quoted = false
		case quoted:
			cell.WriteRune(r)
		case r == '"' && !begun:
			quoted = true
		case r == separator, r == '\n', r == '\r':
			cells = append(cells, cell.String())
			cell.Reset()
			begun = false
			continue
		default:
			cell.WriteRune(r)
		}
		begun = true
	}
	return append(cells, cell.String())
}
