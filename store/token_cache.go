package store

import (
	"crypto/sha256"
	"slices"
	"sync"

	"glow/schema"
)

// knownTokens are tokens that were shown lately: to look one up in the file costs
// as much as to take in a record. A commit that changes tokens has all of them
// forgotten before anybody is told that it is done.
type knownTokens struct {
	mu      sync.RWMutex
	changes int64 // commits that changed tokens
	byHash  map[[sha256.Size]byte]knownToken
}

// knownToken is a token that was not revoked when it was read.
type knownToken struct {
	key     int64
	caller  schema.Caller
	expires *schema.Instant
}

// maxKnown bounds what is remembered.
const maxKnown = 10_000

// find returns a token and, where there is none, what keep has to be told.
func (k *knownTokens) find(hash [sha256.Size]byte) (token knownToken, known bool, changes int64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	token, known = k.byHash[hash]
	token.caller.DepartmentIDs = slices.Clone(token.caller.DepartmentIDs)
	return token, known, k.changes
}

// keep remembers a token that was read after find, unless tokens have changed since.
func (k *knownTokens) keep(hash [sha256.Size]byte, token knownToken, changes int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != changes {
		return
	}
	if k.byHash == nil || len(k.byHash) >= maxKnown {
		k.byHash = map[[sha256.Size]byte]knownToken{}
	}
	token.caller.DepartmentIDs = slices.Clone(token.caller.DepartmentIDs)
	k.byHash[hash] = token
}

// forget is called after every commit, or try of one, that changed tokens.
func (k *knownTokens) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	k.byHash = nil
}
