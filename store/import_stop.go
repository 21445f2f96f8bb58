package store

import "context"

// cancelWith runs fn for no longer than the caller of ctx is there. The commit that
// follows is not broken off: then nobody would know whether it was done.
func cancelWith(ctx context.Context, fn func(*tx) error) func(*tx) error {
	return func(t *tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		whole := t.Context()
		defer func() { t.SetContext(whole) }()
		until, cancel := context.WithCancel(whole)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		t.SetContext(until)
		if err := fn(t); err != nil && ctx.Err() == nil {
			return err
		}
		return ctx.Err()
	}
}
