package server

import (
	"fmt"
	"net/http"
	"time"

	"glow/schema"
)

// How often live news are looked for, and how long nothing is said at most: a
// connection that is gone is noticed by writing to it.
const (
	liveEvery = time.Second
	liveQuiet = 15 * time.Second
)

// liveNews tells a page, for as long as it is open, that the numbers may have
// moved. It says nothing of them: the page asks again.
func liveNews(p *pageRequest) error {
	leave, ok := p.s.visits.follow(p.visit)
	if !ok {
		return schema.Errorf(schema.CodeTooMany, "too many windows of this visit follow what comes in")
	}
	defer leave()
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.Header().Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	p.w.WriteHeader(http.StatusOK)
	if p.Method == http.MethodHead {
		return nil
	}
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	last, err := p.s.store.RefreshedAt(p.Context())
	if err != nil {
		return err
	}
	said := time.Now()
	for text := ": here\n\n"; ; text = "" {
		now, err := p.s.store.RefreshedAt(p.Context())
		if err != nil {
			return err
		}
		switch {
		case now != nil && (last == nil || *now != *last):
			text = fmt.Sprintf("event: changed\ndata: %d\n\n", int64(*now))
			last = now
		case time.Since(said) >= liveQuiet:
			if _, err := p.s.visitor(p.Context(), p.visit.holder.TokenID); err != nil {
				return nil // the token was revoked
			}
			text = ": still here\n\n"
		}
		if text != "" {
			said = time.Now()
			if _, err := p.w.Write([]byte(text)); err != nil {
				return nil // the page was closed
			}
			if err := p.w.control.Flush(); err != nil {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-p.Context().Done():
			return nil
		case <-p.visit.stopping:
			return nil
		}
	}
}
