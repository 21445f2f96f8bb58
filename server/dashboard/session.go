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

// A webSession is somebody at the dashboard, from signing in to signing out. Visits
// are kept in memory: whoever was signed in when the program ends signs in again.
type webSession struct {
	id       [sha256.Size]byte // hash of the cookie
	holder   schema.Caller     // who signed in, by the token from which the visit came
	csrf     string            // goes with every form that changes something
	expires  time.Time
	viewing  *schema.Emulation // an admin looks at all as somebody else
	upload   *upload           // what is to be imported
	flash    string            // what was just done, for the next page
	streams  int               // of live news
	stopping chan struct{}     // closed when it ends
}

const (
	sessionTime          = 12 * time.Hour // a working day
	maxSessions          = 10_000
	maxSessionsPerToken  = 100       // of one token: the oldest ends
	viewTime             = time.Hour // as somebody else, at most
	maxStreams           = 256       // of live news, of all visits
	maxStreamsPerToken   = 16        // of one token, in however many visits
	maxStreamsPerSession = 4         // of one visit: a browser has six connections, and its pages need some
)

// webSessions are those signed in.
type webSessions struct {
	now     func() time.Time
	hold    time.Duration // how long an upload is held
	check   time.Duration // how often it is looked whether who follows live news still may
	mu      sync.Mutex
	byID    map[[sha256.Size]byte]*webSession
	streams map[string]int // of live news, by token
	closed  bool
}

func newWebSessions(now func() time.Time, l Limits) *webSessions {
	return &webSessions{now: now, hold: l.HoldUpload, check: l.CheckLive, byID: map[[sha256.Size]byte]*webSession{}, streams: map[string]int{}}
}

// begin makes a visit and the secret of its cookie.
func (v *webSessions) begin(holder schema.Caller) (secret string, made *webSession, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || len(v.byID) >= maxSessions {
		return "", nil, schema.Errorf(schema.CodeUnavailable, "too many are signed in; try again later")
	}
	secret = rand.Text()
	made = &webSession{
		id: sha256.Sum256([]byte(secret)), holder: holder, csrf: rand.Text(),
		expires: v.now().Add(sessionTime), stopping: make(chan struct{}),
	}
	v.byID[made.id] = made
	return secret, made, nil
}

// find returns the visit of a cookie, or nil.
func (v *webSessions) find(secret string) *webSession {
	hash := sha256.Sum256([]byte(secret))
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.byID[hash]
}

// remove ends a visit, whose scratch file goes with it. What it was viewing as
// somebody else is returned, to be ended, too.
func (v *webSessions) remove(one *webSession) (viewing *schema.Emulation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byID[one.id] == nil {
		return nil
	}
	delete(v.byID, one.id)
	close(one.stopping)
	if one.upload != nil {
		one.upload.discard()
		one.upload = nil
	}
	viewing, one.viewing = one.viewing, nil
	return viewing
}

// all lists the visits, the oldest first.
func (v *webSessions) all() []*webSession {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.SortedFunc(maps.Values(v.byID), func(a, b *webSession) int { return a.expires.Compare(b.expires) })
}

// oldestBeyondLimit returns the oldest visit of a token that has as many as it may.
func (v *webSessions) oldestBeyondLimit(tokenID string) *webSession {
	own := slices.DeleteFunc(v.all(), func(one *webSession) bool { return one.holder.TokenID != tokenID })
	if len(own) < maxSessionsPerToken {
		return nil
	}
	return own[0]
}

// close lets nobody in any more.
func (v *webSessions) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
}

// with runs fn on a visit while nobody else changes it, and reports whether the
// visit is still there.
func (v *webSessions) with(one *webSession, fn func()) (there bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byID[one.id] == nil {
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
	secret, made, err := d.sessions.begin(caller)
	if err != nil {
		return "", err
	}
	unlisted := func() { d.endSession(context.WithoutCancel(ctx), made) }
	if err := d.auditSoon(ctx, caller, schema.ActionSignIn, map[string]any{}, unlisted); err != nil {
		return "", err
	}
	time.AfterFunc(sessionTime, d.EndExpired) // if nobody comes who would notice
	return secret, nil
}

// EndExpired ends the visits, and the views as somebody else, whose time is up. Timers
// call it.
func (d *Dashboard) EndExpired() {
	ctx := context.Background()
	now := d.sessions.now()
	for _, one := range d.sessions.all() {
		if !now.Before(one.expires) {
			d.endSession(ctx, one)
			continue
		}
		_, _ = d.endView(ctx, one, one.holder, d.viewOver) // which logs what is wrong
	}
}

// endSession ends a visit, and with it what it was viewing as somebody else.
func (d *Dashboard) endSession(ctx context.Context, one *webSession) {
	if viewing := d.sessions.remove(one); viewing != nil {
		_ = d.endEmulationSoon(ctx, one.holder, *viewing)
	}
}

// Close ends the visits, and with them what pages follow: a shutdown waits for
// all answers to end. Nobody can sign in any more. It may be called again, and
// then waits for the first call to be done.
func (d *Dashboard) Close() {
	d.closing.Do(func() {
		d.sessions.close()
		for _, one := range d.sessions.all() {
			if viewing := d.sessions.remove(one); viewing != nil {
				_ = d.endEmulation(context.Background(), one.holder, *viewing)
			}
		}
	})
}

// signedIn returns the visit of the request's cookie and whom it is of. The token behind
// the visit is looked up each time: one that was revoked opens nothing any more.
func (p *pageRequest) signedIn() (*webSession, schema.Caller, error) {
	cookie, err := p.Cookie(p.d.cookie(p.Request, sessionCookie).Name)
	if err != nil {
		return nil, schema.Caller{}, errSignIn
	}
	one := p.d.sessions.find(cookie.Value)
	if one == nil {
		return nil, schema.Caller{}, errSignIn
	}
	if !p.d.sessions.now().Before(one.expires) {
		p.d.endSession(p.Context(), one)
		return nil, schema.Caller{}, errSignIn
	}
	caller, err := p.d.store.Holder(p.Context(), one.holder.TokenID)
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		p.d.endSession(p.Context(), one)
		return nil, schema.Caller{}, errSignIn
	}
	caller.Remote, caller.RequestID = p.d.host.Remote(p.Request), p.requestID()
	return one, caller, err
}

// auditSoon puts an entry on the audit list, as soon does. unlisted is called once
// where the entry cannot be written, now or later.
func (d *Dashboard) auditSoon(ctx context.Context, caller schema.Caller, action string, detail map[string]any, unlisted func()) error {
	return d.host.Soon(func() error {
		err := d.store.AuditEnd(context.WithoutCancel(ctx), caller, action, detail)
		if err != nil {
			d.log.Warn("an entry of the audit list was not written", "action", action, "request_id", caller.RequestID, "error", err)
			unlisted()
		}
		return err
	})
}
