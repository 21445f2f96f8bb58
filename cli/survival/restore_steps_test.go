//go:build linux

package survival

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema/testenv"
)

// A restore is killed before each of the steps that change names or wait for the
// disk: whichever it is, the old database or the new one is served then, and the
// old one is somewhere whole.
func TestKillBeforeEachStepOfRestore(t *testing.T) {
	needs(t, "strace")
	needs(t, "sqlite3")
	backup := filepath.Join(t.TempDir(), "backup.db")
	databaseWith(t, backup, "new").stop()
	ends := map[string]int{}
	calls := []string{"renameat", "fsync", "unlinkat"}
	for _, call := range calls[:many(1, len(calls))] {
		for step := 1; step <= 40; step++ {
			db := filepath.Join(t.TempDir(), "glow.db")
			databaseWith(t, db, "old").kill() // the department is only in the log
			done := killBefore(t, backup, db, call, step)
			in := start(t, db)
			in.sound()
			got := strings.Join(sqlite(t, db, `SELECT id FROM department`), " ")
			in.stop()
			where := fmt.Sprintf("before the %dth %s", step, call)
			if ends[got]++; got != "old" && got != "new" {
				t.Errorf("killed %s: the departments are %q", where, got)
			}
			if got == "new" {
				oldIsKept(t, db, where)
			}
			if done {
				break
			}
		}
	}
	figure(t, "a restore killed before each of its steps: %v", ends)
}

// killBefore restores, and kills that before the nth call of some sort; done
// tells that there were fewer.
func killBefore(t *testing.T, backup, db, call string, n int) (done bool) {
	t.Helper()
	cmd := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n),
		glow(t), "restore", backup, "--db", db)
	cmd.Env = environment(t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) > 0 {
		testenv.Lacking(t, "this machine does not let strace run a program: %v: %s", err, out)
	}
	return err == nil
}

// oldIsKept wants the database of before whole under its new name.
func oldIsKept(t *testing.T, db, where string) {
	t.Helper()
	kept := start(t, db+".before-restore")
	defer kept.stop()
	if old := strings.Join(sqlite(t, kept.db, `SELECT id FROM department`), " "); old != "old" {
		t.Errorf("killed %s: the old database has the departments %q", where, old)
	}
}
