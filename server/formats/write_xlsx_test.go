package formats

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"glow/schema"
)

// everyType are fields of all types.
var everyType = []schema.Field{
	{Name: "name", Type: schema.Text}, {Name: "profile_id", Type: schema.ID}, {Name: "department_ids", Type: schema.IDs},
	{Name: "created_at", Type: schema.Time}, {Name: "starts_on", Type: schema.Date}, {Name: "active", Type: schema.Bool},
	{Name: "input_tokens", Type: schema.Int}, {Name: "cost", Type: schema.Cost},
}

func joined(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		out = append(out, strings.Join(row, ", "))
	}
	return out
}

func openWorkbook(t testing.TB, content []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Each type comes out as what spreadsheet programs calculate with, as another program's
// reader (excelize) sees it.
func TestXLSXHoldsNumbersAsNumbersAndDatesAsDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	set := func(v schema.Value) schema.Value { v.Set = true; return v }
	at := schema.InstantOf(time.Date(2025, 3, 14, 23, 30, 15, 0, time.UTC))
	var b bytes.Buffer
	table := Table{Name: "People", Fields: everyType, Rows: seq([][]schema.Value{{
		set(schema.Value{Text: "=1+1 <b> & \"q\" _x0041_ \x01\r\n漢"}), set(schema.Value{Text: "0042"}), set(schema.Value{List: []string{"cs", "ee"}}),
		set(schema.Value{Int: int64(at)}), set(schema.Value{Int: int64(schema.DayOf(2024, 2, 29))}), set(schema.Value{Int: 1}),
		set(schema.Value{Int: schema.MaxInt}), set(schema.Value{Int: 12_345_000}),
	}, make([]schema.Value, len(everyType))})}
	if err := WriteXLSX(&b, berlin, []Fact{{"Window", "2025"}}, table); err != nil {
		t.Fatal(err)
	}
	f := openWorkbook(t, b.Bytes())
	expect(t, f.GetSheetList(), []string{"People", "About"})
	rows, err := f.GetRows("People")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, joined(rows[:2]), joined([][]string{
		{"name", "profile_id", "department_ids", "created_at", "starts_on", "active", "input_tokens", "cost"},
		{"=1+1 <b> & \"q\" _x0041_ \x01\r\n漢", "0042", "cs|ee", "2025-03-15 00:30:15", "2024-02-29", "TRUE", "1000000000000", "0.012345"},
	}))
	for cell, want := range map[string]excelize.CellType{
		"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeInlineString, "D2": excelize.CellTypeUnset, "E2": excelize.CellTypeUnset,
		"F2": excelize.CellTypeBool, "G2": excelize.CellTypeUnset, "H2": excelize.CellTypeUnset,
	} {
		if got, err := f.GetCellType("People", cell); err != nil || got != want {
			t.Errorf("%s has type %v (%v), want %v", cell, got, err, want)
		}
		if formula, _ := f.GetCellFormula("People", cell); formula != "" {
			t.Errorf("%s has the formula %q", cell, formula)
		}
	}
	about, err := f.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, joined(about), []string{"about, this file", "Window, 2025"})
	if panes, err := f.GetPanes("People"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not frozen: %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("People", "D"); err != nil || width < 19 {
		t.Errorf("times have a width of %v (%v), which does not show them", width, err)
	}
}

func TestXLSXGoesOnInAFurtherSheet(t *testing.T) {
	var b bytes.Buffer
	x := &workbook{zip: newDeflateZIP(&b), zone: time.UTC, rows: 3}
	name := strings.Repeat("sessions/", 5)
	var rows [][]schema.Value
	for i := range 5 {
		rows = append(rows, []schema.Value{{Set: true, Int: int64(i)}})
	}
	if err := x.table(Table{Name: name, Fields: []schema.Field{{Name: "n", Type: schema.Int}}, Rows: seq(rows)}); err != nil {
		t.Fatal(err)
	}
	if err := x.close(); err != nil {
		t.Fatal(err)
	}
	f := openWorkbook(t, b.Bytes())
	var got []string
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(sheet, rows))
	}
	expect(t, got, []string{
		"sessions sessions sessions sess[[n] [0] [1]]", "sessions sessions sessions se 2[[n] [2] [3]]", "sessions sessions sessions se 3[[n] [4]]",
	})
}

func TestXLSXEndsWithTheErrorOfItsRows(t *testing.T) {
	err := WriteXLSX(io.Discard, time.UTC, nil, Table{Name: "x", Fields: everyType, Rows: func(yield func([]schema.Value, error) bool) {
		if yield(make([]schema.Value, len(everyType)), nil) {
			yield(nil, io.ErrUnexpectedEOF)
		}
	}})
	if err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
}

// Whatever the texts are, another program reads the same.
func TestXLSXReturnsEveryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 1, 20).Draw(t, "texts")
		var rows [][]schema.Value
		for _, text := range texts {
			rows = append(rows, []schema.Value{{Set: true, Text: text + "."}}) // readers leave empty cells out
		}
		var b bytes.Buffer
		if err := WriteXLSX(&b, time.UTC, nil, Table{Name: "x", Fields: everyType[:1], Rows: seq(rows)}); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.GetRows("x")
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if want := text + "."; got[i+1][0] != want {
				t.Fatalf("%q came back as %q", want, got[i+1][0])
			}
		}
	})
}

func TestColumnsHaveLetters(t *testing.T) {
	var got []string
	for _, column := range []int{0, 25, 26, 51, 52, 701, 702} {
		got = append(got, string(appendColumn(nil, column)))
	}
	expect(t, got, []string{"A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"})
}

func BenchmarkWriteXLSX(b *testing.B) {
	row := []schema.Value{
		{Set: true, Text: "Ana One"}, {Set: true, Text: "3f1c2b7e-9d0a-4c5b-8e6f-112233445566"}, {Set: true, List: []string{"cs"}},
		{Set: true, Int: 1741966215000000}, {Set: true, Int: 20000}, {Set: true, Int: 1}, {Set: true, Int: 1234}, {Set: true, Int: 12_345_000},
	}
	const n = 100_000
	b.ReportAllocs()
	for b.Loop() {
		rows := func(yield func([]schema.Value, error) bool) {
			for range n {
				if !yield(row, nil) {
					return
				}
			}
		}
		if err := WriteXLSX(io.Discard, time.UTC, nil, Table{Name: "x", Fields: everyType, Rows: rows}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
