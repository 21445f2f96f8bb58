package store

import (
	"sync/atomic"
	"time"

	"glow/schema"
)

// The clock may be set back. So nothing is ordered by it, only by the order of writing or
// by the times of records; and what has expired stays expired, because expiry is checked
// against the latest time that the clock has shown.

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.o.Now() }

// instant is the current time.
func (s *Store) instant() schema.Instant { return schema.InstantOf(s.o.Now()) }

// latest is the latest time that the clock has shown since the start. A clock that was
// wrongly ahead and is corrected is trusted again after the next start.
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
