package store

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

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
		if left, err := filepath.Glob(path + ".restor*"); err != nil || len(left) > 0 {
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

// refusesToRestore fails the test unless Restore gives a one-line error of the
// code and leaves the database, and nothing else, as it was.
func refusesToRestore(t *testing.T, backup string, code schema.Code, words string) {
	t.Helper()
	path := filled(t)
	before := read(t, path)
	_, err := Restore(ctx, backup, path)
	if e := refused(t, err, code); !strings.Contains(e.Message, words) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), backup) {
		t.Errorf("got %q, want one line with %q and the backup", err, words)
	}
	if read(t, path) != before {
		t.Error("the database has changed")
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 2 { // the file and its lock
		t.Errorf("files are left behind: %v, %v", left, err)
	}
}

func TestRestoreOfANewerSchemaIsRefused(t *testing.T) {
	backup := filled(t)
	change(t, backup, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	refusesToRestore(t, backup, schema.CodeConflict, "written by a newer glow (schema 9999;")
}

func TestRestoreOfAFolderIsRefused(t *testing.T) {
	refusesToRestore(t, t.TempDir(), schema.CodeInvalid, "is a folder")
}

func TestRestoreOfAFirstStartThatWasCutOffIsRefused(t *testing.T) {
	backup := filepath.Join(t.TempDir(), "blank.db")
	change(t, backup, `PRAGMA journal_mode(WAL)`)
	refusesToRestore(t, backup, schema.CodeInvalid, "not one of glow's")
}

func TestRestoreToAFolderIsRefused(t *testing.T) {
	folder := t.TempDir()
	_, err := Restore(ctx, filled(t), folder)
	if e := refused(t, err, schema.CodeInvalid); !strings.Contains(e.Message, folder+": it is a folder") {
		t.Errorf("got %q", e.Message)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		t.Error("the folder is gone")
	}
}

// What a copy of a running database has in its log only would be lost without a
// word. What the refusal asks for moves it in.
func TestRestoreOfABackupWithALogIsRefusedUntilItIsMovedIn(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	backup := filepath.Join(t.TempDir(), "copy.db")
	write(t, backup, read(t, s.o.Path))
	write(t, backup+"-wal", read(t, s.o.Path+"-wal"))
	refusesToRestore(t, backup, schema.CodeConflict, "-wal holds records that are not in")
	closeStore(t, openAt(t, Options{Path: backup}))
	path := filepath.Join(t.TempDir(), "glow.db")
	if _, err := Restore(ctx, backup, path); err != nil {
		t.Fatal(err)
	}
	restored := openStore(t, Options{Path: path})
	if text := dump(t, restored, "department"); !strings.Contains(text, "Biology") {
		t.Errorf("got %s", text)
	}
}

func TestRestoreIsOnTheAuditList(t *testing.T) {
	backup, path := filled(t), filepath.Join(t.TempDir(), "glow.db")
	before := read(t, backup)
	for _, want := range []map[string]any{
		{"file": "glow.db"},
		{"file": "glow.db", "kept": "glow.db.before-restore"},
	} {
		if _, err := Restore(ctx, backup, path); err != nil {
			t.Fatal(err)
		}
		if made, err := filepath.Glob(path + "-*"); err != nil || len(made) > 0 {
			t.Errorf("something is in the files %v only, %v", made, err)
		}
		s := openAt(t, Options{Path: path})
		list, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionRestore})
		if err != nil || len(list.Data) != 1 {
			t.Fatalf("got %v, %v", list.Data, err)
		}
		e := list.Data[0]
		same(t, "detail", e.Detail, want)
		if e.TokenName != "glow restore" || e.Role != schema.RoleAdmin || e.Remote != "local" || e.CreatedAt == 0 {
			t.Errorf("got %+v", e)
		}
		closeStore(t, s)
	}
	if read(t, backup) != before {
		t.Error("the backup has changed")
	}
}

func TestLeftoverOfARestoreThatWasCutOffIsNotReused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access is not by mode here")
	}
	path := filepath.Join(t.TempDir(), "glow.db")
	for _, suffix := range []string{"-journal", "-wal", "-shm", ""} {
		if err := os.WriteFile(path+".restoring"+suffix, []byte("half a file"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Restore(ctx, filled(t), path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode().Perm(), err)
	}
	if left, err := filepath.Glob(path + ".restoring*"); err != nil || len(left) > 0 {
		t.Errorf("files are left behind: %v, %v", left, err)
	}
	closeStore(t, openAt(t, Options{Path: path}))
}

// The log and the journal of the old file would be played into the new one.
func TestRestoreMovesTheOldSideFilesAway(t *testing.T) {
	other := openStore(t, Options{})
	mustPut(t, other, PutOptions{}, university()...)
	log := read(t, other.o.Path+"-wal")
	for name, old := range map[string]map[string]string{
		"log":               {"": read(t, other.o.Path), "-wal": log},
		"log alone":         {"-wal": log},
		"journal":           {"": read(t, other.o.Path), "-journal": emptyBefore},
		"journal alone":     {"-journal": emptyBefore},
		"cut-off beginning": {"": read(t, other.o.Path)[:4096], "-journal": emptyBefore},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "glow.db")
			for suffix, text := range old {
				write(t, path+suffix, text)
			}
			kept, err := Restore(ctx, filled(t), path)
			if err != nil {
				t.Fatal(err)
			}
			if made, err := filepath.Glob(path + "-*"); err != nil || len(made) > 0 {
				t.Errorf("there is still %v, %v", made, err)
			}
			for suffix, text := range old {
				if kept != "" && read(t, kept+suffix) != text {
					t.Errorf("%s was not kept as it was", kept+suffix)
				}
			}
			s := openStore(t, Options{Path: path})
			if text := dump(t, s, "department"); !strings.Contains(text, "Biology") {
				t.Errorf("got %s", text)
			}
		})
	}
}

func TestTheScheduleRunsByItself(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "backups")
	s := openStore(t, Options{Backups: BackupSchedule{Folder: folder, Every: time.Hour, Keep: 3}})
	deadline := time.Now().Add(10 * time.Second)
	for s.Stats().Backup == nil && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	answer, err := s.Doctor(ctx)
	if err != nil || answer.Backups == nil || answer.Backups.Count != 1 || answer.Backups.Newest == nil || answer.Backups.Folder != folder {
		t.Fatalf("got %+v, %v", answer.Backups, err)
	}
}

func TestOpenRefusesABackupFolderThatCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "x")
	_, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "glow.db"), Backups: BackupSchedule{Folder: filepath.Join(path, "backups"), Every: time.Hour, Keep: 1}})
	if e := refused(t, err, schema.CodeUnavailable); !strings.Contains(e.Message, "folder of backups") {
		t.Errorf("got %q", e.Message)
	}
}
