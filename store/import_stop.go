package store

import "context"

// cancelWith returns a function that runs fn until ctx is canceled. The commit that
// follows is not canceled, because then nobody would know whether it happened.
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
