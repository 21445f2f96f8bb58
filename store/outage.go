package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"syscall"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"glow/schema"
)

// outages has a disk that is full, or gone, told to the log once a minute, however
// many requests meet it.
type outages struct {
	mu     sync.Mutex
	told   time.Time
	untold int // errors since
}

// ToLog reports whether an error is to be told to the log, and how many of its like
// were not told since the last that was.
func (s *Store) ToLog(err error) (untold int, tell bool) {
	if !ofDisk(err) {
		return 0, true
	}
	o := &s.outages
	o.mu.Lock()
	defer o.mu.Unlock()
	now := s.o.Now()
	if since := now.Sub(o.told); since >= 0 && since < time.Minute {
		o.untold++
		return 0, false
	}
	untold, o.told, o.untold = o.untold, now, 0
	return untold, true
}

// logError tells an error to the log, unless it is one of a disk that was just told of.
func (s *Store) logError(message string, err error) {
	untold, tell := s.ToLog(err)
	if !tell {
		return
	}
	args := []any{slog.Any("error", err)}
	if untold > 0 {
		args = append(args, slog.Int("not_logged", untold))
	}
	s.o.Logger.Error(message, args...)
}

// diskError is the refusal of what the disk did not let us do.
func diskError(err error, what string) error {
	code := schema.CodeUnavailable
	if errors.Is(err, syscall.ENOSPC) {
		code = schema.CodeNoSpace
	}
	return fmt.Errorf("%w: %w", schema.Errorf(code, "%s: %v", what, rootCause(err)), err)
}

// ofDisk reports whether an error comes of a disk that is full or fails.
func ofDisk(err error) bool {
	switch resultCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return schema.ErrorCode(err) == schema.CodeNoSpace || errors.As(err, new(*fs.PathError))
}
