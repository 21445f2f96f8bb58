package store

import (
	"sync"
	"time"

	"glow/store/sqlite"
)

// Buckets are the upper ends of a Histogram, in seconds.
var Buckets = sqlite.Buckets

// Histogram counts how long something took.
type Histogram = sqlite.Histogram

// Stats are what an operator watches.
type Stats struct {
	sqlite.Stats
	Refreshes  Histogram     // of the summaries, of whatever size
	RefreshLag time.Duration // since the oldest write that the summaries do not show yet; 0: they show all
}

// watch collects Stats of the summaries.
type watch struct {
	mu        sync.Mutex
	refreshes Histogram
	behind    time.Time // no later than the oldest write that waits for its refresh; zero: none does
	latest    time.Time // of the latest write
}

// fellBehind notes that something was committed that the summaries do not show.
func (w *watch) fellBehind(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.behind.IsZero() {
		w.behind = at
	}
	w.latest = at
}

func (w *watch) refreshed(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refreshes.Observe(took)
}

// caughtUp notes that the summaries show all that was committed before a time. Of
// what came after it, nobody knows which is the oldest: it may be of that time.
func (w *watch) caughtUp(until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.latest.Before(until):
		w.behind = time.Time{}
	case w.behind.Before(until):
		w.behind = until
	}
}

// lag is the age of the oldest write that waits for its refresh.
func (w *watch) lag() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.behind.IsZero() {
		return 0
	}
	return time.Since(w.behind)
}

// Stats returns what was watched since Open, and the sizes as they are.
func (s *Store) Stats() Stats {
	stats := Stats{Stats: s.db.Stats(), RefreshLag: s.watch.lag()}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	stats.Refreshes = s.watch.refreshes
	return stats
}
