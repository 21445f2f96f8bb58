//go:build unix

package survival

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A second server on a file says who has it, and leaves it alone.
func TestSecondServer(t *testing.T) {
	db := filepath.Join(t.TempDir(), "glow.db")
	in := start(t, db)
	in.people()
	b := newWriteLog()
	stop := b.writers(in, 4)
	time.Sleep(100 * time.Millisecond) // while it is in use
	stop()
	within(t, 10*time.Second, "the summaries are written, too", func() bool {
		before := digests(t, db)
		time.Sleep(400 * time.Millisecond)
		return digests(t, db) == before
	})
	before := digests(t, db)
	second := launch(t, exec.Command(glow(t), serving(db)...), db)
	err := second.ready()
	took := time.Since(second.since)
	if err == nil {
		t.Fatal("it serves, too")
	}
	said := second.errs.String()
	if code := second.cmd.ProcessState.ExitCode(); code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "http://"+in.addr) {
		t.Errorf("exit %d: %s", code, said)
	}
	if took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if digests(t, db) != before {
		t.Error("the file has changed")
	}
	in.stop()
	figure(t, "a second server on a file: exit 1 after %s: %s", took.Round(time.Millisecond), strings.TrimSpace(said))
}
