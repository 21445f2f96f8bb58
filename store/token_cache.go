package store

import (
	"crypto/sha256"
	"slices"
	"sync"

	"glow/schema"
)

// tokenCache holds recently used tokens, because reading one from the file takes as long as
// importing a record. A commit that changes tokens clears it before the commit is
// acknowledged.
type tokenCache struct {
	mu      sync.RWMutex
	changes int64 // commits that changed tokens
	byHash  map[[sha256.Size]byte]cachedToken
}

// cachedToken is a token that was not revoked when it was cached.
type cachedToken struct {
	key     int64
	caller  schema.Caller
	expires *schema.Instant
}

// maxCachedTokens is the size at which the cache is cleared.
const maxCachedTokens = 10_000

// get returns a token or, if it is not cached, the count of changes to pass to put.
func (k *tokenCache) get(hash [sha256.Size]byte) (token cachedToken, known bool, changes int64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	token, known = k.byHash[hash]
	token.caller.DepartmentIDs = slices.Clone(token.caller.DepartmentIDs)
	return token, known, k.changes
}

// put caches a token read after get, unless tokens have changed since.
func (k *tokenCache) put(hash [sha256.Size]byte, token cachedToken, changes int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != changes {
		return
	}
	if k.byHash == nil || len(k.byHash) >= maxCachedTokens {
		k.byHash = map[[sha256.Size]byte]cachedToken{}
	}
	token.caller.DepartmentIDs = slices.Clone(token.caller.DepartmentIDs)
	k.byHash[hash] = token
}

// clear is called after every commit, successful or not, that changed tokens.
func (k *tokenCache) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	k.byHash = nil
}
