package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"time"

	"glow/schema"
)

// webSession is somebody at the dashboard, from signing in to signing out. Web sessions
// are kept in memory only: after a restart people sign in again.
type webSession struct {
	id       [sha256.Size]byte // hash of the cookie
	holder   schema.Caller     // who signed in, with the rights of their token
	csrf     string            // secret that every form of the session sends back, masked
	expires  time.Time
	viewing  *schema.Emulation // whom an admin views the pages as; nil: nobody
	upload   *upload           // checked files that wait for their import; nil: none
	flash    string            // message for the next page
	streams  int               // of changes that are open
	stopping chan struct{}     // closed when the session ends
}

const (
	sessionTime          = 12 * time.Hour // a working day
	maxSessions          = 10_000
	maxSessionsPerToken  = 100       // then the oldest ends
	viewTime             = time.Hour // as somebody else
	maxStreams           = 256       // of all sessions together
	maxStreamsPerToken   = 16        // of all sessions of a token
	maxStreamsPerSession = 4         // a browser has six connections, and its pages need some
)

// webSessions are the web sessions of everybody who is signed in. mu guards them, and the
// fields of each that change.
type webSessions struct {
	now   func() time.Time
	hold  time.Duration // see Limits.HoldUpload
	check time.Duration // see Limits.CheckLive

	mu      sync.Mutex
	byID    map[[sha256.Size]byte]*webSession
	streams map[string]int // open streams by token
	closed  bool
}

func newWebSessions(now func() time.Time, l Limits) *webSessions {
	return &webSessions{now: now, hold: l.HoldUpload, check: l.CheckLive, byID: map[[sha256.Size]byte]*webSession{}, streams: map[string]int{}}
}

// begin adds a session, and returns the secret of its cookie.
func (s *webSessions) begin(holder schema.Caller) (secret string, session *webSession, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.byID) >= maxSessions {
		return "", nil, schema.Errorf(schema.CodeUnavailable, "too many are signed in; try again later")
	}
	secret = rand.Text()
	session = &webSession{
		id: sha256.Sum256([]byte(secret)), holder: holder, csrf: rand.Text(),
		expires: s.now().Add(sessionTime), stopping: make(chan struct{}),
	}
	s.byID[session.id] = session
	return secret, session, nil
}

// find returns the session of a cookie, or nil.
func (s *webSessions) find(secret string) *webSession {
	hash := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[hash]
}

// remove ends a session and deletes its upload. It returns the view as somebody else
// that the caller has to end, too.
func (s *webSessions) remove(session *webSession) (viewing *schema.Emulation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[session.id] == nil {
		return nil
	}
	delete(s.byID, session.id)
	close(session.stopping)
	if session.upload != nil {
		session.upload.discard()
		session.upload = nil
	}
	viewing, session.viewing = session.viewing, nil
	return viewing
}

// all lists the sessions, the oldest first.
func (s *webSessions) all() []*webSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.byID), func(a, b *webSession) int { return a.expires.Compare(b.expires) })
}

// oldestBeyondLimit returns the oldest session of a token that has as many as it may have,
// nil of others.
func (s *webSessions) oldestBeyondLimit(tokenID string) *webSession {
	own := slices.DeleteFunc(s.all(), func(session *webSession) bool { return session.holder.TokenID != tokenID })
	if len(own) < maxSessionsPerToken {
		return nil
	}
	return own[0]
}

// close makes begin fail from now on.
func (s *webSessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// with runs fn under the lock unless the session has ended, and reports whether it did.
func (s *webSessions) with(session *webSession, fn func()) (there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[session.id] == nil {
		return false
	}
	fn()
	return true
}

// beginSession signs a caller in and returns the secret of the cookie.
func (d *Dashboard) beginSession(ctx context.Context, caller schema.Caller) (secret string, err error) {
	d.EndExpired()
	if oldest := d.sessions.oldestBeyondLimit(caller.TokenID); oldest != nil {
		d.endSession(ctx, oldest)
	}
	secret, session, err := d.sessions.begin(caller)
	if err != nil {
		return "", err
	}
	failed := func() { d.endSession(context.WithoutCancel(ctx), session) }
	if err := d.auditSoon(ctx, caller, schema.ActionSignIn, map[string]any{}, failed); err != nil {
		return "", err
	}
	time.AfterFunc(sessionTime, d.EndExpired) // in case no later request does it
	return secret, nil
}

// EndExpired ends the sessions, and the views as somebody else, whose time is up. Timers
// call it.
func (d *Dashboard) EndExpired() {
	ctx := context.Background()
	now := d.sessions.now()
	for _, session := range d.sessions.all() {
		if !now.Before(session.expires) {
			d.endSession(ctx, session)
			continue
		}
		_, _ = d.endView(ctx, session, session.holder, d.viewOver) // it logs its error
	}
}

// endSession ends a session and its view as somebody else.
func (d *Dashboard) endSession(ctx context.Context, session *webSession) {
	if viewing := d.sessions.remove(session); viewing != nil {
		_ = d.endEmulationSoon(ctx, session.holder, *viewing)
	}
}

// Close ends all sessions and their streams, since a shutdown waits for all answers to
// end. Nobody can sign in any more. A second call waits for the first one.
func (d *Dashboard) Close() {
	d.closing.Do(func() {
		d.sessions.close()
		for _, session := range d.sessions.all() {
			if viewing := d.sessions.remove(session); viewing != nil {
				_ = d.endEmulation(context.Background(), session.holder, *viewing)
			}
		}
	})
}

// signedIn returns the session of the request's cookie, and whose it is. It looks the
// token up each time, so that a session ends with its token.
func (p *pageRequest) signedIn() (*webSession, schema.Caller, error) {
	cookie, err := p.Cookie(p.d.cookie(p.Request, sessionCookie).Name)
	if err != nil {
		return nil, schema.Caller{}, errSignIn
	}
	session := p.d.sessions.find(cookie.Value)
	if session == nil {
		return nil, schema.Caller{}, errSignIn
	}
	if !p.d.sessions.now().Before(session.expires) {
		p.d.endSession(p.Context(), session)
		return nil, schema.Caller{}, errSignIn
	}
	caller, err := p.d.store.Holder(p.Context(), session.holder.TokenID)
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		p.d.endSession(p.Context(), session)
		return nil, schema.Caller{}, errSignIn
	}
	caller.Remote, caller.RequestID = p.d.host.Remote(p.Request), p.requestID()
	return session, caller, err
}

// auditSoon puts an entry on the audit list as Host.Soon does. It calls failed when the
// entry cannot be written, now or later.
func (d *Dashboard) auditSoon(ctx context.Context, caller schema.Caller, action string, detail map[string]any, failed func()) error {
	return d.host.Soon(func() error {
		err := d.store.AuditEnd(context.WithoutCancel(ctx), caller, action, detail)
		if err != nil {
			d.log.Warn("an entry of the audit list was not written", "action", action, "request_id", caller.RequestID, "error", err)
			failed()
		}
		return err
	})
}
