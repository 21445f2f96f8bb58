package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"glow/schema"
)

// writer commits small writes. Those that wait while one commit is on its way
// to the disk share the next (group commit): each runs inside its own
// savepoint, so that one that fails takes nothing of the others with it, and
// each is answered only after the commit that holds it.
type writer struct {
	c     *conn
	now   func() schema.Instant
	queue chan *job
	quit  sync.WaitGroup

	// turn is held from BEGIN to COMMIT by whoever writes, this or an import.
	turn sync.Mutex
}

type job struct {
	fn   func(*tx) error
	done chan error
}

const (
	maxBatch     = 256       // writes that share one commit
	maxQueue     = 4096      // writes that wait; more are told to come again
	writeTimeout = time.Hour // for one batch; rebuilding the summaries of a large file takes minutes
)

func newWriter(c *conn, now func() schema.Instant) *writer {
	w := &writer{c: c, now: now, queue: make(chan *job, maxQueue)}
	w.quit.Go(w.loop)
	return w
}

// close finishes what waits. No write may be asked for during or after it.
func (w *writer) close() {
	close(w.queue)
	w.quit.Wait()
}

func (w *writer) loop() {
	for first := range w.queue {
		batch := append(make([]*job, 0, maxBatch), first)
		for more := true; more && len(batch) < maxBatch; {
			select {
			case j, open := <-w.queue:
				if more = open; open {
					batch = append(batch, j)
				}
			default:
				more = false
			}
		}
		w.commit(batch)
	}
}

func (w *writer) commit(batch []*job) {
	w.turn.Lock()
	defer w.turn.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	t := &tx{ctx: ctx, c: w.c, now: w.now()}
	errs := make([]error, len(batch))
	err := t.exec(`BEGIN IMMEDIATE`)
	for i := 0; i < len(batch) && err == nil; i++ {
		errs[i], err = t.savepoint(batch[i].fn)
	}
	if err == nil {
		err = t.exec(`COMMIT`)
	}
	if err != nil {
		// After some errors SQLite has rolled back by itself, and this fails.
		t.ctx = context.Background()
		_ = t.exec(`ROLLBACK`)
	}
	for i, j := range batch {
		if errs[i] == nil {
			errs[i] = err
		}
		j.done <- storageError(errs[i])
	}
}

// savepoint runs fn and undoes what it did when it fails. broken is an error of
// the transaction as a whole.
func (t *tx) savepoint(fn func(*tx) error) (failed, broken error) {
	if err := t.exec(`SAVEPOINT job`); err != nil {
		return nil, err
	}
	if failed = fn(t); failed != nil {
		if err := t.exec(`ROLLBACK TO job`); err != nil {
			return failed, fmt.Errorf("%w (after %w)", err, failed)
		}
	}
	return failed, t.exec(`RELEASE job`)
}

// write runs fn in a transaction that is on the disk when write returns nil.
// A caller that goes away does not stop it: the write is then done or not done,
// and only the caller does not know.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, done: make(chan error, 1)}
	select {
	case s.writer.queue <- j:
	default:
		return schema.Errorf(schema.CodeUnavailable, "too many writes are waiting; try again")
	}
	return <-j.done
}

// writeOn runs fn in a transaction of its own on another connection, taking
// its turn with the small writes. fn's error rolls all of it back.
func (s *Store) writeOn(ctx context.Context, c *conn, fn func(*tx) error) error {
	s.writer.turn.Lock()
	defer s.writer.turn.Unlock()
	t := &tx{ctx: context.WithoutCancel(ctx), c: c, now: s.instant()}
	if err := t.exec(`BEGIN IMMEDIATE`); err != nil {
		return storageError(err)
	}
	err := fn(t)
	if err == nil {
		if err = t.exec(`COMMIT`); err == nil {
			return nil
		}
	}
	_ = t.exec(`ROLLBACK`) // fails where SQLite has rolled back by itself
	return storageError(err)
}
