package server

import (
	"context"
	"time"

	"glow/schema"
)

// signInWait is how long a sign-in waits for its entry of the audit list. An import
// may keep the writer for longer than somebody likes to look at an empty page.
const signInWait = time.Second

// auditSoon puts an entry on the audit list. Where the writer is busy for longer than
// signInWait, the entry is written as soon as it is not, and nil is returned. unlisted
// is called once where the entry cannot be written, now or then.
func (s *Server) auditSoon(ctx context.Context, caller schema.Caller, action string, detail map[string]any, unlisted func()) error {
	written := make(chan error, 1)
	go func() {
		err := s.store.AuditEnd(context.WithoutCancel(ctx), caller, action, detail)
		if err != nil {
			s.log.Warn("an entry of the audit list was not written", "action", action, "request_id", caller.RequestID, "error", err)
			unlisted()
		}
		written <- err
	}()
	select {
	case err := <-written:
		return err
	case <-time.After(signInWait):
		return nil
	}
}
