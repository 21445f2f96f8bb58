package server

import (
	"context"
	"sync"
	"time"

	"glow/schema"
)

// turns are the places of those who are served at once.
type turns struct {
	places chan struct{}

	mu      sync.Mutex
	waiting int              // for a place
	uploads map[*steady]bool // that are still read, in a place
}

func newTurns(places int) *turns {
	return &turns{places: make(chan struct{}, places), uploads: map[*steady]bool{}}
}

func (t *turns) enter(b *steady) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uploads[b] = true
	t.balance()
}

// leave takes an upload off those that are still read. The place of one that gave
// way is about to be that of somebody who waits, for whom no other need make haste.
func (t *turns) leave(b *steady) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.uploads, b)
	if !b.hasGivenWay() {
		t.balance()
	}
}

// waits counts those who wait for a place.
func (t *turns) waits(more int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting += more
	t.balance()
}

// balance has as many uploads make haste as others wait, those that are waited for
// longest, and no more.
func (t *turns) balance() {
	need := t.waiting
	for b := range t.uploads {
		if b.hurries() {
			need--
		}
	}
	for ; need > 0; need-- {
		var slowest *steady
		var most time.Duration
		for b := range t.uploads {
			if waits, idle := b.waits(); idle && waits >= most {
				slowest, most = b, waits
			}
		}
		if slowest == nil {
			return
		}
		slowest.hurry()
	}
	for b := range t.uploads {
		if need < 0 && b.hurries() {
			b.takeTime()
			need++
		}
	}
}

// rebalance follows an upload that has kept up.
func (t *turns) rebalance() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.balance()
}

// take waits for a place, which done gives back.
func (t *turns) take(ctx context.Context, most time.Duration) (done func(), err error) {
	leave := func() { <-t.places }
	select {
	case t.places <- struct{}{}:
		return leave, nil
	default:
	}
	t.waits(1)
	defer t.waits(-1)
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
