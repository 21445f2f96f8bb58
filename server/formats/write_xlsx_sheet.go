package formats

import (
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"glow/schema"
)

// sheetWriter writes the XML of one sheet. The widths of the columns, which stand before
// the rows, are those of the rows that fit into its first buffer.
type sheetWriter struct {
	w      io.Writer
	zone   *time.Location
	fields []schema.Field
	widths []int // in characters
	begun  bool  // what stands before the rows is written
	rows   int
	b      []byte
	text   []byte // of the cell at hand
}

// Bounds of the width of a column, in characters.
const (
	minWidth = 8
	maxWidth = 60
)

// header adds the row of headings.
func (s *sheetWriter) header() {
	s.begin()
	for i := range s.fields {
		s.cell(i, styleHeader)
		s.string(i, s.fields[i].Name)
	}
	s.b = append(s.b, "</row>"...)
}

func (s *sheetWriter) begin() {
	s.rows++
	s.b = append(s.b, `<row r="`...)
	s.b = strconv.AppendInt(s.b, int64(s.rows), 10)
	s.b = append(s.b, `">`...)
}

// row adds a row.
func (s *sheetWriter) row(values []schema.Value) error {
	s.begin()
	for i := range s.fields {
		if values[i].Set {
			s.value(i, values[i])
		}
	}
	s.b = append(s.b, "</row>"...)
	if len(s.b) < bufferSize/2 {
		return nil
	}
	return s.flush()
}

// value adds the cell of a value in the form in which spreadsheet programs calculate.
func (s *sheetWriter) value(column int, v schema.Value) {
	f := &s.fields[column]
	switch f.Type {
	case schema.Time:
		s.number(column, styleTime, 19)
		s.b = appendSerial(s.b, schema.Instant(v.Int).Time().In(s.zone))
	case schema.Date:
		s.number(column, styleDate, 10)
		s.b = strconv.AppendInt(s.b, v.Int+daysTo1970, 10)
	case schema.Int, schema.Cost:
		s.number(column, 0, 0)
		before := len(s.b)
		s.b = f.Append(s.b, v)
		s.widen(column, len(s.b)-before)
	case schema.Bool:
		s.cell(column, 0)
		s.b = append(s.b, ` t="b"><v>`...)
		s.b = strconv.AppendInt(s.b, v.Int, 10)
	default:
		s.text = f.Append(s.text[:0], v)
		s.cell(column, 0)
		s.string(column, string(s.text))
		return
	}
	s.b = append(s.b, "</v></c>"...)
}

// cell begins a cell, up to its type.
func (s *sheetWriter) cell(column, style int) {
	s.b = append(s.b, `<c r="`...)
	s.b = strconv.AppendInt(appendColumn(s.b, column), int64(s.rows), 10)
	s.b = append(s.b, '"')
	if style > 0 {
		s.b = append(s.b, ` s="`...)
		s.b = strconv.AppendInt(s.b, int64(style), 10)
		s.b = append(s.b, '"')
	}
}

func (s *sheetWriter) number(column, style, width int) {
	s.cell(column, style)
	s.b = append(s.b, "><v>"...)
	s.widen(column, width)
}

// maxCellText is how many characters a cell can hold; a longer text is cut.
const maxCellText = 32767

// string ends a cell with a text, which no spreadsheet program takes for a formula.
func (s *sheetWriter) string(column int, text string) {
	s.widen(column, utf8.RuneCountInString(text))
	s.b = append(s.b, ` t="inlineStr"><is><t xml:space="preserve">`...)
	s.b = appendXML(s.b, clipText(text, maxCellText))
	s.b = append(s.b, "</t></is></c>"...)
}

// clipText cuts a text to as many UTF-16 units, in which the limit of a cell is counted.
func clipText(text string, most int) string {
	units := 0
	for i, r := range text {
		units++
		if r > 0xffff {
			units++
		}
		if units > most {
			return text[:i]
		}
	}
	return text
}

func (s *sheetWriter) widen(column, width int) {
	s.widths[column] = max(s.widths[column], width)
}

// flush writes what was added.
func (s *sheetWriter) flush() error {
	if !s.begun {
		s.begun = true
		if _, err := io.WriteString(s.w, s.head()); err != nil {
			return err
		}
	}
	_, err := s.w.Write(s.b)
	s.b = s.b[:0]
	return err
}

// head is what stands before the rows: the frozen header and the widths of the columns.
func (s *sheetWriter) head() string {
	head := xmlHeader + `<worksheet xmlns="` + spreadsheetML + `"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`
	for i, width := range s.widths {
		head += fmt.Sprintf(`<col min="%d" max="%[1]d" width="%d" customWidth="1"/>`, i+1, min(max(width, minWidth), maxWidth)+2)
	}
	return head + `</cols><sheetData>`
}

// close ends the sheet, with a filter over its columns.
func (s *sheetWriter) close() error {
	s.b = append(s.b, `</sheetData><autoFilter ref="A1:`...)
	s.b = strconv.AppendInt(appendColumn(s.b, len(s.fields)-1), int64(s.rows), 10)
	s.b = append(s.b, `"/></worksheet>`...)
	return s.flush()
}

// daysTo1970 is the number that spreadsheets give to 1 January 1970.
const daysTo1970 = 25569

// appendSerial appends a time as the days since the last of 1899 that its clock shows, to
// the second.
func appendSerial(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	days := int(schema.DayOf(year, int(month), day)) + daysTo1970
	seconds := t.Hour()*3600 + t.Minute()*60 + t.Second()
	return strconv.AppendFloat(b, float64(days)+float64(seconds)/86400, 'f', -1, 64)
}

// appendColumn appends the letters of a column, counted from 0.
func appendColumn(b []byte, column int) []byte {
	if column >= 26 {
		b = appendColumn(b, column/26-1)
	}
	return append(b, 'A'+byte(column%26))
}

// appendXML appends text as XML. What XML cannot hold is written as _xHHHH_ (ECMA-376
// part 1, 22.9.2.19), and so is a text that looks like that.
func appendXML(b []byte, text string) []byte {
	for i, r := range text {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff:
			b = fmt.Appendf(b, "_x%04X_", r)
		case r == '_' && isEscape(text[i:]):
			b = append(b, "_x005F_"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// isEscape reports whether a text begins like _xHHHH_.
func isEscape(text string) bool {
	if len(text) < 7 || text[1] != 'x' && text[1] != 'X' || text[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(text[2:6], 16, 16)
	return err == nil
}
