package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"glow/schema"
)

// signInCodes are codes that sign in to the dashboard, each once and within codeTime. They
// stand in links, where a token must not: links end up in logs and in the history of
// browsers.
type signInCodes struct {
	now func() time.Time
	mu  sync.Mutex
	all []signInCode // the oldest first
}

type signInCode struct {
	hash    [sha256.Size]byte
	tokenID string // whom it signs in; "" makes a token of an admin for whoever uses it
	expires time.Time
}

const (
	codeTime     = 10 * time.Minute
	maxCodes     = 1000 // the oldest is dropped
	maxCodesEach = 5    // of one token, so that nobody can displace the codes of others
)

// issue makes a code that signs in the holder of a token.
func (c *signInCodes) issue(tokenID string) (text string, expires time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.all = slices.DeleteFunc(c.all, func(k signInCode) bool { return !now.Before(k.expires) })
	own := 0
	for _, k := range c.all {
		if k.tokenID == tokenID {
			own++
		}
	}
	switch {
	case own >= maxCodesEach:
		c.drop(slices.IndexFunc(c.all, func(k signInCode) bool { return k.tokenID == tokenID }))
	case len(c.all) >= maxCodes:
		c.drop(0)
	}
	text, expires = rand.Text(), now.Add(codeTime)
	c.all = append(c.all, signInCode{sha256.Sum256([]byte(text)), tokenID, expires})
	return text, expires
}

// find returns the index of a code, or -1.
func (c *signInCodes) find(text string) int {
	hash := sha256.Sum256([]byte(text))
	return slices.IndexFunc(c.all, func(k signInCode) bool { return k.hash == hash })
}

// look returns whom a code would sign in, without using it up.
func (c *signInCodes) look(text string) (tokenID string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.find(text)
	if at < 0 {
		return "", false
	}
	return c.all[at].tokenID, c.now().Before(c.all[at].expires)
}

// spend uses a code up.
func (c *signInCodes) spend(text string) (k signInCode, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.find(text)
	if at < 0 {
		return signInCode{}, false
	}
	k = c.all[at]
	c.drop(at)
	return k, c.now().Before(k.expires)
}

// restore puts back a code whose sign-in failed.
func (c *signInCodes) restore(k signInCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = slices.Insert(c.all, 0, k)
}

func (c *signInCodes) drop(at int) { c.all = slices.Delete(c.all, at, at+1) }

// SignInCode returns a code for /sign-in?code= that signs the operator of this computer in
// as an admin, once and within ten minutes. A token is made when it is used, so that its
// web session can be ended like any other.
func (d *Dashboard) SignInCode() string {
	text, _ := d.codes.issue("")
	return text
}

// SignInLink answers schema.Dashboard with a link that signs the caller in with the rights
// of their token.
func (d *Dashboard) SignInLink(ctx context.Context, c schema.Caller, _ schema.Empty) (schema.DashboardResponse, error) {
	if c.TokenID == "" {
		return schema.DashboardResponse{}, schema.Errorf(schema.CodeConflict, "nobody serves a dashboard here; start one with glow serve")
	}
	if err := d.store.Audit(ctx, c, schema.ActionSignInLink, map[string]any{}); err != nil {
		return schema.DashboardResponse{}, err
	}
	text, expires := d.codes.issue(c.TokenID)
	return schema.DashboardResponse{Path: d.path(pathSignIn) + "?code=" + text, ExpiresAt: schema.InstantOf(expires)}, nil
}
