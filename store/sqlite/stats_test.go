package sqlite

import (
	"testing"
	"time"
)

func TestHistogramCountsEachOnce(t *testing.T) {
	var h Histogram
	for _, took := range []time.Duration{0, time.Millisecond, 1100 * time.Microsecond, time.Minute, time.Hour} {
		h.Observe(took)
	}
	if h.Count != 5 || h.Sum != time.Hour+time.Minute+2100*time.Microsecond {
		t.Errorf("count %d, sum %s", h.Count, h.Sum)
	}
	if h.Counts[0] != 2 || h.Counts[1] != 1 || h.Counts[len(h.Counts)-1] != 1 {
		t.Errorf("counts %v", h.Counts)
	}
}
