package moodle

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
)

func textFile(name, content string) formats.File {
	return formats.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

func diskFile(path string) formats.File {
	return formats.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// result is all that a log gives, in an order of its own.
type result struct {
	records []string // "kind field=value …"
	kinds   map[string]int
	faults  []string
	skipped map[string]int64
}

func read(t testing.TB, o Options, files ...formats.File) result {
	t.Helper()
	l, err := Read(files, o)
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, l)
}

// recordsOf makes records of the files of a log alone, as the store has it made.
func recordsOf(l *Log) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		var rows []schema.LogRow
		alike := map[string]uint32{}
		for r, err := range l.Rows() {
			if err != nil {
				if !yield(nil, err) || !errors.As(err, new(schema.Fault)) {
					return
				}
				continue
			}
			if r.ID == 0 {
				key := fmt.Sprint(r.File, r.Digest)
				r.Position = alike[key]
				alike[key]++
			}
			rows = append(rows, *r)
		}
		slices.SortStableFunc(rows, func(a, b schema.LogRow) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), slices.Compare(a.Digest[:], b.Digest[:]), cmp.Compare(a.Position, b.Position),
				cmp.Compare(a.At, b.At), cmp.Compare(a.EventName, b.EventName), cmp.Compare(a.User, b.User), cmp.Compare(a.Origin, b.Origin),
				cmp.Compare(a.Real, b.Real), cmp.Compare(a.Related, b.Related), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Module, b.Module))
		})
		in := schema.LogRows{Names: map[uint32]string{}, Rows: func(yield func(*schema.LogRow, error) bool) {
			for _, r := range rows {
				if !yield(&r, nil) {
					return
				}
			}
		}}
		for at, name := range l.Names() {
			in.Names[uint32(at)] = name
		}
		l.Derive(in, func(*schema.LogRow) error { return nil }).Records(yield)
	}
}

func drain(t testing.TB, l *Log) result {
	t.Helper()
	r := result{kinds: map[string]int{}}
	for rec, err := range recordsOf(l) {
		if err != nil {
			if !errors.As(err, new(schema.Fault)) && schema.ErrorCode(err) != schema.CodeInvalid {
				t.Fatal(err)
			}
			r.faults = append(r.faults, err.Error())
			continue
		}
		r.kinds[rec.Kind.Name]++
		r.records = append(r.records, show(rec))
	}
	slices.Sort(r.records)
	_, r.skipped = l.Skipped()
	return r
}

// show prints what is set in a record, beyond defaults.
func show(rec *schema.Record) string {
	b := []byte(rec.Kind.Name)
	for i := range rec.Kind.Fields {
		f := &rec.Kind.Fields[i]
		if text := string(f.Append(nil, rec.Values[i])); text != "" && text != f.Default {
			b = fmt.Appendf(b, " %s=%s", f.Name, text)
		}
	}
	return string(b)
}

func (r *result) of(kind string) []string {
	var out []string
	for _, rec := range r.records {
		if text, ok := strings.CutPrefix(rec, kind+" "); ok {
			out = append(out, text)
		}
	}
	return out
}

func (r *result) skippedRows() int {
	n := 0
	for _, c := range r.skipped {
		n += int(c)
	}
	return n
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func same(t testing.TB, what string, a, b result) {
	t.Helper()
	if !slices.Equal(a.records, b.records) {
		for i := range min(len(a.records), len(b.records)) {
			if a.records[i] != b.records[i] {
				t.Errorf("%s: first difference\n\t%s\n\t%s", what, a.records[i], b.records[i])
				break
			}
		}
		t.Fatalf("%s: %d and %d records, which differ", what, len(a.records), len(b.records))
	}
	if fmt.Sprint(a.skipped) != fmt.Sprint(b.skipped) {
		t.Fatalf("%s: skipped %v and %v", what, a.skipped, b.skipped)
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func csvOf(name, header string, rows []string) formats.File {
	return textFile(name, header+strings.Join(rows, "\n")+"\n")
}

func readIn(t testing.TB, dir string, limit int, files ...formats.File) result {
	return read(t, Options{TempDir: dir, InMemory: limit}, files...)
}

// checkReferences fails when a record refers to what is not there, or an id is
// there twice.
func checkReferences(t interface{ Fatalf(string, ...any) }, r result) {
	ids := map[string]bool{}
	for _, rec := range r.records { // the id comes first, if there is one
		kind, rest, _ := strings.Cut(rec, " ")
		if id, ok := strings.CutPrefix(strings.Fields(rest)[0], "id="); ok {
			if ids[kind+" "+id] {
				t.Fatalf("%s %s is there twice", kind, id)
			}
			ids[kind+" "+id] = true
		}
	}
	for _, rec := range r.records {
		if strings.HasPrefix(rec, "profile ") { // refers to nothing, but holds any text
			continue
		}
		for _, field := range strings.Fields(rec) {
			for _, kind := range []string{"profile", "session"} {
				if id, ok := strings.CutPrefix(field, kind+"_id="); ok && !ids[kind+" "+id] {
					t.Fatalf("%s: there is no such %s", rec, kind)
				}
			}
		}
	}
}

// reportAt makes a report whose rows have these times.
func reportAt(name string, times ...string) formats.File {
	var b strings.Builder
	b.WriteString(englishHeader)
	for _, at := range times {
		fmt.Fprintf(&b, "\"%s\",Ann,-,-,-,Course viewed,The user with id '5' viewed it.,web\n", at)
	}
	return textFile(name, b.String())
}

func activityTimes(r result) string {
	var out []string
	for _, rec := range r.of("activity") {
		_, at, _ := strings.Cut(rec, "created_at=")
		out = append(out, at)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// reportOf makes a report of rows "name|affected|event|description".
func reportOf(rows ...string) formats.File {
	var b strings.Builder
	b.WriteString("Time,User full name,Affected user,Event context,Component,Event name,Description\n")
	for i, row := range rows {
		c := strings.Split(row, "|")
		fmt.Fprintf(&b, "\"17/10/21, 12:%02d\",%s,%s,-,-,%s,%s\n", i, c[0], c[1], c[2], c[3])
	}
	return textFile("report.csv", b.String())
}
