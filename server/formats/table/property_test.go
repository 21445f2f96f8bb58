package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// drawTable draws a header and rows of text that each charset has.
func drawTable(t *rapid.T) (header []string, rows [][]string) {
	columns := rapid.IntRange(2, 6).Draw(t, "columns")
	for i := range columns {
		header = append(header, fmt.Sprintf("Größe %c", 'a'+i))
	}
	cell := rapid.OneOf(
		rapid.StringOf(rapid.RuneFrom([]rune("aäöüß éñ,;|\t\"'=0123456789-./:\n{}[]"))),
		rapid.SampledFrom([]string{"", "x", "45657", "0.5", "2025-03-14 15:09:26", "TRUE"}),
	)
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		row := []string{"r" + rapid.StringMatching("[a-z]{0,5}").Draw(t, "first")}
		for range columns - 1 {
			row = append(row, cell.Draw(t, "cell"))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// asCSV writes rows with a separator, each cell in quotes.
func asCSV(header []string, rows [][]string, separator string) string {
	var b strings.Builder
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i > 0 {
				b.WriteString(separator)
			}
			b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// Whatever the form in which a table is written, the same is read.
func TestEveryFormReadsAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header, rows := drawTable(t)
		files := map[string][]byte{}
		for _, separator := range []string{",", ";", "\t", "|"} {
			text := asCSV(header, rows, separator)
			files["UTF-8 "+separator] = []byte(text)
			files["mark "+separator] = []byte("\ufeff" + text)
			for name, encoding := range map[string]interface{ Bytes([]byte) ([]byte, error) }{
				"Windows": charmap.Windows1252.NewEncoder(), "UTF-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(),
				"UTF-16 LE": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(),
			} {
				encoded, err := encoding.Bytes([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				files[name+separator] = encoded
			}
		}
		var lines, array bytes.Buffer
		array.WriteString("[")
		for i, row := range rows {
			object := "{"
			for c, name := range header {
				key, _ := json.Marshal(name)
				value, _ := json.Marshal(row[c])
				object += fmt.Sprintf("%s%s:%s", map[bool]string{true: ","}[c > 0], key, value)
			}
			object += "}"
			fmt.Fprintln(&lines, object)
			fmt.Fprintf(&array, "%s%s", map[bool]string{true: ",\n"}[i > 0], object)
		}
		array.WriteString("]")
		files["JSON"], files["NDJSON"] = array.Bytes(), lines.Bytes()
		book := excelize.NewFile()
		for i, row := range append([][]string{header}, rows...) {
			if err := book.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		b, err := book.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		files["XLSX"] = b.Bytes()
		for name, content := range files {
			table, err := Open(file(name, content), Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !slices.Equal(table.Header, header) {
				t.Fatalf("%s: the header is %q, want %q", name, table.Header, header)
			}
			i := 0
			for row, err := range table.Rows() {
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for c, cell := range row.Cells {
					if string(cell) != rows[i][c] {
						t.Fatalf("%s: row %d, column %d is %q, want %q", name, i, c, cell, rows[i][c])
					}
				}
				i++
			}
			if i != len(rows) {
				t.Fatalf("%s: %d rows, want %d", name, i, len(rows))
			}
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Nothing that comes in makes the reader panic, hang or read more rows the second time.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "sep=;\na;b\n", `[{"a":1}]`, `{"data":[{"a":[1,{"b":2}]}]}`, "{\"a\":1}\n{\"b\":2}\n", "\xff\xfea\x00,\x00b\x00\n\x00", "[[", "PK\x03\x04"} {
		f.Add([]byte(seed))
	}
	f.Add(handmade(f, "", `<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row><x:c s="1"><x:v>45657.5</x:v></x:c></x:row>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := Open(file("f", content), Options{TempDir: t.TempDir()})
		if err != nil {
			return
		}
		defer table.Close()
		count := func() (n int) {
			for row, err := range table.Rows() {
				if err == nil && len(row.Cells) != len(table.Header) {
					t.Fatalf("a row has %d cells, the header %d", len(row.Cells), len(table.Header))
				}
				n++
			}
			return n
		}
		if first, second := count(), count(); first != second {
			t.Fatalf("%d rows, then %d", first, second)
		}
	})
}

// BenchmarkRows reads the same rows as CSV and as a workbook.
func BenchmarkRows(b *testing.B) {
	const n = 50_000
	row := []any{"3/03/25, 10:25", "Ana One", "-", "Course: A", "System", "Course viewed", "The user with id '5' viewed the course with id '1'.", "web", 45657.5}
	header := []any{"Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description", "Origin", "Number"}
	book := excelize.NewFile()
	stream, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	for i := range n + 1 {
		cells := row
		if i == 0 {
			cells = header
		} else {
			cells[6] = fmt.Sprintf("The user with id '%d' viewed the course with id '%d'.", i, i%7)
		}
		if err := stream.SetRow(fmt.Sprint("A", i+1), cells); err != nil {
			b.Fatal(err)
		}
		var record []string
		for _, cell := range cells {
			record = append(record, fmt.Sprint(cell))
		}
		_ = out.Write(record)
	}
	out.Flush()
	if err := stream.Flush(); err != nil {
		b.Fatal(err)
	}
	workbook, err := book.WriteToBuffer()
	if err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string][]byte{"CSV": text.Bytes(), "XLSX": workbook.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table, err := Open(file("f", content), Options{TempDir: b.TempDir()})
				if err != nil {
					b.Fatal(err)
				}
				rows := 0
				for _, err := range table.Rows() {
					if err != nil {
						b.Fatal(err)
					}
					rows++
				}
				if rows != n {
					b.Fatalf("%d rows", rows)
				}
				table.Close()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
