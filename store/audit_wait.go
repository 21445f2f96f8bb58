package store

import (
	"context"
	"log/slog"
	"sync"

	"glow/schema"
	"glow/store/sqlite"
)

// maxWaitingAudits is how many audit entries may wait in memory for room on a full disk.
// Up to that, reads, exports and sign-ins go on; then they fail.
const maxWaitingAudits = 1000

// waitingAudits are audit entries that wait for room on the disk.
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

// add reports whether there was room for the entry.
func (w *waitingAudits) add(e waitingAudit) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= maxWaitingAudits {
		return false
	}
	w.list = append(w.list, e)
	return true
}

// take removes and returns all entries; the caller must write them or put them back.
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

// writeWaitingAudits writes the waiting entries with their original times.
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

// flushWaitingAudits tries once more to write the waiting entries, for at most
// sqlite.CloseTime.
func (s *Store) flushWaitingAudits() {
	ctx, cancel := context.WithTimeout(context.Background(), sqlite.CloseTime)
	defer cancel()
	if err := s.writeWaitingAudits(ctx, s.write); err != nil {
		s.o.Logger.Warn("the audit list was not written", "error", err)
	}
}

// logWaitingAudits logs the entries that could not be written before the end.
func (s *Store) logWaitingAudits() {
	for _, e := range s.waitingAudits.take() {
		s.o.Logger.Error("an entry of the audit list was not written", "at", e.at, "action", e.action, "token", e.caller.TokenName,
			slog.Any("detail", e.detail))
	}
}
