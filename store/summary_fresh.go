package store

import (
	"context"
	"sync"
	"time"
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
	return s.withReader(ctx, func(c *conn) error { return s.readFreshOn(ctx, c, fn) })
}

// readFreshOn is readFresh on a connection of the caller's.
func (s *Store) readFreshOn(ctx context.Context, c *conn, fn func(*tx) error) error {
	for began := time.Now(); ; {
		stale := false
		err := s.readOn(ctx, c, func(t *tx) (err error) {
			if stale, err = t.stale(); err != nil || stale && time.Since(began) < maxReadWait {
				return err
			}
			stale = false
			return fn(t)
		})
		if err != nil || !stale {
			return err
		}
		t := &tx{ctx: context.WithoutCancel(ctx), c: c}
		begun, err := s.awaitRefresh(ctx, t)
		if err != nil {
			return err
		}
		if begun {
			t.ctx, t.now = ctx, s.instant()
			return s.endRead(ctx, t, fn)
		}
	}
}

// awaitRefresh begins a read transaction right after a refresh. It reports whether
// it has; if not, there may be nothing stale any more.
func (s *Store) awaitRefresh(ctx context.Context, t *tx) (begun bool, err error) {
	w := &awaitingRead{done: make(chan error, 1), begin: func() error {
		if err := t.Exec(`BEGIN`); err != nil {
			return err
		}
		_, err := t.stale() // the snapshot is of the first question, not of BEGIN
		if err != nil {
			_ = t.Exec(`ROLLBACK`) // fails where SQLite has rolled back by itself
		}
		return err
	}}
	s.awaited.add(w)
	select {
	case err := <-w.done:
		return err == nil, storageError(err)
	case <-time.After(recheckDelay):
	case <-ctx.Done():
	case <-s.closing:
	}
	if !s.awaited.withdraw(w) { // its turn has just come
		err := <-w.done
		return err == nil, storageError(err)
	}
	select {
	case <-s.closing:
		return false, errClosed
	default:
		return false, ctx.Err()
	}
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
	s.writer.turn.Lock()
	defer s.writer.turn.Unlock()
	started := time.Now()
	t := &tx{ctx: context.Background(), c: s.live, now: s.instant()}
	if stale, err = t.stale(); err == nil && stale {
		if err = t.transact(refreshStale); err == nil {
			s.watch.refreshed(time.Since(started))
		}
	}
	if err != nil {
		return stale, err // who waits asks again, and in the end goes on without
	}
	for _, w := range s.awaited.take() {
		w.done <- w.begin()
	}
	return stale, nil
}
