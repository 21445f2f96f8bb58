package table

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/server/formats"
)

func file(name string, content []byte) formats.File {
	return formats.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// shown prints a table: what was found out about the file, its header and its rows, or the faults.
func shown(t testing.TB, f formats.File, o Options) string {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	table, err := Open(f, o)
	if err != nil {
		return err.Error()
	}
	defer table.Close()
	var b strings.Builder
	fmt.Fprint(&b, table.Format)
	for _, fact := range []string{table.Charset, strings.Trim(fmt.Sprintf("%q", table.Separator), "'"), table.Sheet} {
		if fact != "" && fact != `\x00` {
			fmt.Fprintf(&b, " %s", fact)
		}
	}
	if len(table.Titles) > 0 {
		fmt.Fprintf(&b, " titles%q", table.Titles)
	}
	fmt.Fprintf(&b, "\n%d: %s", table.HeaderLine, strings.Join(table.Header, " | "))
	for row, err := range table.Rows() {
		if err != nil {
			fmt.Fprintf(&b, "\n%v", err)
			continue
		}
		fmt.Fprintf(&b, "\n%d: %s", row.Line, bytes.Join(row.Cells, []byte(" | ")))
	}
	if n := table.Skipped()[ReasonTotals]; n > 0 {
		fmt.Fprintf(&b, "\n%d totals", n)
	}
	return b.String()
}

var update = flag.Bool("update", false, "write the golden file")

// Every kind of file that people have is read, whatever it is called. The golden file says what
// is found in each.
func TestFilesOfPeople(t *testing.T) {
	paths, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	var got strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "== %s\n%s\n", filepath.Base(path), shown(t, file("f", content), Options{}))
	}
	const golden = "testdata/cases.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the tables differ from %s (go test -update writes it):\n%s", golden, got.String())
	}
}

func TestTablesAreFoundInText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a line that names the separator": {"sep=;\r\nname;email\r\nA;a@x.org\r\n", "CSV UTF-8 ;\n2: name | email\n3: A | a@x.org"},
		"pipes":                           {"name|email\nA, B|a@x.org\n", "CSV UTF-8 |\n1: name | email\n2: A, B | a@x.org"},
		"one column":                      {"email\na@x.org\n", "CSV UTF-8 ,\n1: email\n2: a@x.org"},
		"commas in a cell of the header":  {"\"name, first\";id\nA;1\nB;2\n", "CSV UTF-8 ;\n1: name, first | id\n2: A | 1\n3: B | 2"},
		"a report with filters above":     {"Usage report,,\nFrom:,2025-01-01,\n,,\nname,logins,last\nA,1,2025-01-02\n", "CSV UTF-8 , titles[\"Usage report\" \"From: 2025-01-01\"]\n4: name | logins | last\n5: A | 1 | 2025-01-02"},
		"a column without a name":         {",name\n0,A\n1,B\n", "CSV UTF-8 ,\n1:  | name\n2: 0 | A\n3: 1 | B"},
		"rows of another length":          {"a,b\n1\n2,3,4\n5,6,\n", "CSV UTF-8 ,\n1: a | b\nf:2: the row has 1 cell; the header has 2\nf:3: the row has 3 cells; the header has 2\n4: 5 | 6"},
		"totals in German":                {"Name;Anmeldungen;Zeit\nA;1;2\nSumme:;1;\n", "CSV UTF-8 ;\n1: Name | Anmeldungen | Zeit\n2: A | 1 | 2\n1 totals"},
		"a person called Total":           {"name,email,role\nTotal,t@x.org,ta\n", "CSV UTF-8 ,\n1: name | email | role\n2: Total | t@x.org | ta"},
		"UTF-16 without a mark":           {string(utf16Text("name;email\r\nA;a@x.org\r\n")), "CSV UTF-16 ;\n1: name | email\n2: A | a@x.org"},
		"a mark":                          {"\ufeffname,id\nJörg,1\n", "CSV UTF-8 ,\n1: name | id\n2: Jörg | 1"},
		"damaged UTF-8":                   {"name,id\nJörg Jürgen \xf6,1\n", "CSV UTF-8 ,\n1: name | id\n2: Jörg Jürgen \xf6 | 1"},
		"a letter of Windows far down":    {"name,id\n" + strings.Repeat("Ann,1\n", 3) + "J\xf6rg,2\n", "CSV Windows-1252 ,\n1: name | id\n2: Ann | 1\n3: Ann | 1\n4: Ann | 1\n5: Jörg | 2"},
		"nothing":                         {" \n", "f:1: the file is empty; its first row should name the columns"},
		"an open quote":                   {"a,b\n\"1,2\n", "CSV UTF-8 ,\n1: a | b\nf:2: a quote is opened here and never closed; close it with \", and write a quote inside a quoted cell twice"},

		"an array":             {`[{"a":1,"b":{"c":true}},{"b":{"d":null},"e":["x","y"],"f":[{"g":1.50}]}]`, "JSON\n0: a | b.c | b.d | e | f.0.g\n1: 1 | true |  |  | \n1:  |  |  | x|y | 1.50"},
		"under a key":          {"{\"more\":\"\",\n \"statements\": [\n {\"id\":1},\n {\"id\":2}]}", "JSON\n0: id\n3: 1\n4: 2"},
		"one object":           {`{"id":"s","attachments":[{"x":1}]}`, "JSON\n0: id | attachments.0.x\n1: s | 1"},
		"an object a line":     {"{\"a\":1}\n\n{\"a\":2,\"b\":3}\n{\"a\":\n[]\n{\"a\":4}\n", "NDJSON\n0: a | b\n1: 1 | \n3: 2 | 3\nf:4: is cut off: the JSON does not end\nf:5: is not an object\n6: 4 | "},
		"values that are none": {"[1,{\"a\":1}]", "JSON\n0: a\nf:1: is not an object\n1: 1"},
		"JSON that is cut off": {"[{\"a\":1},\n{\"a\":", "JSON\n0: a\n1: 1\nf:2: is cut off: the JSON does not end"},
		"JSON without objects": {"[]", "f:1: the file has no objects; it should hold an array of them"},

		"xls":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "f:1: the file is an Excel 97 workbook (.xls); open it in Excel or LibreOffice and save it as .xlsx or CSV"},
		"lock": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + string(utf16Text("EncryptedPackage")), "f:1: the workbook is protected by a password; open it and save it without one"},
		"html": {"<!DOCTYPE html>\n<html>", "f:1: the file is a web page; a download of a report that needs a sign-in often is one; if it shows the table, open it in Excel or LibreOffice and save it as .xlsx or CSV"},
		"pdf":  {"%PDF-1.7", "f:1: the file is a PDF, which holds no table to read; download the report as CSV or Excel"},
		"gzip": {"\x1f\x8b\x08", "f:1: the file is packed by gzip; unpack it first"},
		"zip":  {"PK\x03\x04 and no more", "f: the workbook is damaged; save or download it again"},
	} {
		if got := shown(t, file("f", []byte(c.in)), Options{}); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// What is too large is refused before it fills the memory.
func TestLimitsOfTables(t *testing.T) {
	limits := formats.DefaultLimits()
	limits.MaxLine, limits.MaxColumns = 1000, 3
	for name, c := range map[string]struct{ in, want string }{
		"columns": {"a,b,c,d\n", "has more than 3 columns"},
		"keys":    {`[{"a":1,"b":1,"c":1,"d":1}]`, "more than 3 keys"},
		"object":  {`[{"a":"` + strings.Repeat("x", 200_000) + `"}]`, "longer than 1000 bytes"},
		"line":    {`{"a":1}` + "\n" + `{"a":"` + strings.Repeat("x", 2000) + `"}` + "\n", "longer than 1000 bytes"},
		"cell":    {"a,b\n" + strings.Repeat("x", 2000) + ",1\n", "longer than 1000 bytes"},
	} {
		if got := shown(t, file("f", []byte(c.in)), Options{Limits: limits}); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %.300s", name, got)
		}
	}
}

// A reader may stop anywhere, and read again from the start.
func TestRowsCanBeReadAgain(t *testing.T) {
	for _, in := range []string{"a,b\n1,2\n3,4\n", `[{"a":1,"b":2},{"a":3,"b":4}]`, "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n"} {
		table, err := Open(file("f", []byte(in)), Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		for range table.Rows() {
			break
		}
		var got []string
		for row, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(bytes.Join(row.Cells, []byte(","))))
		}
		if text := strings.Join(got, ";"); text != "1,2;3,4" {
			t.Errorf("%q: got %s", in, text)
		}
	}
}
