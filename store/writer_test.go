package store

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestACommitWaitsForThoseWhoSharedTheLastButNotLong(t *testing.T) {
	for name, test := range map[string]struct {
		expected, waiting, late int // of which the late come half of gatherTime after
		want                    int
		within                  time.Duration
	}{
		"alone":             {expected: 1, want: 1},
		"all are there":     {expected: 3, waiting: 2, want: 3},
		"more than thought": {expected: 2, waiting: 4, want: 5},
		"one is on its way": {expected: 3, waiting: 1, late: 1, want: 3, within: gatherTime / 2},
		"nobody comes":      {expected: 3, waiting: 1, want: 2, within: gatherTime},
		"no more than fit":  {expected: 2 * maxBatch, waiting: 2 * maxBatch, want: maxBatch},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &writer{queue: make(chan *job, maxQueue), expected: test.expected}
				for range test.waiting {
					w.queue <- &job{}
				}
				for range test.late {
					time.AfterFunc(gatherTime/2, func() { w.queue <- &job{} })
				}
				began := time.Now()
				if got := len(w.batch(&job{})); got != test.want {
					t.Errorf("%d share the commit, want %d", got, test.want)
				}
				if took := time.Since(began); took != test.within {
					t.Errorf("it waited %s, want %s", took, test.within)
				}
			})
		})
	}
}
