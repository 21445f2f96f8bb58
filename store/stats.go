package store

import (
	"sync"
	"time"

	"glow/schema"
)

// Buckets are the upper ends of a Histogram, in seconds.
var Buckets = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60}

// Histogram counts how long something took. The zero value is ready.
type Histogram struct {
	Counts [len(Buckets)]int64 // each alone, not with those below it
	Count  int64
	Sum    time.Duration
}

// Observe adds one.
func (h *Histogram) Observe(took time.Duration) {
	h.Count++
	h.Sum += took
	for i, end := range Buckets {
		if took.Seconds() <= end {
			h.Counts[i]++
			return
		}
	}
}

// Stats are what an operator watches.
type Stats struct {
	Commits    Histogram     // of small writes, from BEGIN until they are on the disk
	Writes     int64         // small writes that shared those commits
	Waiting    int           // small writes that wait for a commit
	Refreshes  Histogram     // of the summaries, of whatever size
	RefreshLag time.Duration // since the oldest write that the summaries do not show yet; 0: they show all
	Size       schema.FileSize

	Backup         *schema.BackupFile // the newest of the schedule's; nil: there is none
	BackupFailures int64              // backups of the schedule that failed
}

// watch collects Stats.
type watch struct {
	mu        sync.Mutex
	commits   Histogram
	writes    int64
	refreshes Histogram
	unsaved   int64     // backups of the schedule that failed
	behind    time.Time // no later than the oldest write that waits for its refresh; zero: none does
	latest    time.Time // of the latest write
}

func (w *watch) committed(took time.Duration, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.commits.Observe(took)
	w.writes += int64(writes)
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

func (w *watch) backupFailed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsaved++
}

func (w *watch) backupFailures() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unsaved
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

// Stats returns what was watched since Open, and the sizes as they are.
func (s *Store) Stats() Stats {
	w := &s.watch
	// Before the lock, which every commit needs: a disk can stall.
	size, newest := s.sizeOnDisk(), s.newestBackup()
	w.mu.Lock()
	defer w.mu.Unlock()
	stats := Stats{
		Commits: w.commits, Writes: w.writes, Waiting: len(s.writer.queue), Refreshes: w.refreshes, Size: size,
		Backup: newest, BackupFailures: w.unsaved,
	}
	if !w.behind.IsZero() {
		stats.RefreshLag = time.Since(w.behind)
	}
	return stats
}
