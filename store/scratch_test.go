package store

import (
	"crypto/rand"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestScratchFileLeavesNoNameBehind(t *testing.T) {
	s := openStore(t, Options{})
	before := names(t, s.o.Path)
	f, err := s.TempFile()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && !slices.Equal(names(t, s.o.Path), before) {
		t.Errorf("a kill would leave %v", names(t, s.o.Path))
	}
	if _, err := f.WriteString("spooled"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(io.NewSectionReader(f, 0, 100)); err != nil || string(text) != "spooled" {
		t.Errorf("got %q, %v", text, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if after := names(t, s.o.Path); !slices.Equal(after, before) {
		t.Errorf("left behind: %v", after)
	}
}

// A clock that stands still must not give two callers the same file.
func TestScratchPathsDiffer(t *testing.T) {
	s := openStore(t, Options{Now: clockAt("2025-06-30T12:00:00Z")})
	if a, b := s.TempPath("backup"), s.TempPath("backup"); a == b {
		t.Errorf("%s twice", a)
	}
}

// scratchOf is the name of a scratch file of the database at path.
func scratchOf(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-backup-"+rand.Text())
}

func TestOpenRemovesTheScratchFilesOfThisDatabaseAlone(t *testing.T) {
	folder := t.TempDir()
	lab := openAt(t, Options{Path: filepath.Join(folder, "lab.db")})
	backup := lab.TempPath("backup")
	for _, name := range []string{backup, backup + "-journal", lab.TempPath("scratch")} {
		write(t, name, "left by a killed process")
	}
	others := []string{
		scratchOf(filepath.Join(folder, "lab")),
		scratchOf(filepath.Join(folder, "lab.db-old")),
		scratchOf(filepath.Join(folder, "labxdb")),
		backup + "-notes",
		filepath.Join(folder, ".lab.db-backup-of-mine"),
		filepath.Join(folder, "lab.db-backup-AAAAAAAAAAAAAAAAAAAAAAAAAA"),
		filepath.Join(folder, ".glow-123"),
	}
	want := []string{"lab.db", "lab.db-shm", "lab.db-wal", "lab.db.lock"}
	for _, name := range others {
		write(t, name, "somebody's")
		want = append(want, filepath.Base(name))
	}
	closeStore(t, lab)
	lab = openStore(t, Options{Path: filepath.Join(folder, "lab.db")})
	slices.Sort(want)
	if got := names(t, lab.o.Path); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Who does not hold the lock has no say in what is scratch.
func TestOpenOfADatabaseInUseLeavesItsScratchFiles(t *testing.T) {
	s := openStore(t, Options{})
	inUse := s.TempPath("backup")
	write(t, inUse, "on its way out")
	if second, err := Open(ctx, Options{Path: s.o.Path}); err == nil {
		closeStore(t, second)
		t.Fatal("opened twice")
	}
	if text := read(t, inUse); text != "on its way out" {
		t.Errorf("got %q", text)
	}
}

// Of sorting the rows of a log, of a restore and of an upgrade.
func TestOpenRemovesWhatElseWasCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	left := []string{s.TempPath("sort") + "1890", path + ".restoring", path + ".restoring-wal", path + ".schema-3.bak-2.part"}
	closeStore(t, s)
	before := names(t, path)
	for _, name := range left {
		write(t, name, "half")
	}
	closeStore(t, openAt(t, Options{Path: path}))
	if after := names(t, path); !slices.Equal(after, before) {
		t.Errorf("left behind: %v", after)
	}
}
