package inbox

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// folder is an inbox under test, with a clock of its own.
type folder struct {
	*Inbox
	t     *testing.T
	dir   string
	now   time.Time
	took  []string // names and contents, in order
	fails map[string]error
	while func(name string) // what happens while a file is taken; nil: nothing
}

func newFolder(t *testing.T) *folder {
	f := &folder{t: t, dir: filepath.Join(t.TempDir(), "in"), now: time.Now(), fails: map[string]error{}}
	in, err := Open(Options{Dir: f.dir, Now: func() time.Time { return f.now }, Take: func(_ context.Context, name string, content *io.SectionReader) (schema.ImportResponse, error) {
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		f.took = append(f.took, name+"="+string(text))
		if f.while != nil {
			f.while(name)
		}
		return schema.ImportResponse{Tally: schema.Tally{Inserted: 1}, TakenFor: []schema.Recognition{{Title: "people"}}}, f.fails[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	f.Inbox = in
	t.Cleanup(func() { in.root.Close() })
	return f
}

func (f *folder) write(name, text string, age time.Duration) {
	f.t.Helper()
	file := filepath.Join(f.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(file, f.now, f.now.Add(-age)); err != nil {
		f.t.Fatal(err)
	}
}

// looks has the inbox look some times, two seconds apart.
func (f *folder) looks(times int) {
	for range times {
		f.look(context.Background())
		f.now = f.now.Add(2 * time.Second)
	}
}

// names lists what lies in a folder of the inbox.
func (f *folder) names(of string) string {
	f.t.Helper()
	entries, err := os.ReadDir(filepath.Join(f.dir, of))
	if err != nil {
		f.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

func (f *folder) expect(what, got, want string) {
	f.t.Helper()
	if got != want {
		f.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestAFileIsTakenWhenItIsWhole(t *testing.T) {
	f := newFolder(t)
	f.write("b.csv", "one", 0)
	f.looks(1)
	f.expect("after one look", strings.Join(f.took, " "), "")
	f.write("b.csv", "one two", -time.Second) // it grows
	f.looks(1)
	f.expect("while it grows", strings.Join(f.took, " "), "")
	f.write("z.csv", "earlier", time.Hour)
	f.looks(2)
	f.expect("the oldest first", strings.Join(f.took, " "), "b.csv=one two z.csv=earlier")
	f.expect("taken", f.names(taken), "b.csv z.csv")
	f.expect("left", f.names("."), "")
	f.write("y.csv", "2", time.Minute)
	f.write("x.csv", "1", time.Hour)
	f.looks(2)
	f.expect("by their age", strings.Join(f.took[2:], " "), "x.csv=1 y.csv=2")
	if s := f.State(); s.TakenSince != 4 || s.Waiting != 0 || s.Last[0].Name != "y.csv" || s.Last[0].TakenFor != "people" || s.Fault != "" {
		t.Errorf("the state is %+v", s)
	}
}

func TestAFileThatGrowsWhileItIsTakenIsTakenAgain(t *testing.T) {
	f := newFolder(t)
	f.write("a.csv", "one", time.Hour)
	f.while = func(name string) { f.write(name, "one two", time.Minute); f.while = nil }
	f.looks(2)
	f.expect("it stays", f.names("."), "a.csv")
	f.looks(3)
	f.expect("taken again", strings.Join(f.took, " "), "a.csv=one a.csv=one two")
	f.expect("moved", f.names(taken), "a.csv")
}

func TestWhatIsNoWholeFileStays(t *testing.T) {
	f := newFolder(t)
	for _, name := range []string{".hidden.csv", "~$book.xlsx", "a.csv.part", "a.csv.crdownload", "a.CSV.PARTIAL", "a.csv.filepart", "a.csv~", "a.tmp", "a.csv.aria2"} {
		f.write(name, "x", time.Hour)
	}
	f.write("empty.csv", "", time.Hour)
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(f.dir, "link.csv")); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(f.dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	f.looks(4)
	if len(f.took) > 0 {
		t.Errorf("it took %v", f.took)
	}
}

func TestARefusedFileLiesBesideWhatIsWrongWithIt(t *testing.T) {
	f := newFolder(t)
	f.fails["a.csv"] = &schema.Error{Code: schema.CodeInvalid, Message: "nothing was taken: 1 fault", Fields: []schema.Fault{{File: "a.csv", Line: 3, Field: "created_at", Message: "is no time"}}}
	for range 2 { // the second time there is one already
		f.write("a.csv", "x", time.Hour)
		f.looks(2)
	}
	f.expect("refused", f.names(refused), "a-2.csv a-2.csv.why.txt a.csv a.csv.why.txt")
	text, err := os.ReadFile(filepath.Join(f.dir, refused, "a.csv.why.txt"))
	if err != nil || !strings.Contains(string(text), "a.csv:3: created_at: is no time") || !strings.Contains(string(text), "glow system import --dry-run") {
		t.Errorf("%v: %s", err, text)
	}
	if s := f.State(); s.Refused != 2 || s.RefusedSince != 2 || s.Last[0].Taken || s.Last[0].Fault != "a.csv:3: created_at: is no time" {
		t.Errorf("the state is %+v", s)
	}
}

func TestAFileThatCannotBeTakenJustNowIsTriedAgain(t *testing.T) {
	f := newFolder(t)
	f.fails["a.csv"] = &schema.Error{Code: schema.CodeNoSpace, Message: "the disk is full"}
	f.write("a.csv", "x", time.Hour)
	f.looks(20)
	if n := len(f.took); n < 3 || n > 6 { // after 2, 4, 8, 16 s
		t.Errorf("it was tried %d times in 40 seconds", n)
	}
	if s := f.State(); !strings.Contains(s.Fault, "the disk is full") || s.Waiting != 1 {
		t.Errorf("the state is %+v", s)
	}
	delete(f.fails, "a.csv")
	f.looks(30)
	f.expect("taken", f.names(taken), "a.csv")
	if s := f.State(); s.Fault != "" {
		t.Errorf("the fault stays: %+v", s)
	}
}

func TestAFileThatCannotBeMovedIsTakenOnce(t *testing.T) {
	f := newFolder(t)
	if err := os.Remove(filepath.Join(f.dir, taken)); err != nil {
		t.Fatal(err)
	}
	f.write("a.csv", "x", time.Hour)
	f.looks(6)
	f.expect("it was taken", strings.Join(f.took, " "), "a.csv=x")
	f.write("a.csv", "another", time.Minute)
	f.looks(3)
	f.expect("a new one of the name", strings.Join(f.took, " "), "a.csv=x a.csv=another")
}

func TestTheFolderIsMadeAndNobodyElseReadsIt(t *testing.T) {
	f := newFolder(t)
	for _, name := range []string{".", taken, refused} {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := Open(Options{Dir: filepath.Join(f.dir, "no\x00name")}); err == nil {
		t.Error("a folder that cannot be is no error")
	}
}
