package store

import (
	"database/sql"
	"fmt"
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
	defer scratch.Close()
	if info, err := scratch.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("scratch file: got %v, %v", info.Mode().Perm(), err)
	}
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600, copied: 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func TestImportedRecordsAreThereAfterReopening(t *testing.T) {
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
func TestOpenRefreshesWhatAStopLeftStale(t *testing.T) {
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

// Nobody but the holder may touch the first byte of the lock file on Windows, and
// not through another handle even the holder.
func TestHolderIsNotedBehindTheLockedByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	write(t, path+".lock", "#")
	for _, holder := range []string{"http://a-rather-long-name.example.org:8000", "short"} {
		s := openAt(t, Options{Path: path, Holder: holder})
		_, err := Open(ctx, Options{Path: path})
		if want := fmt.Sprintf("in use by %s (process %d); stop", holder, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		closeStore(t, s)
		if text := read(t, path+".lock"); !strings.HasPrefix(text, "#"+holder) {
			t.Errorf("got the lock file %q", text)
		}
	}
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

// A foreign file may use the same tool for its migrations, or have had all but
// its versions taken out.
func TestForeignFileWithSchemaVersionsIsRefusedAndLeftAsItWas(t *testing.T) {
	const versions = `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL)`
	for name, last := range map[string]string{
		"a table":   `CREATE TABLE recipe (name TEXT)`,
		"a view":    `CREATE VIEW recipe AS SELECT 1`,
		"a version": `INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "other.db")
			change(t, path, versions, last)
			refusesToOpen(t, path, schema.CodeInvalid, "not one of glow's")
		})
	}
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

// emptyBefore is a rollback journal of a file that was empty before.
var emptyBefore = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + strings.Repeat("\x00", 4+4+4) + "\x00\x00\x02\x00\x00\x00\x10\x00" + strings.Repeat("\x00", 512-28)

// Before there is a log there is a journal, and its transaction makes the file one
// that has a log.
func TestOpenFinishesAFirstStartThatWasCutOffBeforeItsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	change(t, path, `PRAGMA journal_mode(WAL)`)
	write(t, path+"-journal", emptyBefore)
	s := openStore(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
}

// Beside a file with records such a journal would empty it.
func TestJournalThatWouldEmptyADatabaseIsRefused(t *testing.T) {
	path := filled(t)
	write(t, path+"-journal", emptyBefore)
	refusesToOpen(t, path, schema.CodeUnavailable, "nothing was changed")
}

func TestFileWithoutTablesBecomesADatabase(t *testing.T) {
	for name, statements := range map[string][]string{
		"only a log":    {`PRAGMA journal_mode(WAL)`},
		"emptied again": {`CREATE TABLE recipe (name TEXT)`, `DROP TABLE recipe`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "glow.db")
			change(t, path, statements...)
			s := openStore(t, Options{Path: path})
			mustPut(t, s, PutOptions{}, university()...)
		})
	}
}
