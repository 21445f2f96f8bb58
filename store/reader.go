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
func (s *Store) read(ctx context.Context, fn func(*tx) error) (err error) {
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
	return s.readOn(ctx, c, fn)
}

// readOn begins and ends the transaction whether or not the caller is still
// there: only what fn asks may be broken off. A connection must never go back
// inside a transaction.
func (s *Store) readOn(ctx context.Context, c *conn, fn func(*tx) error) (err error) {
	t := &tx{ctx: context.WithoutCancel(ctx), c: c, now: s.instant()}
	if err := t.exec(`BEGIN`); err != nil {
		return storageError(err)
	}
	defer func() {
		t.ctx = context.WithoutCancel(ctx)
		if end := t.exec(`ROLLBACK`); end != nil && err == nil {
			err = storageError(end)
		}
	}()
	t.ctx = ctx
	return storageError(fn(t))
}
