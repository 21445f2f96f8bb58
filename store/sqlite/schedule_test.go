package sqlite

import (
	"context"
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
func scheduled(t *testing.T, keep int) (*DB, *atomic.Int64) {
	t.Helper()
	clock := &atomic.Int64{}
	clock.Store(time.Date(2025, 3, 10, 8, 0, 0, 0, time.UTC).Unix())
	return scheduledIn(t, filepath.Join(t.TempDir(), "backups"), "aaaaaaaa", keep, clock), clock
}

func scheduledIn(t *testing.T, folder, id string, keep int, clock *atomic.Int64) *DB {
	t.Helper()
	d := openDB(t, Options{
		Now:     func() time.Time { return time.Unix(clock.Load(), 0) },
		Backups: BackupSchedule{Folder: folder, Every: time.Hour, Keep: keep},
	})
	if err := d.setSchedule(id, func(context.Context, ScheduledBackup) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestScheduleMakesBackupsWhenTheyAreDueAndKeepsTheNewest(t *testing.T) {
	d, clock := scheduled(t, 2)
	var made []string
	d.schedule.made = func(_ context.Context, b ScheduledBackup) error {
		made = append(made, b.File)
		return nil
	}
	set(t, d, "Biology", "Biology")
	for range 4 {
		if !d.backupDue() {
			t.Fatal("no backup is due")
		}
		if err := d.scheduledBackup(ctx); err != nil {
			t.Fatal(err)
		}
		if d.backupDue() {
			t.Fatal("another is due at once")
		}
		clock.Add(3600)
	}
	var names []string
	entries, err := os.ReadDir(d.o.Backups.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	want := strings.ReplaceAll("*20250310T100000Z.db *20250310T100000Z.db.sha256 *20250310T110000Z.db *20250310T110000Z.db.sha256", "*", d.schedule.stem)
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(made) != 4 || made[3] != names[2] {
		t.Errorf("told of %v", made)
	}
	if count(t, openDB(t, Options{Path: filepath.Join(d.o.Backups.Folder, names[2])}), "Biology") != 1 {
		t.Error("the backup does not hold what the database holds")
	}
}

func TestScheduleIsOfTheNewestBackupAndSaneWhenTheClockIsSetBack(t *testing.T) {
	d, clock := scheduled(t, 9)
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Add(3599)
	if d.backupDue() {
		t.Error("a backup is due after less than an hour")
	}
	clock.Add(-7200)
	if !d.backupDue() {
		t.Error("a backup of the future counts")
	}
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	if d.backupDue() {
		t.Error("the backup of the future has another made at once")
	}
	d.o.Backups.Keep = 1
	if err := d.pruneBackups(); err != nil {
		t.Fatal(err)
	}
	if kept, err := d.keptBackups(); err != nil || len(kept) != 1 || d.Stats().Backup == nil || *d.Stats().Backup != kept[0] {
		t.Errorf("kept %v, %v; stats have %v", kept, err, d.Stats().Backup)
	}
}

func TestBackupsOfOthersInTheFolderStay(t *testing.T) {
	d, clock := scheduled(t, 1)
	others := []string{"glow-abcdefgh-20240101T000000Z.db", d.schedule.stem + "20240101T000000Z.db.bak", d.schedule.stem + "2024.db", d.schedule.stem + "20249999T000000Z.db", "notes.txt"}
	for _, name := range others {
		write(t, filepath.Join(d.o.Backups.Folder, name), "x")
	}
	for range 3 {
		if err := d.scheduledBackup(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Add(3600)
	}
	for _, name := range others {
		if got := read(t, filepath.Join(d.o.Backups.Folder, name)); got != "x" {
			t.Errorf("%s has changed: %q", name, got)
		}
	}
	if kept, err := d.keptBackups(); err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestABackupThatFailsLeavesTheOlderOnesAndNothingElse(t *testing.T) {
	d, clock := scheduled(t, 1)
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Add(3600)
	name := filepath.Join(d.o.Backups.Folder, d.schedule.stem+"20250310T090000Z.db")
	if err := os.Mkdir(name+digestEnd, 0o700); err != nil { // in the way of the digest
		t.Fatal(err)
	}
	if err := d.scheduledBackup(ctx); err == nil {
		t.Fatal("no error")
	}
	left, err := filepath.Glob(filepath.Join(d.o.Backups.Folder, "*"))
	if err != nil || len(left) != 3 { // the older one with its digest, and what was in the way
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestRestoreRefusesABackupThatIsNotWhatWasWritten(t *testing.T) {
	d, _ := scheduled(t, 1)
	set(t, d, "Biology", "Biology")
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	kept, err := d.keptBackups()
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	backup := filepath.Join(d.o.Backups.Folder, kept[0].File)
	path := filepath.Join(t.TempDir(), "glow.db")
	if _, err := testSchema.Restore(ctx, Restoring{Backup: backup, Path: path, Restored: nothing}); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	text := []byte(read(t, backup))
	at := strings.Index(string(text), "Biology")
	if at < 0 {
		t.Fatal("the backup does not name a department")
	}
	text[at] ^= 1 // no check of SQLite minds
	write(t, backup, string(text))
	if _, err := testSchema.Restore(ctx, Restoring{Backup: backup, Path: filepath.Join(t.TempDir(), "glow.db"), Restored: nothing}); err == nil {
		t.Error("a changed one was restored")
	} else if e := refused(t, err, schema.CodeInvalid); !strings.Contains(e.Message, "SHA-256") {
		t.Errorf("got %q", e.Message)
	}
}

func nothing(*Tx, string, string) error { return nil }

// A kill may come between the digest of a backup and the name of the copy.
func TestADigestWithoutItsCopyIsRemoved(t *testing.T) {
	d, _ := scheduled(t, 2)
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(d.o.Backups.Folder, d.schedule.stem+"20250101T000000Z.db"+digestEnd)
	foreign := filepath.Join(d.o.Backups.Folder, "other-abcdefgh-20250101T000000Z.db"+digestEnd)
	for what, sweep := range map[string]func() error{
		"start":  func() error { return d.setSchedule("aaaaaaaa", d.schedule.made) },
		"backup": func() error { return d.scheduledBackup(ctx) },
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
		kept, err := d.keptBackups()
		if err != nil || len(kept) != 1 {
			t.Fatalf("%s: got %v, %v", what, kept, err)
		}
		if err := checkDigest(filepath.Join(d.o.Backups.Folder, kept[0].File)); err != nil {
			t.Error(err)
		}
	}
}

func TestAClockThatWasAheadOnceCostsNoBackup(t *testing.T) {
	d, clock := scheduled(t, 3)
	for range 3 {
		if err := d.scheduledBackup(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Add(3600)
	}
	good, err := d.keptBackups()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Load()
	clock.Store(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	if err := d.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Store(now)
	made := 0
	for range 10 { // minutes
		if d.backupDue() {
			made++
			if err := d.scheduledBackup(ctx); err != nil {
				t.Fatal(err)
			}
		}
		clock.Add(60)
	}
	kept, err := d.keptBackups()
	if err != nil || made != 1 || len(kept) != 3 || kept[1] != good[0] || kept[2] != good[1] {
		t.Errorf("%d were made in ten minutes; kept are %v, %v; there were %v", made, kept, err, good)
	}
}

func TestDatabasesOfOneNameKeepTheirBackupsInOneFolder(t *testing.T) {
	a, clock := scheduled(t, 1)
	b := scheduledIn(t, a.o.Backups.Folder, "bbbbbbbb", 1, clock)
	if err := a.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	if !b.backupDue() {
		t.Error("the backup of another database counts")
	}
	if err := b.scheduledBackup(ctx); err != nil {
		t.Fatal(err)
	}
	if kept, err := a.keptBackups(); err != nil || len(kept) != 1 {
		t.Errorf("of the first are kept %v, %v", kept, err)
	}
}
