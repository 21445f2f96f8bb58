package store

import (
	"context"
	"sync"
	"time"

	"glow/store/sqlite"
)

// Every number of an answer comes from one state: the records and the summaries of
// the snapshot that it is read from say the same. A read that would meet stale
// summaries therefore waits for a refresh, and its snapshot begins right after that
// and before the next write. Reads that wait share one refresh.

// refreshAwaited are the reads that wait for the next refresh.
type refreshAwaited struct {
	mu      sync.Mutex
	waiting []*awaitingRead
	wake    chan struct{} // asks refreshLoop not to wait for its time
}

// awaitingRead is a read that waits. Its transaction is begun by whoever refreshes.
type awaitingRead struct {
	begin func() error
	done  chan error
}

const (
	recheckDelay = 20 * time.Millisecond // an import brings the summaries up to date before it holds up all others
	maxReadWait  = 2 * time.Second       // where no refresh comes about (the disk is full), reads go on
)

// readFresh runs fn in one read transaction in which nothing is stale.
func (s *Store) readFresh(ctx context.Context, fn func(*tx) error) error {
	return s.db.WithReader(ctx, func(c *sqlite.Conn) error { return s.readFreshOn(ctx, c, fn) })
}

// readFreshOn is readFresh on a connection of the caller's.
func (s *Store) readFreshOn(ctx context.Context, c *sqlite.Conn, fn func(*tx) error) error {
	for began := time.Now(); ; {
		stale := false
		err := s.db.ReadOn(ctx, c, s.step(func(t *tx) (err error) {
			if stale, err = t.stale(); err != nil || stale && time.Since(began) < maxReadWait {
				return err
			}
			stale = false
			return fn(t)
		}))
		if err != nil || !stale {
			return err
		}
		t, err := s.awaitRefresh(ctx, c)
		if err != nil {
			return err
		}
		if t != nil {
			return t.EndRead(s.step(fn))
		}
	}
}

// awaitRefresh begins a read transaction right after a refresh. It returns nil where it
// has not: then there may be nothing stale any more.
func (s *Store) awaitRefresh(ctx context.Context, c *sqlite.Conn) (begun *sqlite.Tx, err error) {
	w := &awaitingRead{done: make(chan error, 1), begin: func() (err error) {
		begun, err = s.beginSnapshot(ctx, c)
		return err
	}}
	s.awaited.add(w)
	select {
	case err := <-w.done:
		return begun, sqlite.Translate(err)
	case <-time.After(recheckDelay):
	case <-ctx.Done():
	case <-s.db.Closing():
	}
	if !s.awaited.withdraw(w) { // its turn has just come
		err := <-w.done
		return begun, sqlite.Translate(err)
	}
	select {
	case <-s.db.Closing():
		return nil, sqlite.ErrClosed
	default:
		return nil, ctx.Err()
	}
}

// beginSnapshot begins a read transaction that sees the file as it is now: SQLite takes
// its snapshot at the first question, not at BEGIN. The caller may be gone already.
func (s *Store) beginSnapshot(ctx context.Context, c *sqlite.Conn) (*sqlite.Tx, error) {
	t, err := s.db.BeginRead(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, err
	}
	if _, err := s.in(t).stale(); err != nil {
		_ = t.Exec(`ROLLBACK`) // fails where SQLite has rolled back by itself
		return nil, err
	}
	t.SetContext(ctx)
	return t, nil
}

func (a *refreshAwaited) add(w *awaitingRead) {
	a.mu.Lock()
	a.waiting = append(a.waiting, w)
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// withdraw takes a read off the list. It reports whether it was still there.
func (a *refreshAwaited) withdraw(w *awaitingRead) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.waiting {
		if a.waiting[i] == w {
			a.waiting = append(a.waiting[:i], a.waiting[i+1:]...)
			return true
		}
	}
	return false
}

func (a *refreshAwaited) take() []*awaitingRead {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.waiting
	a.waiting = nil
	return list
}

// refreshForReads refreshes what is stale and begins the reads that wait for it,
// before anybody can write again. It reports whether anything was stale.
func (s *Store) refreshForReads() (stale bool, err error) {
	err = s.db.Exclusive(func(c *sqlite.Conn) error {
		started := time.Now()
		t := s.tx(context.Background(), c)
		if stale, err = t.stale(); err == nil && stale {
			if err = t.transact(refreshStale); err == nil {
				s.watch.refreshed(time.Since(started))
			}
		}
		if err != nil {
			return err // who waits asks again, and in the end goes on without
		}
		for _, w := range s.awaited.take() {
			w.done <- w.begin()
		}
		return nil
	})
	return stale, err
}
