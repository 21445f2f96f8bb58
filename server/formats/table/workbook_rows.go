package table

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"glow/schema"
)

// rows reads the rows of a sheet.
func (w *workbook) rows(s sheet, yield func(Row, error) bool) error {
	f := w.part(s.part)
	if f == nil {
		return schema.Fault{Message: fmt.Sprintf("the sheet %q is missing in the workbook; save or download it again", s.name)}
	}
	r, err := w.openPart(f)
	if err != nil {
		return err
	}
	defer r.Close()
	in := &sheetReader{w: w, d: xml.NewDecoder(r)}
	for {
		token, err := in.d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "row" {
			continue
		}
		fault, err := in.row(e)
		if err != nil {
			return err
		}
		if !yield(Row{in.line, in.cells}, fault) {
			return nil
		}
	}
}

// sheetReader reads the XML of a sheet, a row at a time.
type sheetReader struct {
	w     *workbook
	d     *xml.Decoder
	line  int
	cells [][]byte
	text  []byte // of the cells
	ends  []int  // where each ends in text
}

// row reads a row, from behind its start. The fault is that of the row.
func (in *sheetReader) row(e xml.StartElement) (fault, err error) {
	in.line++
	if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > 0 {
		in.line = n
	}
	in.text, in.ends = in.text[:0], in.ends[:0]
	for {
		token, err := in.d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			if column := columnOf(attribute(e, "r")); column >= 0 {
				if column >= in.w.limits.MaxColumns {
					return nil, schema.Fault{Line: in.line, Message: fmt.Sprintf("the row has more than %d columns", in.w.limits.MaxColumns)}
				}
				for len(in.ends) < column {
					in.ends = append(in.ends, len(in.text))
				}
			}
			faulty, err := in.cell(e)
			if err != nil {
				return nil, err
			}
			if faulty != "" {
				fault = schema.Fault{Line: in.line, Message: faulty}
			}
			in.ends = append(in.ends, len(in.text))
		case xml.EndElement:
			if e.Name.Local == "row" {
				in.cut()
				return fault, nil
			}
		}
	}
}

// cut makes the cells of the text that was read.
func (in *sheetReader) cut() {
	in.cells = in.cells[:0]
	from := 0
	for _, to := range in.ends {
		in.cells = append(in.cells, in.text[from:to:to])
		from = to
	}
}

// columnOf returns the number of the column, from 0, of a reference such as AB12; -1 for none.
func columnOf(reference string) int {
	column := 0
	for i := range len(reference) {
		c := reference[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if column = column*26 + int(c-'A') + 1; column > 1<<20 {
			break
		}
	}
	return column - 1
}

// cell reads a cell, from behind its start, and appends its text. It returns what is wrong with a
// cell that holds an error in the place of a value.
func (in *sheetReader) cell(e xml.StartElement) (faulty string, err error) {
	kind := attribute(e, "t")
	value := ""
	for {
		token, err := in.d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch inner := token.(type) {
		case xml.StartElement:
			switch inner.Name.Local {
			case "v":
				if value, err = in.content(); err != nil {
					return "", err
				}
			case "is":
				text, err := readText(in.d, "is", in.w.limits.MaxLine)
				if err != nil {
					return "", err
				}
				in.text = append(in.text, text...)
			}
		case xml.EndElement:
			if inner.Name.Local == "c" {
				return in.value(kind, attribute(e, "s"), attribute(e, "r"), value)
			}
		}
	}
}

// content reads the text up to the end of <v>.
func (in *sheetReader) content() (string, error) {
	text := ""
	for {
		token, err := in.d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			return text, nil
		}
	}
}

// value appends what a cell of a kind and a style shows.
func (in *sheetReader) value(kind, style, reference, value string) (faulty string, err error) {
	if value == "" {
		return "", nil
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			n = -1
		}
		text, ok, err := in.w.strings.at(n)
		if err != nil {
			return "", err
		}
		if !ok {
			return fmt.Sprintf("the cell %s refers to a text that the workbook does not have; save it again", reference), nil
		}
		in.text = append(in.text, text...)
	case "b":
		if value == "1" || value == "true" {
			in.text = append(in.text, "TRUE"...)
		} else {
			in.text = append(in.text, "FALSE"...)
		}
	case "e":
		return fmt.Sprintf("the cell %s holds the error %s; correct its formula, or empty it", reference, value), nil
	case "str":
		in.text = append(in.text, unescape(value)...)
	case "d":
		in.text = append(in.text, strings.Replace(value, "T", " ", 1)...)
	default:
		in.text = in.number(in.text, style, value)
	}
	return "", nil
}

// number appends a number: as a time where its style shows it as one, else in plain digits, with
// the fifteen that spreadsheets reckon with.
func (in *sheetReader) number(b []byte, style, value string) []byte {
	f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return append(b, value...)
	}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(in.w.styles) {
		if text, ok := appendTime(b, f, in.w.styles[n], in.w.is1904); ok {
			return text
		}
	}
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err == nil {
		f = rounded
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// escaped is a character that XML cannot hold, as workbooks write it.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescape undoes _xHHHH_ (ECMA-376 part 1, 22.9.2.19).
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(match string) string {
		n, _ := strconv.ParseUint(match[2:6], 16, 16) // the expression has made sure of it
		return string(rune(n))
	})
}
