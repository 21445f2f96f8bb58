package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"

	"glow/schema"
)

// minFree is how much room on the disk a store needs to be ready.
const minFree = 1 << 20

// Ready reports why the database cannot answer or write, or nil. It writes nothing
// and waits for no writer: it runs ask in a read transaction, looks how much room the
// disk has, and remembers how the latest write ended.
func (d *DB) Ready(ctx context.Context, ask func(*Tx) error) error {
	select {
	case <-d.closing:
		return ErrClosed
	default:
	}
	if err := d.Read(ctx, ask); err != nil {
		return Translate(err)
	}
	if free := diskFree(d.o.Path); free != nil && *free < minFree {
		return schema.Errorf(schema.CodeNoSpace, "the disk of the database is full")
	}
	return d.writer.lastWrite.failure()
}

// failureHolds is how long a write that failed says that the next one would, too.
// After that somebody has to try.
const failureHolds = 10 * time.Second

// lastWrite is how the latest write ended, as far as that is the disk's fault.
type lastWrite struct {
	mu     sync.Mutex
	failed error // nil: it did not
	at     time.Time
}

// note notes how a commit, and the writes that shared it, ended.
func (l *lastWrite) note(errs ...error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed, l.at = nil, time.Now()
	for _, err := range errs {
		if Code(err) != "" {
			l.failed = err
		}
	}
}

// failure returns the error of the latest write, unless that is long ago.
func (l *lastWrite) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil || time.Since(l.at) > failureHolds {
		return nil
	}
	return fmt.Errorf("the latest write failed: %w", Translate(l.failed))
}
