package cli

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
)

// files writes files of these names and contents, and returns their paths.
func files(t *testing.T, pairs ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pairs[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func zipOf(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func unzip(t *testing.T, text []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(content)
	}
	return out
}

func inputOf(t *testing.T, stdin string, args ...string) (*input, error) {
	t.Helper()
	a, g := parse(t, stdin, append([]string{"system", "import"}, args...)...)
	return g.System.Import.input(a)
}

func TestSeveralFilesAreOneZIP(t *testing.T) {
	paths := files(t, "profiles.csv", "p", "x/more.ndjson", "m", "y/more.ndjson", "n",
		"all.zip", zipOf(t, "sessions.csv", "s", "folder/logins.csv", "l", "manifest.json", "{}"))
	in, err := inputOf(t, "", append(paths, "--dry-run")...)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"profiles.csv": "p", "more.ndjson": "m", "more-2.ndjson": "n", "sessions.csv": "s", "logins.csv": "l"}
	if got := unzip(t, text); !maps.Equal(got, want) || in.typ != schema.TypeZIP || in.query.Encode() != "dry_run=true" {
		t.Errorf("got %v, %s, %s", got, in.typ, in.query.Encode())
	}
}

func TestFilesOfALogMayBearOneName(t *testing.T) {
	in, err := inputOf(t, "", append(files(t, "a/log.csv", "1", "b/LOG.csv", "2", "c/log.csv", "3"), "--from=moodle", "--department=a,b", "--timezone=Asia/Tokyo")...)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"log.csv": "1", "LOG-2.csv": "2", "log-3.csv": "3"}
	if got := unzip(t, text); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := in.query.Encode(); got != "department=a&department=b&from=moodle&timezone=Asia%2FTokyo" {
		t.Errorf("got %s", got)
	}
}

func TestSingleFileGoesAsItIs(t *testing.T) {
	for _, test := range []struct{ name, typ, query string }{
		{"Profiles.CSV", schema.TypeCSV, "file=Profiles.CSV&kind=profile"},
		{"x.ndjson", schema.TypeNDJSON, "file=x.ndjson"},
		{"x.jsonl", schema.TypeNDJSON, "file=x.jsonl"},
		{"x.json", schema.TypeJSON, "as=auto&file=x.json"},
		{"x.zip", schema.TypeZIP, "as=auto&file=x.zip"},
		{"x.xlsx", schema.TypeXLSX, "as=auto&file=x.xlsx"},
		{"notes.txt", schema.TypeAny, "as=auto&file=notes.txt"},
		{"march.csv", schema.TypeCSV, "as=auto&file=march.csv"},
	} {
		in, err := inputOf(t, "", files(t, test.name, "content")...)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil || string(text) != "content" || in.size != 7 || in.typ != test.typ || in.query.Encode() != test.query {
			t.Errorf("%s: %q, %v, %d, %s, %s", test.name, text, err, in.size, in.typ, in.query.Encode())
		}
		in.close()
	}
	in, err := inputOf(t, "content", "-", "--kind=login")
	if err != nil || in.typ != schema.TypeCSV || in.size != -1 || in.query.Encode() != "kind=login" {
		t.Errorf("stdin: %+v, %v", in, err)
	}
}

func TestImportSaysWhatIsWrongWithItsFiles(t *testing.T) {
	paths := files(t, "march.csv", "", "a/profiles.csv", "", "b/profiles.csv", "", "notes.txt", "", "broken.zip", "no zip")
	for _, test := range []struct {
		args  []string
		usage bool
		want  string
	}{
		{[]string{"-", "--type=xml"}, true, `--type: "xml" is not one of`},
		{paths[1:3], true, "profiles.csv: two files of this name"},
		{[]string{"-", paths[1]}, true, "-: stdin cannot be taken in together with files"},
		{[]string{"/no/such.csv", "--kind=login"}, false, "cannot read /no/such.csv: no such file or directory"},
		{[]string{filepath.Dir(paths[1]), "--type=csv", "--kind=login"}, false, "it is a folder"},
		{[]string{paths[1], paths[4]}, false, "broken.zip: zip: not a valid zip file"},
		{[]string{paths[1], "--kind=people"}, true, `--kind: "people" is not one of`},
	} {
		_, err := inputOf(t, "", test.args...)
		if err == nil || !strings.Contains(err.Error(), test.want) || (exitCode(err) == exitUsage) != test.usage {
			t.Errorf("%v: %v; want %s", test.args, err, test.want)
		}
	}
}
