package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// credentials is the file of saved tokens: secrets by the address of their
// instance, or by the file:// address of the database they were made for.
type credentials struct{ path string }

// credentials returns the file in the user's config folder.
func (a *app) credentials() credentials {
	return credentials{filepath.Join(a.folder("XDG_CONFIG_HOME", xdg.ConfigHome), "glow", "tokens.json")}
}

// folder returns what the variable says, if it is absolute as the XDG
// specification wants, else the place for it on this system.
func (a *app) folder(variable, otherwise string) string {
	if dir := a.env[variable]; filepath.IsAbs(dir) {
		return dir
	}
	return otherwise
}

// load returns the saved tokens; none when there is no file.
func (c credentials) load() (map[string]string, error) {
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the saved tokens: %w", err)
	}
	saved := map[string]string{}
	if err := json.Unmarshal(text, &saved); err != nil {
		return nil, fmt.Errorf("the saved tokens in %s are not valid JSON (%w); remove the file and sign in again with `glow login`", c.path, err)
	}
	return saved, nil
}

// save keeps token under each of the keys.
func (c credentials) save(token string, keys ...string) error {
	return c.change(func(saved map[string]string) {
		for _, key := range keys {
			saved[key] = token
		}
	})
}

// forget drops what is kept under key.
func (c credentials) forget(key string) (known bool, err error) {
	saved, err := c.load()
	if err != nil {
		return false, err
	}
	if _, known = saved[key]; !known {
		return false, nil
	}
	return true, c.change(func(saved map[string]string) { delete(saved, key) })
}

// change replaces the file as a whole, so that a crash leaves the old one.
func (c credentials) change(fn func(map[string]string)) error {
	saved, err := c.load()
	if err != nil {
		return err
	}
	fn(saved)
	text, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return fmt.Errorf("cannot save the token: %w", err)
	}
	f, err := createBeside(c.path)
	if err != nil {
		return fmt.Errorf("cannot save the token: %w", err)
	}
	defer f.discard()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("cannot save the token: %w", err)
	}
	return f.keep(true)
}
