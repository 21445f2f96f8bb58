//go:build linux

package survival

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"glow/schema/testenv"
)

// powered is a file system in a file, whose power can be cut: what was not yet on
// its disk is then gone.
type powered struct {
	t             *testing.T
	image, folder string
}

// shutdown is EXT4_IOC_SHUTDOWN, which XFS calls XFS_IOC_GOINGDOWN: _IOR('X', 125, __u32).
// noLogFlush has even the journal stay as it is on the disk.
const (
	shutdown   = 0x8004587d
	noLogFlush = 2
)

func newPowered(t *testing.T, kind string, size int64) *powered {
	t.Helper()
	needs(t, "mkfs."+kind)
	if os.Geteuid() != 0 {
		testenv.Lacking(t, "to mount a file system takes root")
	}
	p := &powered{t: t, image: filepath.Join(t.TempDir(), "image"), folder: filepath.Join(t.TempDir(), "disk")}
	if err := os.WriteFile(p.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(p.image, size); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs."+kind, "-q", p.image).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	mount(t, "-o", "loop", p.image, p.folder)
	return p
}

// cut switches the power off.
func (p *powered) cut() {
	p.t.Helper()
	folder, err := os.Open(p.folder)
	if err != nil {
		p.t.Fatal(err)
	}
	defer folder.Close()
	how := uint32(noLogFlush)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, folder.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		testenv.Lacking(p.t, "this file system cannot be shut down: %v", errno)
	}
}

// back switches it on again.
func (p *powered) back() {
	p.t.Helper()
	unmount(p.t, p.folder)
	if out, err := exec.Command("mount", "-o", "loop", p.image, p.folder).CombinedOutput(); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
}

// What was acknowledged before the power went is there when it is back, once.
func TestPowerLoss(t *testing.T) {
	needs(t, "sqlite3")
	for kind, size := range map[string]int64{"ext4": 128 << 20, "xfs": 320 << 20} {
		t.Run(kind, func(t *testing.T) {
			p := newPowered(t, kind, size)
			until := time.Now().Add(2 * time.Minute)
			var k toll
			for all := roundsOf(2, 100); k.rounds < all && time.Now().Before(until); {
				k.add(p.loseOver(min(roundsPerFile, all-k.rounds), until))
			}
			figure(t, "power loss on %s, %d rounds, %d writers: %d acknowledged before the cut, %d lost, %d doubled; first answer after a median of %s",
				kind, k.rounds, writersAtOnce, k.acked, k.lost, k.doubled, median(k.starts))
		})
	}
}

// loseOver cuts the power over and over while the program writes to one file.
func (p *powered) loseOver(rounds int, until time.Time) (k toll) {
	b, db := newWriteLog(), filepath.Join(p.folder, "glow.db")
	defer func() { k.acked = b.count() }()
	in := start(p.t, db)
	in.people()
	for k.rounds < rounds && time.Now().Before(until) {
		b.cut.Store(false)
		stop := b.writers(in, writersAtOnce)
		time.Sleep(50*time.Millisecond + instant(300*time.Millisecond)) // any moment
		b.cut.Store(true)
		p.cut()
		in.kill()
		stop()
		p.back()
		in = start(p.t, db)
		in.want(http.StatusOK, activityQuestion)
		k.starts = append(k.starts, time.Since(in.since))
		lost, doubled := b.checkAgainstFile(p.t, in)
		b.repeat(p.t, in)
		in.sound()
		k.add(toll{rounds: 1, lost: lost, doubled: doubled})
	}
	in.stop()
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(db + suffix); err != nil && !os.IsNotExist(err) {
			p.t.Error(err)
		}
	}
	return k
}
