package store

import (
	"context"
	"log/slog"
	"sync"

	"glow/schema"
	"glow/store/sqlite"
)

// On a full disk reads, exports and sign-ins go on. Their entries of the audit list
// wait in memory until there is room; as many as that, and no more goes on.
const maxWaitingAudits = 1000

// waitingAudits are entries of the audit list that the disk had no room for.
type waitingAudits struct {
	mu   sync.Mutex
	list []waitingAudit
}

type waitingAudit struct {
	at     schema.Instant
	caller schema.Caller
	action string
	detail map[string]any
}

// add reports whether there was a place for the entry.
func (w *waitingAudits) add(e waitingAudit) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= maxWaitingAudits {
		return false
	}
	w.list = append(w.list, e)
	return true
}

// take returns the entries, which the caller now answers for.
func (w *waitingAudits) take() []waitingAudit {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

func (w *waitingAudits) putBack(list []waitingAudit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(list, w.list...)
}

// writeWaitingAudits writes the entries that wait, with the time at which they were made.
func (s *Store) writeWaitingAudits(ctx context.Context, write writeFunc) error {
	list := s.waitingAudits.take()
	if len(list) == 0 {
		return nil
	}
	err := write(ctx, func(t *tx) error {
		for _, e := range list {
			if err := (&tx{Tx: t.Tx, now: e.at}).audit(e.caller, e.action, e.detail); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.waitingAudits.putBack(list)
	}
	return err
}

// flushWaitingAudits is the last chance of the entries that wait, for as long as an end
// of the program may take.
func (s *Store) flushWaitingAudits() {
	ctx, cancel := context.WithTimeout(context.Background(), sqlite.CloseTime)
	defer cancel()
	if err := s.writeWaitingAudits(ctx, s.write); err != nil {
		s.o.Logger.Warn("the audit list was not written", "error", err)
	}
}

// logWaitingAudits tells the log of the entries that nobody can write any more.
func (s *Store) logWaitingAudits() {
	for _, e := range s.waitingAudits.take() {
		s.o.Logger.Error("an entry of the audit list was not written", "at", e.at, "action", e.action, "token", e.caller.TokenName,
			slog.Any("detail", e.detail))
	}
}
