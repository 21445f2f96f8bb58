package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"glow/schema"
)

// fileLock keeps a second process off a database. It is two locks: one on a file beside
// the database, which stays while the database is replaced and says who holds it, and one
// on the database itself, because a file may have several names.
type fileLock struct {
	*flock.Flock
	file *os.File // the database; nil while it is not held
}

// lockFile takes the lock on the file beside the database. The path has no links in it.
func lockFile(path, holder string) (*fileLock, error) {
	name := path + ".lock"
	l := &fileLock{Flock: flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))}
	held, err := l.TryLock()
	if err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot open %s for writing: %v", path, rootCause(err))
	}
	if !held {
		return nil, inUseBy(path, "", readHolder(name))
	}
	if holder == "" {
		holder = "a glow command"
	}
	if err := writeHolder(name, holder); err != nil && !errors.Is(err, syscall.ENOSPC) { // a full disk must not stop reading
		return nil, errors.Join(schema.Errorf(schema.CodeUnavailable, "cannot write %s: %v", name, rootCause(err)), l.Unlock())
	}
	return l, nil
}

// errLocked is what the systems' lockDatabase returns when another holds the lock.
var errLocked = errors.New("locked")

// lockAt is the offset of the byte of a database that is locked. It is beyond the largest
// file that SQLite can make, so that it disturbs neither SQLite's own locks nor readers
// of the file.
const lockAt = 1 << 60

// holdFile takes the lock on the database itself, if that is there. On a file system
// without such locks, the one on the file beside it must do.
func (l *fileLock) holdFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil { // that it is not there, or may not be written, is reported when it is opened
		return nil
	}
	if errors.Is(lockDatabase(f, true), errLocked) {
		return errors.Join(inUse(path, otherNames(path)), f.Close())
	}
	l.file = f
	return nil
}

// checkUnused refuses a file that a process has open as its database. nameHeld says that
// this process itself holds the lock on the file beside it.
func checkUnused(path string, nameHeld bool) error {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	if errors.Is(lockDatabase(f, false), errLocked) {
		names := otherNames(path)
		if !nameHeld {
			names = append(names, path)
		}
		return errors.Join(inUse(path, names), f.Close())
	}
	return f.Close()
}

// inUse returns the error for a database that another process holds. It says under which
// of the names, if that can be found out.
func inUse(path string, names []string) error {
	for _, name := range names {
		if !nameInUse(name + ".lock") {
			continue
		}
		as := ""
		if name != path {
			as = ", as " + name + ","
		}
		return inUseBy(path, as, readHolder(name+".lock"))
	}
	return inUseBy(path, "", "another process, under another name")
}

func inUseBy(path, as, holder string) error {
	return schema.Errorf(schema.CodeConflict, "%s is in use%s by %s; stop that one first or ask it with --instance-url", path, as, holder)
}

func nameInUse(name string) bool {
	if _, err := os.Stat(name); err != nil {
		return false
	}
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	free, err := l.TryRLock()
	return err == nil && !free
}

// unlock releases both locks. The lock file stays: if it were removed, two processes
// could hold locks on different files of the same name.
func (l *fileLock) unlock() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.Unlock())
}

// A lock file is one byte, which is locked, and a line that says who holds it. The line
// does not include the byte, because Windows lets nobody read a locked byte, not even
// the holder through another handle.
const (
	holderAt  = 1
	maxHolder = 1 << 10
)

// writeHolder writes the line of the lock file. It does not truncate the file: readHolder
// ignores what a longer line left after the newline.
func writeHolder(name, holder string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "%s (process %d)\n", holder, os.Getpid()), holderAt)
	return errors.Join(err, f.Close())
}

func readHolder(name string) string {
	const unknown = "another process"
	f, err := os.Open(name)
	if err != nil {
		return unknown
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, holderAt, maxHolder))
	line, _, whole := strings.Cut(string(text), "\n")
	if !whole {
		return unknown
	}
	return line
}
