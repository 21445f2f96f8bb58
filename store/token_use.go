package store

import (
	"sync"
	"time"

	"glow/schema"
)

// lastUses remembers when the last use of each token was stored.
type lastUses struct {
	mu    sync.Mutex
	noted map[int64]schema.Instant
}

// due reports whether to store the use of a token: once a minute.
func (l *lastUses) due(token int64, now schema.Instant) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, ok := l.noted[token]; ok && now-before < schema.Instant(time.Minute.Microseconds()) && now >= before {
		return false
	}
	if l.noted == nil {
		l.noted = map[int64]schema.Instant{}
	}
	l.noted[token] = now
	return true
}

// recordUse stores the use of a token in the background. A failure is only logged.
func (s *Store) recordUse(token int64, now schema.Instant) {
	if !s.lastUses.due(token, now) {
		return
	}
	err := s.db.WriteLater(s.step(func(t *tx) error {
		err := t.Exec(`UPDATE token SET last_used_at = ? WHERE key = ?`, now, token)
		if err != nil {
			s.logError("the last use of a token was not noted", err)
		}
		return err
	}))
	if err != nil {
		s.logError("the last use of a token was not noted", err)
	}
}
