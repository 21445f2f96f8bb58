//go:build unix

package survival

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"glow/schema"
)

// digests are the contents of a database and of its log.
func digests(t *testing.T, db string) (sum [2][sha256.Size]byte) {
	t.Helper()
	for i, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(db + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		sum[i] = sha256.Sum256(data)
	}
	return sum
}

const page = 4096

// damage is one way to spoil a file.
type damage struct {
	name   string
	found  bool // the doctor must find it
	spoils func(r *rand.Rand, data []byte) []byte
}

// somePage is the place of any page but the first, whose header is damaged by itself.
func somePage(r *rand.Rand, data []byte) int { return page * (1 + r.IntN(len(data)/page-1)) }

var damages = []damage{
	{"zeroed page", true, func(r *rand.Rand, data []byte) []byte {
		at := somePage(r, data)
		clear(data[at : at+page])
		return data
	}},
	{"hole", true, func(r *rand.Rand, data []byte) []byte {
		at := r.IntN(len(data) - 5*page)
		clear(data[at : at+3*page+r.IntN(2*page)])
		return data
	}},
	{"cut", true, func(r *rand.Rand, data []byte) []byte { return data[:1+r.IntN(len(data)-1)] }},
	{"header", false, func(r *rand.Rand, data []byte) []byte {
		for range 1 + r.IntN(8) {
			data[r.IntN(100)] = byte(r.Uint32())
		}
		return data
	}},
	{"flipped bits", false, func(r *rand.Rand, data []byte) []byte {
		at := somePage(r, data)
		for range 1 + r.IntN(16) {
			data[at+r.IntN(page)] ^= 1 << r.IntN(8)
		}
		return data
	}},
	{"garbage in a page", false, func(r *rand.Rand, data []byte) []byte {
		at := somePage(r, data)
		for i := range 1 + r.IntN(page) {
			data[at+i] = byte(r.Uint32())
		}
		return data
	}},
}

// garbageLog puts a log beside a whole file that is none of it.
func garbageLog(r *rand.Rand, db string) error {
	log := make([]byte, r.IntN(100_000))
	for i := range log {
		log[i] = byte(r.Uint32())
	}
	if r.IntN(2) == 0 { // one that begins as a log does
		copy(log, "\x37\x7f\x06\x82\x00\x2d\xe2\x18\x00\x00\x10\x00")
	}
	return os.WriteFile(db+"-wal", log, 0o600)
}

// A damaged file ends nothing with a panic; it is served, or refused in plain
// words and left as it was.
func TestDamage(t *testing.T) {
	whole := goodFile(t)
	r := rand.New(rand.NewPCG(1, 2)) // the same files every time
	each := many(1, 12)
	found := map[string]string{}
	for _, d := range damages {
		hits := 0
		for range each {
			db := filepath.Join(t.TempDir(), "glow.db")
			if err := os.WriteFile(db, d.spoils(r, append([]byte{}, whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			if examine(t, d.name, db) {
				hits++
			} else if d.found {
				t.Errorf("%s: the doctor does not find it", d.name)
			}
		}
		found[d.name] = fmt.Sprintf("%d of %d", hits, each)
	}
	for range each {
		db := filepath.Join(t.TempDir(), "glow.db")
		if err := errors.Join(os.WriteFile(db, whole, 0o600), garbageLog(r, db)); err != nil {
			t.Fatal(err)
		}
		examine(t, "garbage in the log", db)
	}
	figure(t, "damage, %d files: no crash; the doctor found %v", each*(len(damages)+1), found)
}

// goodFile is a database with something of everything in it.
func goodFile(t *testing.T) []byte {
	t.Helper()
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("a", 3000)))
	b := newWriteLog()
	stop := b.writers(in, 8)
	within(t, 60*time.Second, "some writes are acknowledged", func() bool { return b.count() > 500 })
	stop()
	in.stop()
	data, err := os.ReadFile(in.db)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// examine has the doctor look at a file and the server try it.
func examine(t *testing.T, name, db string) (found bool) {
	t.Helper()
	before := digests(t, db)
	out, code := run(t, "doctor", "--db", db, "--json")
	if code != 0 && code != 1 || strings.Contains(out, "goroutine ") {
		t.Errorf("%s: doctor: exit %d: %.1000s", name, code, out)
	}
	if code == 1 && strings.Count(out, "\n") == 1 && digests(t, db) != before {
		t.Errorf("%s: doctor refuses the file, and wrote to it: %s", name, out)
	}
	before = digests(t, db)
	in := launch(t, exec.Command(glow(t), serving(db)...), db)
	if err := in.ready(); err != nil {
		said := in.errs.String()
		if in.cmd.ProcessState.ExitCode() != 1 || strings.Count(said, "\n") != 1 || strings.Contains(said, "goroutine ") {
			t.Errorf("%s: serve: exit %d: %.1000s", name, in.cmd.ProcessState.ExitCode(), said)
		}
		if digests(t, db) != before {
			t.Errorf("%s: serve refuses the file, and wrote to it: %s", name, said)
		}
		return code == 1
	}
	if a, err := in.ask(activityQuestion); err != nil || a.status != http.StatusOK && a.status != http.StatusInternalServerError {
		t.Errorf("%s: it serves: %d, %v", name, a.status, err)
	}
	if err := in.end(syscall.SIGTERM, 15*time.Second); err != nil && !strings.Contains(err.Error(), "malformed") {
		t.Errorf("%s: %v", name, err)
	}
	if strings.Contains(in.errs.String(), "goroutine ") {
		t.Errorf("%s: %.1000s", name, in.errs)
	}
	return code == 1
}
