package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"glow/schema"
)

// BackupSchedule says which copies of the database a Store makes by itself.
type BackupSchedule struct {
	Folder string        // where they lie; "": none are made
	Every  time.Duration // from one to the next
	Keep   int           // how many stay; the oldest go first
}

// Times of the schedule. It is looked at often, as a laptop that sleeps stops the
// timers.
const (
	backupLook  = time.Minute      // at most, until the schedule is looked at again
	backupRetry = 10 * time.Minute // at most, after one that failed
)

// stampLayout is the time in the name of a backup, in UTC.
const stampLayout = "20060102T150405Z"

// prepareBackups makes the folder of the schedule.
func (s *Store) prepareBackups() error {
	folder := s.o.Backups.Folder
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot make the folder of backups %s: %v", folder, rootCause(err))
	}
	f, err := os.OpenFile(filepath.Join(folder, ".glow-probe"), os.O_WRONLY|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.ENOSPC) {
		return nil // there may be room when it is needed
	}
	if err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot write to the folder of backups %s: %v", folder, rootCause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// nameBackups finds what the names of this database's backups begin with: its own
// name, which many a database has, and a few letters that it was given at random. It
// removes what is left of tries that were cut off.
func (s *Store) nameBackups(ctx context.Context) error {
	var id string
	err := s.write(ctx, func(t *tx) error {
		err := t.QueryRow([]any{&id}, `SELECT value FROM setting WHERE name = 'backup_id'`)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		id = strings.ToLower(rand.Text()[:8])
		return t.set("backup_id", id)
	})
	if err != nil {
		return err
	}
	base := filepath.Base(s.o.Path)
	s.backupStem = strings.TrimSuffix(base, filepath.Ext(base)) + "-" + id + "-"
	return s.sweepBackups()
}

// sweepBackups removes what backups that were cut off have left: parts of copies,
// and digests of copies that are not there.
func (s *Store) sweepBackups() error {
	entries, err := os.ReadDir(s.o.Backups.Folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), s.backupStem) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(s.o.Backups.Folder, e.Name())
		if strings.HasSuffix(path, ".db.part") {
			err = errors.Join(err, remove(path, "-journal", ""))
		} else if whole, ok := strings.CutSuffix(path, ".db"+digestEnd); ok {
			if _, none := os.Stat(whole + ".db"); errors.Is(none, fs.ErrNotExist) {
				err = errors.Join(err, remove(path, ""))
			}
		}
	}
	return err
}

// keepBackedUp makes the backups of the schedule, until ctx ends.
func (s *Store) keepBackedUp(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	var failed time.Time // the last try, when it failed
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if s.backupDue() && time.Since(failed) >= min(backupRetry, s.o.Backups.Every) {
			failed = time.Time{}
			if err := s.scheduledBackup(ctx); err != nil && ctx.Err() == nil {
				failed = time.Now()
				s.watch.backupFailed()
				s.o.Logger.Error("the backup of the schedule failed; it is tried again", "error", err)
			}
		}
		look.Reset(min(backupLook, s.o.Backups.Every))
	}
}

// backupDue tells whether the newest backup is old enough for another, or of a
// time that the clock has not reached: then it was set back.
func (s *Store) backupDue() bool {
	kept, err := s.keptBackups()
	if err != nil || len(kept) == 0 {
		return true
	}
	age := s.o.Now().Sub(kept[0].MadeAt.Time())
	return age >= s.o.Backups.Every || age < 0
}

// scheduledBackup makes one backup with its digest beside it, and removes those
// that are too many. A file bears its name only once it is whole and checked.
func (s *Store) scheduledBackup(ctx context.Context) error {
	name := s.backupStem + s.o.Now().UTC().Format(stampLayout) + ".db"
	path := filepath.Join(s.o.Backups.Folder, name)
	part := path + ".part"
	if err := s.sweepBackups(); err != nil {
		return err
	}
	if err := s.Backup(ctx, part); err != nil {
		return err
	}
	digest, size, err := digestOf(part)
	if err == nil {
		err = writeDigest(path, digest)
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err = errors.Join(err, syncFolder(path)); err != nil {
		return errors.Join(storageError(err), remove(part, ""), s.sweepBackups())
	}
	detail := map[string]any{"file": name, "sha256": digest, "bytes": size, "scheduled": true}
	caller := schema.ByItself(schema.NameServe)
	return errors.Join(s.AuditEnd(ctx, caller, schema.ActionBackup, detail), s.pruneBackups())
}

// keptBackups lists the backups of the schedule that are there, the newest first.
func (s *Store) keptBackups() ([]schema.BackupFile, error) {
	if s.o.Backups.Folder == "" {
		return nil, nil
	}
	ours := regexp.MustCompile("^" + regexp.QuoteMeta(s.backupStem) + `(\d{8}T\d{6}Z)\.db$`)
	entries, err := os.ReadDir(s.o.Backups.Folder)
	var kept []schema.BackupFile
	for _, e := range entries {
		match := ours.FindStringSubmatch(e.Name())
		if match == nil || !e.Type().IsRegular() {
			continue
		}
		at, err := time.Parse(stampLayout, match[1])
		if err != nil {
			continue // looks like ours, and is not
		}
		kept = append(kept, schema.BackupFile{File: e.Name(), MadeAt: schema.InstantOf(at), Bytes: fileSize(filepath.Join(s.o.Backups.Folder, e.Name()))})
	}
	// One of a time that the clock has not reached was made before it was set back:
	// it is the first to go, and no reason to make no other.
	now := s.instant()
	slices.SortFunc(kept, func(a, b schema.BackupFile) int {
		switch aheadA, aheadB := a.MadeAt > now, b.MadeAt > now; {
		case aheadA && !aheadB:
			return 1
		case aheadB && !aheadA:
			return -1
		}
		return strings.Compare(b.File, a.File)
	})
	return kept, err
}

// newestBackup is the newest backup of the schedule; nil when there is none, or
// none can be seen.
func (s *Store) newestBackup() *schema.BackupFile {
	kept, err := s.keptBackups()
	if err != nil || len(kept) == 0 {
		return nil
	}
	return &kept[0]
}

// pruneBackups removes the oldest of the backups that are too many.
func (s *Store) pruneBackups() error {
	kept, err := s.keptBackups()
	if err != nil || len(kept) <= s.o.Backups.Keep {
		return err
	}
	var errs []error
	for _, old := range kept[s.o.Backups.Keep:] {
		errs = append(errs, remove(filepath.Join(s.o.Backups.Folder, old.File), "", digestEnd))
	}
	return errors.Join(errs...)
}

// BackupState says how the schedule does; nil when there is none.
func (s *Store) BackupState() (*schema.BackupState, error) {
	o := s.o.Backups
	if o.Folder == "" {
		return nil, nil
	}
	kept, err := s.keptBackups()
	if err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot read the folder of backups %s: %v", o.Folder, rootCause(err))
	}
	state := &schema.BackupState{Folder: o.Folder, EverySeconds: int64(o.Every.Seconds()), Keep: o.Keep, Count: len(kept), Failures: s.watch.backupFailures()}
	if len(kept) > 0 {
		state.Newest = &kept[0]
	}
	return state, nil
}

// digestEnd ends the name of the file with the digest of a backup, in the form
// that sha256sum -c reads.
const digestEnd = ".sha256"

func writeDigest(path, digest string) error {
	text := fmt.Sprintf("%s  %s\n", digest, filepath.Base(path))
	if err := os.WriteFile(path+digestEnd, []byte(text), 0o600); err != nil {
		return err
	}
	return syncFile(path + digestEnd)
}

// digestOf returns the SHA-256 of a file that no database connection has open.
func digestOf(path string) (digest string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// checkDigest compares a backup with the digest beside it, if there is one. No
// check of SQLite finds every changed bit.
func checkDigest(path string) error {
	text, err := os.ReadFile(path + digestEnd)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", path+digestEnd, rootCause(err))
	}
	want, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	got, _, err := digestOf(path)
	if err != nil {
		return schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", path, rootCause(err))
	}
	if got != want {
		return schema.Errorf(schema.CodeInvalid, "%[1]s is not what was written: its SHA-256 is not the one in %[1]s%[2]s; take another backup", path, digestEnd)
	}
	return nil
}
