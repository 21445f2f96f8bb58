package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
)

// credentials is the file of saved tokens: secrets by the address of their
// instance, or by the file:// address of the database they were made for.
type credentials struct {
	path      string
	old       string // the file that held them before; another program keeps its tokens there
	folderErr error  // why there is no place for the file
}

// credentials returns the file in the user's config folder.
func (a *app) credentials() credentials {
	folder, err := a.folder("XDG_CONFIG_HOME", xdg.ConfigHome)
	folder = filepath.Join(folder, "glow")
	return credentials{path: filepath.Join(folder, "instances.json"), old: filepath.Join(folder, "tokens.json"), folderErr: err}
}

// folder returns what the variable says, if it is absolute as the XDG
// specification wants, else the place for it on this system. There is none
// without a home: the folders of the root of the file system are nobody's.
func (a *app) folder(variable, otherwise string) (string, error) {
	if dir := a.env[variable]; filepath.IsAbs(dir) {
		return dir, nil
	}
	if _, err := os.UserHomeDir(); err != nil {
		return "", fmt.Errorf("the home folder is not known (%w); set it, or %s", err, variable)
	}
	return otherwise, nil
}

// load returns the saved tokens; none when there is no file. The old file counts
// until the new one is there, and only what this program wrote into it.
func (c credentials) load() (map[string]string, error) {
	if c.folderErr != nil {
		return nil, fmt.Errorf("cannot read the saved tokens: %w", c.folderErr)
	}
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c.loadOld(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the saved tokens: %w", err)
	}
	saved, err := parseTokens(text)
	if err != nil {
		return nil, fmt.Errorf("the saved tokens in %s are not valid JSON (%w); remove the file and sign in again with `glow login`", c.path, err)
	}
	return saved, nil
}

func (c credentials) loadOld() map[string]string {
	text, err := os.ReadFile(c.old)
	if err != nil {
		return map[string]string{}
	}
	saved, err := parseTokens(text)
	if err != nil {
		return map[string]string{}
	}
	return saved
}

// parseTokens returns the secrets that stand under an address. What else is there
// is not ours.
func parseTokens(text []byte) (map[string]string, error) {
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	saved := map[string]string{}
	for key, value := range file {
		secret, isText := value.(string)
		stored, isAddress := tokenKey(key)
		if !isText || !isAddress {
			continue
		}
		if _, there := saved[stored]; !there || stored == key {
			saved[stored] = secret
		}
	}
	return saved, nil
}

// tokenKey returns the key under which tokens are saved for an instance or
// database is known, and reports whether it is an address.
func tokenKey(address string) (key string, ok bool) {
	if strings.HasPrefix(address, "file://") {
		return address, true
	}
	u, err := parseURL(address)
	if err != nil {
		return "", false
	}
	return tokenKeyOfURL(u), true
}

// tokenKeyOfURL returns the address of an instance as tokens are saved for it: the
// names and numbers of this computer are one, and so are a port that is left out
// and the one that the scheme has.
func tokenKeyOfURL(u *url.URL) string {
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		host = ip.String()
		if ip.IsUnspecified() || ip == netip.IPv6Loopback() {
			host = thisComputer
		}
	} else if host == "localhost" {
		host = thisComputer
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port) + strings.TrimRight(u.Path, "/")
}

// thisComputer stands for all names of this computer.
const thisComputer = "127.0.0.1"

// save keeps token under each of the keys.
func (c credentials) save(token string, keys ...string) error {
	return c.change(func(saved map[string]string) {
		for _, key := range keys {
			saved[key] = token
		}
	})
}

// forget drops what is saved under a key.
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
