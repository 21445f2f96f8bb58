package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// saved returns a workbook that another program writes.
func saved(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setRows(f *excelize.File, sheet string, rows ...[]any) error {
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
			return err
		}
	}
	return nil
}

// Cells are read as what they show: dates by their style, numbers in plain digits, formulas by
// their value.
func TestCellsOfWorkbooks(t *testing.T) {
	at := time.Date(2025, 3, 14, 15, 9, 26, 0, time.UTC)
	content := saved(t, func(f *excelize.File) error {
		style := func(format string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		if err := setRows(f, "Sheet1",
			[]any{"time", "day", "clock", "span", "number", "id", "yes", "text", "none"},
			[]any{at, 45730.0, 0.63155, 1.5, 0.1 + 0.2, 1234567890123.0, true, "a  b <&>", nil},
			[]any{45730.25, 45730.5, 45730.0, "", 1e-7, -3.50, false, " x ", "last"}); err != nil {
			return err
		}
		for column, format := range map[string]string{"A": `[$-409]d\-mmm\-yyyy h:mm AM/PM;@`, "B": `"Tag "dd.mm.yyyy`, "C": "hh:mm:ss", "D": "[h]:mm"} {
			if err := f.SetCellStyle("Sheet1", column+"2", column+"3", style(format)); err != nil {
				return err
			}
		}
		return f.SetCellRichText("Sheet1", "D3", []excelize.RichTextRun{{Text: "ri"}, {Text: "ch", Font: &excelize.Font{Bold: true}}})
	})
	want := "XLSX Sheet1\n1: time | day | clock | span | number | id | yes | text | none\n" +
		"2: 2025-03-14 15:09:26 | 2025-03-14 | 15:09:25.92 | 1.5 | 0.3 | 1234567890123 | TRUE | a  b <&> | \n" +
		"3: 2025-03-14 06:00:00 | 2025-03-14 12:00:00 | 2025-03-14 00:00:00 | rich | 0.0000001 | -3.5 | FALSE |  x  | last"
	if got := shown(t, file("f", content), Options{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The sheet with the rows is taken, or that of a name.
func TestSheetsOfWorkbooks(t *testing.T) {
	content := saved(t, func(f *excelize.File) error {
		for _, name := range []string{"Rows", "Hidden"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
		}
		if err := setRows(f, "Sheet1", []any{"How to read this file"}, []any{"Ask the office"}); err != nil {
			return err
		}
		if err := setRows(f, "Rows", []any{"Report"}, []any{}, []any{"id", "name"}, []any{7, "A"}, []any{"Total", 1}); err != nil {
			return err
		}
		if err := setRows(f, "Hidden", []any{"a", "b"}, []any{1, 2}, []any{1, 2}, []any{1, 2}, []any{1, 2}); err != nil {
			return err
		}
		return f.SetSheetVisible("Hidden", false)
	})
	for sheet, want := range map[string]string{
		"":       "XLSX Rows titles[\"Report\"]\n3: id | name\n4: 7 | A\n1 totals",
		"hidden": "XLSX Hidden\n1: a | b\n2: 1 | 2\n3: 1 | 2\n4: 1 | 2\n5: 1 | 2",
		"none":   `f: sheet: the workbook has no sheet "none"; it has "Sheet1", "Rows", "Hidden"`,
	} {
		if got := shown(t, file("f", content), Options{Sheet: sheet}); got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", sheet, got, want)
		}
	}
}

// handmade is a workbook of one sheet whose XML is given.
func handmade(t testing.TB, workbookPr, rows string, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts)+8; i += 2 {
		all := append([]string{
			"xl/workbook.xml", `<x:workbook xmlns:x="m" xmlns:r="r">` + workbookPr + `<x:sheets><x:sheet name="S" sheetId="1" r:id="r1"/></x:sheets></x:workbook>`,
			"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="/xl/worksheets/sheet1.xml"/></Relationships>`,
			"xl/styles.xml", `<styleSheet><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
			"xl/worksheets/sheet1.xml", `<x:worksheet><x:sheetData>` + rows + `</x:sheetData></x:worksheet>`,
		}, parts...)
		w, err := z.Create(all[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(all[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What other programs write and excelize does not: prefixes, cells without a place, dates since 1904,
// pronunciations, errors in cells, texts that are missing.
func TestWorkbooksOfOtherPrograms(t *testing.T) {
	const head = `<x:row r="1"><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="str"><x:v>b</x:v></x:c></x:row>`
	for name, c := range map[string]struct{ pr, rows, want string }{
		"cells without a place": {"", `<x:row><x:c><x:v>1</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c></x:row>`, "2: 1 | TRUE"},
		"gaps":                  {"", `<x:row r="5"><x:c r="B5"><x:v>2</x:v></x:c></x:row>`, "5:  | 2"},
		"days since 1900":       {"", `<x:row r="2"><x:c s="1"><x:v>1</x:v></x:c><x:c s="2"><x:v>61.5</x:v></x:c></x:row>`, "2: 1900-01-01 | 1900-03-01 12:00:00"},
		"days since 1904":       {`<x:workbookPr date1904="1"/>`, `<x:row r="2"><x:c s="1"><x:v>0</x:v></x:c><x:c s="2"><x:v>44268.5</x:v></x:c></x:row>`, "2: 1904-01-01 | 2025-03-14 12:00:00"},
		"ISO dates":             {"", `<x:row r="2"><x:c t="d"><x:v>2025-03-14T15:09:26</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row>`, "2: 2025-03-14 15:09:26 | 1"},
		"a formula":             {"", `<x:row r="2"><x:c t="str"><x:f>"la"&amp;"st"</x:f><x:v>last _x0041_</x:v></x:c></x:row>`, "2: last A | "},
		"an error":              {"", `<x:row r="2"><x:c r="A2" t="e"><x:v>#N/A</x:v></x:c></x:row><x:row r="3"><x:c><x:v>1</x:v></x:c></x:row>`, "f:2: the cell A2 holds the error #N/A; correct its formula, or empty it\n3: 1 | "},
		"a missing text":        {"", `<x:row r="2"><x:c r="A2" t="s"><x:v>9</x:v></x:c></x:row>`, "f:2: the cell A2 refers to a text that the workbook does not have; save it again"},
		"a pronounced text":     {"", `<x:row r="2"><x:c t="s"><x:v>0</x:v></x:c></x:row>`, "2: 東京 | "},
		"XML that is cut off":   {"", `<x:row r="2"><x:c t="s"><x:v>0</x:v>`, "f: the workbook is damaged; save or download it again"},
	} {
		content := handmade(t, c.pr, head+c.rows, "xl/sharedStrings.xml", `<sst><si><t>東</t><rPh><t>とう</t></rPh><r><t>京</t></r></si></sst>`)
		got := shown(t, file("f", content), Options{})
		if want := "XLSX S\n1: a | b\n" + c.want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A workbook that unpacks to far more than it is does not fill the memory or the disk.
func TestBombsAreRefused(t *testing.T) {
	content := handmade(t, "", `<x:row><x:c><x:v>1</x:v></x:c></x:row>`+strings.Repeat(" ", 100<<20))
	if got := shown(t, file("f", content), Options{}); !strings.Contains(got, "unpacks to more than any real one") {
		t.Errorf("got %.200s", got)
	}
}

// Shared strings are more than the blocks that are kept in memory.
func TestManySharedStrings(t *testing.T) {
	const n = 40_000
	var texts, rows strings.Builder
	rows.WriteString(`<x:row><x:c t="inlineStr"><x:is><x:t>name</x:t></x:is></x:c></x:row>`)
	for i := range n {
		fmt.Fprintf(&texts, "<si><t>%s %d</t></si>", strings.Repeat("x", 200), i)
		fmt.Fprintf(&rows, `<x:row><x:c t="s"><x:v>%d</x:v></x:c></x:row>`, i*7919%n)
	}
	table, err := Open(file("f", handmade(t, "", rows.String(), "xl/sharedStrings.xml", "<sst>"+texts.String()+"</sst>")), Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	i := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s %d", strings.Repeat("x", 200), i*7919%n); string(row.Cells[0]) != want {
			t.Fatalf("row %d: %s", i, row.Cells[0])
		}
		i++
	}
	if i != n {
		t.Errorf("%d rows", i)
	}
}
