package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"slices"
	"sync"
	"time"

	"glow/schema"
)

// A visit is somebody at the dashboard, from signing in to signing out. Visits
// are kept in memory: whoever was signed in when the program ends signs in again.
type visit struct {
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
	visitTime      = 12 * time.Hour // a working day
	maxVisits      = 10_000
	maxVisitsEach  = 100       // of one token: the oldest ends
	viewTime       = time.Hour // as somebody else, at most
	maxStreams     = 256       // of live news, of all visits
	maxStreamsEach = 16        // of one token, in however many visits
	maxStreamsOne  = 4         // of one visit: a browser has six connections, and its pages need some
)

// visits are those signed in.
type visits struct {
	now     func() time.Time
	hold    time.Duration // how long an upload is held
	check   time.Duration // how often it is looked whether who follows live news still may
	mu      sync.Mutex
	byID    map[[sha256.Size]byte]*visit
	streams map[string]int // of live news, by token
	closed  bool
}

func newVisits(now func() time.Time, l Limits) *visits {
	return &visits{now: now, hold: l.HoldUpload, check: l.CheckLive, byID: map[[sha256.Size]byte]*visit{}, streams: map[string]int{}}
}

// begin makes a visit and the secret of its cookie.
func (v *visits) begin(holder schema.Caller) (secret string, made *visit, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || len(v.byID) >= maxVisits {
		return "", nil, schema.Errorf(schema.CodeUnavailable, "too many are signed in; try again later")
	}
	secret = rand.Text()
	made = &visit{
		id: sha256.Sum256([]byte(secret)), holder: holder, csrf: rand.Text(),
		expires: v.now().Add(visitTime), stopping: make(chan struct{}),
	}
	v.byID[made.id] = made
	return secret, made, nil
}

// find returns the visit of a cookie, or nil.
func (v *visits) find(secret string) *visit {
	hash := sha256.Sum256([]byte(secret))
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.byID[hash]
}

// remove ends a visit, whose scratch file goes with it. What it was viewing as
// somebody else is returned, to be ended, too.
func (v *visits) remove(one *visit) (viewing *schema.Emulation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byID[one.id] == nil {
		return nil
	}
	delete(v.byID, one.id)
	close(one.stopping)
	if one.upload != nil {
		one.upload.letGo()
		one.upload = nil
	}
	viewing, one.viewing = one.viewing, nil
	return viewing
}

// all lists the visits, the oldest first.
func (v *visits) all() []*visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.SortedFunc(maps.Values(v.byID), func(a, b *visit) int { return a.expires.Compare(b.expires) })
}

// tooMany returns the oldest visit of a token that has as many as it may.
func (v *visits) tooMany(tokenID string) *visit {
	own := slices.DeleteFunc(v.all(), func(one *visit) bool { return one.holder.TokenID != tokenID })
	if len(own) < maxVisitsEach {
		return nil
	}
	return own[0]
}

// close lets nobody in any more.
func (v *visits) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
}

// with runs fn on a visit while nobody else changes it, and reports whether the
// visit is still there.
func (v *visits) with(one *visit, fn func()) (there bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byID[one.id] == nil {
		return false
	}
	fn()
	return true
}

// follow counts a stream of live news in; leave counts it out. Whoever has as many as
// one may have leaves the rest of the places to others.
func (v *visits) follow(one *visit) (leave func(), err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	token, all := one.holder.TokenID, 0
	for _, n := range v.streams {
		all += n
	}
	switch {
	case one.streams >= maxStreamsOne:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this browser follow what comes in, which is the most; close one of them", maxStreamsOne)
	case v.streams[token] >= maxStreamsEach:
		return nil, schema.Errorf(schema.CodeTooMany, "%d windows of this token follow what comes in, which is the most; close one of them", maxStreamsEach)
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

// beginVisit signs a caller in and returns the secret of the cookie.
func (d *Dashboard) beginVisit(ctx context.Context, caller schema.Caller) (secret string, err error) {
	d.EndOver()
	if oldest := d.visits.tooMany(caller.TokenID); oldest != nil {
		d.endVisit(ctx, oldest)
	}
	secret, made, err := d.visits.begin(caller)
	if err != nil {
		return "", err
	}
	unlisted := func() { d.endVisit(context.WithoutCancel(ctx), made) }
	if err := d.auditSoon(ctx, caller, schema.ActionSignIn, map[string]any{}, unlisted); err != nil {
		return "", err
	}
	time.AfterFunc(visitTime, d.EndOver) // if nobody comes who would notice
	return secret, nil
}

// EndOver ends the visits, and the views as somebody else, whose time is up. Timers
// call it.
func (d *Dashboard) EndOver() {
	ctx := context.Background()
	now := d.visits.now()
	for _, one := range d.visits.all() {
		if !now.Before(one.expires) {
			d.endVisit(ctx, one)
			continue
		}
		_, _ = d.endView(ctx, one, one.holder, d.viewOver) // which logs what is wrong
	}
}

// endVisit ends a visit, and with it what it was viewing as somebody else.
func (d *Dashboard) endVisit(ctx context.Context, one *visit) {
	if viewing := d.visits.remove(one); viewing != nil {
		_ = d.endEmulationSoon(ctx, one.holder, *viewing)
	}
}

// Close ends the visits, and with them what pages follow: a shutdown waits for
// all answers to end. Nobody can sign in any more. It may be called again, and
// then waits for the first call to be done.
func (d *Dashboard) Close() {
	d.closing.Do(func() {
		d.visits.close()
		for _, one := range d.visits.all() {
			if viewing := d.visits.remove(one); viewing != nil {
				_ = d.endEmulation(context.Background(), one.holder, *viewing)
			}
		}
	})
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
