//go:build linux

package survival

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
	"glow/schema/testenv"
)

// mount mounts something for the length of a test. Where that is not allowed the
// test is skipped with the reason, and fails under CI.
func mount(t *testing.T, args ...string) {
	t.Helper()
	folder := args[len(args)-1]
	if os.Geteuid() != 0 {
		testenv.Lacking(t, "to mount a file system takes root")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
		testenv.Lacking(t, "this machine does not mount that: %v: %s", err, out)
	}
	t.Cleanup(func() { unmount(t, folder) })
}

func unmount(t *testing.T, folder string) {
	t.Helper()
	var out []byte
	within(t, 10*time.Second, "the file system is not in use", func() (done bool) {
		var err error
		out, err = exec.Command("umount", folder).CombinedOutput()
		return err == nil || strings.Contains(string(out), "not mounted")
	})
}

// disk is a small disk with a database, and some room that can be given back.
type disk struct {
	*instance
	folder, ballast string
}

func smallDisk(t *testing.T) *disk {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "small")
	mount(t, "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder)
	d := &disk{folder: folder, ballast: filepath.Join(folder, "ballast")}
	if err := os.WriteFile(d.ballast, make([]byte, 6<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	d.instance = start(t, filepath.Join(folder, "glow.db"))
	d.people()
	return d
}

// fill takes what is left of the disk.
func (d *disk) fill() {
	d.t.Helper()
	_ = exec.Command("dd", "if=/dev/zero", "of="+filepath.Join(d.folder, "filler"), "bs=4k").Run() // ends when it is full
}

// free gives room back.
func (d *disk) free() {
	d.t.Helper()
	for _, name := range []string{d.ballast, filepath.Join(d.folder, "filler")} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			d.t.Error(err)
		}
	}
}

// watch reads all the time, from an instance that must answer all of it.
func (in *instance) watch() (stop func()) {
	var stopped atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stopped.Load() {
			if a, err := in.ask(activityQuestion); err != nil || a.status != http.StatusOK {
				in.t.Errorf("a read: %d, %v: %.300s", a.status, err, a.body)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return func() {
		stopped.Store(true)
		<-done
	}
}

// refusedFor lets the writeLog's writers be refused for some time.
func (b *writeLog) refusedFor(t *testing.T, lasts time.Duration) {
	t.Helper()
	within(t, 60*time.Second, "writes are refused", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.refused) > 2*writersAtOnce
	})
	time.Sleep(lasts)
}

// writesAgain is how long it takes until the next write is acknowledged.
func (b *writeLog) writesAgain(t *testing.T) time.Duration {
	t.Helper()
	before := b.count()
	return within(t, 10*time.Second, "writes are taken again", func() bool { return b.count() > before })
}

// A full disk refuses writes, and nothing else; once there is room they go on.
func TestDiskFull(t *testing.T) {
	needs(t, "sqlite3")
	d := smallDisk(t)
	b := newWriteLog()
	reading := d.watch()
	stop := b.writers(d.instance, writersAtOnce)
	within(t, 60*time.Second, "some writes are acknowledged", func() bool { return b.count() > 500 })
	d.fill()
	b.refusedFor(t, time.Duration(many(1, 5))*time.Second)
	whole := b.count()
	d.free()
	again := b.writesAgain(t)
	stop()
	reading()
	lost, doubled := b.checkAgainstFile(t, d.instance)
	b.repeat(t, d.instance)
	d.sound()
	d.kill()
	d.instance = start(t, d.db)
	l, _ := b.checkAgainstFile(t, d.instance)
	figure(t, "disk full: %d refused (%s), %d acknowledged before and %d after, %d lost, %d doubled; writes go on %s after there is room",
		len(b.refused), list(b.statuses), whole, b.count()-whole, lost+l, doubled, again.Round(time.Millisecond))
	b.checkRefusals(d.instance)
	if again > busy*time.Second {
		t.Errorf("%s until writes are taken again", again)
	}
	if got := d.errs.String(); strings.Contains(got, "panic") {
		t.Error(got)
	}
	d.stop()
}

// What needs more room than there is is refused as a whole, and leaves nothing.
func TestDiskFullForLargeThings(t *testing.T) {
	needs(t, "sqlite3")
	d := smallDisk(t)
	d.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("a", 10_000)))
	d.fill()
	for name, request := range map[string]string{
		"import":  post(schema.Import.Path, schema.TypeNDJSON, bulk("b", 60_000)),
		"backup":  post(schema.Backup.Path, schema.TypeJSON, "{}"),
		"refresh": post(schema.Refresh.Path, schema.TypeJSON, `{"full":true}`),
		"record":  record(`{"kind":"department","id":"x","name":"X"}`),
	} {
		a, err := d.ask(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := properRefusal(a); err != nil || a.status != http.StatusInsufficientStorage {
			t.Errorf("%s: %d: %.300s %v", name, a.status, a.body, err)
		}
	}
	d.want(http.StatusOK, activityQuestion)
	d.commandsFail()
	if got := sqlite(t, d.db, `SELECT count(*) FROM activity`); got[0] != "10000" {
		t.Errorf("%s records are there", got)
	}
	d.free()
	d.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("a", 10_000)))
	d.sound()
	onlyTheDatabase(t, d.db)
	d.stop()
	figure(t, "disk full: an import, a backup, a refresh and a record are refused as a whole, and nothing is left of them")
}

// commandsFail has the command line write files to the full disk.
func (d *disk) commandsFail() {
	d.t.Helper()
	for _, args := range [][]string{
		{"backup", filepath.Join(d.folder, "copy.db")},
		{"system", "export", "-o", filepath.Join(d.folder, "export.zip")},
	} {
		out, code := run(d.t, append(args, "--instance-url", "http://"+d.addr, "-q")...)
		if code != 1 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "full") && !strings.Contains(out, "no space") {
			d.t.Errorf("%v: exit %d: %s", args, code, out)
		}
		if _, err := os.Stat(args[len(args)-1]); err == nil {
			d.t.Errorf("%v left a file", args)
		}
	}
}

// A limit on the size of files is a full disk, too: the signal that comes with
// it ends nothing.
func TestFileSizeLimit(t *testing.T) {
	needs(t, "prlimit")
	needs(t, "sqlite3")
	db := filepath.Join(t.TempDir(), "glow.db")
	cmd := exec.Command("prlimit", append([]string{"--fsize=1500000:unlimited", glow(t)}, serving(db)...)...)
	in := launch(t, cmd, db)
	if err := in.ready(); err != nil {
		t.Fatal(err)
	}
	in.people()
	b := newWriteLog()
	reading := in.watch()
	stop := b.writers(in, writersAtOnce)
	b.refusedFor(t, 500*time.Millisecond)
	if out, err := exec.Command("prlimit", fmt.Sprint("--pid=", in.cmd.Process.Pid), "--fsize=unlimited:unlimited").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	again := b.writesAgain(t)
	stop()
	reading()
	lost, doubled := b.checkAgainstFile(t, in)
	in.sound()
	b.checkRefusals(in)
	figure(t, "file size limit: %d refused (%s), %d acknowledged, %d lost, %d doubled; writes go on after %s",
		len(b.refused), list(b.statuses), b.count(), lost, doubled, again.Round(time.Millisecond))
	in.stop()
}
