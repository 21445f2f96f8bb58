package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"glow/schema"
)

// sideFiles are the suffixes of the files that SQLite keeps beside a database. If one
// stayed beside another database, SQLite would take it for a part of that.
var (
	sideFiles = []string{"-journal", "-wal", "-shm"}
	allFiles  = []string{"-journal", "-wal", "-shm", ""}
)

// Restoring says how to put a backup in the place of a database.
type Restoring struct {
	Backup string // the file to copy
	Path   string // the database, which must not be in use
	Holder string // what another process is told about who holds it meanwhile

	// Restored is called in a transaction of the copy once that has our schema. backup is
	// the file that was copied, with every symbolic link followed; kept is the name that
	// the old database will have, or empty when there is none.
	Restored func(t *Tx, backup, kept string) error
}

// Restore puts a copy of the backup in the place of the database. What stands in the
// way is found before anything is moved. The old file is kept aside under the returned
// name, which is empty when there was none.
func (s Schema) Restore(ctx context.Context, r Restoring) (kept string, err error) {
	enableOFDLocks()
	path := r.Path
	if real, err := FollowLinks(r.Backup); err == nil { // else checkBackup says what is wrong
		r.Backup = real
	}
	if err := checkBackup(r.Backup); err != nil {
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
	lock, err := lockFile(path, r.Holder)
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
	if err := s.finishRestore(ctx, path); err != nil {
		return "", err
	}
	if kept, err = nameToKeep(path); err != nil {
		return "", err
	}
	copied := path + ".restoring"
	if err := s.prepareCopy(ctx, r, copied, kept); err != nil {
		return "", errors.Join(err, remove(copied, allFiles...))
	}
	if err := os.Rename(copied, path+restored); err != nil {
		return "", errors.Join(err, remove(copied, allFiles...))
	}
	return kept, errors.Join(syncFolder(path), s.finishRestore(ctx, path))
}

// restored is the suffix of a copy that is whole and has yet to take the place of the
// database.
const restored = ".restored"

// finishRestore puts a copy that is whole in the place of the database, if there is one: it
// is the last step of a restore, and completes one that was cut off while it moved the
// files. The old database may then be without its log, or gone.
func (s Schema) finishRestore(ctx context.Context, path string) error {
	info, err := os.Lstat(path + restored)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errNotOurs
	}
	if err == nil {
		err = s.checkCopy(ctx, path+restored)
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

// checkBackup refuses what cannot be a whole backup, as far as its files tell without
// opening it in SQLite.
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

// prepareCopy copies the backup to a file that can take the place of the database: it is
// checked, has this program's schema, and has what Restored wrote.
func (s Schema) prepareCopy(ctx context.Context, r Restoring, copied, kept string) error {
	if err := remove(copied, allFiles...); err != nil { // of a restore that was cut off
		return schema.Errorf(schema.CodeUnavailable, "cannot remove %s: %v", copied, rootCause(err))
	}
	if err := copyFile(r.Backup, copied); err != nil {
		return err
	}
	if err := s.checkCopy(ctx, copied); err != nil {
		return fmt.Errorf("%s: %w", r.Backup, err)
	}
	if err := s.migrateCopy(ctx, copied); err != nil {
		return fmt.Errorf("%s: %w", r.Backup, err)
	}
	return writeRestored(ctx, copied, func(t *Tx) error { return r.Restored(t, r.Backup, kept) })
}

// writeRestored runs fn on the copy, and then moves the log of the copy into its file.
func writeRestored(ctx context.Context, copied string, fn func(*Tx) error) (err error) {
	c, err := OpenConn(ctx, copied)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	t := c.Tx(ctx)
	if err := t.Transact(fn); err != nil {
		return err
	}
	return Translate(t.ExecAll(`PRAGMA wal_checkpoint(TRUNCATE)`))
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

// swapIn moves the old database aside and the new one into its place. A crash in between
// loses neither.
func swapIn(copied, path, kept string) error {
	if err := moveAside(path, kept); err != nil {
		return err
	}
	if err := os.Rename(copied, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// moveAside renames the old database and its side files. Where the database is gone
// already (kept is empty), it removes the side files that it left.
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
