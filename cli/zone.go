package cli

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// chosenZone returns the zone of --timezone; nil when none was given.
func (a *app) chosenZone() (*time.Location, error) {
	if a.globals.Timezone == "" {
		return nil, nil
	}
	return loadZone(a.globals.Timezone)
}

// zone returns the zone of --timezone, else that of this computer.
func (a *app) zone() (*time.Location, error) {
	if zone, err := a.chosenZone(); zone != nil || err != nil {
		return zone, err
	}
	return a.localZone(), nil
}

// localZone finds the zone of this computer by its name: time.Local has none
// that another computer would know. Where there is no telling it is UTC.
func (a *app) localZone() *time.Location {
	names := []string{strings.TrimPrefix(a.env["TZ"], ":")}
	if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(target), "zoneinfo/"); ok {
			names = append(names, name)
		}
	}
	if text, err := os.ReadFile("/etc/timezone"); err == nil {
		names = append(names, strings.TrimSpace(string(text)))
	}
	for _, name := range names {
		if zone, err := loadZone(name); err == nil && name != "Etc/UTC" {
			return zone
		}
	}
	return time.UTC
}

// loadZone returns the zone of an IANA name.
func loadZone(name string) (*time.Location, error) {
	if zone, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
		return zone, nil
	}
	return nil, usagef("--timezone: %q is not a time zone; write it as Europe/Berlin", name)
}
