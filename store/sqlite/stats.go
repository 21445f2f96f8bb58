package sqlite

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

// Stats are what an operator watches of the file.
type Stats struct {
	Commits Histogram // of small writes, from BEGIN until they are on the disk
	Writes  int64     // small writes that shared those commits
	Waiting int       // small writes that wait for a commit
	Size    schema.FileSize

	Backup         *schema.BackupFile // the newest of the schedule's; nil: there is none
	BackupFailures int64              // backups of the schedule that failed
}

// stats collects Stats.
type stats struct {
	mu       sync.Mutex
	commits  Histogram
	writes   int64
	failures int64 // backups of the schedule that failed
}

func (s *stats) committed(took time.Duration, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits.Observe(took)
	s.writes += int64(writes)
}

func (s *stats) backupFailed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
}

func (s *stats) backupFailures() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// Stats returns what was counted since Open, and the sizes as they are.
func (d *DB) Stats() Stats {
	// Before the lock, which every commit needs: a disk can stall.
	size, newest := d.Size(), d.newestBackup()
	d.stats.mu.Lock()
	defer d.stats.mu.Unlock()
	return Stats{
		Commits: d.stats.commits, Writes: d.stats.writes, Waiting: len(d.writer.queue), Size: size,
		Backup: newest, BackupFailures: d.stats.failures,
	}
}
