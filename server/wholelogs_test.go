package server

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
)

// excerpts are rows of the real logs, with all that is odd in them. They always run.
const excerpts = "../testdata/moodle"

// wholeLogs is the folder of the logs that the excerpts are of. They are not in the
// repository: without them a test goes by the excerpts alone, unless GLOW_SHARED says
// that they are there.
func wholeLogs(t *testing.T) (folder string, ok bool) {
	t.Helper()
	folder = filepath.Join(cmp.Or(os.Getenv("GLOW_SHARED"), "../../shared"), "data", "moodle")
	_, err := os.Stat(folder)
	if err != nil && os.Getenv("GLOW_SHARED") != "" {
		t.Fatalf("GLOW_SHARED names a folder without the whole logs: %v", err)
	}
	if err != nil {
		t.Logf("the whole logs are not beside the repository: %v", err)
	}
	return folder, err == nil
}
