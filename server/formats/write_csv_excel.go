package formats

import (
	"bytes"
	"io"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"glow/schema"
)

// excelTime is a form of a time that Excel knows as one in every language.
const excelTime = "2006-01-02 15:04:05"

// WriteExcelCSV writes a table as a CSV that Excel opens in columns when its language is
// the one given: with a byte-order mark, since it would else not read UTF-8, and with a
// decimal comma and semicolons where the language has that comma. Times are in zone.
// Programs take WriteCSV.
func WriteExcelCSV(w io.Writer, lang language.Tag, zone *time.Location, t Table) error {
	x := excelCSV{separator: ',', zone: zone, fields: t.Fields}
	if hasDecimalComma(lang) {
		x.separator = ';'
	}
	b := []byte(utf8BOM)
	for i, f := range t.Fields {
		b = x.cell(b, i, schema.Value{Set: true, Text: f.Name}, &schema.Field{})
	}
	b = append(b, "\r\n"...)
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		for i := range t.Fields {
			b = x.cell(b, i, row[i], &t.Fields[i])
		}
		b = append(b, "\r\n"...)
		if len(b) >= bufferSize/2 {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

// hasDecimalComma reports whether a language writes 1,5 for one and a half. Where it does, the
// separator of lists, which Excel takes for that of a CSV, is a semicolon.
func hasDecimalComma(lang language.Tag) bool {
	return strings.Contains(message.NewPrinter(lang).Sprint(number.Decimal(1.5)), ",")
}

// excelCSV writes cells.
type excelCSV struct {
	separator byte
	zone      *time.Location
	fields    []schema.Field
}

// cell appends a cell, and the separator before it.
func (x *excelCSV) cell(b []byte, column int, v schema.Value, f *schema.Field) []byte {
	if column > 0 {
		b = append(b, x.separator)
	}
	start := len(b)
	switch {
	case !v.Set:
		return b
	case f.Type == schema.Time:
		return schema.Instant(v.Int).Time().In(x.zone).AppendFormat(b, excelTime)
	case f.Type == schema.Cost && x.separator == ';':
		return append(b, bytes.Replace(f.Append(nil, v), []byte("."), []byte(","), 1)...)
	case isText(f.Type):
		b = AppendGuarded(b, string(f.Append(nil, v)))
	default:
		return f.Append(b, v)
	}
	if needsQuotes(b[start:]) || bytes.IndexByte(b[start:], x.separator) >= 0 {
		b = quote(b, start)
	}
	return b
}
