package store

import (
	"context"
	"database/sql"
	"errors"
)

// readers is a pool of connections that only read. Each reads from a snapshot,
// so that writers never wait for it nor it for them.
type readers struct {
	db   *sql.DB
	free chan *conn
}

// maxReaders is how many questions are answered at once; more wait.
const maxReaders = 4

func openReaders(ctx context.Context, path string) (*readers, error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", readPragmas))
	if err != nil {
		return nil, err
	}
	r := &readers{db: db, free: make(chan *conn, maxReaders)}
	for range maxReaders {
		r.free <- nil // opened on first use
	}
	return r, nil
}

func (r *readers) close() error {
	var errs []error
	for range maxReaders {
		if c := <-r.free; c != nil {
			errs = append(errs, c.release())
		}
	}
	return errors.Join(append(errs, r.db.Close())...)
}

// read runs fn in one read transaction: all it sees is of one moment.
// Summaries may be behind the records in it: see readFresh.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.withReader(ctx, func(c *conn) error { return s.readOn(ctx, c, fn) })
}

// withReader runs fn with a connection of the pool.
func (s *Store) withReader(ctx context.Context, fn func(*conn) error) (err error) {
	var c *conn
	select {
	case c = <-s.readers.free:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.readers.free <- c }()
	if c == nil {
		if c, err = connOf(ctx, s.readers.db); err != nil {
			return err
		}
	}
	return fn(c)
}

// readOn begins and ends the transaction whether or not the caller is still
// there: only what fn asks may be broken off. A connection must never go back
// inside a transaction.
func (s *Store) readOn(ctx context.Context, c *conn, fn func(*tx) error) error {
	t := &tx{ctx: context.WithoutCancel(ctx), c: c, now: s.instant()}
	if err := t.Exec(`BEGIN`); err != nil {
		return storageError(err)
	}
	t.ctx = ctx
	return s.endRead(ctx, t, fn)
}

// endRead runs fn in a transaction that has begun, and ends it.
func (s *Store) endRead(ctx context.Context, t *tx, fn func(*tx) error) (err error) {
	defer func() {
		t.ctx = context.WithoutCancel(ctx)
		if end := t.Exec(`ROLLBACK`); end != nil && err == nil {
			err = storageError(end)
		}
	}()
	return storageError(fn(t))
}
