package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentialsAreTheOwnersAlone(t *testing.T) {
	c := credentials{path: filepath.Join(t.TempDir(), "config", "glow", "instances.json")}
	if saved, err := c.load(); err != nil || len(saved) != 0 {
		t.Fatalf("before: %v, %v", saved, err)
	}
	if err := c.save("one", "http://a:80", "file:///a.db"); err != nil {
		t.Fatal(err)
	}
	if err := c.save("two", "http://b:80"); err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{true, false} {
		if got, err := c.forget("http://a:80"); got != known || err != nil {
			t.Fatalf("forget: %v, %v", got, err)
		}
	}
	want := map[string]string{"file:///a.db": "one", "http://b:80": "two"}
	if saved, err := c.load(); err != nil || !maps.Equal(saved, want) {
		t.Errorf("got %v, %v; want %v", saved, err, want)
	}
	for path, mode := range map[string]os.FileMode{c.path: 0o600, filepath.Dir(c.path): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), mode)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(c.path), ".glow-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDamagedCredentialsSaySo(t *testing.T) {
	c := credentials{path: filepath.Join(t.TempDir(), "instances.json")}
	if err := os.WriteFile(c.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.save("x", "http://a:80"); err == nil || !strings.Contains(err.Error(), c.path) {
		t.Errorf("got %v", err)
	}
}

func TestNamesOfOnePlaceAreOne(t *testing.T) {
	for _, same := range [][]string{
		{"http://127.0.0.1:8000", "http://localhost:8000", "HTTP://LocalHost.:8000/", "http://[::1]:8000", "http://[0:0:0:0:0:0:0:1]:8000", "http://[::ffff:127.0.0.1]:8000//", "http://0.0.0.0:8000"},
		{"http://glow.example.edu", "http://GLOW.example.edu:80/", "http://glow.example.edu.:80"},
		{"https://glow.example.edu", "https://glow.example.edu:443"},
		{"https://glow.example.edu/glow", "https://glow.example.edu:443/glow/"},
		{"http://glow.example.edu:443"},
		{"http://127.0.0.2:8000"},
		{"file:///a.db"},
	} {
		want, _ := tokenKey(same[0])
		for _, name := range same {
			if got, ok := tokenKey(name); !ok || got != want {
				t.Errorf("%s is %q, %s is %q", name, got, same[0], want)
			}
		}
		if other, _ := tokenKey(want); other != want {
			t.Errorf("%s is %s", want, other)
		}
	}
	for _, none := range []string{"", "access_token", "ftp://a", "localhost:8000"} {
		if got, ok := tokenKey(none); ok {
			t.Errorf("%q is the place %q", none, got)
		}
	}
}

func TestOldTokensAreReadWhereThereAreNoNewOnes(t *testing.T) {
	dir := t.TempDir()
	c := credentials{path: filepath.Join(dir, "instances.json"), old: filepath.Join(dir, "tokens.json")}
	const old = `{"http://localhost:8000": "kept", "http://127.0.0.1:8000": "newer", "access_token": "theirs", "http://c": {"access_token": "theirs"}}`
	if err := os.WriteFile(c.old, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if saved, err := c.load(); err != nil || !maps.Equal(saved, map[string]string{"http://127.0.0.1:8000": "newer"}) {
		t.Errorf("got %v, %v", saved, err)
	}
	if known, err := c.forget("http://127.0.0.1:8000"); !known || err != nil {
		t.Fatalf("got %v, %v", known, err)
	}
	if saved, err := c.load(); err != nil || len(saved) != 0 {
		t.Errorf("what was forgotten came back: %v, %v", saved, err)
	}
	if text, err := os.ReadFile(c.old); err != nil || string(text) != old {
		t.Errorf("the old file is now %s, %v", text, err)
	}
}
