package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"time"
)

// codes sign in to the dashboard, each once and soon. They go into links, where a
// token must not be: a link ends up in logs and in the memory of browsers.
type codes struct {
	now func() time.Time
	mu  sync.Mutex
	all []code // the oldest first
}

type code struct {
	hash    [sha256.Size]byte
	tokenID string // whom it signs in; "": a token is made for whoever uses it, as an admin
	expires time.Time
}

const (
	codeTime     = 10 * time.Minute
	maxCodes     = 1000 // at once; the oldest goes
	maxCodesEach = 5    // of one token: nobody pushes out those of others
)

// issue makes a code that signs in the holder of a token.
func (c *codes) issue(tokenID string) (text string, expires time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.all = slices.DeleteFunc(c.all, func(k code) bool { return !now.Before(k.expires) })
	own := 0
	for _, k := range c.all {
		if k.tokenID == tokenID {
			own++
		}
	}
	switch {
	case own >= maxCodesEach:
		c.drop(slices.IndexFunc(c.all, func(k code) bool { return k.tokenID == tokenID }))
	case len(c.all) >= maxCodes:
		c.drop(0)
	}
	text, expires = rand.Text(), now.Add(codeTime)
	c.all = append(c.all, code{sha256.Sum256([]byte(text)), tokenID, expires})
	return text, expires
}

// find returns the place of a code; -1 when there is none.
func (c *codes) find(text string) int {
	hash := sha256.Sum256([]byte(text))
	return slices.IndexFunc(c.all, func(k code) bool { return k.hash == hash })
}

// look returns whom a code would sign in, and leaves it as it is.
func (c *codes) look(text string) (tokenID string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.find(text)
	if at < 0 {
		return "", false
	}
	return c.all[at].tokenID, c.now().Before(c.all[at].expires)
}

// spend uses a code up.
func (c *codes) spend(text string) (k code, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.find(text)
	if at < 0 {
		return code{}, false
	}
	k = c.all[at]
	c.drop(at)
	return k, c.now().Before(k.expires)
}

// putBack makes a code that was spent in vain good again.
func (c *codes) putBack(k code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = slices.Insert(c.all, 0, k)
}

func (c *codes) drop(at int) { c.all = slices.Delete(c.all, at, at+1) }
