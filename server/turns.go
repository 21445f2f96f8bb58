package server

import (
	"context"
	"sync/atomic"
	"time"

	"glow/schema"
)

// turns are the places of those who are served at once.
type turns struct {
	places  chan struct{}
	waiting atomic.Int32
}

func newTurns(places int) *turns { return &turns{places: make(chan struct{}, places)} }

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
