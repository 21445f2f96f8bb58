package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"

	"glow/schema"
)

// enableOFDLocks keeps SQLite's locks from being dropped when another part of
// this process closes the database file. Where the system has no such locks
// the program never opens the file by itself while it is in use.
var enableOFDLocks = sync.OnceFunc(func() { _, _ = sqlite.OFDLocking(true) })

// fileLock keeps a second process off a database. The lock is on a file beside
// it, so that taking it touches nothing of the database.
type fileLock struct{ *flock.Flock }

func lockFile(path, holder string) (*fileLock, error) {
	name := path + ".lock"
	l := &fileLock{flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))}
	held, err := l.TryLock()
	if err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot open %s for writing: %v", path, rootCause(err))
	}
	if !held {
		return nil, schema.Errorf(schema.CodeConflict, "%s is in use by %s; stop that one first or ask it with --instance-url", path, readHolder(name))
	}
	if holder == "" {
		holder = "a glow command"
	}
	note := fmt.Sprintf("%s (process %d)\n", holder, os.Getpid())
	if err := os.WriteFile(name, []byte(note), 0o600); err != nil {
		return nil, errors.Join(schema.Errorf(schema.CodeUnavailable, "cannot write %s: %v", name, rootCause(err)), l.Unlock())
	}
	return l, nil
}

func readHolder(name string) string {
	note, err := os.ReadFile(name)
	if text := strings.TrimSpace(string(note)); err == nil && text != "" {
		return text
	}
	return "another process"
}

// unlock leaves the lock file where it is: removing it would let two processes
// hold a lock on different files of the same name.
func (l *fileLock) unlock() error { return l.Unlock() }

// rootCause strips the operation and path that the os package adds.
func rootCause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// sqliteHeader starts every SQLite file.
const sqliteHeader = "SQLite format 3\x00"

// quickCheckLimit is the size up to which a file is checked before it is
// opened; the check reads all of it, at about a gigabyte a second.
const quickCheckLimit = 64 << 20

// prepareFile makes an empty database file that only its owner can read, or
// checks the one that is there without writing to it.
func prepareFile(ctx context.Context, path string) (fresh bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return true, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, schema.Errorf(schema.CodeUnavailable, "cannot make the file: %v", rootCause(err))
	}
	size, err := checkHeader(path)
	if err != nil || size == 0 {
		return size == 0, err
	}
	return false, checkFile(ctx, path, size <= quickCheckLimit)
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

// checkFile reads a database file without being able to write to it.
func checkFile(ctx context.Context, path string, whole bool) error {
	db, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer db.Close()
	var ours int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name IN ('goose_db_version', 'setting')`).Scan(&ours)
	if err != nil {
		return damaged(err)
	}
	if ours != 2 {
		return schema.Errorf(schema.CodeInvalid, "this is an SQLite file, but not one of glow's")
	}
	if !whole {
		return nil
	}
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return damaged(err)
	}
	if verdict != "ok" {
		return damaged(errors.New(verdict))
	}
	return nil
}

func damaged(err error) error {
	if code := storageCode(err); code != "" && code != schema.CodeInvalid {
		return storageError(err)
	}
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	return schema.Errorf(schema.CodeInvalid, "the file is damaged (%s); nothing was written to it; restore a backup with `glow restore`", text)
}
