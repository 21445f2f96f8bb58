//go:build unix

package survival

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"glow/schema"
)

// A signal ends the program in time, with everything acknowledged in the one
// file, whatever callers are doing.
func TestShutdown(t *testing.T) {
	if !*full {
		t.Parallel()
	}
	needs(t, "sqlite3")
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		for _, stalled := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stalled=%v", signal, stalled), func(t *testing.T) {
				if stalled && !*full {
					t.Parallel() // it waits, most of the time
				}
				endUnderLoad(t, signal, stalled)
			})
		}
	}
}

func endUnderLoad(t *testing.T, signal syscall.Signal, stalled bool) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	if stalled {
		in.stall()
	}
	b := newWriteLog()
	stop := b.writers(in, writersAtOnce)
	within(t, 60*time.Second, "some writes are acknowledged", func() bool { return b.count() > 300 })
	began := time.Now()
	err := in.end(signal, 20*time.Second)
	took := time.Since(began)
	stop()
	if err != nil {
		t.Error(err)
	}
	if took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if log, err := os.Stat(in.db + "-wal"); err == nil && log.Size() > 0 {
		t.Errorf("the log holds %d bytes", log.Size())
	}
	lost, doubled := b.checkAgainstFile(t, in)
	figure(t, "%s under %d writers, callers that stall: %v: exit 0 after %s, %d acknowledged, %d lost, %d doubled",
		signal, writersAtOnce, stalled, took.Round(time.Millisecond), b.count(), lost, doubled)
}

// stall leaves callers who began something and go on with nothing: half a header,
// half a body, half an import, an answer that nobody reads, and nothing at all.
func (in *instance) stall() {
	in.t.Helper()
	in.want(200, post(schema.Import.Path, schema.TypeNDJSON, bulk("stall", 20_000)))
	unread := post(schema.Export.Path, schema.TypeJSON, "{}")
	half := post(schema.Activity.Path, schema.TypeJSON, "{}")
	taken := post(schema.Import.Path, schema.TypeNDJSON, bulk("half", 2000))
	for _, sent := range []string{half[:30], half[:len(half)-1], taken[:len(taken)/2], unread, ""} {
		for range 3 {
			l, err := dial(in.addr)
			if err != nil {
				in.t.Fatal(err)
			}
			in.t.Cleanup(func() { l.Close() })
			if _, err := io.WriteString(l, sent); err != nil {
				in.t.Fatal(err)
			}
		}
	}
}
