package formats

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"glow/schema"
)

// scanAll returns each row as "line: cell|cell", and each error as its text.
func scanAll(r io.Reader, o ScanOptions) []string {
	var out []string
	s := NewScanner(r, o)
	for {
		for s.Scan() {
			out = append(out, fmt.Sprintf("%d: %s", s.Line(), bytes.Join(s.Cells(), []byte("|"))))
		}
		err := s.Err()
		if err == nil {
			return out
		}
		out = append(out, err.Error())
		if !errors.As(err, new(schema.Fault)) {
			return out
		}
	}
}

func TestScanner(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"only line ends", "\n\r\n\r", nil},
		{"one row without a line end", "a,b", []string{"1: a|b"}},
		{"LF, CRLF and CR end rows", "a\nb\r\nc\rd", []string{"1: a", "2: b", "3: c", "4: d"}},
		{"blank lines are passed over but counted", "a\n\n  \nb\r\r\nc", []string{"1: a", "4: b", "6: c"}},
		{"a quoted empty cell is a row", "a\n\"\"\n", []string{"1: a", "2: "}},
		{"empty cells", ",\n,,\n", []string{"1: |", "2: ||"}},
		{"byte-order mark", "\ufeffa,b\n", []string{"1: a|b"}},
		{"UTF-16 is refused", "\xff\xfea\x00", []string{"line 1: the file is in UTF-16; save it as UTF-8"}},
		{"UTF-16 in the other order too", "\xfe\xff\x00a", []string{"line 1: the file is in UTF-16; save it as UTF-8"}},
		{"quotes", `"a","b ""c""",d` + "\n", []string{`1: a|b "c"|d`}},
		{"separators and line ends inside quotes", "\"a,\r\nb\rc\nd\",e\nf", []string{"1: a,\r\nb\rc\nd|e", "5: f"}},
		{"a stray quote in a plain cell", `a"b,c""` + "\n", []string{`1: a"b|c""`}},
		{"semicolons are sniffed", "a;b,c;d\ne;f\n", []string{"1: a|b,c|d", "2: e|f"}},
		{"tabs are sniffed", "a\tb,c\td\n", []string{"1: a|b,c|d"}},
		{"separators in quotes are not sniffed", "\"a;b;c\",d\n", []string{"1: a;b;c|d"}},
		{"blank lines are not sniffed", "\n \na;b\n", []string{"3: a|b"}},
		{"unclosed quote", "a,b\nc,\"d\ne", []string{"1: a|b", `line 2: a quote is opened here and never closed; close it with ", and write a quote inside a quoted cell twice`}},
		{"text after a closing quote, then goes on", "\"a\"b,\"c\nd\",e\nf,g\n", []string{"line 1: there is text after a closing quote; put the whole cell into quotes, and write a quote inside it twice", "3: f|g"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole": strings.NewReader(c.in), "bytewise": iotest.OneByteReader(strings.NewReader(c.in)),
				"data with EOF": iotest.DataErrReader(strings.NewReader(c.in)),
			} {
				if got := scanAll(r, ScanOptions{}); !slices.Equal(got, c.want) {
					t.Errorf("%s: got %q, want %q", name, got, c.want)
				}
			}
		})
	}
}

func TestScannerLimits(t *testing.T) {
	o := ScanOptions{Comma: ',', MaxColumns: 3, MaxCell: 4}
	got := scanAll(strings.NewReader("1,2,3\n1,2,3,\"4\n\"\n12345,1\n1,\"12345\n\"\"\",\"x\n\"\nabcd,\"abc\"\"\"\n"), o)
	want := []string{
		"1: 1|2|3",
		"line 2: the row has more than 3 columns",
		"line 4: a cell is longer than 4 bytes",
		"line 5: a cell is longer than 4 bytes",
		`8: abcd|abc"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScannerCrossesBuffer(t *testing.T) {
	for _, n := range []int{bufferSize - 2, bufferSize - 1, bufferSize, bufferSize + 1, 3 * bufferSize} {
		x := strings.Repeat("x", n)
		got := scanAll(strings.NewReader(x+",\""+x+"\"\r\nb,c\r\n"), ScanOptions{})
		if want := []string{"1: " + x + "|" + x, "2: b|c"}; !slices.Equal(got, want) {
			t.Errorf("%d bytes: got %d rows", n, len(got))
		}
	}
}

func TestScannerReaderError(t *testing.T) {
	broken := errors.New("broken pipe")
	got := scanAll(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(broken)), ScanOptions{})
	if want := []string{"1: a|b", "broken pipe"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScannerAllocatesNothingPerRow(t *testing.T) {
	s := NewScanner(strings.NewReader(strings.Repeat("abc,\"d\"\"e\",f\n", 20_000)), ScanOptions{})
	s.Scan()
	if n := testing.AllocsPerRun(10_000, func() { s.Scan() }); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

// Both readers must agree on what the standard library writes.
func TestScannerAgreesWithStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOf(rapid.RuneFrom([]rune("ab ,;\"\n\t=é")))
		width := rapid.IntRange(2, 5).Draw(t, "width")
		rows := rapid.SliceOf(rapid.SliceOfN(cell, width, width)).Draw(t, "rows")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		s := NewScanner(iotest.HalfReader(&b), ScanOptions{Comma: ','})
		for i, want := range rows {
			if !s.Scan() {
				t.Fatalf("row %d: %v", i, s.Err())
			}
			for j, c := range s.Cells() {
				got := string(c)
				if w.UseCRLF { // the writer turns LF into CRLF inside cells too
					got = strings.ReplaceAll(got, "\r\n", "\n")
				}
				if got != want[j] {
					t.Fatalf("row %d: got %q, want %q", i, s.Cells(), want)
				}
			}
		}
		if s.Scan() || s.Err() != nil {
			t.Fatalf("after the end: %q, %v", s.Cells(), s.Err())
		}
	})
}

func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"", "a,b\n1,2\n", "\ufeffa;b\r\n\"x\ry\";z\r", "\"", "\"a\"b\n", "\xff\xfe", "a\tb\n\"\"\"\"\t\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		o := ScanOptions{MaxColumns: 8, MaxCell: 64}
		whole := scanAll(bytes.NewReader(in), o)
		bytewise := scanAll(iotest.OneByteReader(bytes.NewReader(in)), o)
		if !slices.Equal(whole, bytewise) {
			t.Errorf("the same bytes read %q whole and %q in pieces", whole, bytewise)
		}
		if len(whole) > len(in)+1 {
			t.Errorf("%d rows from %d bytes", len(whole), len(in))
		}
	})
}
