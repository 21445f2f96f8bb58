package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	engine "zombiezen.com/go/sqlite"
)

// Tx is one transaction: a connection between BEGIN and COMMIT, and the one "now"
// that everything in it agrees on.
type Tx struct {
	Now   time.Time
	ctx   context.Context
	c     *Conn
	onEnd []func()
}

// Tx returns what runs statements on a connection. Those that begin and end
// transactions are up to the caller, or to Transact.
func (c *Conn) Tx(ctx context.Context) *Tx { return &Tx{Now: time.Now(), ctx: ctx, c: c} }

// Tx is as Conn.Tx, with the database's clock.
func (d *DB) Tx(ctx context.Context, c *Conn) *Tx { return &Tx{Now: d.o.Now(), ctx: ctx, c: c} }

// Context is that of the statements; SetContext changes it for those that follow. One that
// ends while a query is being read interrupts that query, too.
func (t *Tx) Context() context.Context { return t.ctx }

func (t *Tx) SetContext(ctx context.Context) { t.ctx = ctx }

// OnEnd has fn called when the transaction has ended, committed or not, and before
// its caller is told.
func (t *Tx) OnEnd(fn func()) { t.onEnd = append(t.onEnd, fn) }

func (t *Tx) ended() {
	for _, fn := range t.onEnd {
		fn()
	}
	t.onEnd = nil
}

// Transact runs fn in a transaction. fn's error, or panic, rolls all of it back; the
// panic comes back as an error.
func (t *Tx) Transact(fn func(*Tx) error) (err error) {
	if err := t.Exec(`BEGIN IMMEDIATE`); err != nil {
		return Translate(err)
	}
	committed := false
	defer func() {
		if !committed {
			t.ctx = context.WithoutCancel(t.ctx)
			_ = t.Exec(`ROLLBACK`) // fails where SQLite has rolled back by itself
		}
		t.ended()
	}()
	if err = guarded(t, fn); err == nil {
		err = t.Exec(`COMMIT`)
	}
	committed = err == nil
	return Translate(err)
}

// savepoint runs fn and undoes what it did when it fails. broken is an error of
// the transaction as a whole.
func (t *Tx) savepoint(fn func(*Tx) error) (failed, broken error) {
	if err := t.Exec(`SAVEPOINT job`); err != nil {
		return nil, err
	}
	if failed = guarded(t, fn); failed != nil {
		if err := t.Exec(`ROLLBACK TO job`); err != nil {
			if Code(failed) != "" { // of the disk: SQLite has rolled back all there was by itself
				return failed, failed
			}
			return failed, fmt.Errorf("%w (after %w)", err, failed)
		}
	}
	return failed, t.Exec(`RELEASE job`)
}

// panicked is a panic inside a write, which fails that write alone.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic in a write: %v\n%s", p.value, p.stack) }

// guarded runs fn and turns its panic into an error: others share the goroutine
// and the transaction.
func guarded(t *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return fn(t)
}

func (t *Tx) Exec(query string, args ...any) error {
	_, err := t.ExecCount(query, args...)
	return err
}

// ExecCount runs a statement and returns how many rows it changed.
func (t *Tx) ExecCount(query string, args ...any) (int64, error) {
	err := t.Rows(func(Row) error { return nil }, query, args...)
	return int64(t.c.c.Changes()), err
}

// Rows calls fn for every row.
func (t *Tx) Rows(fn func(Row) error, query string, args ...any) error {
	s, err := t.start(query, args)
	if err != nil {
		return err
	}
	defer t.c.giveBack(query, s)
	for {
		found, err := t.step(s)
		if err != nil || !found {
			return err
		}
		if err := fn(Row{s}); err != nil {
			return err
		}
	}
}

// start returns a statement with its values; giveBack must follow.
func (t *Tx) start(query string, args []any) (*engine.Stmt, error) {
	t.c.interruptAtEndOf(t.ctx)
	s, err := t.c.take(query)
	if err != nil {
		return nil, t.failure(err)
	}
	if err := bind(s, args); err != nil {
		t.c.giveBack(query, s)
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	return s, nil
}

// step goes on to the next row. What ran since the last one may have had another context.
func (t *Tx) step(s *engine.Stmt) (found bool, err error) {
	t.c.interruptAtEndOf(t.ctx)
	found, err = s.Step()
	return found, t.failure(err)
}

// failure is the error of a statement: of its context, if that has interrupted it.
func (t *Tx) failure(err error) error {
	if engine.ErrCode(err) == engine.ResultInterrupt && t.ctx.Err() != nil {
		return t.ctx.Err()
	}
	return err
}

// QueryRow reads the first row into dest; sql.ErrNoRows when there is none.
func (t *Tx) QueryRow(dest []any, query string, args ...any) error {
	s, err := t.start(query, args)
	if err != nil {
		return err
	}
	defer t.c.giveBack(query, s)
	found, err := t.step(s)
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	if err != nil {
		return err
	}
	return Row{s}.Scan(dest...)
}

// QueryCount reads one number.
func (t *Tx) QueryCount(query string, args ...any) (n int64, err error) {
	return n, t.QueryRow([]any{&n}, query, args...)
}

// Query calls fn for every row, with what reads its columns.
func (t *Tx) Query(fn func(scan func(dest ...any) error) error, query string, args ...any) error {
	var row Row
	scan := func(dest ...any) error { return row.Scan(dest...) } // one for all rows
	return t.Rows(func(r Row) error { row = r; return fn(scan) }, query, args...)
}

// Numbers calls fn for every row of expressions that are whole numbers and never
// NULL; from is all that follows FROM. The slice is reused.
func (t *Tx) Numbers(expressions []string, fn func(row []int64), from string, args ...any) error {
	row := make([]int64, len(expressions))
	return t.Rows(func(r Row) error {
		for i := range row {
			row[i] = r.Int(i)
		}
		fn(row)
		return nil
	}, `SELECT `+strings.Join(expressions, ", ")+` FROM `+from, args...)
}

// ExecAll executes statements that are not worth keeping prepared.
func (t *Tx) ExecAll(statements ...string) error {
	for _, q := range statements {
		if err := t.execOnce(q); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) execOnce(query string) (err error) {
	s, err := t.start(query, nil)
	if err != nil {
		return err
	}
	defer s.Finalize()
	for found := true; found && err == nil; {
		found, err = t.step(s)
	}
	if err != nil {
		return fmt.Errorf("%w in %s", err, query)
	}
	return nil
}
