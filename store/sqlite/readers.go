package sqlite

import (
	"context"
	"errors"
)

// readers is a pool of connections that only read. Each reads from a snapshot,
// so that writers never wait for it nor it for them.
type readers struct {
	free chan *Conn
}

// MaxReaders is how many questions are answered at once; more wait.
const MaxReaders = 4

func newReaders() *readers {
	r := &readers{free: make(chan *Conn, MaxReaders)}
	for range MaxReaders {
		r.free <- nil // opened on first use
	}
	return r
}

func (r *readers) close() error {
	var errs []error
	for range MaxReaders {
		if c := <-r.free; c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Read runs fn in one read transaction: all it sees is of one moment.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return d.WithReader(ctx, func(c *Conn) error { return d.ReadOn(ctx, c, fn) })
}

// WithReader runs fn with a connection of the pool.
func (d *DB) WithReader(ctx context.Context, fn func(*Conn) error) (err error) {
	var c *Conn
	select {
	case c = <-d.readers.free:
	case <-d.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { d.readers.free <- c }()
	if c == nil {
		if c, err = openReader(ctx, d.o.Path); err != nil {
			return err
		}
	}
	return fn(c)
}

// OpenReader opens a connection beside the pool, for a read that lasts long. The caller
// closes it.
func (d *DB) OpenReader(ctx context.Context) (*Conn, error) { return openReader(ctx, d.o.Path) }

// ReadOn is Read on a connection of the caller's.
func (d *DB) ReadOn(ctx context.Context, c *Conn, fn func(*Tx) error) error {
	t, err := d.BeginRead(ctx, c)
	if err != nil {
		return Translate(err)
	}
	return t.EndRead(fn)
}

// BeginRead begins a read transaction, which EndRead must end. A caller that goes away
// interrupts only what it asks, never BEGIN or ROLLBACK: a connection must not go
// back to the pool inside a transaction.
func (d *DB) BeginRead(ctx context.Context, c *Conn) (*Tx, error) {
	t := d.Tx(context.WithoutCancel(ctx), c)
	if err := t.Exec(`BEGIN`); err != nil {
		return nil, err
	}
	t.ctx = ctx
	return t, nil
}

// EndRead runs fn in the transaction and ends it.
func (t *Tx) EndRead(fn func(*Tx) error) (err error) {
	defer func() {
		t.ctx = context.WithoutCancel(t.ctx)
		if end := t.Exec(`ROLLBACK`); end != nil && err == nil {
			err = Translate(end)
		}
	}()
	return Translate(fn(t))
}
