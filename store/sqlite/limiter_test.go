package sqlite

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"glow/schema"
)

func TestAcquireWaitsForASlotButNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closing := make(chan struct{})
		l := (&DB{closing: closing}).NewLimiter(2)
		release, err := l.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Acquire(ctx); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_, err = l.Acquire(ctx)
		if refused(t, err, schema.CodeUnavailable); time.Since(started) != limiterWait {
			t.Errorf("refused after %s", time.Since(started))
		}
		go func() { time.Sleep(limiterWait / 2); release() }()
		if _, err := l.Acquire(ctx); err != nil {
			t.Errorf("a slot that is given back: %v", err)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := l.Acquire(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that has gone: %v", err)
		}
		go func() { time.Sleep(time.Second); close(closing) }()
		_, err = l.Acquire(ctx)
		refused(t, err, schema.CodeUnavailable)
	})
}
