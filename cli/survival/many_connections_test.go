//go:build linux

package survival

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func asTimeout(err error, to *net.Error) bool {
	return errors.As(err, to) && (*to).Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

// Ten thousand who are there at once are all served.
func TestManyConnectionsAtOnceAreServed(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	lines := in.dialAll(many(500, 10_000))
	idle := in.status("VmRSS")
	paced := in.eachOnce(lines, time.Duration(many(1, 10))*time.Second)
	memory := in.status("VmHWM")
	burst := in.eachOnce(lines, 0)
	most := in.status("VmHWM")
	for _, l := range lines {
		l.Close()
	}
	in.sound()
	in.stop()
	figure(t, "%d connections at once: %.0f MB while idle; a write each within some seconds: %s, %.0f MB at most; all at the same moment: %s, %.0f MB at most",
		len(lines), float64(idle)/1e6, paced, float64(memory)/1e6, burst, float64(most)/1e6)
	// Bounds that a busy machine keeps, too; the figures are for a quiet one.
	if memory > 450e6 {
		t.Errorf("it took %d bytes", memory)
	}
	if late := at(0.99, paced.times); *full && late > busy*500*time.Millisecond {
		t.Errorf("99 %% of the writes within %s", late)
	}
}

// dialAll opens many connections, which stay open.
func (in *instance) dialAll(size int) []*connection {
	in.t.Helper()
	lines := make([]*connection, size)
	var dialers sync.WaitGroup
	for d := range 16 {
		dialers.Go(func() {
			for i := d; i < size; i += 16 {
				l, err := dial(in.addr)
				if err == nil {
					_, err = l.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
				}
				if err != nil {
					in.t.Errorf("connection %d: %v", i, err)
					return
				}
				lines[i] = l
			}
		})
	}
	dialers.Wait()
	if in.t.Failed() {
		in.t.FailNow()
	}
	return lines
}

// answers are those of many connections.
type answers struct {
	times    []time.Duration
	statuses map[int]int
}

func (a answers) String() string {
	return fmt.Sprintf("%s, median %s, 99 %% within %s", list(a.statuses), median(a.times).Round(time.Microsecond), at(0.99, a.times).Round(time.Microsecond))
}

// eachOnce has each write one record, at moments that lie evenly in some time.
func (in *instance) eachOnce(lines []*connection, over time.Duration) answers {
	in.t.Helper()
	var (
		running sync.WaitGroup
		mu      sync.Mutex
	)
	all := answers{statuses: map[int]int{}}
	begin := time.Now().Add(100 * time.Millisecond)
	request := record(`{"kind":"activity","profile_id":"p1","created_at":"2025-03-01T09:00:00Z"}`)
	for i, l := range lines {
		running.Go(func() {
			time.Sleep(time.Until(begin.Add(over * time.Duration(i) / time.Duration(len(lines)))))
			began := time.Now()
			a, err := l.ask(request)
			took := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			all.times = append(all.times, took)
			if all.statuses[a.status]++; err != nil || a.status != http.StatusOK {
				in.t.Errorf("%d, %v: %.200s", a.status, err, a.body)
			}
		})
	}
	running.Wait()
	return all
}
