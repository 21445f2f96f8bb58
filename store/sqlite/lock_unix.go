//go:build linux || darwin

package sqlite

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockDatabase locks one byte of an open database, for one holder or for many
// that only read, until the file is closed. The lock belongs to the open file: to
// close another of the same database, as SQLite does, does not end it.
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
