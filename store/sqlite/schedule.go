package sqlite

import (
	"context"
	"crypto/sha256"
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

// BackupSchedule says which copies of the database are made in the background.
type BackupSchedule struct {
	Folder string        // where they are put; empty: none are made
	Every  time.Duration // from one to the next
	Keep   int           // how many are kept; the oldest is removed first
}

// The schedule is checked often, because timers stand still while a laptop sleeps.
const (
	backupLook  = time.Minute      // between two checks, at most
	backupRetry = 10 * time.Minute // from a backup that failed to the next try, at most
)

// stampLayout is the time in the name of a backup, in UTC.
const stampLayout = "20060102T150405Z"

// schedule is what ScheduleBackups was told.
type schedule struct {
	stem string // prefix of the names of the backups
	made func(context.Context, ScheduledBackup) error
}

// ScheduledBackup is a backup of the schedule that was just made.
type ScheduledBackup struct {
	File   string // its name in the folder
	SHA256 string
	Bytes  int64
}

// prepare makes the folder of the schedule and checks that it can be written to.
func (s BackupSchedule) prepare() error {
	if s.Folder == "" {
		return nil
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot make the folder of backups %s: %v", s.Folder, rootCause(err))
	}
	f, err := os.OpenFile(filepath.Join(s.Folder, ".glow-probe"), os.O_WRONLY|os.O_CREATE, 0o600)
	if errors.Is(err, syscall.ENOSPC) {
		return nil // there may be room when it is needed
	}
	if err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot write to the folder of backups %s: %v", s.Folder, rootCause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// ScheduleBackups makes the backups of Options in the background, until Close. Their names
// contain the id, so that databases of the same name can share a folder. made is called
// after each backup. First it removes what backups that were cut off have left.
func (d *DB) ScheduleBackups(id string, made func(context.Context, ScheduledBackup) error) error {
	if err := d.setSchedule(id, made); err != nil {
		return err
	}
	d.Go(d.keepBackedUp)
	return nil
}

func (d *DB) setSchedule(id string, made func(context.Context, ScheduledBackup) error) error {
	base := filepath.Base(d.o.Path)
	d.schedule = schedule{strings.TrimSuffix(base, filepath.Ext(base)) + "-" + id + "-", made}
	return d.sweepBackups()
}

// sweepBackups removes what backups that were cut off have left: parts of copies, and
// digests without a copy.
func (d *DB) sweepBackups() error {
	entries, err := os.ReadDir(d.o.Backups.Folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), d.schedule.stem) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(d.o.Backups.Folder, e.Name())
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
func (d *DB) keepBackedUp(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	var failed time.Time // the last try, when it failed
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if d.backupDue() && time.Since(failed) >= min(backupRetry, d.o.Backups.Every) {
			failed = time.Time{}
			if err := d.scheduledBackup(ctx); err != nil && ctx.Err() == nil {
				failed = time.Now()
				d.stats.backupFailed()
				d.o.Logger.Error("the backup of the schedule failed; it is tried again", "error", err)
			}
		}
		look.Reset(min(backupLook, d.o.Backups.Every))
	}
}

// backupDue reports whether it is time for another backup. It is, too, when the newest is
// from the future, because then the clock was set back.
func (d *DB) backupDue() bool {
	kept, err := d.keptBackups()
	if err != nil || len(kept) == 0 {
		return true
	}
	age := d.o.Now().Sub(kept[0].MadeAt.Time())
	return age >= d.o.Backups.Every || age < 0
}

// scheduledBackup makes one backup with its digest beside it, and removes the oldest above
// Keep. A backup gets its name only when it is whole and checked.
func (d *DB) scheduledBackup(ctx context.Context) error {
	name := d.schedule.stem + d.o.Now().UTC().Format(stampLayout) + ".db"
	path := filepath.Join(d.o.Backups.Folder, name)
	part := path + ".part"
	if err := d.sweepBackups(); err != nil {
		return err
	}
	if err := d.Backup(ctx, part); err != nil {
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
		return errors.Join(Translate(err), remove(part, ""), d.sweepBackups())
	}
	return errors.Join(d.schedule.made(ctx, ScheduledBackup{name, digest, size}), d.pruneBackups())
}

// keptBackups lists the backups of the schedule that are there, the newest first.
func (d *DB) keptBackups() ([]schema.BackupFile, error) {
	if d.o.Backups.Folder == "" {
		return nil, nil
	}
	ours := regexp.MustCompile("^" + regexp.QuoteMeta(d.schedule.stem) + `(\d{8}T\d{6}Z)\.db$`)
	entries, err := os.ReadDir(d.o.Backups.Folder)
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
		kept = append(kept, schema.BackupFile{File: e.Name(), MadeAt: schema.InstantOf(at), Bytes: fileSize(filepath.Join(d.o.Backups.Folder, e.Name()))})
	}
	// A backup from the future was made before the clock was set back. It comes last, so
	// that it is the first to be removed and does not count as the newest.
	now := schema.InstantOf(d.o.Now())
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

// newestBackup returns the newest backup of the schedule; nil when there is none, or the
// folder cannot be read.
func (d *DB) newestBackup() *schema.BackupFile {
	kept, err := d.keptBackups()
	if err != nil || len(kept) == 0 {
		return nil
	}
	return &kept[0]
}

// pruneBackups removes the oldest backups above Keep.
func (d *DB) pruneBackups() error {
	kept, err := d.keptBackups()
	if err != nil || len(kept) <= d.o.Backups.Keep {
		return err
	}
	var errs []error
	for _, old := range kept[d.o.Backups.Keep:] {
		errs = append(errs, remove(filepath.Join(d.o.Backups.Folder, old.File), "", digestEnd))
	}
	return errors.Join(errs...)
}

// BackupState returns the state of the schedule; nil when there is none.
func (d *DB) BackupState() (*schema.BackupState, error) {
	s := d.o.Backups
	if s.Folder == "" {
		return nil, nil
	}
	kept, err := d.keptBackups()
	if err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot read the folder of backups %s: %v", s.Folder, rootCause(err))
	}
	state := &schema.BackupState{Folder: s.Folder, EverySeconds: int64(s.Every.Seconds()), Keep: s.Keep, Count: len(kept), Failures: d.stats.backupFailures()}
	if len(kept) > 0 {
		state.Newest = &kept[0]
	}
	return state, nil
}

// digestEnd is the suffix of the file with the digest of a backup, in the form that
// sha256sum -c reads.
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

// checkDigest compares a backup with the digest beside it, if there is one, because
// SQLite's own checks do not find every changed bit.
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
