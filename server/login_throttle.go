package server

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// loginThrottle counts failed sign-ins. Nineteen a minute from one address are
// answered as what they are; then, and when there are very many from
// everywhere, the answer is to come back later.
type loginThrottle struct {
	now func() time.Time

	mu    sync.Mutex
	from  map[string]*guesser
	total *rate.Limiter // of all addresses together
	audit *rate.Limiter // entries of the audit list
	tries int64         // since the last entry
}

// guesser remembers the times of the last failures from one address.
type guesser struct {
	times [maxGuesses]time.Time
	next  int // the oldest of them
}

const (
	maxGuesses   = 19 // a minute from one address
	maxTotal     = 600
	maxGuessers  = 10_000 // addresses remembered
	auditEvery   = 10 * time.Second
	auditAtOnce  = 10
	guessWindow  = time.Minute
	someAddress  = "others" // stands for all addresses when too many are remembered
	ipv6SiteBits = 64       // one household has that many at least
)

func newLoginThrottle(now func() time.Time) *loginThrottle {
	return &loginThrottle{
		now: now, from: map[string]*guesser{},
		total: rate.NewLimiter(rate.Every(guessWindow/maxTotal), maxTotal),
		audit: rate.NewLimiter(rate.Every(auditEvery), auditAtOnce),
	}
}

// verdict is what follows from one more failure.
type verdict struct {
	wait  time.Duration // before the next try; 0 when it was not one too many
	audit bool          // it goes on the audit list,
	tries int64         // for that many that were not yet there
}

// note counts a failed sign-in from an address.
func (g *loginThrottle) note(address string) (v verdict) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries++
	if g.audit.AllowN(now, 1) {
		v.audit, v.tries = true, g.tries
		g.tries = 0
	}
	who := g.guesser(site(address), now)
	if oldest := who.times[who.next]; now.Sub(oldest) < guessWindow {
		v.wait = guessWindow - now.Sub(oldest)
	}
	who.times[who.next] = now
	who.next = (who.next + 1) % maxGuesses
	if !g.total.AllowN(now, 1) {
		v.wait = max(v.wait, time.Second)
	}
	return v
}

// guesser finds the memory of an address. When all places are taken those of
// more than a minute ago are forgotten; if that makes no room, newcomers share one.
func (g *loginThrottle) guesser(address string, now time.Time) *guesser {
	if who, ok := g.from[address]; ok {
		return who
	}
	if len(g.from) >= maxGuessers {
		for a, who := range g.from {
			if last := (who.next + maxGuesses - 1) % maxGuesses; now.Sub(who.times[last]) >= guessWindow {
				delete(g.from, a)
			}
		}
		if len(g.from) >= maxGuessers {
			address = someAddress
		}
	}
	who := g.from[address]
	if who == nil {
		who = &guesser{}
		g.from[address] = who
	}
	return who
}

// site is the address by which failures are counted.
func site(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is6() || a.Is4In6() {
		return address
	}
	p, err := a.WithZone("").Prefix(ipv6SiteBits)
	if err != nil {
		return address
	}
	return p.String()
}
