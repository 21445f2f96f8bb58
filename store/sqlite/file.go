package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"glow/schema"
)

// enableOFDLocks keeps SQLite's locks from being dropped when another part of
// this process closes the database file. Where the system has no such locks
// the program never opens the file by itself while it is in use.
var enableOFDLocks = sync.OnceFunc(func() { _, _ = sqlite.OFDLocking(true) })

// sqliteHeader is how every SQLite file begins.
const sqliteHeader = "SQLite format 3\x00"

// quickCheckLimit is the size up to which a file is checked before it is
// opened; the check reads all of it, at about a gigabyte a second.
const quickCheckLimit = 64 << 20

// prepareFile makes an empty database file that only its owner can read, or checks the
// one that is there without writing to it. A fresh file has no schema. Before anything of
// the file is read, it is locked.
func (s Schema) prepareFile(ctx context.Context, path string, lock *fileLock) (fresh bool, err error) {
	err = makeEmpty(path)
	fresh = err == nil
	if !fresh && !errors.Is(err, fs.ErrExist) {
		return false, schema.Errorf(schema.CodeUnavailable, "cannot make the file: %v", rootCause(err))
	}
	if err := lock.holdFile(path); err != nil || fresh {
		return fresh, err
	}
	if err := refuseOtherLog(path); err != nil {
		return false, err
	}
	placeIndex(ctx, path)
	size, err := checkHeader(path)
	if err != nil || size == 0 || cutOffAtFirstPage(path, size) {
		return err == nil, err
	}
	return s.checkFile(ctx, path, size <= quickCheckLimit)
}

func checkHeader(path string) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, schema.Errorf(schema.CodeUnavailable, "cannot open the file for writing: %v", rootCause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	header := make([]byte, len(sqliteHeader))
	if n, _ := f.ReadAt(header, 0); n > 0 && string(header[:n]) != sqliteHeader {
		return 0, schema.Errorf(schema.CodeInvalid, "this is not a glow database")
	}
	return info.Size(), nil
}

// cutOffAtFirstPage reports whether a file is the rest of a first transaction that was cut
// off. Its rollback journal says that the file was empty before, and SQLite will empty it
// again, though not for a connection that only reads. Nothing gets lost: a file of one
// page has no room for tables.
func cutOffAtFirstPage(path string, size int64) bool {
	const (
		page  = 4096
		magic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
		empty = "\x00\x00\x00\x00" // pages before, behind the magic and two other numbers
	)
	f, err := os.Open(path + "-journal")
	if err != nil || size > page {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magic)+4+4+len(empty))
	if _, err := io.ReadFull(f, head); err != nil {
		return false
	}
	return strings.HasPrefix(string(head), magic) && strings.HasSuffix(string(head), empty)
}

// checkFile checks a database file, of which it can only read, and with whole all of its
// pages. A blank file is one without a schema, which a first start that was cut off
// leaves.
func (s Schema) checkFile(ctx context.Context, path string, whole bool) (blank bool, err error) {
	c, err := openReadOnly(ctx, path)
	if err != nil {
		return false, damaged(err)
	}
	defer c.Close()
	t := c.Tx(ctx)
	if blank, err = s.checkTables(t); err != nil || !whole {
		return blank, err
	}
	var verdict string
	if err := t.QueryRow([]any{&verdict}, `PRAGMA quick_check(1)`); err != nil {
		return false, damaged(err)
	}
	if verdict != "ok" {
		return false, damaged(errors.New(verdict))
	}
	return blank, nil
}

// checkTables refuses a file with tables that are not ours. A file that has only the
// table of schema versions is blank: a first start makes that table before all others, in
// a transaction of its own.
func (s Schema) checkTables(t *Tx) (blank bool, err error) {
	var versions, tables, all int
	err = t.QueryRow([]any{&versions, &tables, &all}, `
		SELECT count(*) FILTER (WHERE tbl_name = 'goose_db_version'), count(*) FILTER (WHERE name = ?), count(*)
		FROM sqlite_schema WHERE tbl_name NOT LIKE 'sqlite\_%' ESCAPE '\'`, s.Table)
	if err != nil {
		return false, damaged(err)
	}
	if versions > 0 && tables > 0 {
		return false, nil
	}
	var version int64
	if versions > 0 {
		if version, err = schemaVersion(t); err != nil {
			return false, damaged(err)
		}
	}
	if all > versions || version > 0 {
		return false, errNotOurs
	}
	return true, nil
}

var errNotOurs = schema.Errorf(schema.CodeInvalid, "this is an SQLite file, but not one of glow's")

// checkCopy checks all of a file that must be a copy of a database. A blank one is
// refused.
func (s Schema) checkCopy(ctx context.Context, path string) error {
	blank, err := s.checkFile(ctx, path, true)
	if err == nil && blank {
		return errNotOurs
	}
	return err
}

func damaged(err error) error {
	if code := Code(err); code != "" && code != schema.CodeInvalid {
		return Translate(err)
	}
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	if resultCode(err) == sqlite3.SQLITE_NOTADB { // its first bytes are not those of a database
		return schema.Errorf(schema.CodeInvalid, "the file is damaged at its beginning, or is no database at all; nothing was written to it; where it was one, restore a backup with `glow restore`")
	}
	return schema.Errorf(schema.CodeInvalid, "the file is damaged (%s); nothing was written to it; restore a backup with `glow restore`", text)
}

// makeEmpty makes a file, where none is, that only its owner can read.
func makeEmpty(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// remove removes the files path+suffix, of those that there are.
func remove(path string, suffixes ...string) error {
	var errs []error
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// syncFile waits until a file is on the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder waits until the name of a file is on the disk. Windows and some
// file systems cannot be asked to.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
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
