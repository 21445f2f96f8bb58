package fullglow

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/server/formats"
)

func textFile(name, content string) formats.File {
	return formats.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// sample returns the files of testdata, as entries of a ZIP.
func sample(t testing.TB) []formats.File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(os.DirFS(filepath.Join("..", "..", "..", "testdata", "fullglow"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := formats.OpenZIP(bytes.NewReader(b.Bytes()), int64(b.Len()), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var files []formats.File
	for _, e := range archive.Entries() {
		files = append(files, formats.File{Name: e.Name, Open: e.Open})
	}
	return files
}

// read returns the records as "kind field=value …" and the faults.
func read(t testing.TB, o Options, files ...formats.File) (records, faults []string) {
	t.Helper()
	e, err := Read(files, o)
	if err != nil {
		t.Fatal(err)
	}
	for rec, err := range e.Records() {
		if err != nil {
			if !errors.As(err, new(schema.Fault)) {
				t.Fatal(err)
			}
			faults = append(faults, err.Error())
			continue
		}
		b := []byte(rec.Kind.Name)
		for i := range rec.Kind.Fields {
			f := &rec.Kind.Fields[i]
			if text := string(f.Append(nil, rec.Values[i])); text != "" && text != f.Default {
				b = fmt.Appendf(b, " %s=%s", f.Name, text)
			}
		}
		records = append(records, string(b))
	}
	return records, faults
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestExport(t *testing.T) {
	records, faults := read(t, Options{Departments: []string{"cs", "math"}, NewDepartments: []string{"cs"}}, sample(t)...)
	expect(t, "faults", faults, nil)
	expect(t, "records", records, []string{
		"department id=cs name=cs",
		"profile id=glow-anna-berg name=Anna Berg department_ids=cs|math",
		"profile id=glow-ben-cole name=Ben Cole department_ids=cs|math",
		"profile id=glow-dora-viewed name=Dora Viewed department_ids=cs|math",
		"profile id=glow-nguyen-van-a-3cebd951 name=Nguyễn Văn A department_ids=cs|math",
		"session id=s1 profile_id=glow-anna-berg created_at=2025-03-14T15:07:00Z updated_at=2025-03-14T16:10:00Z",
		"session id=s2 profile_id=glow-nguyen-van-a-3cebd951 created_at=2025-03-16T01:00:00Z updated_at=2025-03-16T01:00:00Z",
		"session id=s3 profile_id=glow-ben-cole created_at=2025-03-15T09:05:00Z updated_at=2025-03-15T09:05:00Z",
		"session id=sv profile_id=glow-dora-viewed created_at=2025-03-14T16:00:00Z updated_at=2025-03-14T16:00:00Z",
		"activity id=a1 profile_id=glow-anna-berg session_id=s1 created_at=2025-03-14T15:09:26.123456Z",
		"activity id=a2 profile_id=glow-anna-berg session_id=s1 created_at=2025-03-14T15:40:00Z",
		"activity id=a3 profile_id=glow-ben-cole session_id=s1 created_at=2025-03-14T15:20:00Z",
		"activity id=a4 profile_id=glow-ben-cole created_at=2025-03-15T09:00:00Z",
		"login id=l1 profile_id=glow-anna-berg session_id=s1 created_at=2025-03-14T15:09:00Z",
		"login id=l2 profile_id=glow-nguyen-van-a-3cebd951 session_id=s2 created_at=2025-03-16T01:00:00Z",
		"problem id=p1 profile_id=glow-ben-cole session_id=s3 type=bug message=It said \"no\",\ntwice created_at=2025-03-15T09:05:00Z updated_at=2025-03-15T10:00:00Z",
		"problem id=p2 profile_id=glow-ben-cole type=content message=Typo resolved=true created_at=2025-03-15T09:06:00Z",
		"grant id=g1 session_id=s1 expires_at=2025-03-14T17:00:00Z created_at=2025-03-14T15:08:00Z",
		"emulation id=e1 profile_id=glow-dora-viewed grant_id=g1 session_id=s1 created_at=2025-03-14T16:00:00Z",
		"group id=gr1 session_id=s1 name=First try created_at=2025-03-14T15:10:00Z",
		"run id=r1 group_id=gr1 model=gpt-4o input_tokens=1200 output_tokens=300 cached_input_tokens=200 cost=0.0123 created_at=2025-03-14T16:10:00Z",
	})
}

const header = "id,profile,session_id,created_at\n"

func TestFaultsNameTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"an empty file", "logins.csv", "", "logins.csv:1: the file is empty; its first row should name the columns id, profile, session_id, created_at"},
		{"a column missing", "problems.csv", header, "problems.csv:1: type: the column is missing; needed are id, profile, session_id, type, message, resolved, created_at"},
		{"a column twice", "activity.csv", "id,profile,profile,session_id,created_at\n", "activity.csv:1: profile: the column is there twice"},
		{"a cell too few", "activity.csv", header + "1,Ann,s\n", "activity.csv:2: the row has 3 cells; the header has 4"},
		{"no time", "activity.csv", header + "1,Ann,s,\n", "activity.csv:2: created_at: is missing; every activity needs one"},
		{"not a time", "activity.csv", header + "1,Ann,s,14/03/25\n", `activity.csv:2: created_at: "14/03/25" is not a time; write RFC 3339, as in 2025-03-14T15:09:26Z`},
		{"not UTF-8", "activity.csv", header + "1,J\xf6rg,s,2025-03-14 15:00:00\n", `activity.csv:2: profile: "J\xf6rg" is not valid UTF-8`},
		{"a grant in no session", "grants.csv", "id,session_id,created_at\n1,,2025-03-14 15:00:00\n", "grants.csv:2: session_id: is missing; every grant needs one"},
		{"a quote left open", "activity.csv", header + "\"1,Ann,s\n", `activity.csv:2: a quote is opened here and never closed; close it with ", and write a quote inside a quoted cell twice`},
	} {
		_, faults := read(t, Options{}, textFile(c.file, c.content))
		expect(t, c.name, faults, []string{c.want})
	}
	records, faults := read(t, Options{}, textFile("x/Activity.csv", header+"1,Ann,s,never\n2,Ann,s,2025-03-14 15:00:00\n"))
	if len(faults) != 1 || len(records) != 3 {
		t.Errorf("reading goes on after a fault: got %v, %v", records, faults)
	}
}

func TestRowsOfNobodyAreSkippedAndCounted(t *testing.T) {
	e, err := Read([]formats.File{
		textFile("activity.csv", header+"1,,s,2025-03-14 15:00:00+00:00\n2,Ann,s,2025-03-14 15:01:00\n"),
		textFile("grants.csv", "id,session_id,expires_at,created_at\n1,nobodys,,2025-03-14 15:00:00\n2,s,,2025-03-14 15:00:00\n"),
		textFile("emulations.csv", "id,profile,grant_id,session_id,created_at\n1,Bob,1,v,2025-03-14 15:00:00\n2,Bob,2,v,2025-03-14 15:00:00\n"),
		textFile("groups.csv", "group_id,session_id,group_name,created_at\ng,nobodys,,2025-03-14 15:00:00\nh,s,,2025-03-14 15:00:00\n"),
		textFile("usage.csv", "run_id,group_id,run_date,input_tokens,output_tokens,cached_input_tokens,models,cost\n1,g,2025-03-14,1,2,0,m,$0.1\n2,h,2025-03-14,1,2,0,m,0.1\n3,i,2025-03-14,1,2,0,m,0.1\n"),
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for rec, err := range e.Records() {
		if err != nil {
			t.Fatal(err)
		}
		counts[rec.Kind.Name]++
		if rec.Kind.Name == schema.KindEmulation {
			if id, want := rec.Get("session_id").Text, map[string]string{"1": "", "2": "s"}[rec.Values[0].Text]; id != want {
				t.Errorf("emulation %s is in session %q, want %q", rec.Values[0].Text, id, want)
			}
		}
	}
	want := map[string]int{schema.KindProfile: 2, schema.KindSession: 2, schema.KindActivity: 1, schema.KindGrant: 1, schema.KindEmulation: 2, schema.KindGroup: 1, schema.KindRun: 1}
	if !maps.Equal(counts, want) {
		t.Errorf("got %v, want %v", counts, want)
	}
	if n, reasons := e.Skipped(); n != 5 || reasons[reasonNobody] != 1 || reasons[reasonNoSession] != 2 || reasons[reasonNoGroup] != 2 {
		t.Errorf("skipped %d: %v", n, reasons)
	}
}

func TestFilesAreToldByTheirHeaders(t *testing.T) {
	for columns, want := range map[string]string{
		"session_id,profile,created_at,active":                                                schema.KindSession,
		"group_id,session_id,group_name,created_at":                                           schema.KindGroup,
		"run_id,group_id,run_date,input_tokens,output_tokens,cached_input_tokens,models,cost": schema.KindRun,
		"id,session_id,expires_at,created_at,active,mcp,generated":                            schema.KindGrant,
		"id,profile,grant_id,session_id,created_at,active,mcp,generated":                      schema.KindEmulation,
		"id,profile,session_id,type,message,resolved,created_at,updated_at,active":            schema.KindProblem,
		"name,value": "",
	} {
		kind, err := kindOf(textFile("export (1).csv", columns+"\n"))
		if got := ""; err != nil || kind != nil && kind.Name != want || kind == nil && got != want {
			t.Errorf("%s: got %v, %v", columns, kind, err)
		}
	}
	if _, err := kindOf(textFile("export (1).csv", header)); schema.ErrorCode(err) != schema.CodeInvalid {
		t.Errorf("activity or logins: %v", err)
	}
}

func TestOptionsAndFilesAreChecked(t *testing.T) {
	for _, c := range []struct {
		files []formats.File
		o     Options
	}{
		{nil, Options{}},
		{[]formats.File{textFile("notes.txt", "")}, Options{}},
		{[]formats.File{textFile("activity.csv", "")}, Options{Role: strings.Repeat("x", 65)}},
		{[]formats.File{textFile("activity.csv", "")}, Options{Departments: []string{"a\nb"}}},
	} {
		if _, err := Read(c.files, c.o); schema.ErrorCode(err) != schema.CodeInvalid {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	broken := formats.File{Name: "activity.csv", Open: func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}
	e, err := Read([]formats.File{broken}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range e.Records() {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSessionsAreOfTheEarliestRowWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%s,s%d,2025-03-14 15:%02d:00+00:00", rapid.SampledFrom([]string{"Ann", "ann", "Ben"}).Draw(t, "name"),
				rapid.IntRange(1, 3).Draw(t, "session"), rapid.IntRange(0, 9).Draw(t, "minute"))
		}), 1, 12).Draw(rt, "rows")
		cut := rapid.IntRange(0, len(rows)).Draw(rt, "cut")
		get := func(rows []string) []string {
			files := []formats.File{
				textFile("activity.csv", "profile,session_id,created_at,id\n"+join(rows[:cut])),
				textFile("logins.csv", "profile,session_id,created_at,id\n"+join(rows[cut:])),
			}
			records, faults := read(t, Options{}, rapid.Permutation(files).Draw(rt, "files")...)
			if len(faults) > 0 {
				rt.Fatal(faults)
			}
			return slices.DeleteFunc(records, func(r string) bool { return !strings.HasPrefix(r, "session ") && !strings.HasPrefix(r, "profile ") })
		}
		a := get(rows)
		b := get(rapid.Permutation(rows).Draw(rt, "rows again"))
		if !slices.Equal(a, b) {
			rt.Fatalf("got\n%s\nand\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	})
}

func join(rows []string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r + ",\n")
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	for i, k := range kinds {
		content, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "fullglow", schema.KindNamed(k).File))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), content)
	}
	f.Fuzz(func(t *testing.T, kind byte, content []byte) {
		name := schema.KindNamed(kinds[int(kind)%len(kinds)]).File
		activity := header + "1,Ann,s1,2025-03-14 15:00:00\n"
		read(t, Options{}, textFile(name, string(content)), textFile("logins.csv", activity))
	})
}

func TestReadersMayStopAnywhere(t *testing.T) {
	files := append(sample(t), textFile("Activity.csv", header+"1,Ann,s,never\n"))
	e, err := Read(files, Options{NewDepartments: []string{"cs"}})
	if err != nil {
		t.Fatal(err)
	}
	for stop, n := 0, 1; n > stop; stop++ {
		n = 0
		for range e.Records() {
			if n++; n > stop {
				break // a record after this one would panic
			}
		}
	}
}
