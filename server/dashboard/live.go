package dashboard

import (
	"fmt"
	"net/http"
	"time"

	"glow/schema"
)

// liveEvery is how often a stream looks for changes.
const liveEvery = time.Second

// followChanges makes a page that reloads itself when the numbers change. It must run
// before the page asks the store, so that changes in between are not missed.
func (p *pageRequest) followChanges() error {
	at, err := p.freshness()
	p.liveAt = &at
	return err
}

// freshness is when the numbers last changed. It moves whenever a page may show something
// new.
func (p *pageRequest) freshness() (schema.Instant, error) {
	at, err := p.d.store.RefreshedAt(p.Context())
	if at == nil {
		return 0, err
	}
	return *at, err
}

// streamEvents sends an open page an event whenever the numbers change. The event has none
// of them; the page then asks again.
func streamEvents(p *pageRequest) error {
	leave, err := p.d.sessions.addStream(p.session)
	if err != nil {
		return err
	}
	defer leave()
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.Header().Set("X-Accel-Buffering", "no") // nginx would buffer the events
	p.w.WriteHeader(http.StatusOK)
	if p.Method == http.MethodHead {
		return nil
	}
	return p.sendEvents()
}

// sendEvents sends the present freshness first, as the page may be older.
func (p *pageRequest) sendEvents() error {
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	check := time.NewTicker(p.d.sessions.check) // it writes, too, which is how a lost connection shows
	defer check.Stop()
	sent, err := p.freshness()
	if err != nil {
		return err
	}
	text := fmt.Sprintf(": here\n\nevent: now\ndata: %d\n\n", int64(sent))
	for p.write(text) {
		text = ""
		select {
		case <-tick.C:
			now, err := p.freshness()
			if err != nil {
				return err
			}
			if now != sent {
				sent, text = now, fmt.Sprintf("event: changed\ndata: %d\n\n", int64(now))
			}
		case <-check.C:
			if !p.mayFollow() {
				return nil
			}
			text = ": still here\n\n"
		case <-p.Context().Done():
			return nil
		case <-p.session.stopping:
			return nil
		}
	}
	return nil
}

// mayFollow reports whether the session goes on and its token is still valid.
func (p *pageRequest) mayFollow() bool {
	if !p.d.sessions.now().Before(p.session.expires) {
		return false
	}
	_, err := p.d.store.Holder(p.Context(), p.session.holder.TokenID)
	return err == nil
}

// write sends text, and reports whether the browser is still there.
func (p *pageRequest) write(text string) bool {
	if text == "" {
		return true
	}
	_, err := p.w.Write([]byte(text))
	return err == nil && http.NewResponseController(p.w).Flush() == nil
}

// addStream counts an open stream until leave is called. It fails if the session, its
// token or all together have too many.
func (s *webSessions) addStream(one *webSession) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, all := one.holder.TokenID, 0
	for _, n := range s.streams {
		all += n
	}
	switch {
	case one.streams >= maxStreamsPerSession:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this browser follow what comes in, which is the most; close one of them", maxStreamsPerSession)
	case s.streams[token] >= maxStreamsPerToken:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this token follow what comes in, which is the most; close one of them", maxStreamsPerToken)
	case all >= maxStreams:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many windows follow what comes in; try again later")
	}
	one.streams++
	s.streams[token]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		one.streams--
		if s.streams[token]--; s.streams[token] == 0 {
			delete(s.streams, token)
		}
	}, nil
}
