package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"

	"glow/schema"
)

// migrate brings the schema of the file up to date, each step in a transaction.
// A file that holds data is copied aside first. A newer schema is refused.
func migrate(ctx context.Context, path string, fresh bool) (err error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", pragmas))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err := fs.Sub(schema.Migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	sources := p.ListSources()
	known := sources[len(sources)-1].Version
	var have int64
	if !fresh {
		if have, err = schemaVersion(ctx, db); err != nil {
			return storageError(err)
		}
	}
	if have > known {
		return schema.Errorf(schema.CodeConflict, "the file was written by a newer glow (schema %d; this one knows %d); use that one", have, known)
	}
	if have == known {
		return nil
	}
	if have > 0 {
		if err := keepCopy(ctx, db, fmt.Sprintf("%s.schema-%d.bak", path, have)); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return storageError(fmt.Errorf("migrate: %w", err))
	}
	return nil
}

// schemaVersion reads goose's own table without making it.
func schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT ifnull(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// keepCopy writes a copy of the database unless there is one from a try before.
func keepCopy(ctx context.Context, db *sql.DB, copyPath string) error {
	f, err := os.OpenFile(copyPath, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	f.Close()
	if _, err = db.ExecContext(ctx, `VACUUM INTO ?`, copyPath); err != nil {
		return storageError(errors.Join(err, os.Remove(copyPath)))
	}
	return nil
}
