package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	engine "zombiezen.com/go/sqlite"
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

// fileURI names a database file to SQLite, which takes parameters in an URI only.
func fileURI(path, mode string) *url.URL {
	full := path
	if abs, err := filepath.Abs(path); err == nil {
		full = abs
	}
	u := &url.URL{Scheme: "file", Path: filepath.ToSlash(full)}
	if !strings.HasPrefix(u.Path, "/") { // C:/…
		u.Path = "/" + u.Path
	}
	q := url.Values{"mode": {mode}}
	if _, ok := indexesInMemory.Load(path); ok {
		q = url.Values{"mode": {"rw"}, "vfs": {"unix-excl"}} // the exclusive lock needs write access
	}
	u.RawQuery = q.Encode()
	return u
}

// Conn is one connection with the statements prepared on it. One goroutine at
// a time uses it.
type Conn struct {
	c     *engine.Conn
	stmts map[string]*engine.Stmt // those that nobody runs just now, by their text
	done  <-chan struct{}         // of the context that interrupts what runs
}

// OpenConn opens a connection that writes to a file of which the caller knows that
// nobody else has it open.
func OpenConn(ctx context.Context, path string) (*Conn, error) {
	c, err := connect(ctx, path, "rw", pragmas)
	if err != nil {
		return nil, err
	}
	var mode string
	if err := c.Tx(ctx).QueryRow([]any{&mode}, `PRAGMA journal_mode`); err != nil || mode != "wal" {
		return nil, errors.Join(fmt.Errorf("write-ahead log: mode is %q", mode), err, c.Close())
	}
	return c, nil
}

// openReader opens a connection that only reads.
func openReader(ctx context.Context, path string) (*Conn, error) {
	return connect(ctx, path, "rw", readPragmas)
}

// openReadOnly opens a connection that could not write, whatever it is told.
func openReadOnly(ctx context.Context, path string) (*Conn, error) {
	return connect(ctx, path, "ro", []string{"busy_timeout(10000)", "query_only(1)"})
}

func connect(ctx context.Context, path, mode string, pragmas []string) (*Conn, error) {
	c, err := engine.OpenConn(fileURI(path, mode).String(), engine.OpenReadWrite|engine.OpenURI)
	if err != nil {
		return nil, Translate(err)
	}
	conn := &Conn{c: c, stmts: map[string]*engine.Stmt{}}
	for _, p := range pragmas {
		if err := conn.Tx(ctx).ExecAll("PRAGMA " + p); err != nil {
			return nil, errors.Join(Translate(err), conn.Close())
		}
	}
	return conn, nil
}

// Close closes the connection; what of a transaction it has not committed is undone.
func (c *Conn) Close() error {
	c.CloseStatements()
	return c.c.Close()
}

// interruptAtEndOf has what runs from now on interrupted when a context ends. It is cheap
// where the context is that of the statement before.
func (c *Conn) interruptAtEndOf(ctx context.Context) {
	if done := ctx.Done(); done != c.done {
		c.c.SetInterrupt(done)
		c.done = done
	}
}

// maxStatements bounds the statements kept prepared on a connection; the
// filters make a few dozen variants.
const maxStatements = 512

// take returns a prepared statement, which giveBack keeps for the next who runs the same.
// The engine's own Prepare also keeps statements, but without a bound, and it sets all
// values to NULL before each use, after which SQLite plans anew any statement whose plan
// depends on a value.
func (c *Conn) take(query string) (*engine.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		delete(c.stmts, query)
		return s, nil
	}
	s, rest, err := c.c.PrepareTransient(query)
	if err == nil && rest > 0 {
		err = errors.Join(errors.New("more than one statement"), s.Finalize())
	}
	if err != nil && Code(err) == "" { // not of the disk, but of the statement
		err = fmt.Errorf("%w in %s", err, query)
	}
	return s, err
}

func (c *Conn) giveBack(query string, s *engine.Stmt) {
	_ = s.Reset()              // an error is that of its last Step
	if c.stmts[query] != nil { // it was run while it was being read
		_ = s.Finalize()
		return
	}
	if len(c.stmts) >= maxStatements {
		c.CloseStatements()
	}
	c.stmts[query] = s
}

// Statements lists the text of what is prepared on the connection.
func (c *Conn) Statements() []string { return slices.Collect(maps.Keys(c.stmts)) }

// CloseStatements closes what is prepared; it is prepared again when it is needed.
func (c *Conn) CloseStatements() {
	for _, s := range c.stmts {
		_ = s.Finalize()
	}
	clear(c.stmts)
}
