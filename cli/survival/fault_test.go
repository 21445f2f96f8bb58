//go:build linux

package survival

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"glow/schema/testenv"
)

// inject has system calls of a running program fail until stop.
func inject(t *testing.T, in *instance, calls, fault string) (stop func()) {
	t.Helper()
	said := &notes{}
	// Only a failing call is stopped at twice: see --inject in strace(1).
	cmd := exec.Command("strace", "-f", "-p", fmt.Sprint(in.cmd.Process.Pid), "-o", "/dev/null", "-e", "trace="+calls, "-e", "inject="+calls+":"+fault)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it lets go of the program
		<-ended
	}
	began := time.Now()
	for !strings.Contains(said.String(), "attached") {
		select {
		case err := <-ended:
			testenv.Lacking(t, "this machine does not let strace attach: %v: %s", err, said)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Since(began) > 20*time.Second {
			stop()
			t.Fatalf("strace does not attach: %s", said)
		}
	}
	return stop
}

// A disk that fails is told of, what it did not take is not acknowledged, and
// once it works again so does the program.
func TestDiskFails(t *testing.T) {
	needs(t, "strace")
	needs(t, "sqlite3")
	faults := []struct{ name, calls, fault string }{
		{"fsync fails", "fsync,fdatasync", "error=EIO"},
		{"writes fail", "pwrite64", "error=EIO"},
		{"writes fail for want of room", "pwrite64", "error=ENOSPC"},
		{"every third write fails", "pwrite64", "error=EIO:when=3+3"},
	}
	for _, c := range faults[:many(2, len(faults))] {
		t.Run(c.name, func(t *testing.T) { failFor(t, c.calls, c.fault) })
	}
}

func failFor(t *testing.T, calls, fault string) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	b := newWriteLog()
	reading := in.watch()
	stop := b.writers(in, writersAtOnce)
	within(t, 60*time.Second, "some writes are acknowledged", func() bool { return b.count() > 100 })
	heal := inject(t, in, calls, fault)
	before := b.count()
	b.refusedFor(t, time.Duration(many(500, 5000))*time.Millisecond)
	during := b.count() - before
	heal()
	again := b.writesAgain(t)
	stop()
	reading()
	lost, doubled := b.checkAgainstFile(t, in)
	in.sound()
	b.checkRefusals(in)
	in.kill() // what was acknowledged is in the file by now
	in = start(t, in.db)
	l, _ := b.checkAgainstFile(t, in)
	b.repeat(t, in)
	in.sound()
	in.stop()
	figure(t, "%s %s: %d refused (%s), %d acknowledged while it lasted, of %d in all %d lost, %d doubled; writes go on %s after it ends",
		calls, fault, len(b.refused), list(b.statuses), during, b.count(), lost+l, doubled, again.Round(time.Millisecond))
}
