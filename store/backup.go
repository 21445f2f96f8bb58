package store

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

// Backup writes a consistent copy of the database to a new file that only its
// owner can read, and checks it. Writers are not held up.
func (s *Store) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return schema.Errorf(schema.CodeConflict, "%s is there already", path)
	}
	if err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot make %s: %v", path, rootCause(err))
	}
	if err := f.Close(); err != nil {
		return err
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
	if err := syncFile(path); err != nil {
		return err
	}
	return checkFile(ctx, path, true)
}

// syncFile waits until a file is on the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore checks the copy in backup and puts it in the place of the database at
// path, which must not be in use. The old file is kept aside under the returned
// name, which is empty when there was none.
func Restore(ctx context.Context, backup, path string) (kept string, err error) {
	enableOFDLocks()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", schema.Errorf(schema.CodeUnavailable, "cannot make the folder of %s: %v", path, rootCause(err))
	}
	lock, err := lockFile(path, "glow restore")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.unlock()) }()
	if _, err := os.Stat(backup); err != nil {
		return "", schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", backup, rootCause(err))
	}
	copied := path + ".restoring"
	if err := copyFile(backup, copied); err != nil {
		return "", errors.Join(err, remove(copied, "-wal", "-shm", ""))
	}
	if err := checkFile(ctx, copied, true); err != nil {
		return "", errors.Join(fmt.Errorf("%s: %w", backup, err), remove(copied, "-wal", "-shm", ""))
	}
	if err := remove(copied, "-wal", "-shm"); err != nil { // the check has made them
		return "", err
	}
	return swapIn(copied, path)
}

// remove removes the files of these suffixes that are there.
func remove(path string, suffixes ...string) error {
	var errs []error
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return schema.Errorf(schema.CodeInvalid, "cannot read %s: %v", from, rootCause(err))
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return schema.Errorf(schema.CodeUnavailable, "cannot write %s: %v", to, rootCause(err))
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// swapIn moves the old database with its log aside and the new one in. A crash
// between leaves both files, whole.
func swapIn(copied, path string) (kept string, err error) {
	if _, err := os.Stat(path); err == nil {
		if kept, err = freeName(path + ".before-restore"); err != nil {
			return "", err
		}
		for _, suffix := range []string{"-wal", "-shm", ""} {
			if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	return kept, os.Rename(copied, path)
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

// TempFile is a scratch file that is gone when it is closed.
type TempFile struct{ *os.File }

// TempFile makes a scratch file beside the database that only its owner can read.
func (s *Store) TempFile() (*TempFile, error) {
	f, err := os.CreateTemp(filepath.Dir(s.o.Path), ".glow-*") // 0600
	if err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot make a scratch file: %v", rootCause(err))
	}
	return &TempFile{f}, nil
}

// Close closes the file and removes it.
func (f *TempFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

// TempPath returns the name of a file beside the database that is not there yet.
func (s *Store) TempPath(pattern string) string {
	return filepath.Join(filepath.Dir(s.o.Path), fmt.Sprintf(".glow-%d-%s", s.o.Now().UnixNano(), pattern))
}

// UnknownDepartments returns those of the ids that no department has.
func (s *Store) UnknownDepartments(ctx context.Context, ids []string) (unknown []string, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			unknown = append(unknown, id)
			return err
		}, `SELECT DISTINCT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM department) ORDER BY 1`, jsonList(ids))
	})
	return unknown, err
}
