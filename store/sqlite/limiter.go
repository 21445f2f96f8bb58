package sqlite

import (
	"context"
	"time"

	"glow/schema"
)

// Limiter bounds how many long calls run at once: a slow one must not take every
// connection, nor keep the next waiting for ever.
type Limiter struct {
	slots   chan struct{}
	closing <-chan struct{}
}

// limiterWait is how long a call waits for a slot.
const limiterWait = 10 * time.Second

// ErrClosed refuses a call that comes after Close.
var ErrClosed = schema.Errorf(schema.CodeUnavailable, "the database is being closed; try again")

// NewLimiter returns a limiter of n slots. Close waits until all are free. Call it
// before the database is shared between goroutines.
func (d *DB) NewLimiter(n int) *Limiter {
	l := &Limiter{slots: make(chan struct{}, n), closing: d.closing}
	d.limiters = append(d.limiters, l)
	return l
}

// Acquire waits for a slot, which release gives back. After ten seconds it gives up
// with CodeUnavailable.
func (l *Limiter) Acquire(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(limiterWait)
	defer timeout.Stop()
	select {
	case <-l.closing: // also when a slot is free
		return nil, ErrClosed
	default:
	}
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-l.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timeout.C:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many imports or exports are under way; try again in a few seconds")
	}
}

// drain waits until all slots are free and takes them for good.
func (l *Limiter) drain() {
	for range cap(l.slots) {
		l.slots <- struct{}{}
	}
}
