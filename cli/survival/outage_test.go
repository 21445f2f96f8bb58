//go:build linux

package survival

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"glow/schema"
)

// A start on a full disk, after a stop or a kill, answers what was taken before. It
// refuses writes until there is room, and then takes them by itself.
func TestStartOnAFullDisk(t *testing.T) {
	for name, end := range map[string]func(*instance){"stopped": (*instance).stop, "killed": (*instance).kill} {
		t.Run(name, func(t *testing.T) {
			d := smallDisk(t)
			d.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("a", 1000)))
			for range 2 { // the second start finds what the first has left
				end(d.instance)
				d.fill()
				d.instance = start(t, d.db)
				d.want(http.StatusOK, activityQuestion)
				d.want(http.StatusOK, post(schema.Export.Path, schema.TypeJSON, "{}"))
				for range 5 {
					d.want(http.StatusInsufficientStorage, post(schema.Import.Path, schema.TypeNDJSON, bulk("b", 6_000)))
				}
				if said := d.errs.String(); strings.Count(said, "\n") > 3 || strings.Contains(said, "panic") {
					t.Errorf("the log: %s", said)
				}
			}
			d.free()
			took := within(t, 10*time.Second, "writes are taken again", func() bool {
				a, err := d.ask(record(`{"kind":"department","id":"x","name":"X"}`))
				return err == nil && a.status == http.StatusOK
			})
			within(t, 10*time.Second, "the export is on the audit list", func() bool {
				return call(d.instance, schema.Audit, schema.AuditRequest{Action: schema.ActionExport}).TotalCount > 0
			})
			d.stop()
			out, code := run(t, "doctor", "--db", d.db)
			if code != 0 {
				t.Errorf("doctor: %s", out)
			}
			figure(t, "a start on a full disk, %s before: reads go on, writes do %s after there is room", name, took.Round(time.Millisecond))
		})
	}
}

// A file system that goes away is told of in one line, and no request is said to be
// at fault, nor the program.
func TestFileSystemGoesAway(t *testing.T) {
	needs(t, "mkfs.ext4")
	image, folder := filepath.Join(t.TempDir(), "image"), filepath.Join(t.TempDir(), "away")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	mount(t, "-o", "loop", image, folder)
	in := start(t, filepath.Join(folder, "glow.db"))
	in.people()
	takeAway(t, folder)
	for range 10 {
		for _, request := range []string{
			activityQuestion,
			post(schema.Export.Path, schema.TypeJSON, "{}"),
			post(schema.Import.Path, schema.TypeNDJSON, bulk("b", 10)),
			post(schema.Backup.Path, schema.TypeJSON, "{}"),
			post(schema.Audit.Path, schema.TypeJSON, "{}"),
			record(`{"kind":"department","id":"x","name":"X"}`),
		} {
			a, err := in.ask(request)
			if err != nil {
				t.Fatal(err)
			}
			if a.status == http.StatusOK && request == activityQuestion { // from the cache of the file
				continue
			}
			if err := properRefusal(a); err != nil || a.status != http.StatusServiceUnavailable {
				t.Errorf("%d: %.300s %v", a.status, a.body, err)
			}
		}
	}
	if said := in.errs.String(); strings.Count(said, "\n") > 2 || strings.Contains(said, "panic") {
		t.Errorf("the log: %s", said)
	}
	in.kill()
}

// takeAway has a file system behave as if its disk were gone.
func takeAway(t *testing.T, folder string) {
	t.Helper()
	f, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const shutdown, noFlush = 0x8004587d, 2 // FS_IOC_SHUTDOWN of ext4, xfs and f2fs
	how := uint32(noFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		t.Fatalf("this file system cannot be taken away: %v", errno)
	}
}
