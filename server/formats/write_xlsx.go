package formats

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"glow/schema"
)

// Table is a list as a person sees it: its columns and its rows.
type Table struct {
	Name   string         // of its sheet
	Fields []schema.Field // a column each, headed by its Name
	Rows   iter.Seq2[[]schema.Value, error]
}

// AboutSheet is the name of the sheet that says what a workbook is.
const AboutSheet = "About"

// Fact is a line of the sheet that says what a workbook is.
type Fact struct{ Name, Text string }

// maxSheetRows is how many rows a sheet can have, its header included; a longer table goes
// on in a further sheet.
const maxSheetRows = 1 << 20

// WriteXLSX writes a workbook: the tables, a sheet each, under a header that stays when one
// scrolls, and a last sheet with the facts. Times and dates are dates, times in zone to the
// second; counts and costs are numbers. No text is ever run as a formula. It streams:
// memory does not grow with the rows.
//
// It is not a library's: the one that is well kept (excelize) adds 5 MB to the
// program and holds a third of a GiB for a million rows.
func WriteXLSX(w io.Writer, zone *time.Location, facts []Fact, tables ...Table) error {
	x := &workbook{zip: newDeflateZIP(w), zone: zone, rows: maxSheetRows}
	for _, t := range tables {
		if err := x.table(t); err != nil {
			return err
		}
	}
	if err := x.facts(facts); err != nil {
		return err
	}
	return x.close()
}

// workbook is a workbook that is being written.
type workbook struct {
	zip    *zip.Writer
	zone   *time.Location
	rows   int // that a sheet can have
	sheets []string
}

// table writes a table, in as many sheets as it takes.
func (x *workbook) table(t Table) error {
	next, stop := iter.Pull2(t.Rows)
	defer stop()
	name := t.Name
	for part := 1; ; part++ {
		if part > 1 {
			name = fmt.Sprintf("%s (%d)", t.Name, part)
		}
		full, err := x.sheet(name, t.Fields, next)
		if err != nil || !full {
			return err
		}
	}
}

// facts writes the sheet that says what the workbook is.
func (x *workbook) facts(facts []Fact) error {
	if len(facts) == 0 {
		return nil
	}
	return x.table(Table{Name: AboutSheet, Fields: []schema.Field{{Name: "about"}, {Name: "this file"}}, Rows: func(yield func([]schema.Value, error) bool) {
		for _, f := range facts {
			if !yield([]schema.Value{{Set: true, Text: f.Name}, {Set: true, Text: f.Text}}, nil) {
				return
			}
		}
	}})
}

// sheet writes a sheet of the rows that next returns. It reports whether the sheet is
// full, so that the rest belongs into another.
func (x *workbook) sheet(name string, fields []schema.Field, next func() ([]schema.Value, error, bool)) (full bool, err error) {
	x.sheets = append(x.sheets, sheetName(name, x.sheets))
	w, err := x.create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(x.sheets)))
	if err != nil {
		return false, err
	}
	s := &sheetWriter{w: w, zone: x.zone, fields: fields, widths: make([]int, len(fields))}
	s.header()
	for s.rows < x.rows {
		values, err, more := next()
		if err != nil {
			return false, err
		}
		if !more {
			return false, s.close()
		}
		if err := s.row(values); err != nil {
			return false, err
		}
	}
	return true, s.close()
}

func (x *workbook) create(name string) (io.Writer, error) {
	return x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
}

// sheetName makes a name that a sheet may have (31 characters, some of them not allowed)
// and that no other has.
func sheetName(name string, others []string) string {
	const most = 31
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, printable(name))
	name = strings.Trim(name, "' ")
	clip := func(n int) string { return string([]rune(name)[:min(n, utf8.RuneCountInString(name))]) }
	taken := func(name string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return strings.EqualFold(other, name) })
	}
	unique := clip(most)
	for n := 2; unique == "" || taken(unique); n++ {
		suffix := " " + strconv.Itoa(n)
		unique = clip(most-len(suffix)) + suffix
	}
	return unique
}

// close writes what a workbook holds beside its sheets, and the directory of the ZIP.
func (x *workbook) close() error {
	var types, sheets, relations strings.Builder
	for i, name := range x.sheets {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i+1)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%[2]d"/>`, appendXML(nil, name), i+1)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%[1]d.xml"/>`, i+1, officeRelation)
	}
	for _, part := range []struct{ name, text string }{
		{"xl/workbook.xml", `<workbook xmlns="` + spreadsheetML + `" xmlns:r="` + officeRelation + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packageML + `relationships">` + relations.String() +
			`<Relationship Id="styles" Type="` + officeRelation + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", sheetStyles},
		{"_rels/.rels", `<Relationships xmlns="` + packageML + `relationships"><Relationship Id="rId1" Type="` + officeRelation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="` + packageML + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
	} {
		w, err := x.create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xmlHeader+part.text); err != nil {
			return err
		}
	}
	return x.zip.Close()
}

// Names of the parts' XML.
const (
	xmlHeader      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spreadsheetML  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	officeRelation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageML      = "http://schemas.openxmlformats.org/package/2006/"
)

// The styles of cells, by their place in sheetStyles.
const (
	styleHeader = 1 + iota
	styleTime
	styleDate
)

// sheetStyles are the styles: plain, a header, a time and a date. Dates are written
// with the year first, which every country reads alike.
const sheetStyles = `<styleSheet xmlns="` + spreadsheetML + `">` +
	`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
