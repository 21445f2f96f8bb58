package formats

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"glow/schema"
)

func TestAppendCSVRow(t *testing.T) {
	text := []schema.Field{{Name: "a", Type: schema.Text}, {Name: "b", Type: schema.Text}}
	for in, want := range map[string]string{
		"":         ",\n",
		"plain":    "plain,\n",
		"a,b":      "\"a,b\",\n",
		`a"b""`:    "\"a\"\"b\"\"\"\"\",\n",
		"a\r\nb":   "\"a\r\nb\",\n",
		" a":       "\" a\",\n",
		"a ":       "\"a \",\n",
		"a;b\tc":   "a;b\tc,\n",
		"=1":       "'=1,\n",
		"+1":       "'+1,\n",
		"-1":       "'-1,\n",
		"@x":       "'@x,\n",
		"\tx":      "'\tx,\n",
		"\rx":      "\"'\rx\",\n",
		" '=1":     "' '=1,\n",
		"'=1":      "''=1,\n",
		"'x":       "'x,\n",
		"a=1":      "a=1,\n",
		"＝1":       "'＝1,\n",
		"＋1":       "'＋1,\n",
		"－1":       "'－1,\n",
		"＠x":       "'＠x,\n",
		"\u3000＝1": "'\u3000＝1,\n",
		"x;=1;y":   "x;'=1;y,\n",
		"x\t ＝1":   "x\t' ＝1,\n",
		"x\n-1":    "\"x\n'-1\",\n",
		"x\r\n-1":  "\"x\r\n'-1\",\n",
		"x;\"=1\"": "\"x;'\"\"=1\"\"\",\n",
		"x;'=1":    "x;''=1,\n",
		"a, -1":    "\"a, -1\",\n",
		"a; b=1":   "a; b=1,\n",
		"=1,\"2\"": "\"'=1,\"\"2\"\"\",\n",
	} {
		if got := string(AppendCSVRow(nil, text, []schema.Value{{Set: in != "", Text: in}, {}})); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := string(AppendCSVRow(nil, text[:1], []schema.Value{{}})); got != "\"\"\n" {
		t.Errorf("an empty row of one cell: %q", got)
	}
	run := schema.KindNamed("run")
	got := string(AppendCSVRow(AppendCSVHeader(nil, run.Fields), run.Fields, []schema.Value{
		{}, {Set: true, Text: "-g"}, {}, {Set: true, Int: 12}, {Set: true}, {}, {Set: true, Int: 12_000_000}, {Set: true, Int: 1},
	}))
	want := "id,group_id,model,input_tokens,output_tokens,cached_input_tokens,cost,created_at\n,'-g,,12,0,,0.012,1970-01-01T00:00:00.000001Z\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnguardUndoesGuard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune("'' =+-@＝＋－＠\u3000\t\r\n;,\"a"))), rapid.String()).Draw(t, "text")
		if got := string(Unguard(AppendGuarded(nil, text))); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	})
}

// drawRecord makes any record that import could have made.
func drawRecord(t *rapid.T, k *schema.Kind) []schema.Value {
	nasty := rapid.StringOfN(rapid.RuneFrom([]rune("ab'=+-@＝＋－＠ ,;\"|\\\r\n\té世")), 1, 20, -1)
	text := rapid.Custom(func(t *rapid.T) string { // no longer than the shortest limit
		return strings.ReplaceAll(rapid.OneOf(nasty, rapid.StringN(1, 60, -1)).Draw(t, "text"), "\x00", "0")
	})
	id := rapid.Map(text, func(s string) string {
		return schema.NormalID(strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return 'x'
			}
			return r
		}, s) + "x")
	})
	values := make([]schema.Value, len(k.Fields))
	for i := range k.Fields {
		f := &k.Fields[i]
		if !f.Required && f.Default == "" && rapid.Bool().Draw(t, "left out") {
			continue
		}
		v := schema.Value{Set: true}
		switch f.Type {
		case schema.Text:
			if f.Check != nil {
				v.Text = fmt.Sprintf(`{"columns":["a"],"records":[{"kind":"profile","fields":{"name":{"value":%q}}}]}`, rapid.StringMatching(`[a-z",\n]*`).Draw(t, f.Name)+"x")
				break
			}
			v.Text = text.Draw(t, f.Name)
			if f.Visible {
				v.Text += "x"
			}
		case schema.ID:
			v.Text = id.Draw(t, f.Name)
		case schema.IDs:
			v, _ = f.List(rapid.SliceOfN(id, 1, 4).Draw(t, f.Name))
		case schema.Time:
			v.Int = rapid.Int64Range(0, 253402250399999999).Draw(t, f.Name)
		case schema.Date:
			v.Int = rapid.Int64Range(0, 2932896).Draw(t, f.Name)
		case schema.Bool:
			v.Int = rapid.Int64Range(0, 1).Draw(t, f.Name)
		case schema.Int:
			v.Int = rapid.Int64Range(0, schema.MaxInt).Draw(t, f.Name)
		case schema.Cost:
			v.Int = rapid.Int64Min(0).Draw(t, f.Name)
		}
		values[i] = v
	}
	for _, rule := range k.Rules() {
		if low, high := &values[rule.Low], &values[rule.High]; low.Set && high.Set && high.Int < low.Int {
			*high = *low
		}
	}
	return values
}

func TestWhatIsWrittenReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(schema.Kinds).Draw(t, "kind")
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []schema.Value { return drawRecord(t, k) }), 0, 5).Draw(t, "rows")
		var b bytes.Buffer
		if n, err := WriteCSV(&b, k.Fields, seq(rows)); n != int64(len(rows)) || err != nil {
			t.Fatal(n, err)
		}
		if table, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll(); err != nil || len(table) != len(rows)+1 {
			t.Fatalf("the standard library reads %d rows, %v", len(table), err)
		}
		i := 0
		for rec, err := range ReadCSV(bytes.NewReader(b.Bytes()), k, Options{}) {
			if err != nil {
				t.Fatalf("%v in %q", err, b.String())
			}
			if !reflect.DeepEqual(rec.Values, rows[i]) {
				t.Fatalf("row %d: got %+v, want %+v", i, rec.Values, rows[i])
			}
			i++
		}
		if i != len(rows) {
			t.Fatalf("%d of %d rows came back", i, len(rows))
		}
	})
}

func TestWriteCSVEndsWithTheFirstError(t *testing.T) {
	fields := schema.KindNamed("department").Fields
	broken := errors.New("broken")
	rows := func(yield func([]schema.Value, error) bool) {
		_ = yield([]schema.Value{{}, {}}, nil) && yield(nil, broken)
	}
	if n, err := WriteCSV(io.Discard, fields, rows); n != 1 || err != broken {
		t.Errorf("got %d, %v", n, err)
	}
	endless := func(yield func([]schema.Value, error) bool) {
		for yield([]schema.Value{{}, {}}, nil) {
		}
	}
	r, w := io.Pipe()
	r.CloseWithError(broken)
	if _, err := WriteCSV(w, fields, endless); err != broken {
		t.Errorf("got %v", err)
	}
}

func TestZIPWriter(t *testing.T) {
	write := func() ([]byte, []schema.ManifestFile) {
		var b bytes.Buffer
		var files []schema.ManifestFile
		w := NewZIPWriter(&b, time.Date(2025, 3, 14, 15, 9, 26, 0, time.UTC))
		for _, name := range []string{"department", "profile"} {
			k := schema.KindNamed(name)
			row := make([]schema.Value, len(k.Fields))
			for i := range 2 {
				row[i] = schema.Value{Set: true, Text: "x"}
			}
			file, err := w.Table(k.File, k.Fields, seq([][]schema.Value{row, row}))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		if err := w.JSON(schema.ManifestName, files); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), files
	}
	b, files := write()
	if again, _ := write(); !bytes.Equal(b, again) {
		t.Error("the same content gives other bytes")
	}
	expect(t, readZIP(b, Options{}), []string{
		"departments.csv:2 department x,x", "departments.csv:3 department x,x",
		"profiles.csv:2 profile x,x,,ta,,true", "profiles.csv:3 profile x,x,,ta,,true",
	})
	archive, err := OpenZIP(bytes.NewReader(b), int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		r, err := archive.Entries()[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(content)
		want := schema.ManifestFile{Name: archive.Entries()[i].Name, Rows: 2, SHA256: hex.EncodeToString(digest[:])}
		if f != want {
			t.Errorf("got %+v, want %+v", f, want)
		}
	}
}

func benchmarkRows(n int) iter.Seq2[[]schema.Value, error] {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("0195e3f0-7c3e-7d2a-9d3e-%012d", i)
	}
	return func(yield func([]schema.Value, error) bool) {
		row := []schema.Value{{Set: true}, {Set: true, Text: "profile-1234"}, {Set: true, Text: "session-5678"}, {Set: true}}
		for i, id := range ids {
			row[0].Text, row[3].Int = id, 1741964966_000000+int64(i)*1e6
			if !yield(row, nil) {
				return
			}
		}
	}
}

func BenchmarkWriteCSV(b *testing.B) {
	const rows = 10_000
	all, fields := benchmarkRows(rows), schema.KindNamed("login").Fields
	b.ReportAllocs()
	for b.Loop() {
		if _, err := WriteCSV(io.Discard, fields, all); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkZIPWriter(b *testing.B) {
	const rows = 10_000
	all, fields := benchmarkRows(rows), schema.KindNamed("login").Fields
	w := NewZIPWriter(io.Discard, time.Unix(0, 0))
	for b.Loop() {
		if _, err := w.Table("logins.csv", fields, all); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
}

// A fault of the program in the goroutine that forms rows is an error of the export, and does not
// end the program.
func TestAPanicOfTheWriterIsAnError(t *testing.T) {
	w := NewZIPWriter(panicWriter{}, time.Unix(0, 0))
	fields := []schema.Field{{Name: "a", Type: schema.Text}}
	rows := make([][]schema.Value, 100_000)
	for i := range rows {
		rows[i] = []schema.Value{{Set: true, Text: fmt.Sprint(i)}}
	}
	if _, err := w.Table("x.csv", fields, seq(rows)); err == nil || !strings.Contains(err.Error(), "panic in an export: full") {
		t.Errorf("got %v", err)
	}
}

type panicWriter struct{}

func (panicWriter) Write(p []byte) (int, error) {
	if len(p) > 1000 {
		panic("full")
	}
	return len(p), nil
}
