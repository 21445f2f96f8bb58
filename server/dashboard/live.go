package dashboard

import (
	"fmt"
	"net/http"
	"time"

	"glow/schema"
)

// liveEvery is how often a stream looks for news.
const liveEvery = time.Second

// followChanges makes the page one that follows what comes in. It is asked for before
// the page's answers: what comes in between is news.
func (p *pageRequest) followChanges() error {
	at, err := p.freshness()
	p.liveAt = &at
	return err
}

// freshness moves whenever a page may show something else than before.
func (p *pageRequest) freshness() (schema.Instant, error) {
	at, err := p.d.store.RefreshedAt(p.Context())
	if at == nil {
		return 0, err
	}
	return *at, err
}

// streamEvents tells a page, for as long as it is open, that the numbers may have
// moved. It says nothing of them: the page asks again.
func streamEvents(p *pageRequest) error {
	leave, err := p.d.sessions.addStream(p.session)
	if err != nil {
		return err
	}
	defer leave()
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.Header().Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	p.w.WriteHeader(http.StatusOK)
	if p.Method == http.MethodHead {
		return nil
	}
	return p.sendEvents()
}

// sendEvents says first how things are: the page may be older than that.
func (p *pageRequest) sendEvents() error {
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	check := time.NewTicker(p.d.sessions.check) // says something, too: that a connection is gone is noticed by writing to it
	defer check.Stop()
	told, err := p.freshness()
	if err != nil {
		return err
	}
	text := fmt.Sprintf(": here\n\nevent: now\ndata: %d\n\n", int64(told))
	for p.write(text) {
		text = ""
		select {
		case <-tick.C:
			now, err := p.freshness()
			if err != nil {
				return err
			}
			if now != told {
				told, text = now, fmt.Sprintf("event: changed\ndata: %d\n\n", int64(now))
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

// mayFollow tells whether the visit goes on, and its token still opens something.
func (p *pageRequest) mayFollow() bool {
	if !p.d.sessions.now().Before(p.session.expires) {
		return false
	}
	_, err := p.d.store.Holder(p.Context(), p.session.holder.TokenID)
	return err == nil
}

// write sends a text of the news, and tells whether somebody is still there.
func (p *pageRequest) write(text string) bool {
	if text == "" {
		return true
	}
	_, err := p.w.Write([]byte(text))
	return err == nil && http.NewResponseController(p.w).Flush() == nil
}

// addStream counts a stream of live news in; leave counts it out. Whoever has as many as
// one may have leaves the rest of the places to others.
func (v *webSessions) addStream(one *webSession) (leave func(), err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	token, all := one.holder.TokenID, 0
	for _, n := range v.streams {
		all += n
	}
	switch {
	case one.streams >= maxStreamsPerSession:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this browser follow what comes in, which is the most; close one of them", maxStreamsPerSession)
	case v.streams[token] >= maxStreamsPerToken:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this token follow what comes in, which is the most; close one of them", maxStreamsPerToken)
	case all >= maxStreams:
		return nil, schema.Errorf(schema.CodeUnavailable, "too many windows follow what comes in; try again later")
	}
	one.streams++
	v.streams[token]++
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		one.streams--
		if v.streams[token]--; v.streams[token] == 0 {
			delete(v.streams, token)
		}
	}, nil
}
