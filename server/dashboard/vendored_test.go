package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// TestVendoredFilesAreThoseOfTheirVersions holds the files of others against what
// npm has, as of "npm pack NAME@VERSION".
func TestVendoredFilesAreThoseOfTheirVersions(t *testing.T) {
	for _, file := range []struct{ name, license, origin, sum string }{
		{"htmx.min.js", "htmx.LICENSE", "htmx.org@2.0.7 dist/htmx.min.js", "60231ae6ba9db3825eb15a261122d5f55921c4d53b66bf637dc18b4ee27c79f9"},
		{"uplot.min.js", "uplot.LICENSE", "uplot@1.6.32 dist/uPlot.iife.min.js", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"},
		{"uplot.min.css", "uplot.LICENSE", "uplot@1.6.32 dist/uPlot.min.css", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"},
	} {
		sum := sha256.Sum256(Assets()[file.name].Content)
		if hex.EncodeToString(sum[:]) != file.sum {
			t.Errorf("%s is not %s", file.name, file.origin)
		}
		if len(Assets()[file.license].Content) == 0 {
			t.Errorf("%s has no licence", file.name)
		}
	}
}
