package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"glow/schema"
)

// Backup writes a consistent copy of the database to a new file that only its
// owner can read, and checks it. Writers are not held up.
func (s *Store) Backup(ctx context.Context, path string) error {
	err := makeEmpty(path)
	if errors.Is(err, fs.ErrExist) {
		return schema.Errorf(schema.CodeConflict, "%s is there already", path)
	}
	if err != nil {
		return diskError(err, "cannot make "+path)
	}
	if err := s.backup(ctx, path); err != nil {
		return errors.Join(storageError(err), remove(path, "-journal", ""))
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) error {
	c, err := connOf(ctx, s.readers.db)
	if err != nil {
		return err
	}
	defer c.release()
	// VACUUM INTO reads the database and writes another file: query_only would
	// forbid it although nothing of ours changes.
	if _, err := c.c.ExecContext(ctx, `PRAGMA query_only(0)`); err != nil {
		return err
	}
	defer c.c.ExecContext(context.WithoutCancel(ctx), `PRAGMA query_only(1)`)
	if _, err := c.c.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return err
	}
	if err := errors.Join(syncFile(path), syncFolder(path)); err != nil {
		return err
	}
	return checkCopy(ctx, path)
}

// sideFiles are the suffixes of what SQLite keeps beside a database. They belong
// to that one file: beside another they would be taken for a part of it.
var (
	sideFiles = []string{"-journal", "-wal", "-shm"}
	allFiles  = []string{"-journal", "-wal", "-shm", ""}
)

// restorer is who holds a database that is restored.
const restorer = schema.NameRestore

// Restore puts a copy of the backup in the place of the database at path, which
// must not be in use. What stands in the way is found before anything is moved.
// The old file is kept aside under the returned name, which is empty when there
// was none.
func Restore(ctx context.Context, backup, path string) (kept string, err error) {
	enableOFDLocks()
	if real, err := FollowLinks(backup); err == nil { // else checkBackup says what is wrong
		backup = real
	}
	if err := checkBackup(backup); err != nil {
		return "", err
	}
	if isFolder(path) {
		return "", schema.Errorf(schema.CodeInvalid, "cannot restore to %s: it is a folder", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", schema.Errorf(schema.CodeUnavailable, "cannot make the folder of %s: %v", path, rootCause(err))
	}
	if path, err = databasePath(path); err != nil {
		return "", err
	}
	lock, err := lockFile(path, restorer)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.unlock()) }()
	if err := checkUnused(path, true); err != nil {
		return "", err
	}
	if err := refuseManyNames(path); err != nil {
		return "", err
	}
	if err := finishRestore(ctx, path); err != nil {
		return "", err
	}
	if kept, err = nameToKeep(path); err != nil {
		return "", err
	}
	copied := path + ".restoring"
	if err := prepareCopy(ctx, backup, copied, kept); err != nil {
		return "", errors.Join(err, remove(copied, allFiles...))
	}
	if err := os.Rename(copied, path+restored); err != nil {
		return "", errors.Join(err, remove(copied, allFiles...))
	}
	return kept, errors.Join(syncFolder(path), finishRestore(ctx, path))
}

// restored ends the name of a copy that is whole and has yet to take the place of
// the database.
const restored = ".restored"

// finishRestore does what is left of a restore that was cut off while it moved the
// files. Where it stopped, the old database may lack its log, or be gone.
func finishRestore(ctx context.Context, path string) error {
	info, err := os.Lstat(path + restored)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errNotOurs
	}
	if err == nil {
		err = checkCopy(ctx, path+restored)
	}
	if log, none := os.Stat(path + restored + "-wal"); err == nil && none == nil && log.Size() > 0 {
		err = errors.New("a log lies beside it")
	}
	if err == nil {
		err = remove(path+restored, sideFiles...) // empty ones, of the check
	}
	if err != nil { // nothing was moved
		return schema.Errorf(schema.CodeConflict, "cannot finish a restore of %[1]s: %[1]s%[2]s is no whole database (%[3]v); move it away", path, restored, rootCause(err))
	}
	kept, err := nameToKeep(path) // the same as before: the database itself is moved last
	if err != nil {
		return err
	}
	if err := swapIn(path+restored, path, kept); err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot finish the restore of %s: %v", path, rootCause(err))
	}
	return nil
}

// checkBackup refuses what cannot be a whole backup by the look of its files.
func checkBackup(backup string) error {
	info, err := os.Stat(backup)
	if err != nil {
		return schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", backup, rootCause(err))
	}
	if info.IsDir() {
		return schema.Errorf(schema.CodeInvalid, "%s is a folder; name the backup file in it", backup)
	}
	if log, err := os.Stat(backup + "-wal"); err == nil && log.Size() > 0 {
		return schema.Errorf(schema.CodeConflict,
			"%[1]s-wal holds records that are not in %[1]s yet; stop what uses it and run `glow system context --db %[1]s` to move them in, then restore again", backup)
	}
	if err := checkUnused(backup, false); err != nil {
		return err
	}
	return checkDigest(backup)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// nameToKeep returns the name under which the database is kept aside; empty when
// there is none.
func nameToKeep(path string) (string, error) {
	if _, err := os.Stat(path); err != nil {
		return "", nil
	}
	return freeName(path + ".before-restore")
}

// prepareCopy copies the backup to a file that can take the place of a database:
// it is whole, has this program's schema and says on its audit list whence it came.
func prepareCopy(ctx context.Context, backup, copied, kept string) error {
	if err := remove(copied, allFiles...); err != nil { // of a restore that was cut off
		return schema.Errorf(schema.CodeUnavailable, "cannot remove %s: %v", copied, rootCause(err))
	}
	if err := copyFile(backup, copied); err != nil {
		return err
	}
	if err := checkCopy(ctx, copied); err != nil {
		return fmt.Errorf("%s: %w", backup, err)
	}
	if err := migrateCopy(ctx, copied); err != nil {
		return fmt.Errorf("%s: %w", backup, err)
	}
	detail := map[string]any{"file": filepath.Base(backup)}
	if kept != "" {
		detail["kept"] = filepath.Base(kept)
	}
	return auditRestore(ctx, copied, detail)
}

// auditRestore puts the restore on the audit list of the copy, and all that was
// written to the copy into its one file.
func auditRestore(ctx context.Context, copied string, detail map[string]any) (err error) {
	c, err := openConn(ctx, copied)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	t := &tx{ctx: ctx, c: c, now: schema.InstantOf(time.Now())}
	err = t.transact(func(t *tx) error { return t.audit(schema.ByItself(schema.NameRestore), schema.ActionRestore, detail) })
	if err != nil {
		return err
	}
	return storageError(t.ExecAll(`PRAGMA wal_checkpoint(TRUNCATE)`))
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", from, rootCause(err))
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot write %s: %v", to, rootCause(err))
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// swapIn moves the old database aside, or what an old one that is gone has left
// away, and the new one in. A crash between loses none of them.
func swapIn(copied, path, kept string) error {
	if err := moveAside(path, kept); err != nil {
		return err
	}
	if err := os.Rename(copied, path); err != nil {
		return err
	}
	return syncFolder(path)
}

func moveAside(path, kept string) error {
	if kept == "" {
		return remove(path, sideFiles...)
	}
	for _, suffix := range allFiles {
		if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// freeName returns name, or name with the first number that makes it free.
func freeName(name string) (string, error) {
	for i := 1; i < 10_000; i++ {
		try := name
		if i > 1 {
			try = fmt.Sprintf("%s-%d", name, i)
		}
		if _, err := os.Lstat(try); errors.Is(err, fs.ErrNotExist) {
			return try, nil
		}
	}
	return "", schema.Errorf(schema.CodeConflict, "too many files are named like %s", name)
}
