package server

import (
	"context"
	"time"

	"glow/schema"
)

// semaphore bounds how many are served at once; those who come then wait in line.
type semaphore chan struct{}

// acquire waits for a place, which release gives back.
func (s semaphore) acquire(ctx context.Context, most time.Duration) (release func(), err error) {
	release = func() { <-s }
	select {
	case s <- struct{}{}:
		return release, nil
	default:
	}
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case s <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many requests are being answered; try again in a few seconds")
	}
}
