package server

import (
	"context"
	"time"

	"glow/schema"
)

// turns are the places of those who are served at once.
type turns chan struct{}

// take waits for a place, which done gives back.
func (t turns) take(ctx context.Context, most time.Duration) (done func(), err error) {
	leave := func() { <-t }
	select {
	case t <- struct{}{}:
		return leave, nil
	default:
	}
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case t <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many requests are being answered; try again in a few seconds")
	}
}
