package sqlite

import "context"

// MaxBulk is how many bulk calls have a connection at once; more wait.
const MaxBulk = 8

// Bulk opens a writing connection for fn, which may take long. What fn leaves in its
// temporary tables, or of a transaction, goes with the connection.
func (d *DB) Bulk(ctx context.Context, fn func(*Conn) error) error {
	release, err := d.bulk.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	c, err := d.openWriter(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer func() {
		if err := c.Close(); err != nil {
			d.o.Logger.Warn("the connection of an import was not closed", "error", err)
		}
	}()
	return fn(c)
}

// WriteOn runs each step in a transaction on a connection of Bulk. All of them take
// one turn, and the small writes wait until the last is done. A step that fails ends
// it. The caller's going away does not interrupt it, but Close may.
func (d *DB) WriteOn(ctx context.Context, c *Conn, steps ...func(*Tx) error) (err error) {
	d.writer.writing.Lock()
	defer d.writer.writing.Unlock()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(d.ending, cancel)()
	t := d.Tx(ctx, c)
	for _, step := range steps {
		if err = t.Transact(step); err != nil {
			break
		}
	}
	d.writer.lastWrite.note(err)
	return err
}

// Exclusive runs fn, with the writer's own connection, while no one else writes.
func (d *DB) Exclusive(fn func(*Conn) error) error {
	d.writer.writing.Lock()
	defer d.writer.writing.Unlock()
	return fn(d.main)
}
