package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"glow/schema"
)

// minFree is how much room on the disk a store needs to be ready.
const minFree = 1 << 20

// Ready reports why the store cannot answer or write, or nil. It writes nothing and
// waits for no writer: it asks a question, looks how much room the disk has, and
// knows how the latest write ended.
func (s *Store) Ready(ctx context.Context) error {
	select {
	case <-s.closing:
		return errClosed
	default:
	}
	if err := s.read(ctx, func(t *tx) error { _, err := t.peopleVersion(); return err }); err != nil {
		return storageError(err)
	}
	if free := diskFree(s.o.Path); free != nil && *free < minFree {
		return schema.Errorf(schema.CodeNoSpace, "the disk of the database is full")
	}
	return s.writer.outcome.failure()
}

// failureHolds is how long a write that failed says that the next one would, too.
// After that somebody has to try.
const failureHolds = 10 * time.Second

// outcome is how the latest write ended, as far as that is the disk's fault.
type outcome struct {
	mu     sync.Mutex
	failed error // nil: it did not
	at     time.Time
}

// note notes how a commit, and the writes that shared it, ended.
func (o *outcome) note(errs ...error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed, o.at = nil, time.Now()
	for _, err := range errs {
		if storageCode(err) != "" {
			o.failed = err
		}
	}
}

// failure returns the error of the latest write, unless that is long ago.
func (o *outcome) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed == nil || time.Since(o.at) > failureHolds {
		return nil
	}
	return fmt.Errorf("the latest write failed: %w", storageError(o.failed))
}
