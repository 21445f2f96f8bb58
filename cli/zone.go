package cli

import (
	"fmt"
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
	zone, _ := a.localZone()
	return zone, nil
}

// localZone finds the zone of this computer by its name: time.Local has none
// that another computer would know. Where it cannot be told the zone is UTC, and
// unknown says why.
func (a *app) localZone() (zone *time.Location, unknown error) {
	zone, err := a.environmentZone()
	if zone == nil && err == nil {
		zone, err = systemZone()
	}
	if err != nil {
		return time.UTC, err
	}
	return zone, nil
}

// environmentZone returns the zone that the variable TZ names, as a name or as
// the path of a file; nil when it is not set.
func (a *app) environmentZone() (*time.Location, error) {
	value, set := a.env["TZ"]
	if !set {
		return nil, nil
	}
	name := strings.TrimPrefix(value, ":")
	if name == "" {
		return time.UTC, nil
	}
	if filepath.IsAbs(name) {
		zone, err := fileZone(name)
		if err != nil {
			return nil, fmt.Errorf("TZ=%s: %w", value, err)
		}
		return zone, nil
	}
	zone, err := namedZone(name)
	if err != nil {
		return nil, fmt.Errorf("TZ=%s is not a time zone", value)
	}
	return zone, nil
}

// warnOfZone tells that a new database has the days of UTC only because the zone
// of this computer is not known.
func (a *app) warnOfZone(path string, unknown error) {
	fmt.Fprintf(a.errs, "glow: this computer's time zone is not known (%s), so the days of %s are in UTC; `glow serve --timezone ZONE`, as in Europe/Berlin, sets another\n",
		clean(unknown.Error()), clean(path))
}

// loadZone returns the zone of an IANA name that --timezone gives.
func loadZone(name string) (*time.Location, error) {
	zone, err := namedZone(name)
	if err != nil {
		return nil, usagef("--timezone: %q is not a time zone; write it as Europe/Berlin", name)
	}
	return zone, nil
}

// namedZone returns the zone of an IANA name. UTC has many names and one zone.
func namedZone(name string) (*time.Location, error) {
	switch name {
	case "", "Local":
		return nil, os.ErrNotExist
	case "Etc/UTC", "Etc/UCT", "UCT", "Etc/Zulu", "Zulu", "Etc/Universal", "Universal":
		return time.UTC, nil
	}
	return time.LoadLocation(name)
}
