package cli

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// zoneFile writes the file of a zone, as Go's own library has it, to path.
func zoneFile(t *testing.T, zone, path string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open(zone)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestZoneOfAFileWithoutItsName(t *testing.T) {
	for held, want := range map[string]string{
		"America/New_York": "America/New_York", "US/Eastern": "America/New_York", "EST5EDT": "America/New_York", "Asia/Saigon": "Asia/Ho_Chi_Minh",
		"Europe/Oslo": "Europe/Berlin", "Europe/London": "Europe/London", "Asia/Kolkata": "Asia/Kolkata", "Etc/UTC": "UTC", "UTC": "UTC",
	} {
		path := filepath.Join(t.TempDir(), "localtime")
		zoneFile(t, held, path)
		if zone, err := fileZone(path); err != nil || zone.String() != want {
			t.Errorf("a copy of %s: got %v, %v; want %s", held, zone, err, want)
		}
	}
}

func TestZoneOfALink(t *testing.T) {
	folder := t.TempDir()
	for place, want := range map[string]string{
		"zoneinfo/Europe/Berlin": "Europe/Berlin", "zoneinfo/posix/Europe/Rome": "Europe/Rome", "zoneinfo.default/Asia/Tokyo": "Asia/Tokyo", "zoneinfo/Etc/UTC": "UTC",
	} {
		zoneFile(t, want, filepath.Join(folder, place))
		link := filepath.Join(t.TempDir(), "localtime")
		if err := os.Symlink(filepath.Join(folder, place), link); err != nil {
			t.Fatal(err)
		}
		if zone, err := fileZone(link); err != nil || zone.String() != want {
			t.Errorf("a link to %s: got %v, %v", place, zone, err)
		}
	}
	for _, content := range []string{"", "Europe/Berlin\n"} {
		path := filepath.Join(folder, "text")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if zone, err := fileZone(path); err == nil {
			t.Errorf("%q is the zone %v", content, zone)
		}
	}
}

func TestZoneOfTheEnvironment(t *testing.T) {
	link := filepath.Join(t.TempDir(), "localtime")
	zoneFile(t, "Asia/Tokyo", link)
	for value, want := range map[string]string{
		"": "UTC", "UTC": "UTC", ":UTC": "UTC", "Etc/UTC": "UTC", "Europe/Berlin": "Europe/Berlin", ":Europe/Berlin": "Europe/Berlin",
		link: "Asia/Tokyo", ":" + link: "Asia/Tokyo",
		"Europe/Berlim": "?", "/no/such/file": "?", "CET-1CEST": "?", "Local": "?",
	} {
		zone, err := (&app{env: map[string]string{"TZ": value}}).localZone()
		if got := map[bool]string{true: zone.String(), false: "?"}[err == nil]; got != want {
			t.Errorf("TZ=%s: got %s, %v; want %s", value, got, err, want)
		}
		if err != nil && (zone != time.UTC || !strings.HasPrefix(err.Error(), "TZ="+value)) {
			t.Errorf("TZ=%s: got %s, %v", value, zone, err)
		}
	}
}

// Each zone of the list is told from all others by its clocks.
func TestZoneNames(t *testing.T) {
	for name := range strings.Lines(zoneNames) {
		if name = strings.TrimSpace(name); strings.HasPrefix(name, "#") {
			continue
		}
		zone, err := namedZone(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if found := zoneWithRules(zone); found.String() != name {
			t.Errorf("%s is found as %s", name, found)
		}
	}
}
