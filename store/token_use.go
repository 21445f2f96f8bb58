package store

import (
	"sync"
	"time"

	"glow/schema"
)

// lastUses remembers when the last use of each token was written down.
type lastUses struct {
	mu    sync.Mutex
	noted map[int64]schema.Instant
}

// due tells, once a minute for each token, that its use is to be written down.
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

// recordUse has the use of a token written down. Nobody waits for it, nor is it a
// reason to turn somebody away.
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
