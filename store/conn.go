package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"glow/schema"
)

// pragmas hold for every connection that writes. FULL makes a commit wait for
// the disk, so that what was acknowledged survives a power cut; the two
// fullfsync make macOS mean it.
var pragmas = []string{
	"busy_timeout(10000)",
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"fullfsync(1)",
	"checkpoint_fullfsync(1)",
	"journal_size_limit(67108864)", // what a large import leaves of its log is given back
	"cache_size(-8192)",            // also bounds what each sort of an import keeps in memory
	"temp_store(FILE)",
}

// readPragmas hold for every connection that only reads.
var readPragmas = []string{
	"busy_timeout(10000)",
	"query_only(1)",
	"cache_size(-8192)",
	"temp_store(FILE)",
}

func dsn(path, mode string, pragmas []string) string {
	full := path
	if abs, err := filepath.Abs(path); err == nil {
		full = abs
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(full)}
	if !strings.HasPrefix(u.Path, "/") { // C:/…
		u.Path = "/" + u.Path
	}
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}, "_dqs": {"0"}, "_error_rc": {"1"}, "mode": {mode}}
	if _, ok := indexesInMemory.Load(path); ok {
		q.Set("vfs", "unix-excl")
		q.Set("mode", "rw") // who may only read cannot keep others out
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func openReadOnly(path string) (*sql.DB, error) {
	return sql.Open("sqlite", dsn(path, "ro", []string{"busy_timeout(10000)", "query_only(1)"}))
}

// conn is one connection with the statements prepared on it. One goroutine at
// a time uses it.
type conn struct {
	db    *sql.DB
	c     *sql.Conn
	stmts map[string]*sql.Stmt
	known *knownTokens // of those that can change tokens
}

// openConn opens a connection that writes.
func openConn(ctx context.Context, path string) (*conn, error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", pragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	c, err := connOf(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	var mode string
	if err := c.c.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		return nil, errors.Join(fmt.Errorf("write-ahead log: mode is %q", mode), err, c.Close())
	}
	return c, nil
}

func connOf(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, storageError(err)
	}
	return &conn{db: db, c: c, stmts: map[string]*sql.Stmt{}}, nil
}

// release gives the connection back to its pool, without its statements.
func (c *conn) release() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.c.Close()
}

// Close closes a connection that has a pool of its own.
func (c *conn) Close() error { return errors.Join(c.release(), c.db.Close()) }

// maxStatements bounds the statements kept prepared on a connection; the
// filters make a few dozen variants.
const maxStatements = 512

func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		for q, s := range c.stmts {
			s.Close()
			delete(c.stmts, q)
		}
	}
	// Not the caller's context: a prepared statement outlives the call.
	s, err := c.c.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	c.stmts[query] = s
	return s, nil
}

// tx is one transaction: a connection between BEGIN and COMMIT, and the one
// "now" that everything in it agrees on.
type tx struct {
	ctx context.Context
	c   *conn
	now schema.Instant

	tokens bool // it ends or changes tokens
}

// ended follows the end of a transaction, whatever that was, before anybody is
// told of it.
func (t *tx) ended() {
	if t.tokens && t.c.known != nil {
		t.c.known.forget()
	}
}

func (t *tx) Exec(query string, args ...any) error {
	_, err := t.ExecCount(query, args...)
	return err
}

// ExecCount runs a statement and returns how many rows it changed.
func (t *tx) ExecCount(query string, args ...any) (int64, error) {
	s, err := t.c.prepare(t.ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// QueryRow reads the first row into dest; sql.ErrNoRows when there is none.
func (t *tx) QueryRow(dest []any, query string, args ...any) error {
	s, err := t.c.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, args...).Scan(dest...)
}

// QueryCount reads one number.
func (t *tx) QueryCount(query string, args ...any) (n int64, err error) {
	return n, t.QueryRow([]any{&n}, query, args...)
}

// Query calls fn for every row.
func (t *tx) Query(fn func(scan func(dest ...any) error) error, query string, args ...any) error {
	s, err := t.c.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbers calls fn for every row of expressions that are whole numbers and never
// NULL; from is all that follows FROM. The slice is reused.
//
// The rows come as one text. Read one by one, each value costs the driver a
// lock, a call and a conversion, which for thousands of rows is more than
// finding them: 13 ms, not 7, for nine numbers of each of 5,000 people.
func (t *tx) numbers(expressions []string, fn func(row []int64), from string, args ...any) error {
	var text sql.RawBytes
	return t.Query(func(scan func(...any) error) error {
		if err := scan(&text); err != nil {
			return err
		}
		row := make([]int64, 0, len(expressions))
		n, sign := int64(0), int64(1)
		for _, c := range text {
			switch c {
			case '-':
				sign = -1
			case ' ', '\n':
				row = append(row, n*sign)
				if n, sign = 0, 1; c == '\n' {
					fn(row)
					row = row[:0]
				}
			default:
				n = n*10 + int64(c-'0')
			}
		}
		return nil
	}, `SELECT group_concat(concat_ws(' ', `+strings.Join(expressions, ", ")+`) || char(10), '') FROM `+from, args...)
}

// ExecAll executes statements that are not worth keeping prepared.
func (t *tx) ExecAll(statements ...string) error {
	for _, q := range statements {
		if _, err := t.c.c.ExecContext(t.ctx, q); err != nil {
			return fmt.Errorf("%w in %s", err, q)
		}
	}
	return nil
}

// resultCode is SQLite's primary result code in an error; 0 when there is none.
func resultCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// storageCode tells whose fault an SQLite error is; "" when it is not one.
func storageCode(err error) schema.Code {
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

// storageError turns an SQLite error that is the machine's fault into one that
// says so. Other errors pass through.
func storageError(err error) error {
	if err == nil || schema.ErrorCode(err) != "" {
		return err
	}
	switch storageCode(err) {
	case schema.CodeNoSpace:
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeNoSpace, "the disk is full; nothing was changed"), err)
	case schema.CodeUnavailable:
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeUnavailable, "the database cannot be reached just now; nothing was changed"), err)
	case schema.CodeInvalid: // nobody's request: what a file reads like, too, when its disk is gone
		return fmt.Errorf("%w: %w", schema.Errorf(schema.CodeUnavailable, "the database cannot be read: its disk is gone, or the file is damaged; nothing was changed"), err)
	}
	return err
}
