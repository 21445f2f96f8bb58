package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pressly/goose/v3"

	"glow/schema"
)

// migrate brings the schema of a database up to date. A file that has a schema already is
// copied first.
func (s Schema) migrate(ctx context.Context, path string, fresh bool) error {
	return s.runSteps(ctx, path, fresh, func(db *sql.DB, have int64) error {
		return keepCopy(ctx, db, path, fmt.Sprintf("%s.schema-%d.bak", path, have))
	})
}

// migrateCopy brings the schema of a copy up to date; its original is kept anyway.
func (s Schema) migrateCopy(ctx context.Context, path string) error {
	return s.runSteps(ctx, path, false, func(*sql.DB, int64) error { return nil })
}

// runSteps runs the migrations that a file does not have yet, each in a transaction, and
// then Schema.Upgrade. If the file has some of them already, keep is called first. A newer
// schema is refused.
func (s Schema) runSteps(ctx context.Context, path string, fresh bool, keep func(db *sql.DB, have int64) error) (err error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", pragmas))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := s.newSteps(db)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	known := sources[len(sources)-1].Version
	var have int64
	if !fresh {
		if have, err = schemaVersion(ctx, db); err != nil {
			return Translate(err)
		}
	}
	if have > known {
		return schema.Errorf(schema.CodeConflict, "the file was written by a newer glow (schema %d; this one knows %d); use that one", have, known)
	}
	if have == known { // the program may have been killed between the last step and this
		return Translate(s.upgrade(ctx, db))
	}
	if have > 0 {
		if err := keep(db, have); err != nil {
			return Translate(err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return Translate(fmt.Errorf("migrate: %w", err))
	}
	return Translate(s.upgrade(ctx, db))
}

func (s Schema) upgrade(ctx context.Context, db *sql.DB) (err error) {
	if s.Upgrade == nil {
		return nil
	}
	c, err := ConnOf(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Release()) }()
	return s.Upgrade(ctx, c)
}

// newSteps reads the migrations that this program knows.
func (s Schema) newSteps(db *sql.DB) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectSQLite3, db, s.Migrations, goose.WithDisableGlobalRegistry(true))
}

// schemaVersion reads goose's own table without making it.
func schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT ifnull(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// keepCopy copies the database at path to copyPath, unless an earlier try has made that
// copy and the database has not been written to since. The copy gets its name only when
// it is whole.
func keepCopy(ctx context.Context, db *sql.DB, path, copyPath string) error {
	if made, err := os.Stat(copyPath); err == nil && !writtenSince(path, made.ModTime()) {
		return nil
	}
	copyPath, err := freeName(copyPath)
	if err != nil {
		return err
	}
	part := copyPath + ".part"
	if err := writeCopy(ctx, db, part); err != nil {
		return errors.Join(err, remove(part, "-journal", ""))
	}
	if err := os.Rename(part, copyPath); err != nil {
		return err
	}
	return syncFolder(copyPath)
}

// writtenSince reports whether a database was written to after a time.
func writtenSince(path string, at time.Time) bool {
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil && info.Size() > 0 && info.ModTime().After(at) {
			return true
		}
	}
	return false
}

func writeCopy(ctx context.Context, db *sql.DB, path string) error {
	if err := remove(path, "-journal", ""); err != nil { // of a try that was cut off
		return err
	}
	if err := makeEmpty(path); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return err
	}
	return syncFile(path)
}
