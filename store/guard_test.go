package store

import (
	"path/filepath"
	"sync"
	"testing"
)

func TestToCloseTwiceDoesNothing(t *testing.T) {
	s := openAt(t, Options{Path: filepath.Join(t.TempDir(), "glow.db")})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { closeStore(t, s) })
	}
	wg.Wait()
	closeStore(t, s)
}
