package cli

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fileZone finds the name of the zone that a file of the system holds: from where
// the file lies, or, where it is a copy, from what it says.
func fileZone(file string) (*time.Location, error) {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil, fmt.Errorf("%s is not there", file)
	}
	if zone, err := namedZone(nameInPath(target)); err == nil {
		return zone, nil
	}
	content, err := os.ReadFile(target)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read", file)
	}
	rules, err := time.LoadLocationFromTZData("", content)
	if err != nil {
		return nil, fmt.Errorf("%s is not the file of a time zone", file)
	}
	if zone := zoneWithRules(rules); zone != nil {
		return zone, nil
	}
	return nil, fmt.Errorf("%s holds the rules of no zone that has a name", file)
}

// nameInPath returns the name of the zone whose file lies at path, as in
// /usr/share/zoneinfo/posix/Europe/Berlin; "" where it does not tell.
func nameInPath(path string) string {
	for _, base := range []string{"/zoneinfo/", "/zoneinfo.default/"} {
		if at := strings.LastIndex(filepath.ToSlash(path), base); at >= 0 {
			name := filepath.ToSlash(path)[at+len(base):]
			return strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
		}
	}
	return ""
}

//go:embed zone_names.txt
var zoneNames string

// zoneWithRules returns the first zone, by its name, whose clocks are those of rules; nil
// when there is none. What the zone calls its hours (GMT, JST) tells those apart
// that have been at the same offset all the time, where it helps: it changes from
// one version of the zone's file to the next.
func zoneWithRules(rules *time.Location) *time.Location {
	for _, same := range []func(a, b time.Time) bool{sameOffsetAndName, sameOffset} {
		if sameClocks(rules, time.UTC, same) {
			return time.UTC
		}
		for name := range strings.Lines(zoneNames) {
			if strings.HasPrefix(name, "#") {
				continue
			}
			if zone, err := time.LoadLocation(strings.TrimSpace(name)); err == nil && sameClocks(rules, zone, same) {
				return zone
			}
		}
	}
	return nil
}

func sameOffset(a, b time.Time) bool {
	_, offset := a.Zone()
	_, other := b.Zone()
	return offset == other
}

func sameOffsetAndName(a, b time.Time) bool {
	name, _ := a.Zone()
	other, _ := b.Zone()
	return name == other && sameOffset(a, b)
}

// sameClocks reports whether the clocks of two zones have been the same since 1970, and
// will be until 2038.
func sameClocks(a, b *time.Location, same func(a, b time.Time) bool) bool {
	end := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Unix(0, 0); at.Before(end); {
		if !same(at.In(a), at.In(b)) {
			return false
		}
		_, next := at.In(a).ZoneBounds()
		if _, other := at.In(b).ZoneBounds(); next.IsZero() || !other.IsZero() && other.Before(next) {
			next = other
		}
		if next.IsZero() {
			return true
		}
		if !next.After(at) { // Go gives some change as the end of what begins with it
			next = at.Add(time.Hour)
		}
		at = next
	}
	return true
}
