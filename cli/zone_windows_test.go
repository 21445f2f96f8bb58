package cli

import (
	"testing"

	"github.com/thlib/go-timezone-local/tzlocal"
)

// Whatever Windows calls a zone, there is one.
func TestZonesOfWindows(t *testing.T) {
	for windows, name := range tzlocal.WinTZtoIANA {
		if _, err := namedZone(name); err != nil {
			t.Errorf("%s: %v", windows, err)
		}
	}
}
