package server

import (
	"context"
	"net/http"
	"sync"
	"time"

	"glow/schema"
)

// health says that the program runs.
func (s *Server) health(w *reply, _ *http.Request, _ schema.Caller) error {
	return w.json(http.StatusOK, schema.TypeJSON, schema.HealthResponse{Status: "ok"})
}

// readyz says that the database can be read and, as far as is known without writing,
// written.
func (s *Server) readyz(w *reply, r *http.Request, _ schema.Caller) error {
	if err := s.ready.ask(r.Context(), s.store.Ready); err != nil {
		return err
	}
	return w.json(http.StatusOK, schema.TypeJSON, schema.HealthResponse{Status: "ready"})
}

// readiness remembers for a moment whether the store can answer and write, so
// that asking often costs nothing.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	err   error
}

// readyFor is how long an answer about readiness holds.
const readyFor = time.Second

func (r *readiness) ask(ctx context.Context, ready func(context.Context) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); now.Sub(r.asked) > readyFor {
		// The answer is for others too: that this caller goes away says nothing.
		r.err = ready(context.WithoutCancel(ctx))
		r.asked = now
	}
	return r.err
}

func (s *Server) showOpenAPI(w *reply, _ *http.Request, _ schema.Caller) error {
	w.send(http.StatusOK, schema.TypeJSON, s.openAPI)
	return nil
}
