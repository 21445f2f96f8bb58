package cli

import (
	"fmt"
	"time"

	"github.com/thlib/go-timezone-local/tzlocal"
)

// systemZone returns the zone that Windows is set to, by the IANA name that
// Unicode's CLDR gives it.
func systemZone() (*time.Location, error) {
	name, err := tzlocal.LocalTZ()
	if err != nil {
		return nil, fmt.Errorf("Windows does not tell: %w", err)
	}
	return namedZone(name)
}
