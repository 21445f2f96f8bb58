package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentialsAreTheOwnersAlone(t *testing.T) {
	c := credentials{filepath.Join(t.TempDir(), "config", "glow", "tokens.json")}
	if saved, err := c.load(); err != nil || len(saved) != 0 {
		t.Fatalf("before: %v, %v", saved, err)
	}
	if err := c.save("one", "http://a", "file:///a.db"); err != nil {
		t.Fatal(err)
	}
	if err := c.save("two", "http://b"); err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{true, false} {
		if got, err := c.forget("http://a"); got != known || err != nil {
			t.Fatalf("forget: %v, %v", got, err)
		}
	}
	want := map[string]string{"file:///a.db": "one", "http://b": "two"}
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
	c := credentials{filepath.Join(t.TempDir(), "tokens.json")}
	if err := os.WriteFile(c.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.save("x", "http://a"); err == nil || !strings.Contains(err.Error(), c.path) {
		t.Errorf("got %v", err)
	}
}
