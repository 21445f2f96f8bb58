//go:build linux

package survival

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"glow/schema"
)

// others are callers who do as they should, while somebody else does not.
type others struct {
	mu     sync.Mutex
	times  []time.Duration
	failed []string
	stop   func()
}

// normal has a few callers read and write, each at some distance from the last.
func (in *instance) normal() *others {
	o := &others{}
	var running sync.WaitGroup
	ending := make(chan struct{})
	for i := range 8 {
		running.Go(func() {
			for n := 0; ; n++ {
				request := activityQuestion
				if i%2 == 0 {
					request = record(fmt.Sprintf(`{"kind":"activity","id":"o%d-%d","profile_id":"p1","created_at":"2025-03-01T09:00:00Z"}`, i, n))
				}
				began := time.Now()
				a, err := in.ask(request)
				o.note(time.Since(began), a, err)
				select {
				case <-ending:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	o.stop = sync.OnceFunc(func() { close(ending); running.Wait() })
	in.t.Cleanup(o.stop)
	return o
}

func (o *others) note(took time.Duration, a answer, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.times = append(o.times, took)
	if err != nil || a.status != http.StatusOK {
		o.failed = append(o.failed, fmt.Sprintf("%d, %v: %.200s", a.status, err, a.body))
	}
}

// busy is how many times as long as on a quiet machine something may take.
const busy = 10

// fine wants that all were answered, and soon.
func (o *others) fine(t *testing.T, who string) {
	t.Helper()
	o.stop()
	late := at(0.99, o.times)
	if len(o.failed) > 0 {
		t.Errorf("%d of %d others were not served; the first: %s", len(o.failed), len(o.times), o.failed[0])
	}
	if *full && late > busy*50*time.Millisecond {
		t.Errorf("of the others 99 %% were served within %s", late)
	}
	if worst := at(1, o.times); worst > 10*time.Second { // what a place is waited for; callers that send nothing hold theirs for five seconds
		t.Errorf("one of the others was served after %s", worst)
	}
	figure(t, "%s: %d requests of others, %d failed, median %s, 99 %% within %s, all within %s", who, len(o.times), len(o.failed), median(o.times), late, at(1, o.times))
}

// slow is a caller who is in no hurry.
type slow struct {
	name  string
	first string        // what it sends at once
	drip  bool          // and then one byte a second of what never ends
	cut   time.Duration // when it should be cut at the latest
}

func slows() []slow {
	question := post(schema.Activity.Path, schema.TypeJSON, "{"+strings.Repeat(" ", 200)+"}")
	half := question[:len(question)-100]
	upload := post(schema.Import.Path, schema.TypeNDJSON, bulk("slow", 100))
	return []slow{
		{"nothing", "", false, 10 * time.Second},
		{"a slow header", "POST / HTTP/1.1\r\nHost: localhost\r\nX-A: ", true, 10 * time.Second},
		{"half a body", half, false, 30 * time.Second},
		{"a slow body", half, true, 30 * time.Second},
		{"half an import", upload[:len(upload)/2], false, 45 * time.Second}, // 10 of them until its turn, and a little for what it brought
		{"idle", activityQuestion, false, 60 * time.Second},
	}
}

// last is how long it takes until the connection of a slow caller is cut.
func (s slow) last(addr string, most time.Duration) (time.Duration, error) {
	l, err := dial(addr)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	began := time.Now()
	if _, err := io.WriteString(l, s.first); err != nil {
		return 0, err
	}
	if s.drip {
		go func() {
			for {
				if _, err := io.WriteString(l, "x"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
	}
	_ = l.SetReadDeadline(began.Add(most))
	_, err = io.Copy(io.Discard, l.Conn)
	took := time.Since(began)
	var late net.Error
	if err != nil && asTimeout(err, &late) {
		return took, fmt.Errorf("it goes on after %s", took.Round(time.Second))
	}
	return took, nil // closed, or reset: the rest of what was sent was not read
}

// Callers who are slow are cut, and the others do not notice.
func TestSlowCallers(t *testing.T) {
	if !*full {
		t.Parallel() // it waits, most of the time
	}
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	o := in.normal()
	each := many(20, 2000/len(slows()))
	var running sync.WaitGroup
	for _, s := range slows() {
		if s.cut > 10*time.Second && !*full {
			continue
		}
		running.Go(func() { s.crowd(t, in.addr, each) })
	}
	running.Wait()
	o.fine(t, "slow callers")
	in.stop()
}

// crowd is many slow callers at once.
func (s slow) crowd(t *testing.T, addr string, size int) {
	var (
		running sync.WaitGroup
		mu      sync.Mutex
		times   []time.Duration
	)
	for range size {
		running.Go(func() {
			took, err := s.last(addr, s.cut+15*time.Second)
			mu.Lock()
			defer mu.Unlock()
			if times = append(times, took); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		})
	}
	running.Wait()
	last := at(1, times)
	if last > s.cut+busy*time.Second {
		t.Errorf("%s: the last was cut after %s", s.name, last)
	}
	figure(t, "%d callers with %s: cut after %s to %s", size, s.name, at(0, times).Round(100*time.Millisecond), last.Round(100*time.Millisecond))
}

// Imports that trickle hold up nobody who posts or asks, and other imports only until
// they are cut.
func TestTricklingImports(t *testing.T) {
	if !*full {
		t.Parallel() // it waits, most of the time
	}
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	ending := make(chan struct{})
	var running sync.WaitGroup
	trickling := many(20, 200)
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: 10000000\r\n\r\n",
		schema.Import.Path, secret, schema.TypeNDJSON)
	for i := range trickling {
		l, err := dial(in.addr)
		if err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			defer l.Close()
			for text := request; ; text = " " {
				if _, err := io.WriteString(l, text); err != nil {
					return // it was cut
				}
				pause := time.Second
				if i%2 == 1 { // half of them stand still
					pause = time.Minute
				}
				select {
				case <-ending:
					return
				case <-time.After(pause):
				}
			}
		})
	}
	o := in.normal()
	time.Sleep(time.Second)
	began := time.Now()
	took := time.Duration(0)
	for took == 0 {
		a, err := in.ask(post(schema.Import.Path, schema.TypeNDJSON, bulk("t", 100)))
		switch {
		case err != nil || a.status != http.StatusOK && a.status != http.StatusServiceUnavailable:
			t.Fatal(a.status, err, a.body)
		case a.status == http.StatusOK:
			took = time.Since(began)
		case time.Since(began) > time.Minute:
			t.Fatal("an import found no place within a minute")
		}
	}
	o.fine(t, fmt.Sprintf("%d imports that trickle", trickling))
	figure(t, "another import is taken after %s", took.Round(100*time.Millisecond))
	close(ending)
	running.Wait()
	in.sound()
	in.stop()
}

// Who asks for a file and does not read it holds up nobody, and not for long.
func TestUnreadExports(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	for i := range many(1, 5) {
		in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk(fmt.Sprint("u", i), 40_000)))
	}
	unread := many(20, 200)
	lines := make([]*connection, unread)
	for i := range lines {
		l, err := dial(in.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		_ = l.Conn.(*net.TCPConn).SetReadBuffer(4096)
		if _, err := io.WriteString(l, post(schema.Export.Path, schema.TypeJSON, `{"kind":"activity"}`)); err != nil {
			t.Fatal(err)
		}
		lines[i] = l
	}
	o := in.normal()
	began := time.Now()
	time.Sleep(time.Duration(many(1, 90)) * time.Second) // they are cut by then
	o.fine(t, fmt.Sprintf("%d exports that nobody reads", unread))
	if *full {
		in.want(http.StatusOK, post(schema.Export.Path, schema.TypeJSON, `{"kind":"activity"}`))
		in.smallLog()
		figure(t, "an export is served again %s after them", time.Since(began).Round(time.Second))
	}
	for _, l := range lines {
		l.Close()
	}
	in.stop()
}

// A download that is slow but steady is not cut, whoever is between: what lies in the
// buffers of a proxy arrives in bursts that are minutes apart.
func TestSlowDownloads(t *testing.T) {
	if !*full {
		t.Skip("it takes three minutes; TestASlowButSteadyDownloadArrives of server is the quick form")
	}
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	for i := range 5 {
		in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk(fmt.Sprint("d", i), 40_000)))
	}
	behind := proxy(t, in.addr)
	var running sync.WaitGroup
	for _, d := range []struct {
		addr string
		rate int
	}{{in.addr, 10_000}, {in.addr, 30_000}, {behind, 10_000}, {behind, 20_000}} { // so many exports are made at once
		running.Go(func() {
			if total, err := steadily(d.addr, d.rate, 3*time.Minute); err != nil {
				t.Errorf("%d bytes a second, from a proxy: %t: after %d bytes: %v", d.rate, d.addr == behind, total, err)
			}
		})
	}
	running.Wait()
	in.stop()
	figure(t, "downloads of 10 to 30 kB/s, direct and behind a proxy: none was cut within 3 min")
}

// steadily reads an export at a rate, and returns how much came of it in some time.
func steadily(addr string, rate int, long time.Duration) (total int, err error) {
	l, err := dial(addr)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	if _, err := io.WriteString(l, post(schema.Export.Path, schema.TypeJSON, `{"kind":"activity"}`)); err != nil {
		return 0, err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	piece := make([]byte, rate)
	for began := time.Now(); time.Since(began) < long; <-tick.C {
		n, err := io.ReadFull(l.Conn, piece)
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

// proxy passes connections on as a reverse proxy that does not buffer: the answer in
// small pieces, each when the one before has left.
func proxy(t *testing.T, to string) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			caller, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				caller.Close()
				continue
			}
			pass := func(to, from net.Conn) {
				_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 8<<10))
				to.Close()
				from.Close()
			}
			go pass(server, caller)
			go pass(caller, server)
		}
	}()
	return listener.Addr().String()
}

// smallLog wants that no reader keeps the log from being moved into the file.
func (in *instance) smallLog() {
	in.t.Helper()
	in.want(http.StatusOK, post(schema.Refresh.Path, schema.TypeJSON, `{"full":true}`))
	log, err := os.Stat(in.db + "-wal")
	if err != nil || log.Size() > 64<<20 {
		in.t.Errorf("the log: %v, %v", log, err)
	}
}
