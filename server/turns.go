package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"glow/schema"
)

// turns are the places of those who are served at once.
type turns struct {
	places  chan struct{}
	waiting atomic.Int32

	mu      sync.Mutex
	uploads map[*steady]bool // that are read in a place
}

func newTurns(places int) *turns {
	return &turns{places: make(chan struct{}, places), uploads: map[*steady]bool{}}
}

func (t *turns) enter(b *steady) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uploads[b] = true
}

func (t *turns) leave(b *steady) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.uploads, b)
}

// hurry tells the upload that is waited for longest to make haste.
func (t *turns) hurry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var slowest *steady
	var most time.Duration
	for b := range t.uploads {
		if waits, idle := b.waits(); idle && waits >= most {
			slowest, most = b, waits
		}
	}
	if slowest != nil {
		slowest.hurry()
	}
}

// wanted tells whether somebody waits for a place.
func (t *turns) wanted() bool { return t.waiting.Load() > 0 }

// take waits for a place, which done gives back.
func (t *turns) take(ctx context.Context, most time.Duration) (done func(), err error) {
	leave := func() { <-t.places }
	select {
	case t.places <- struct{}{}:
		return leave, nil
	default:
	}
	t.waiting.Add(1)
	defer t.waiting.Add(-1)
	t.hurry()
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case t.places <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many requests are being answered; try again in a few seconds")
	}
}
