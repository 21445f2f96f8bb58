package server

import (
	"context"
	"time"

	"glow/schema"
)

// soonTime is how long a page waits for what is to be written down about it. An import
// may keep the writer for longer than somebody likes to look at an empty page.
const soonTime = time.Second

// auditSoon puts an entry on the audit list, as soon does. unlisted is called once
// where the entry cannot be written, now or later.
func (s *Server) auditSoon(ctx context.Context, caller schema.Caller, action string, detail map[string]any, unlisted func()) error {
	return s.soon(func() error {
		err := s.store.AuditEnd(context.WithoutCancel(ctx), caller, action, detail)
		if err != nil {
			s.log.Warn("an entry of the audit list was not written", "action", action, "request_id", caller.RequestID, "error", err)
			unlisted()
		}
		return err
	})
}

// endEmulationSoon writes down that somebody no longer views as somebody else, as soon
// does.
func (s *Server) endEmulationSoon(ctx context.Context, caller schema.Caller, e schema.Emulation) error {
	return s.soon(func() error { return s.endEmulation(ctx, caller, e) })
}

func (s *Server) endEmulation(ctx context.Context, caller schema.Caller, e schema.Emulation) error {
	err := s.store.EndEmulation(context.WithoutCancel(ctx), caller, e)
	if err != nil {
		s.log.Warn("the end of an emulation was not written down", "error", err)
	}
	return err
}

// soon waits at most soonTime for a write, which is done nevertheless: where it takes
// longer, nil is returned.
func (s *Server) soon(write func() error) error {
	done := make(chan error, 1)
	go func() { done <- write() }()
	select {
	case err := <-done:
		return err
	case <-time.After(soonTime):
		return nil
	}
}
