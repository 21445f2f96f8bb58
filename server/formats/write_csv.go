package formats

import (
	"io"
	"iter"

	"glow/schema"
)

// WriteCSV writes a header and the rows, and returns how many rows there were.
// The values of a row are those of the fields, in their order.
func WriteCSV(w io.Writer, fields []schema.Field, rows iter.Seq2[[]schema.Value, error]) (n int64, err error) {
	b := AppendCSVHeader(make([]byte, 0, bufferSize), fields)
	for row, err := range rows {
		if err != nil {
			return n, err
		}
		b = AppendCSVRow(b, fields, row)
		n++
		if len(b) >= bufferSize/2 {
			if _, err := w.Write(b); err != nil {
				return n, err
			}
			b = b[:0]
		}
	}
	_, err = w.Write(b)
	return n, err
}

// AppendCSVHeader appends the names of the fields as a CSV row to b.
func AppendCSVHeader(b []byte, fields []schema.Field) []byte {
	for i := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, fields[i].Name...)
	}
	return append(b, '\n')
}

// AppendCSVRow appends one row of RFC 4180, ended by LF, to b. Cells stand in
// quotes only where they must; text that a spreadsheet would run is guarded.
func AppendCSVRow(b []byte, fields []schema.Field, values []schema.Value) []byte {
	start := len(b)
	for i := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, &fields[i], values[i])
	}
	if len(b) == start {
		b = append(b, `""`...) // else the row would be a blank line
	}
	return append(b, '\n')
}

func appendCell(b []byte, f *schema.Field, v schema.Value) []byte {
	if !v.Set {
		return b
	}
	start := len(b)
	switch f.Type {
	case schema.Text, schema.ID:
		b = AppendGuarded(b, v.Text)
	case schema.IDs:
		b = AppendGuarded(b[:start], string(f.Append(b, v)[start:]))
	default:
		return f.Append(b, v)
	}
	if needsQuotes(b[start:]) {
		b = quote(b, start)
	}
	return b
}

// needsQuotes reports whether a cell must stand in quotes.
func needsQuotes(cell []byte) bool {
	if len(cell) == 0 {
		return false
	}
	for _, c := range cell {
		if c == ',' || c == '"' || c == '\r' || c == '\n' {
			return true
		}
	}
	return cell[0] == ' ' || cell[len(cell)-1] == ' '
}

// quote puts b[start:] into quotes, in place.
func quote(b []byte, start int) []byte {
	inside := len(b) - start
	extra := 2
	for _, c := range b[start:] {
		if c == '"' {
			extra++
		}
	}
	for range extra {
		b = append(b, '"')
	}
	to := len(b) - 1 // the closing quote
	for from := start + inside - 1; from >= start; from-- {
		to--
		b[to] = b[from]
		if b[from] == '"' {
			to--
			b[to] = '"'
		}
	}
	b[start] = '"'
	return b
}
