//go:build unix

package survival

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// litestreamModule is the version that the manual is written for.
const litestreamModule = "github.com/benbjohnson/litestream/cmd/litestream@v0.5.18"

// litestream is a program that copies a database elsewhere while it is used. It is
// built from the module proxy when it is not installed. That is on the net, which not
// every machine reaches: there the test is skipped, under CI too, and says so.
func litestream(t *testing.T) (program string) {
	t.Helper()
	if !*full {
		t.Skip("to build Litestream takes minutes: only with -full")
	}
	if path, err := exec.LookPath("litestream"); err == nil {
		return path
	}
	folder := t.TempDir()
	most, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(most, "go", "install", "-ldflags=-s -w", litestreamModule)
	cmd.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("NOT CHECKED: %s cannot be had: %v: %.500s", litestreamModule, err, out)
	}
	return filepath.Join(folder, "litestream")
}

// sidecar is Litestream beside a program, and the folder that it copies to.
type sidecar struct {
	t                    *testing.T
	program, db, replica string
	cmd                  *exec.Cmd
	said                 *notes
}

// start copies until kill or the end of the test.
func (s *sidecar) start() {
	s.t.Helper()
	s.said = &notes{}
	s.cmd = exec.Command(s.program, "replicate", s.db, "file://"+s.replica)
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.kill)
}

func (s *sidecar) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// restored is the database as the copy has it.
func (s *sidecar) restored() (db string, err error) {
	db = filepath.Join(s.t.TempDir(), "restored.db")
	out, err := exec.Command(s.program, "restore", "-o", db, "file://"+s.replica).CombinedOutput()
	if err != nil {
		s.said.Write(out)
	}
	return db, err
}

// missing counts the marks that a restored database does not have.
func (s *sidecar) missing(marked map[string]bool) int {
	db, err := s.restored()
	if err != nil { // nothing is copied yet
		return len(marked)
	}
	return missingFrom(s.t, db, marked)
}

func missingFrom(t *testing.T, db string, marked map[string]bool) (n int) {
	t.Helper()
	there := map[string]bool{}
	for _, mark := range sqlite(t, db, marks) {
		there[mark] = true
	}
	for mark := range marked {
		if !there[mark] {
			n++
		}
	}
	return n
}

// What Litestream had time to copy is restored whole when the program and Litestream
// are killed; once both run again the copy has all that was ever acknowledged.
func TestLitestream(t *testing.T) {
	needs(t, "sqlite3")
	program := litestream(t)
	db := filepath.Join(t.TempDir(), "glow.db")
	side := &sidecar{t: t, program: program, db: db, replica: filepath.Join(t.TempDir(), "copy")}
	b := newWriteLog()
	in := start(t, db)
	in.people()
	side.start()
	stop := b.writers(in, 4)
	within(t, 60*time.Second, "some writes are acknowledged", func() bool { return b.count() > 1000 })
	early := b.marked()
	caught := within(t, 60*time.Second, "they are copied: "+side.said.String(), func() bool { return side.missing(early) == 0 })
	in.kill()
	side.kill()
	stop()

	copied, err := side.restored()
	if err != nil {
		t.Fatalf("restore: %v: %s", err, side.said)
	}
	if n := missingFrom(t, copied, early); n > 0 {
		t.Errorf("of %d records that were copied %d are not restored", len(early), n)
	}
	late := missingFrom(t, copied, b.marked())
	cmd := exec.Command(glow(t), "doctor", "--db", copied)
	cmd.Env = environment(t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), `"healthy": true`) {
		t.Errorf("doctor on what was restored: %v: %s", err, out)
	}
	in = start(t, copied)
	in.sound()
	in.stop()

	in = start(t, db)
	side.start()
	b.repeat(t, in)
	b.checkAgainstFile(t, in)
	within(t, 60*time.Second, "all of them are copied", func() bool { return side.missing(b.acked) == 0 })
	in.sound()
	in.stop()
	figure(t, "Litestream and the program killed: of %d acknowledged the last %d were not copied yet, none of the %d before; the copy had those after %s",
		b.count(), late, len(early), caught.Round(100*time.Millisecond))
}
