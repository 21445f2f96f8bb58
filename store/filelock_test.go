package store

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"glow/schema"
	"glow/store/sqlite"
)

// otherName gives the database at path another name in the same folder.
func otherName(t *testing.T, path, name string, link func(old, new string) error) string {
	t.Helper()
	other := filepath.Join(filepath.Dir(path), name)
	if err := link(path, other); err != nil {
		t.Skipf("this file system has no such links: %v", err)
	}
	return other
}

// linkKinds are the ways to give a file another name.
var linkKinds = map[string]func(old, new string) error{"symbolic": os.Symlink, "hard": os.Link}

func TestADatabaseInUseIsRefusedUnderEveryName(t *testing.T) {
	for kind, link := range linkKinds {
		t.Run(kind, func(t *testing.T) {
			path, backup := filled(t), filled(t)
			s := openAt(t, Options{Path: path, Holder: "glow serve at http://127.0.0.1:8000"})
			other := otherName(t, path, "other.db", link)
			_, opened := Open(ctx, Options{Path: other})
			_, restored := Restore(ctx, backup, other)
			_, taken := Restore(ctx, other, filepath.Join(t.TempDir(), "new.db"))
			for what, err := range map[string]error{"open": opened, "restore": restored, "restore from it": taken, "check": Check(ctx, other)} {
				if e := refused(t, err, schema.CodeConflict); strings.Contains(err.Error(), "\n") ||
					!strings.Contains(e.Message, "in use") || !strings.Contains(e.Message, "by glow serve at http://127.0.0.1:8000 (process") {
					t.Errorf("%s: got %q", what, err)
				}
			}
			mustPut(t, s, PutOptions{}, rec("department", "id", "still", "name", "Works"))
			closeStore(t, s)
			again := openStore(t, Options{Path: other})
			if text := dump(t, again, "department"); !strings.Contains(text, "Works") {
				t.Errorf("under its other name it holds %s", text)
			}
		})
	}
}

func TestADatabaseInUseIsRefusedUnderANameInAnotherFolder(t *testing.T) {
	path := filled(t)
	openStore(t, Options{Path: path, Holder: "http://127.0.0.1:8000"})
	other := filepath.Join(t.TempDir(), "glow.db")
	if err := os.Link(path, other); err != nil {
		t.Skip(err)
	}
	_, err := Open(ctx, Options{Path: other})
	if e := refused(t, err, schema.CodeConflict); !strings.Contains(e.Message, other+" is in use by another process, under another name; stop that one") {
		t.Errorf("got %q", e.Message)
	}
}

// SQLite closes and opens files of the database all the time, and so do we.
func TestTheLockOutlivesWhatElseIsClosed(t *testing.T) {
	path := filled(t)
	s := openStore(t, Options{Path: path})
	for range 3 {
		if runtime.GOOS == "linux" { // elsewhere that would drop SQLite's own locks
			read(t, path)
		}
		if err := s.db.Bulk(ctx, func(*sqlite.Conn) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, Check(ctx, path), schema.CodeConflict)
}

func TestTheOtherNameOfAFileWithALogIsRefused(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	path := filepath.Join(t.TempDir(), "glow.db") // as a kill leaves it
	write(t, path, read(t, s.o.Path))
	write(t, path+"-wal", read(t, s.o.Path+"-wal"))
	other := otherName(t, path, "other.db", os.Link)
	refusesToOpen(t, other, schema.CodeConflict, "glow.db-wal holds records that are not in it yet")
	closeStore(t, openAt(t, Options{Path: path}))
	again := openStore(t, Options{Path: other})
	if text := dump(t, again, "department"); !strings.Contains(text, "Biology") {
		t.Errorf("got %s", text)
	}
}

func TestRestoreThroughASymbolicLinkReplacesTheDataBehindIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	closeStore(t, openAt(t, Options{Path: path}))
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	kept, err := Restore(ctx, filled(t), link)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link now leads to %q, %v", to, err)
	}
	if filepath.Dir(kept) != filepath.Dir(path) {
		t.Errorf("the old file is kept as %s", kept)
	}
	s := openStore(t, Options{Path: path})
	if text := dump(t, s, "department"); !strings.Contains(text, "Biology") {
		t.Errorf("got %s", text)
	}
}

func TestARestoreThroughALinkNamesTheBackupBehindIt(t *testing.T) {
	backup := filled(t)
	link := filepath.Join(t.TempDir(), "latest.db")
	if err := os.Symlink(backup, link); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "glow.db")
	if _, err := Restore(ctx, link, path); err != nil {
		t.Fatal(err)
	}
	list, err := openStore(t, Options{Path: path}).AuditList(ctx, schema.AuditRequest{Action: schema.ActionRestore})
	if err != nil || len(list.Data) != 1 || list.Data[0].Detail["file"] != filepath.Base(backup) {
		t.Errorf("the audit list says %+v, %v; the backup is %s", list.Data, err, backup)
	}
}

func TestRestoreOfAFileWithTwoNamesIsRefused(t *testing.T) {
	path := filled(t)
	before := read(t, path)
	other := otherName(t, path, "other.db", os.Link)
	_, err := Restore(ctx, filled(t), path)
	if e := refused(t, err, schema.CodeConflict); !strings.Contains(e.Message, "other names (hard links), such as "+other) {
		t.Errorf("got %q", e.Message)
	}
	if read(t, path) != before || read(t, other) != before {
		t.Error("something was changed")
	}
}

func TestALinkThatLeadsNowhereIsOneClearLine(t *testing.T) {
	link := filepath.Join(t.TempDir(), "glow.db")
	if err := os.Symlink(filepath.Join(link+"-folder", "glow.db"), link); err != nil {
		t.Skip(err)
	}
	_, err := Open(ctx, Options{Path: link})
	if e := refused(t, err, schema.CodeUnavailable); !strings.Contains(e.Message, "cannot follow the links of "+link) {
		t.Errorf("got %q", e.Message)
	}
}
