package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/adrg/xdg"

	"glow/schema"
)

// backupCmd copies the database of an instance.
type backupCmd struct {
	File string `arg:"" help:"The file to write."`
	Yes  bool   `help:"Overwrite the file."`
}

// Run copies the database.
func (c *backupCmd) Run(a *app) error {
	client, err := a.open()
	if err != nil {
		return err
	}
	defer client.close()
	path, size, err := a.download(client, schema.Backup.Route, []byte("{}"), target{c.File, "glow-backup.db", c.Yes})
	if err != nil || path == "" {
		return err
	}
	return a.printResult(fmt.Sprintf("Copied the database to %s, %s.", path, plural(size, "byte")), map[string]any{"file": path, "bytes": size})
}

// restoreCmd puts a backup in the place of the database.
type restoreCmd struct {
	File string `arg:"" help:"The backup."`
}

// Run restores. The database must not be in use.
func (c *restoreCmd) Run(a *app) error {
	if c.File == "-" {
		return usagef("restore: name a file")
	}
	if a.globals.InstanceURL != "" {
		return errors.New("a running instance cannot be restored; stop it, then restore its file with --db")
	}
	path, err := a.database()
	if err != nil {
		return err
	}
	kept, err := restoreFile(a.ctx, c.File, path)
	if err != nil {
		return err
	}
	sentence := fmt.Sprintf("Restored %s from %s.", path, c.File)
	if kept != "" {
		sentence += fmt.Sprintf(" The database that was there is now %s.", kept)
	}
	return a.printResult(sentence, map[string]any{"database": path, "backup": c.File, "kept": kept})
}

// database is the file of --db, else the one that serve uses by default.
func (a *app) database() (string, error) {
	if a.globals.DB != "" {
		return a.globals.DB, nil
	}
	folder, err := a.folder("XDG_DATA_HOME", xdg.DataHome)
	if err != nil {
		return "", fmt.Errorf("%w, or name the database with --db", err)
	}
	return filepath.Join(folder, "glow", "glow.db"), nil
}
