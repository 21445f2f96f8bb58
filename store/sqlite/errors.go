package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
	engine "zombiezen.com/go/sqlite"

	"glow/schema"
)

// resultCode is SQLite's primary result code in an error; 0 when there is none.
func resultCode(err error) int {
	return extendedCode(err) & 0xff
}

// extendedCode is SQLite's whole result code in an error; 0 when there is none.
func extendedCode(err error) int {
	var migrating *sqlite.Error // goose has another driver
	if errors.As(err, &migrating) {
		return migrating.Code()
	}
	if code := engine.ErrCode(err); code != engine.ResultError { // which also stands for what is not of SQLite
		return int(code)
	}
	return 0
}

// Code is whose fault an SQLite error is; "" when it is not one.
func Code(err error) schema.Code {
	switch resultCode(err) {
	case sqlite3.SQLITE_FULL:
		return schema.CodeNoSpace
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM:
		return schema.CodeUnavailable
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return schema.CodeInvalid
	}
	return ""
}

// Translate turns an SQLite error that is the machine's fault into one that
// says so. Other errors pass through.
func Translate(err error) error {
	if err == nil || schema.ErrorCode(err) != "" {
		return err
	}
	switch Code(err) {
	case schema.CodeNoSpace:
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeNoSpace, "the disk is full; nothing was changed"), err)
	case schema.CodeUnavailable:
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeUnavailable, "the database cannot be reached just now; nothing was changed"), err)
	case schema.CodeInvalid: // nobody's request: what a file reads like, too, when its disk is gone
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeUnavailable, "the database cannot be read: its disk is gone, or the file is damaged; nothing was changed"), err)
	}
	return err
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

// rootCause strips the operation and path that the os package adds.
func rootCause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// errorLog logs that a disk is full, or gone, once a minute, however many requests
// meet it.
type errorLog struct {
	mu      sync.Mutex
	logged  time.Time
	skipped int // errors since
}

// LogError logs an error with what else is known of it. Of those of a disk that is
// full, or gone, it logs one a minute, and with it how many were not.
func (d *DB) LogError(ctx context.Context, log *slog.Logger, message string, err error, attrs ...slog.Attr) {
	skipped, due := d.errorLog.due(err, d.o.Now())
	if !due {
		return
	}
	attrs = append(attrs, slog.String("error", err.Error()))
	if skipped > 0 {
		attrs = append(attrs, slog.Int("not_logged", skipped))
	}
	log.LogAttrs(ctx, slog.LevelError, message, attrs...)
}

// due reports whether an error is to be logged, and how many were skipped since the
// last that was.
func (l *errorLog) due(err error, now time.Time) (skipped int, due bool) {
	if !ofDisk(err) {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := now.Sub(l.logged); since >= 0 && since < time.Minute {
		l.skipped++
		return 0, false
	}
	skipped, l.logged, l.skipped = l.skipped, now, 0
	return skipped, true
}
