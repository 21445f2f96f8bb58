// Package testenv says what tests do on a machine that lacks what they need.
package testenv

import (
	"os"
	"testing"
)

// Lacking skips a test for which this machine lacks something. The project's checks
// have all of it, and there the test fails.
func Lacking(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
