package server

import (
	"net/http"
	"runtime/debug"
	"testing"
)

func TestACrowdMakesTheCollectorFrugal(t *testing.T) {
	usual := debug.SetGCPercent(123)
	defer debug.SetGCPercent(usual)
	percent := func() int {
		now := debug.SetGCPercent(123)
		debug.SetGCPercent(now)
		return now
	}
	var c crowd
	for _, step := range []struct {
		state http.ConnState
		times int
		want  int
	}{
		{http.StateNew, crowdFrom - 1, 123}, {http.StateActive, 10, 123}, {http.StateIdle, 10, 123},
		{http.StateNew, 1, crowdPercent}, {http.StateClosed, crowdFrom / 2, crowdPercent}, {http.StateClosed, 1, 123},
	} {
		for range step.times {
			c.watch(nil, step.state)
		}
		if got := percent(); got != step.want {
			t.Errorf("with %d connections: %d, want %d", c.open, got, step.want)
		}
	}
}
