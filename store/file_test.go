package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"glow/schema"
)

// filled makes a closed database with the university in it.
func filled(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "folder", "glow.db")
	s := openAt(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
	closeStore(t, s)
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// refusesToOpen fails the test unless Open gives a one-line error of the code
// and leaves the file as it was.
func refusesToOpen(t *testing.T, path string, code schema.Code, words string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	s, err := Open(ctx, Options{Path: path})
	if err == nil {
		closeStore(t, s)
	}
	refused(t, err, code)
	if !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
		t.Errorf("got %q, want one line with %q and the path", err, words)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the file has changed")
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access is not by mode here")
	}
	path := filepath.Join(t.TempDir(), "folder", "glow.db")
	s := openStore(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
	copied := filepath.Join(filepath.Dir(path), "backup.db")
	if err := s.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	scratch, err := s.TempFile()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600, copied: 0o600, scratch.Name(): 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
	if err := scratch.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(scratch.Name()); err == nil {
		t.Error("the scratch file is still there")
	}
}

func TestWhatWasTakenIsThereAfterReopening(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "glow.db")}
	s := openAt(t, o)
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	closeStore(t, s)
	s = openStore(t, o)
	if after := dump(t, s, allTables(t, s)...); after != before {
		t.Errorf("reopening changed something:\n%s", difference(after, before))
	}
}

// A stop between the acknowledgement of a live record and its refresh loses
// nothing: the next start makes up for it.
func TestStopBeforeARefreshIsMadeUpForAtTheNextStart(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "glow.db")}
	s := openAt(t, o)
	mustPut(t, s, PutOptions{}, university()...)
	mustPut(t, s, PutOptions{Live: true}, rec("login", "profile_id", "bob", "created_at", "2025-05-01T09:00:00Z"))
	closeStore(t, s)
	s = openStore(t, o)
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil || a.Logins != 2 {
		t.Errorf("got %d logins, %v", a.Logins, err)
	}
	checkRebuild(t, s)
}

func TestDatabaseInUseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	s := openStore(t, Options{Path: path, Holder: "http://127.0.0.1:8000"})
	mustPut(t, s, PutOptions{}, university()...)
	_, err := Open(ctx, Options{Path: path})
	if e := refused(t, err, schema.CodeConflict); !strings.Contains(e.Message, "in use by http://127.0.0.1:8000") {
		t.Errorf("got %q", e.Message)
	}
	_, err = Restore(ctx, filled(t), path)
	refused(t, err, schema.CodeConflict)
	mustPut(t, s, PutOptions{}, rec("department", "id", "still", "name", "Works"))
}

func TestFileThatIsNoDatabaseIsRefusedAndLeftAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	write(t, path, "Dear diary, this is not a database.")
	refusesToOpen(t, path, schema.CodeInvalid, "not a glow database")
	write(t, path, "SQLite format 3\x00 and then nothing of the sort")
	refusesToOpen(t, path, schema.CodeInvalid, "damaged")
}

func TestOtherSQLiteFileIsRefusedAndLeftAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	change(t, path, `CREATE TABLE recipe (name TEXT)`)
	refusesToOpen(t, path, schema.CodeInvalid, "not one of glow's")
}

// change runs statements on a file that no store has open.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFileIsRefusedAndLeftAsItWas(t *testing.T) {
	path := filled(t)
	whole := read(t, path)
	for name, text := range map[string]string{
		"cut off":    whole[:len(whole)/2],
		"cut a page": whole[:len(whole)-4096],
		"a page":     whole[:4096*3] + strings.Repeat("\xa5", 4096) + whole[4096*4:],
		"the header": whole[:16] + strings.Repeat("\xff", 84) + whole[100:],
		"the schema": whole[:100] + strings.Repeat("\x5a", 4096-100) + whole[4096:],
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, text)
			refusesToOpen(t, path, schema.CodeInvalid, "damaged")
		})
	}
	write(t, path, whole)
	closeStore(t, openAt(t, Options{Path: path}))
}

func TestNewerSchemaIsRefusedAndLeftAsItWas(t *testing.T) {
	path := filled(t)
	change(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	refusesToOpen(t, path, schema.CodeConflict, "newer glow")
}

func TestEmptyFileBecomesADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	write(t, path, "")
	s := openStore(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
}

func TestFolderThatCannotBeWrittenIsOneClearLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	path := filepath.Join(file, "glow.db") // below a file, where nobody can write
	_, err := Open(ctx, Options{Path: path})
	if e := refused(t, err, schema.CodeUnavailable); strings.Contains(e.Message, "\n") || strings.Contains(e.Message, "nil") || !strings.Contains(e.Message, path) {
		t.Errorf("got %q", e.Message)
	}
	s := openStore(t, Options{})
	refused(t, s.Backup(ctx, filepath.Join(file, "backup.db")), schema.CodeUnavailable)
	_, err = Restore(ctx, filled(t), path)
	refused(t, err, schema.CodeUnavailable)
	folder := t.TempDir()
	_, err = Open(ctx, Options{Path: folder})
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a folder as database: got %v", err)
	}
}

func TestBackupIsAWholeCopy(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	before := dump(t, s, allTables(t, s)...)
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, PutOptions{}, rec("department", "id", "later", "name", "Later"))
	if made, err := filepath.Glob(path + "*"); err != nil || len(made) != 1 {
		t.Errorf("got the files %v, %v", made, err)
	}
	copied := openStore(t, Options{Path: path})
	if after := dump(t, copied, allTables(t, copied)...); after != before {
		t.Errorf("the copy differs:\n%s", difference(after, before))
	}
	refused(t, s.Backup(ctx, path), schema.CodeConflict) // never over a file that is there
	if err := s.Ready(ctx); err != nil {
		t.Errorf("after a backup: %v", err)
	}
}

func TestRestorePutsTheCopyInPlaceAndKeepsTheOld(t *testing.T) {
	backup, path := filled(t), filepath.Join(t.TempDir(), "glow.db")
	for i, wantKept := range []string{"", path + ".before-restore", path + ".before-restore-2"} {
		kept, err := Restore(ctx, backup, path)
		if err != nil || kept != wantKept {
			t.Fatalf("%d. restore: got %q, %v, want %q", i+1, kept, err, wantKept)
		}
		if kept != "" {
			old := openAt(t, Options{Path: kept})
			if text := dump(t, old, "department"); !strings.Contains(text, "later") {
				t.Errorf("the old file has lost something: %s", text)
			}
			closeStore(t, old)
		}
		if left, err := filepath.Glob(path + ".restoring*"); err != nil || len(left) > 0 {
			t.Errorf("files are left behind: %v, %v", left, err)
		}
		s := openAt(t, Options{Path: path})
		if text := dump(t, s, "department"); strings.Contains(text, "later") || !strings.Contains(text, "Biology") {
			t.Errorf("got %s", text)
		}
		mustPut(t, s, PutOptions{}, rec("department", "id", "later", "name", "Later"))
		closeStore(t, s)
	}
}

func TestRestoreOfWhatIsNoBackupChangesNothing(t *testing.T) {
	path := filled(t)
	before := read(t, path)
	bad := filepath.Join(t.TempDir(), "bad.db")
	for name, text := range map[string]string{"text": "hello", "empty": "", "cut off": before[:len(before)/2], "header only": before[:16], "page": before[:4096*3] + strings.Repeat("\xa5", 4096) + before[4096*4:]} {
		write(t, bad, text)
		_, err := Restore(ctx, bad, path)
		if e := refused(t, err, schema.CodeInvalid); strings.Contains(e.Message, "\n") {
			t.Errorf("%s: got %q", name, e.Message)
		}
	}
	_, err := Restore(ctx, filepath.Join(t.TempDir(), "nothing"), path)
	refused(t, err, schema.CodeInvalid)
	if read(t, path) != before {
		t.Error("the database has changed")
	}
	left, err := filepath.Glob(path + "*")
	if err != nil || len(left) != 2 { // the file and its lock
		t.Errorf("files are left behind: %v, %v", left, err)
	}
	closeStore(t, openAt(t, Options{Path: path}))
}
