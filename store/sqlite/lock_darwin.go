package sqlite

// setOwnLock is F_OFD_SETLK of sys/fcntl.h.
const setOwnLock = 90
