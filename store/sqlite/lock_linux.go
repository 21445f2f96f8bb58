package sqlite

import "golang.org/x/sys/unix"

const setOwnLock = unix.F_OFD_SETLK
