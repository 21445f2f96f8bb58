//go:build !windows

package cli

import "time"

// systemZone returns the zone of /etc/localtime, which is what the clock of the
// system goes by; /etc/timezone may say something else, and is only a note.
func systemZone() (*time.Location, error) { return fileZone("/etc/localtime") }
