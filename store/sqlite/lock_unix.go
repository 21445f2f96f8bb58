//go:build linux || darwin

package sqlite

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockDatabase locks one byte of an open database until the file is closed, alone or
// shared with others. The lock belongs to the open file: it stays when another handle of
// the same database is closed, as SQLite does.
func lockDatabase(f *os.File, alone bool) error {
	lock := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart, Start: lockAt, Len: 1}
	if alone {
		lock.Type = unix.F_WRLCK
	}
	err := unix.FcntlFlock(f.Fd(), setOwnLock, &lock)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return errLocked
	}
	return err
}

// nameCount is how many names a file has.
func nameCount(_ string, info os.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return uint64(stat.Nlink)
}
