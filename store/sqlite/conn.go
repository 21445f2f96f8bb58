package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
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

// Pragmas are those of a connection that writes, each as name(value).
func Pragmas() []string { return pragmas }

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
		q.Set("mode", "rw") // the exclusive lock needs write access
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func openReadOnly(path string) (*sql.DB, error) {
	return sql.Open("sqlite", dsn(path, "ro", []string{"busy_timeout(10000)", "query_only(1)"}))
}

// Conn is one connection with the statements prepared on it. One goroutine at
// a time uses it.
type Conn struct {
	db    *sql.DB
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

// openConn opens a connection that writes.
func openConn(ctx context.Context, path string) (*Conn, error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", pragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	c, err := ConnOf(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	var mode string
	if err := c.c.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		return nil, errors.Join(fmt.Errorf("write-ahead log: mode is %q", mode), err, c.Close())
	}
	return c, nil
}

// ConnOf takes a connection of a pool; Release gives it back.
func ConnOf(ctx context.Context, db *sql.DB) (*Conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, Translate(err)
	}
	return &Conn{db: db, c: c, stmts: map[string]*sql.Stmt{}}, nil
}

// Release gives the connection back to its pool, without its statements.
func (c *Conn) Release() error {
	c.CloseStatements()
	return c.c.Close()
}

// Close closes a connection that has a pool of its own.
func (c *Conn) Close() error { return errors.Join(c.Release(), c.db.Close()) }

// maxStatements bounds the statements kept prepared on a connection; the
// filters make a few dozen variants.
const maxStatements = 512

func (c *Conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		c.CloseStatements()
	}
	// Not the caller's context: a prepared statement outlives the call.
	s, err := c.c.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	c.stmts[query] = s
	return s, nil
}

// Statements lists the text of what is prepared on the connection.
func (c *Conn) Statements() []string { return slices.Collect(maps.Keys(c.stmts)) }

// CloseStatements closes what is prepared; it is prepared again when it is needed.
func (c *Conn) CloseStatements() {
	for q, s := range c.stmts {
		s.Close()
		delete(c.stmts, q)
	}
}
