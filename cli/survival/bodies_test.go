//go:build linux

package survival

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// hostile is a body that is sent to do harm.
type hostile struct {
	name, path, contentType string
	size                    int64                 // of the body; -1: chunked, until the program has had enough
	body                    func(io.Writer) error // sends it
	most                    time.Duration         // until the answer
	status                  []int
}

const (
	gib       = int64(1) << 30
	recordAct = `{"kind":"activity","profile_id":"p1","created_at":"2025-03-01T09:00:00Z"}`
)

// flood writes the same text over and over.
func flood(head, text string, size int64) func(io.Writer) error {
	return func(w io.Writer) error {
		block := strings.Repeat(text, max(1, 1<<16/len(text)))
		sent, err := 0, error(nil)
		if head != "" {
			sent, err = io.WriteString(w, head)
		}
		for n := int64(sent); err == nil && n < size; n += int64(len(block)) {
			_, err = io.WriteString(w, block[:min(int64(len(block)), size-n)])
		}
		return err
	}
}

func whole(body string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, body); return err }
}

// hostiles are bodies and the most that each may take.
func hostiles(t *testing.T) []hostile {
	second := time.Second
	size := int64(many(64, 1024)) << 20
	imports := schema.Import.Path
	bomb := zipped(t, "activity.csv", flood("profile_id,created_at\n", "p1,2025-03-01T09:00:00Z\n", size))
	paths := zipped(t, "../../etc/departments.csv", whole("id,name\nx,x\n"))
	bad := faults(many(100_000, 1_000_000))
	columns := strings.Repeat("c,", 100_000) + "c\n"
	return []hostile{
		{"1 GiB to a question", schema.Activity.Path, schema.TypeJSON, gib, flood("", "x", gib), second, []int{413}},
		{"1 GiB to a question, chunked", schema.Activity.Path, schema.TypeJSON, -1, flood("", " ", gib), second, []int{413}},
		{"a line without end", imports, schema.TypeNDJSON, size, flood("", "x", size), 30 * second, []int{413, 422}},
		{"a record without end", imports, schema.TypeJSON, size, flood(`{"kind":"department","id":"x","name":"`, "x", size), 30 * second, []int{413, 422}},
		{"a cell of 1 GiB (in the quick form 64 MiB)", imports + "?kind=department", schema.TypeCSV, size, flood("id,name\nx,\"", "x", size), 30 * second, []int{413, 422}},
		{"keys nested without end", imports, schema.TypeJSON, size, flood("", "[", size), second, []int{400, 413, 422}},
		{"100,001 columns", imports + "?kind=department", schema.TypeCSV, int64(len(columns)), whole(columns), second, []int{413, 422}},
		{"a ZIP bomb", imports, schema.TypeZIP, int64(len(bomb)), whole(bomb), 5 * second, []int{413, 422}},
		{"a ZIP whose sizes lie", imports, schema.TypeZIP, int64(len(bomb)), whole(lie(bomb)), 5 * second, []int{413, 422}},
		{"a ZIP with paths", imports, schema.TypeZIP, int64(len(paths)), whole(paths), second, []int{200}}, // its file is read under its last name, and written nowhere,
		{"a ZIP of nothing", imports, schema.TypeZIP, 1 << 20, flood("", "\x00", 1<<20), second, []int{400, 422}},
		{"a file of faults", imports, schema.TypeNDJSON, int64(len(bad)), whole(bad), second, []int{422}},
		{"a file of faults, the good ones to be taken", imports + "?skip_invalid=true", schema.TypeNDJSON, int64(len(bad)), whole(bad), 30 * second, []int{200}},
	}
}

// faults are records of which each is bad.
func faults(n int) string { return strings.Repeat(`{"kind":"activity","profile_id":""}`+"\n", n) }

// zipped is a ZIP of one file, packed as tightly as can be.
func zipped(t *testing.T, name string, body func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		err = body(w)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lie says of the one file of a ZIP that it is small.
func lie(z string) string {
	b := []byte(z)
	at := bytes.LastIndex(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[at+24:], 1000)
	binary.LittleEndian.PutUint32(b[at+16:], crc32.ChecksumIEEE(nil))
	return string(b)
}

// send sends a body until it is answered, and returns the answer and the time
// until then.
func (in *instance) send(h hostile) (a answer, took time.Duration, err error) {
	l, err := dial(in.addr)
	if err != nil {
		return a, 0, err
	}
	defer l.Close()
	began := time.Now()
	length := fmt.Sprintf("Content-Length: %d", h.size)
	if h.size < 0 {
		length = "Transfer-Encoding: chunked"
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n%s\r\n\r\n", h.path, secret, h.contentType, length)
	if _, err := io.WriteString(l, head); err != nil {
		return a, 0, err
	}
	go func() { // an error is that the program has had enough
		if h.size < 0 {
			_ = h.body(chunks{l})
			return
		}
		_ = h.body(l)
	}()
	if err := l.SetReadDeadline(began.Add(answerTime)); err != nil {
		return a, 0, err
	}
	a, err = l.hear()
	return a, time.Since(began), err
}

// chunks sends what is written to it as chunks.
type chunks struct{ io.Writer }

func (c chunks) Write(p []byte) (int, error) {
	_, err := fmt.Fprintf(c.Writer, "%x\r\n%s\r\n", len(p), p)
	return len(p), err
}

// mostMemory is what a hostile body may add to the memory of the program.
const mostMemory = 100e6

// What is sent to do harm is refused soon, and takes little memory.
func TestHostileBodies(t *testing.T) {
	var in *instance
	for _, h := range hostiles(t) {
		if in == nil || *full { // memory that one has taken hides what the next takes
			in = start(t, filepath.Join(t.TempDir(), "glow.db"))
			in.people()
		}
		before := in.status("VmHWM")
		a, took, err := in.send(h)
		grown := float64(in.status("VmHWM") - before)
		ok := false
		for _, status := range h.status {
			ok = ok || a.status == status
		}
		if !ok || err != nil {
			t.Errorf("%s: status %d, %v: %.300s", h.name, a.status, err, a.body)
		}
		if took > busy*h.most || grown > mostMemory {
			t.Errorf("%s: it took %s and %.0f MB", h.name, took, grown/1e6)
		}
		figure(t, "%s: %d after %s, memory + %.0f MB", h.name, a.status, took.Round(time.Millisecond), grown/1e6)
		in.want(http.StatusOK, activityQuestion)
		onlyTheDatabase(t, in.db)
		if *full {
			in.stop()
		}
	}
	if !*full {
		in.stop()
	}
}

// Tokens that are guessed are refused more and more; the right one never is.
func TestGuessedTokens(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	answers := map[int]int{}
	first := 0
	for i := range 200 {
		guess := postAs(fmt.Sprintf("glow_guess-%d", i), schema.Activity.Path, schema.TypeJSON, "{}")
		a, err := in.ask(guess)
		if err != nil {
			t.Fatal(err)
		}
		if answers[a.status]++; a.status == http.StatusTooManyRequests && first == 0 {
			if first = i + 1; a.header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		}
		in.want(http.StatusOK, activityQuestion)
	}
	if first != 20 || answers[401] != 19 || answers[429] != 181 {
		t.Errorf("429 from guess %d on: %v", first, answers)
	}
	in.stop()
	figure(t, "guessed tokens: 429 from the %dth in a minute on; a right one was served all the time", first)
}
