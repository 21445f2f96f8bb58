package store

import (
	"fmt"
	"runtime/debug"
)

// panicked is a panic inside a write, which fails that write alone.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic in a write: %v\n%s", p.value, p.stack) }

// guarded runs fn and turns its panic into an error: others share the goroutine
// and the transaction.
func guarded(t *tx, fn func(*tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return fn(t)
}
