package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"

	"glow/schema"
	"glow/store/sqlite"
)

// scheduleBackups has the backups of Options made, each with its entry on the audit
// list. Their names have a few letters in them that this database was given at random,
// as many a database has the same name.
func (s *Store) scheduleBackups(ctx context.Context) error {
	if s.o.Backups.Folder == "" {
		return nil
	}
	id, err := s.backupID(ctx)
	if err != nil {
		return err
	}
	return s.db.ScheduleBackups(id, s.auditBackup)
}

func (s *Store) backupID(ctx context.Context) (id string, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.QueryRow([]any{&id}, `SELECT value FROM setting WHERE name = 'backup_id'`)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		id = strings.ToLower(rand.Text()[:8])
		return t.set("backup_id", id)
	})
	return id, err
}

func (s *Store) auditBackup(ctx context.Context, b sqlite.ScheduledBackup) error {
	detail := map[string]any{"file": b.File, "sha256": b.SHA256, "bytes": b.Bytes, "scheduled": true}
	return s.AuditEnd(ctx, schema.ByItself(schema.NameServe), schema.ActionBackup, detail)
}

// Restore puts a copy of the backup in the place of the database at path, which
// must not be in use. What stands in the way is found before anything is moved.
// The old file is kept aside under the returned name, which is empty when there
// was none. The audit list of the copy says where it came from.
func Restore(ctx context.Context, backup, path string) (kept string, err error) {
	return fileSchema().Restore(ctx, sqlite.Restoring{
		Backup: backup, Path: path, Holder: schema.NameRestore,
		Restored: func(t *sqlite.Tx, backup, kept string) error {
			detail := map[string]any{"file": filepath.Base(backup)}
			if kept != "" {
				detail["kept"] = filepath.Base(kept)
			}
			return newTx(t).audit(schema.ByItself(schema.NameRestore), schema.ActionRestore, detail)
		},
	})
}

// Check reads a database file that may be damaged without being able to write to
// it, and says in one line what is wrong with it. One that is in use is refused.
func Check(ctx context.Context, path string) error { return fileSchema().Check(ctx, path) }

// FollowLinks returns the file that path names once every symbolic link is
// followed. The file itself need not exist.
func FollowLinks(path string) (string, error) { return sqlite.FollowLinks(path) }
