package store

import (
	"sync/atomic"
	"time"

	"glow/schema"
)

// The clock may be set back. What is ordered follows the order in which it was
// written or the times of the records, never this clock; and what has run out once
// stays so, by the latest time that the clock has shown.

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.o.Now() }

// instant is what the clock shows.
func (s *Store) instant() schema.Instant { return schema.InstantOf(s.o.Now()) }

// latest is the latest time that a clock has shown when it was asked. A clock that
// was ahead for a while and is set right is believed again after the next start.
type latest struct{ at atomic.Int64 }

// latestTime returns the latest time that the clock has shown so far.
func (s *Store) latestTime() schema.Instant {
	now := int64(s.instant())
	for {
		before := s.latest.at.Load()
		if before >= now {
			return schema.Instant(before)
		}
		if s.latest.at.CompareAndSwap(before, now) {
			return schema.Instant(now)
		}
	}
}
