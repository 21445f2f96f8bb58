package sqlite

import (
	"context"
	"errors"
	"io/fs"

	"glow/schema"
)

// Backup writes a consistent copy of the database to a new file that only its
// owner can read, and checks it. Writers are not held up.
func (d *DB) Backup(ctx context.Context, path string) error {
	err := makeEmpty(path)
	if errors.Is(err, fs.ErrExist) {
		return schema.Errorf(schema.CodeConflict, "%s is there already", path)
	}
	if err != nil {
		return diskError(err, "cannot make "+path)
	}
	if err := d.backup(ctx, path); err != nil {
		return errors.Join(Translate(err), remove(path, "-journal", ""))
	}
	return nil
}

func (d *DB) backup(ctx context.Context, path string) error {
	c, err := d.OpenReader(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	// VACUUM INTO reads the database and writes another file: query_only would
	// forbid it although nothing of ours changes.
	t := c.Tx(ctx)
	if err := t.ExecAll(`PRAGMA query_only(0)`); err != nil {
		return err
	}
	if err := t.Exec(`VACUUM INTO ?`, path); err != nil {
		return err
	}
	if err := errors.Join(syncFile(path), syncFolder(path)); err != nil {
		return err
	}
	return d.o.Schema.checkCopy(ctx, path)
}
