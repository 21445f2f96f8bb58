package store

import "context"

// MaxImports is how many imports are staged at once; more wait.
const MaxImports = 8

// writeBulk runs fn in a transaction that may take long.
func (s *Store) writeBulk(ctx context.Context, fn func(*tx) error) error {
	return s.bulk(ctx, func(c *conn) error { return s.writeOn(ctx, c, fn) })
}

// bulk opens a connection for fn. What fn leaves in its temporary tables, or of
// a transaction, goes with the connection.
func (s *Store) bulk(ctx context.Context, fn func(*conn) error) error {
	leave, err := s.take(ctx, s.imports)
	if err != nil {
		return err
	}
	defer leave()
	c, err := s.openWriter(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer func() {
		if err := c.Close(); err != nil {
			s.o.Logger.Warn("the connection of an import was not closed", "error", err)
		}
	}()
	return fn(c)
}
