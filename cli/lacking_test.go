package cli

import (
	"os"
	"testing"
)

// lacking skips a test for which this machine lacks something. The project's checks
// have all of it, and there the test fails.
func lacking(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
