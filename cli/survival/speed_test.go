//go:build unix

package survival

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"glow/schema/testenv"
)

// Each of these posts is on the disk before it is answered. The clients run in
// the process of the test and share the machine with the program.
func TestDurablePosts(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	b := newWriteLog()
	b.sorts = 1
	lasts := time.Duration(many(1, 10)) * time.Second
	before := in.used()
	stop := b.writers(in, writersAtOnce)
	time.Sleep(lasts)
	stop()
	used := in.used() - before
	rate := float64(b.count()) / lasts.Seconds()
	figure(t, "durable posts of single records, %d writers: %.0f/s, median %s, 99 %% within %s", writersAtOnce, rate, median(b.times), at(0.99, b.times))
	if len(b.unsure)+len(b.refused) > 0 {
		t.Errorf("%d were not answered, %d refused", len(b.unsure), len(b.refused))
	}
	figure(t, "a durable post takes the program %.0f µs of a core", float64(used.Microseconds())/float64(b.count()))
	in.sound()
	in.stop()
}

// used is how long the program has computed so far.
func (in *instance) used() time.Duration {
	in.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", in.cmd.Process.Pid))
	if err != nil {
		testenv.Lacking(in.t, "what a program takes is measured where /proc is: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // behind its name
	fields := strings.Fields(rest)
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	kernel, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+kernel) * 10 * time.Millisecond // Linux counts in hundredths
}

// A start on a file that is there, and what it takes while nobody asks.
func TestIdle(t *testing.T) {
	db := filepath.Join(t.TempDir(), "glow.db")
	in := start(t, db)
	in.people()
	in.want(http.StatusOK, activityQuestion)
	in.stop()
	var starts []time.Duration
	var memory int64
	for range many(5, 50) {
		in = start(t, db)
		in.want(http.StatusOK, activityQuestion)
		starts = append(starts, time.Since(in.since))
		memory = max(memory, in.status("VmRSS"))
		in.stop()
	}
	figure(t, "idle: %.1f MB; warm start to the first answer: median %s, at best %s", float64(memory)/1e6, median(starts), at(0, starts))
}
