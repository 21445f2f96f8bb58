package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
)

// scheduled is a store with a schedule of backups and a clock that a test sets.
// The loop of the schedule does not run: a test takes its steps.
func scheduled(t *testing.T, keep int) (*Store, *atomic.Int64) {
	t.Helper()
	var clock atomic.Int64
	clock.Store(time.Date(2025, 3, 10, 8, 0, 0, 0, time.UTC).Unix())
	s := openStore(t, Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	s.o.Backups = BackupSchedule{Folder: filepath.Join(t.TempDir(), "backups"), Every: time.Hour, Keep: keep}
	if err := errors.Join(s.prepareBackups(), s.nameBackups(ctx)); err != nil {
		t.Fatal(err)
	}
	return s, &clock
}

func TestScheduleMakesBackupsWhenTheyAreDueAndKeepsTheNewest(t *testing.T) {
	s, clock := scheduled(t, 2)
	mustPut(t, s, PutOptions{}, university()...)
	for range 4 {
		if !s.backupDue() {
			t.Fatal("no backup is due")
		}
		if err := s.scheduledBackup(ctx); err != nil {
			t.Fatal(err)
		}
		if s.backupDue() {
			t.Fatal("another is due at once")
		}
		clock.Add(3600)
	}
	var names []string
	entries, err := os.ReadDir(s.o.Backups.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	want := strings.ReplaceAll("*20250310T100000Z.db *20250310T100000Z.db.sha256 *20250310T110000Z.db *20250310T110000Z.db.sha256", "*", s.backupStem)
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	copied := openStore(t, Options{Path: filepath.Join(s.o.Backups.Folder, names[2])})
	if got, want := dump(t, copied, "session", "profile"), dump(t, s, "session", "profile"); got != want {
		t.Errorf("the backup differs:\n%s", difference(got, want))
	}
	answer, err := s.AuditList(ctx, schema.AuditRequest{Action: schema.ActionBackup})
	if err != nil || answer.TotalCount != 4 || answer.Data[0].Detail["file"] != names[2] {
		t.Errorf("the audit list has %+v, %v", answer, err)
	}
}

func TestScheduleIsOfTheNewestBackupAndSaneWhenTheClockIsSetBack(t *testing.T) {
	s, clock := scheduled(t, 9)
	if err := s.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Add(3599)
	if s.backupDue() {
		t.Error("a backup is due after less than an hour")
	}
	clock.Add(-7200)
	if !s.backupDue() {
		t.Error("a backup of the future counts")
	}
	if err := s.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	if s.backupDue() {
		t.Error("the backup of the future has another made at once")
	}
	s.o.Backups.Keep = 1
	if err := s.pruneBackups(); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.keptBackups(); err != nil || len(kept) != 1 || s.Stats().Backup == nil || *s.Stats().Backup != kept[0] {
		t.Errorf("kept %v, %v; stats have %v", kept, err, s.Stats().Backup)
	}
}

func TestBackupsOfOthersInTheFolderStay(t *testing.T) {
	s, clock := scheduled(t, 1)
	others := []string{"glow-abcdefgh-20240101T000000Z.db", s.backupStem + "20240101T000000Z.db.bak", s.backupStem + "2024.db", s.backupStem + "20249999T000000Z.db", "notes.txt"}
	for _, name := range others {
		write(t, filepath.Join(s.o.Backups.Folder, name), "x")
	}
	for range 3 {
		if err := s.scheduledBackup(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Add(3600)
	}
	for _, name := range others {
		if got := read(t, filepath.Join(s.o.Backups.Folder, name)); got != "x" {
			t.Errorf("%s has changed: %q", name, got)
		}
	}
	if kept, err := s.keptBackups(); err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestABackupThatFailsLeavesTheOlderOnesAndNothingElse(t *testing.T) {
	s, clock := scheduled(t, 1)
	if err := s.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Add(3600)
	name := filepath.Join(s.o.Backups.Folder, s.backupStem+"20250310T090000Z.db")
	if err := os.Mkdir(name+digestEnd, 0o700); err != nil { // in the way of the digest
		t.Fatal(err)
	}
	if err := s.scheduledBackup(ctx); err == nil {
		t.Fatal("no error")
	}
	left, err := filepath.Glob(filepath.Join(s.o.Backups.Folder, "*"))
	if err != nil || len(left) != 3 { // the older one with its digest, and what was in the way
		t.Errorf("left are %v, %v", left, err)
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

func TestAFolderOfBackupsThatCannotBeIsSaidAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "x")
	_, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "glow.db"), Backups: BackupSchedule{Folder: filepath.Join(path, "backups"), Every: time.Hour, Keep: 1}})
	if e := refused(t, err, schema.CodeUnavailable); !strings.Contains(e.Message, "folder of backups") {
		t.Errorf("got %q", e.Message)
	}
}

func TestRestoreRefusesABackupThatIsNotWhatWasWritten(t *testing.T) {
	s, _ := scheduled(t, 1)
	mustPut(t, s, PutOptions{}, university()...)
	if err := s.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	kept, err := s.keptBackups()
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	backup := filepath.Join(s.o.Backups.Folder, kept[0].File)
	path := filepath.Join(t.TempDir(), "glow.db")
	if _, err := Restore(ctx, backup, path); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	text := []byte(read(t, backup))
	at := strings.Index(string(text), "Biology")
	if at < 0 {
		t.Fatal("the backup does not name a department")
	}
	text[at] ^= 1 // no check of SQLite minds
	write(t, backup, string(text))
	if _, err := Restore(ctx, backup, filepath.Join(t.TempDir(), "glow.db")); err == nil {
		t.Error("a changed one was restored")
	} else if e := refused(t, err, schema.CodeInvalid); !strings.Contains(e.Message, "SHA-256") {
		t.Errorf("got %q", e.Message)
	}
}

// A kill may come between the digest of a backup and the name of the copy.
func TestADigestWithoutItsCopyIsRemoved(t *testing.T) {
	s, _ := scheduled(t, 2)
	if err := s.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(s.o.Backups.Folder, s.backupStem+"20250101T000000Z.db"+digestEnd)
	foreign := filepath.Join(s.o.Backups.Folder, "other-abcdefgh-20250101T000000Z.db"+digestEnd)
	for what, sweep := range map[string]func() error{
		"start":  func() error { return s.nameBackups(ctx) },
		"backup": func() error { return s.scheduledBackup(ctx) },
	} {
		write(t, orphan, "x")
		write(t, foreign, "x")
		if err := sweep(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(orphan); err == nil {
			t.Errorf("%s: it stays", what)
		}
		if read(t, foreign) != "x" {
			t.Errorf("%s: another's is gone", what)
		}
		kept, err := s.keptBackups()
		if err != nil || len(kept) != 1 {
			t.Fatalf("%s: got %v, %v", what, kept, err)
		}
		if err := checkDigest(filepath.Join(s.o.Backups.Folder, kept[0].File)); err != nil {
			t.Error(err)
		}
	}
}
