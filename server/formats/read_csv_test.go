package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"glow/schema"
)

const loginColumns = "id, profile_id*, session_id, created_at* (* a new record needs it)"

func TestReadCSV(t *testing.T) {
	saigon, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	const at = "2025-03-14T15:09:26Z"
	for _, c := range []struct {
		rule, kind, in string
		want           []string
	}{
		{"columns in any order, optional ones may be missing", "login", "created_at,profile_id\n" + at + ",p1\n",
			[]string{"f.csv:2 login ,p1,," + at}},
		{"empty cells take defaults", "profile", "id,name,email,role,department_ids,active\np1,Ann,,,,\n",
			[]string{"f.csv:2 profile p1,Ann,,ta,,true"}},
		{"bools, many ids, quotes and CRLF", "profile", "id,name,department_ids,active\r\np1,\"A \"\"B\"\"\r\nC\",b|a|b,No\r\n",
			[]string{"f.csv:2 profile p1,A \"B\"\r\nC,,ta,a|b,false"}},
		{"an excel file: mark, semicolons, bare CR", "department", "\ufeffid;name\rd1;X, Y\rd2;Z", []string{"f.csv:2 department d1,X, Y", "f.csv:3 department d2,Z"}},
		{"readable columns are passed over", "login", "id,profile_id,session_id,created_at,profile_name,department_names\nl,p,s," + at + ",\xff,x\n",
			[]string{"f.csv:2 login l,p,s," + at}},
		{"formula guards come off", "department", "id,name\n'=1,'  @x\n''+2,'x\n", []string{"f.csv:2 department =1,  @x", "f.csv:3 department '+2,'x"}},
		{"a time without an offset is in the zone", "login", "profile_id,created_at\np,2025-03-14T22:09:26\n", []string{"f.csv:2 login ,p,," + at}},
		{"a bad record does not end the reading", "department", "id,name\nd1,\nd2,B\nd3\nd4,D\nd5,E,F\n", []string{
			"f.csv:2: name: is missing; every department needs one",
			"f.csv:3 department d2,B",
			"f.csv:4: the row has 1 cell; the header has 2",
			"f.csv:5 department d4,D",
			"f.csv:6: the row has 3 cells; the header has 2",
		}},
		{"a row that is not CSV does not end it either", "department", "id,name\n\"d1\"x,A\nd2,B\n", []string{
			"f.csv:2: there is text after a closing quote; put the whole cell into quotes, and write a quote inside it twice",
			"f.csv:3 department d2,B",
		}},
		{"empty file", "login", "", []string{"f.csv:1: the file is empty; its first row names the columns " + loginColumns}},
		{"missing columns of a record that may be known", "login", "id,profile_id\nx,y\n", []string{"f.csv:2 login x,y,,"}},
		{"missing column of new records", "login", "profile_id\ny\n", []string{"f.csv:1: created_at: the column is missing; the columns of logins.csv are " + loginColumns}},
		{"unknown column", "login", "id,profile,created_at\nx,y,z\n", []string{"f.csv:1: profile: is not a column of logins.csv; its columns are " + loginColumns}},
		{"a column that cannot be printed", "department", "id,n\xff\x1b\n", []string{"f.csv:1: n\ufffd\ufffd: is not a column of departments.csv; its columns are id*, name* (* a new record needs it)"}},
		{"duplicate column", "login", "id,profile_id,id,created_at\n", []string{"f.csv:1: id: the column is there twice"}},
		{"column without a name", "login", "id,,created_at\n", []string{"f.csv:1: column 2 has no name; the columns are " + loginColumns}},
		{"too many columns", "login", strings.Repeat("a,", 64) + "b\n", []string{"f.csv:1: the row has more than 64 columns"}},
		{"UTF-16", "login", "\xff\xfei\x00", []string{"f.csv:1: the file is in UTF-16; save it as UTF-8"}},
		{"invalid UTF-8", "department", "id,name\nd,caf\xe9\n", []string{`f.csv:2: name: "caf\xe9" is not valid UTF-8`}},
		{"NUL", "department", "id,name\nd,a\x00b\n", []string{`f.csv:2: name: "a\x00b" contains a NUL byte`}},
		{"long id", "department", "id,name\n" + strings.Repeat("x", 10_000) + ",n\n",
			[]string{`f.csv:2: id: "` + strings.Repeat("x", 60) + `…" has 10000 characters; an id has at most 128`}},
		{"cost with 12 decimals", "run", "group_id,cost,created_at\ng,0.123456789012," + at + "\n", []string{"f.csv:2 run ,g,,,,,0.123456789," + at + ""}},
		{"negative count", "run", "group_id,input_tokens,created_at\ng,-1," + at + "\n", []string{`f.csv:2: input_tokens: "-1" is negative; a count is 0 or more`}},
		{"a day that does not exist", "login", "profile_id,created_at\np,2025-02-29T00:00:00Z\n", []string{`f.csv:2: created_at: "2025-02-29T00:00:00Z" is a date that does not exist`}},
		{"bad bool", "profile", "id,name,active\np,n,maybe\n", []string{`f.csv:2: active: "maybe" is not a bool; write true or false`}},
		{"the first bad field is named", "run", "group_id,input_tokens,cost,created_at\ng,x,y,z\n", []string{`f.csv:2: input_tokens: "x" is not a whole number; write digits alone, as in 1200`}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			o := Options{Zone: saigon, Name: "f.csv"}
			expect(t, texts(ReadCSV(strings.NewReader(c.in), schema.KindNamed(c.kind), o)), c.want)
		})
	}
}

func TestReadCSVTimeThatTheClocksSkip(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	in := "profile_id,created_at\np,2025-03-30T02:30:00\n"
	got := texts(ReadCSV(strings.NewReader(in), schema.KindNamed("login"), Options{Zone: berlin}))
	expect(t, got, []string{`line 2: created_at: "2025-03-30T02:30:00" does not exist in Europe/Berlin: the clocks skipped it`})
}

func TestReadCSVEndsWithTheReadersError(t *testing.T) {
	in := io.MultiReader(strings.NewReader("id,name\nd,n\n"), iotest.ErrReader(errors.New("connection reset")))
	got := texts(ReadCSV(in, schema.KindNamed("department"), Options{Name: "f.csv"}))
	expect(t, got, []string{"f.csv:2 department d,n", "read f.csv: connection reset"})
}

func TestReadersStopWhenAsked(t *testing.T) {
	in := "id,name\n\n,\nd,n\nd,n\n"
	n := 0
	for range ReadCSV(strings.NewReader(in), schema.KindNamed("department"), Options{}) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d records", n)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("id,name\nd1,A\n"), 0)
	f.Add([]byte("\ufeffid;name;active\r\"p\";'=1;yes\r"), 2)
	f.Add([]byte("group_id,cost,created_at\ng,0.1,2025-01-01T00:00:00Z\n"), 10)
	f.Fuzz(func(t *testing.T, in []byte, kind int) {
		k := schema.Kinds[(kind%len(schema.Kinds)+len(schema.Kinds))%len(schema.Kinds)]
		n := 0
		for range ReadCSV(bytes.NewReader(in), k, Options{}) {
			if n++; n > len(in)+1 {
				t.Fatalf("more than %d records from %d bytes", n, len(in))
			}
		}
	})
}

func BenchmarkReadCSV(b *testing.B) {
	in := []byte("id,profile_id,session_id,created_at\n")
	const rows = 10_000
	for i := range rows {
		in = fmt.Appendf(in, "0195e3f0-7c3e-7d2a-9d3e-%012d,profile-%d,session-5678,2025-03-14T15:%02d:%02dZ\n", i, i%100, i/60%60, i%60)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range ReadCSV(bytes.NewReader(in), schema.KindNamed("login"), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
}
