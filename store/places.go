package store

import (
	"context"
	"time"

	"glow/schema"
)

// places bounds how many calls that may last run at once: one that trickles must
// not take all there is, nor keep the next waiting for ever.
type places chan struct{}

// placeWait is how long a call waits for a place.
const placeWait = 10 * time.Second

var errClosed = schema.Errorf(schema.CodeUnavailable, "the database is being closed; try again")

// take waits for a place, which leave gives back.
func (s *Store) take(ctx context.Context, p places) (leave func(), err error) {
	patience := time.NewTimer(placeWait)
	defer patience.Stop()
	select {
	case <-s.closing: // before anything that is ready, too
		return nil, errClosed
	default:
	}
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-s.closing:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many imports or exports are under way; try again in a few seconds")
	}
}

// fill waits until nobody is left in a place and lets nobody in again.
func (p places) fill() {
	for range cap(p) {
		p <- struct{}{}
	}
}
