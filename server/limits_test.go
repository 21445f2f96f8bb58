package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/spool"
)

func TestOnlyTheRightContentTypeIsTaken(t *testing.T) {
	in := newInstance(t, Options{})
	for contentType, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON": 200,
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "application/json; charset=latin1": 415, "application/json,": 415,
	} {
		if a := in.ask(schema.RoleAdmin, "POST", "/system/activity", contentType, `{}`); a.StatusCode != want {
			t.Errorf("%q: status %d, want %d", contentType, a.StatusCode, want)
		}
	}
	r := in.request(schema.RoleAdmin, "POST", "/system/activity", schema.TypeJSON, `{}`)
	r.Header.Set("Content-Encoding", "gzip")
	in.refusal(http.StatusUnsupportedMediaType, in.do(r))
	for _, query := range []string{"", "?from=moodle", "?from=glow"} {
		in.refusal(http.StatusUnsupportedMediaType, in.ask(schema.RoleAdmin, "POST", "/system/import"+query, "image/png", "x"))
	}
	in.refusal(http.StatusUnsupportedMediaType, in.ask(schema.RoleAdmin, "POST", "/system/import?from=glow", schema.TypeNDJSON, "x"))
}

func TestBodiesHaveALimitByRoute(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Query: 100, Import: 1000, Formats: formats.Limits{MaxLine: 500}}})
	long := func(n int) string { return strings.Repeat(" ", n) }
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", `{}`+long(98)))
	in.refusal(http.StatusRequestEntityTooLarge, in.post(schema.RoleAdmin, "/system/activity", `{}`+long(99)))
	in.refusal(http.StatusRequestEntityTooLarge, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, long(1001)))
	chunked := in.request(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, "")
	chunked.Body = io.NopCloser(strings.NewReader(strings.Repeat("\n", 1001)))
	chunked.ContentLength, chunked.GetBody = -1, nil
	in.refusal(http.StatusRequestEntityTooLarge, in.do(chunked))
}

// A ZIP is held to the same limit as any other body, and once more unpacked.
func TestAnImportIsLimitedHoweverItIsPacked(t *testing.T) {
	rows := "id,name\n" + strings.Repeat("d,"+strings.Repeat("n", 90)+"\n", 1000) // 93 kB
	bomb := "id,name\n" + strings.Repeat("d,"+strings.Repeat("n", 1000)+"\n", 20_000)
	packed := zipOf(t, "departments.csv", rows)
	small := newInstance(t, Options{Limits: Limits{Import: 50_000}})
	large := newInstance(t, Options{Limits: Limits{Import: 100_000}})
	for _, c := range []struct {
		what, contentType, query, body string
		in                             *instance
		want                           int
	}{
		{"CSV over the limit", schema.TypeCSV, "?kind=department", rows, small, http.StatusRequestEntityTooLarge},
		{"CSV", schema.TypeCSV, "?kind=department", rows, large, http.StatusOK},
		{"ZIP over the limit when unpacked", schema.TypeZIP, "", packed, small, http.StatusRequestEntityTooLarge},
		{"ZIP", schema.TypeZIP, "", packed, large, http.StatusOK},
		{"bomb", schema.TypeZIP, "", zipOf(t, "departments.csv", bomb), newInstance(t, Options{}), http.StatusRequestEntityTooLarge},
	} {
		if a := c.in.ask(schema.RoleAdmin, "POST", "/system/import"+c.query, c.contentType, c.body); a.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d: %.300s", c.what, a.StatusCode, c.want, a.body)
		}
	}
}

// raw speaks HTTP by hand, for what a client would not do.
func (in *instance) raw(text string) (net.Conn, *bufio.Reader) {
	in.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(in.url, "http://"))
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		in.t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

func TestAHugeBodyIsRefusedBeforeItComes(t *testing.T) {
	in := newInstance(t, Options{})
	_, r := in.raw("POST /system/activity HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + adminSecret + "\r\nContent-Length: 1073741824\r\n\r\n{")
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestABodyThatBreaksOffLeavesNothingBehind(t *testing.T) {
	in := newInstance(t, Options{})
	record := `{"kind":"department","id":"%s","name":"x"}`
	bodies := map[string]string{
		schema.TypeNDJSON:            fmt.Sprintf(record, "a") + "\n" + fmt.Sprintf(record, "b") + "\n",
		schema.TypeJSON:              "[" + fmt.Sprintf(record, "a") + "," + fmt.Sprintf(record, "b") + ",",
		schema.TypeJSON + "; one=1":  fmt.Sprintf(record, "a"),
		schema.TypeCSV:               "id,name\na,x\nb,x\n",
		schema.TypeCSV + ";header=1": "id,name\r\na,x\r\nb,\"x",
	}
	for contentType, body := range bodies {
		for _, skip := range []string{"", "&skip_invalid=true"} {
			kind := ""
			if strings.HasPrefix(contentType, schema.TypeCSV) {
				kind = "kind=department"
			}
			head := "POST /system/import?" + kind + skip + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + contentType + "\r\nAuthorization: Bearer " + adminSecret + "\r\n"
			head = strings.Replace(head, "?&", "?", 1)
			for _, sent := range []string{
				head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body)+10, body),
				head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body),
				head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(body)+5, body),
			} {
				c, r := in.raw(sent)
				_ = c.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, r) // until the server has had enough
			}
		}
	}
	var a schema.ActivityResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", "{}")), &a)
	if n := len(a.Analytics.DepartmentOptions); n != 0 {
		t.Errorf("%d departments were taken from bodies that broke off", n)
	}
}

func TestASlowBodyIsCut(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Body: 50 * time.Millisecond, Stall: 80 * time.Millisecond}})
	for _, c := range []struct {
		route, secret string
		want          int
	}{
		{"/system/activity", adminSecret, 400}, {"/system/import", adminSecret, 400}, {"/system/activity", "nobody's", 401}, {"/nothing", "", 404},
	} {
		_, r := in.raw("POST " + c.route + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + c.secret + "\r\nContent-Length: 100\r\n\r\n{")
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.route, resp.StatusCode, c.want)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if _, err := r.ReadByte(); err == nil {
			t.Errorf("%s: the connection goes on", c.route)
		}
	}
}

func TestAConnectionLivesOnAfterItsDeadlines(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Body: 50 * time.Millisecond, Stall: 50 * time.Millisecond}})
	request := "POST /system/activity HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + adminSecret + "\r\nContent-Length: 2\r\n\r\n{}"
	c, r := in.raw(request)
	for range 3 {
		resp, err := http.ReadResponse(r, nil)
		if err == nil && resp.StatusCode == http.StatusContinue {
			resp, err = http.ReadResponse(r, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.StatusCode, err)
		}
		time.Sleep(120 * time.Millisecond)
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		request = strings.Replace(request, "Content-Length", "Expect: 100-continue\r\nContent-Length", 1)
	}
}

func TestThoseWhoCannotBeServedWaitAndAreThenToldSo(t *testing.T) {
	places := make(semaphore, 1)
	release, err := places.acquire(t.Context(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := places.acquire(t.Context(), time.Millisecond); schema.ErrorCode(err) != schema.CodeUnavailable {
		t.Errorf("second: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := places.acquire(gone, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("one who left: %v", err)
	}
	time.AfterFunc(10*time.Millisecond, release)
	if _, err := places.acquire(t.Context(), time.Second); err != nil {
		t.Errorf("once there is a place: %v", err)
	}
}

// slowly begins an import, of which a piece of blanks follows every now and then until
// nobody takes it, or none at all.
func (in *instance) slowly(piece int) (cut <-chan *http.Response) {
	c, r := in.raw("POST /system/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nAuthorization: Bearer " + adminSecret + "\r\nContent-Length: 10000000\r\n\r\n")
	go func() {
		for piece > 0 {
			if _, err := io.WriteString(c, strings.Repeat(" ", piece)); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	answer := make(chan *http.Response, 1)
	go func() {
		resp, err := http.ReadResponse(r, nil)
		if err == nil {
			text, _ := io.ReadAll(resp.Body)
			resp.Status += string(text)
		}
		answer <- resp
	}()
	return answer
}

// reading waits until so many imports are read.
func (in *instance) reading(imports int) {
	for len(in.server.uploads) < imports {
		time.Sleep(time.Millisecond)
	}
}

// Imports that are slow take up all places, but not those of single records. Another
// import is told to come again, and is taken once they are cut.
func TestSlowImportsHoldUpNobodyElseAndNotForLong(t *testing.T) {
	const places = 3
	for what, piece := range map[string]int{"standing still": 0, "trickling": 1} {
		in := newInstance(t, Options{Limits: Limits{Uploads: places, Wait: 100 * time.Millisecond, Stall: 2 * time.Second}})
		var cuts []<-chan *http.Response
		for range places {
			cuts = append(cuts, in.slowly(piece))
		}
		in.reading(places)
		const single = `{"kind":"department","id":"a","name":"A"}`
		in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/import", single))
		_, r := in.raw("POST /system/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + adminSecret +
			"\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n" + single + "\r\n0\r\n\r\n")
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("a record without a length: %+v, %v", resp, err)
		}
		in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", "{}"))
		another := func() answer {
			return in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, `{"kind":"department","id":"c","name":"C"}`+"\n")
		}
		if a := another(); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: another import: %s", what, a.body)
		}
		for _, cut := range cuts {
			if resp := <-cut; resp == nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(resp.Status, "too slowly") {
				t.Errorf("%s: who was cut was told %+v", what, resp)
			}
		}
		in.want(http.StatusOK, another())
	}
}

// An import is let be for as long as it brings what it has to, however long that takes.
func TestASlowButSteadyImportIsTaken(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Uploads: 1, Stall: 500 * time.Millisecond, Rate: 1 << 10}})
	select {
	case resp := <-in.slowly(100): // some 5 kB a second
		t.Errorf("it was cut: %+v", resp)
	case <-time.After(2 * time.Second):
	}
}

// The store's own work finds a place beside any number of slow imports.
func TestARebuildWaitsForNoImports(t *testing.T) {
	in := newInstance(t, Options{})
	for range in.server.o.Limits.Uploads + 2 {
		in.slowly(0)
	}
	in.reading(in.server.o.Limits.Uploads)
	started := time.Now()
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/refresh", `{"full":true}`))
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/doctor", `{}`))
	if took := time.Since(started); took >= in.server.o.Limits.Wait {
		t.Errorf("it waited %s", took)
	}
}

func TestTooManyRequestsGet503(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Requests: 1, Wait: time.Millisecond}})
	done, err := in.server.requests.acquire(t.Context(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	a := in.post(schema.RoleAdmin, "/system/activity", "{}")
	in.refusal(http.StatusServiceUnavailable, a)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	in.want(http.StatusOK, in.ask("", "GET", "/healthz", "", ""))
	done()
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/activity", "{}"))
}

// A refusal arrives, although much of the upload is still on its way.
func TestARefusalArrivesBeforeTheEndOfAnUpload(t *testing.T) {
	in := newInstance(t, Options{})
	for range 20 {
		body := strings.NewReader("nonsense,header\n" + strings.Repeat("1,2\n", 2<<20))
		req, err := http.NewRequest(http.MethodPost, in.url+"/system/import?kind=login", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+adminSecret)
		req.Header.Set("Content-Type", schema.TypeCSV)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(text), "nonsense") {
			t.Fatalf("%d, %v: %.200s", resp.StatusCode, err, text)
		}
	}
}

// Whatever reads a body that is kept stops with its caller: a log is read several times
// before the store sees a row of it.
func TestReadingWhatIsKeptStopsWithTheCaller(t *testing.T) {
	in := newInstance(t, Options{})
	for what, body := range map[string]io.Reader{"a body": strings.NewReader("text"), "a piece of a file": io.NewSectionReader(strings.NewReader("text"), 0, 4)} {
		caller, leave := context.WithCancel(t.Context())
		k, err := spool.Keep(caller, in.store, body)
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if _, err := k.ReadAt(make([]byte, 1), 0); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", what, err)
		}
		k.Close()
	}
}

// watchingWriter notes how many places of requests are taken while an answer is written.
type watchingWriter struct {
	*httptest.ResponseRecorder
	server *Server
	taken  int
}

func (w *watchingWriter) Write(p []byte) (int, error) {
	w.taken = max(w.taken, len(w.server.requests))
	return w.ResponseRecorder.Write(p)
}

// Somebody who takes an answer slowly must not keep others waiting, least of all when
// nobody had to sign in for it.
func TestPagesTakeNoPlaceWhileTheyAreSent(t *testing.T) {
	in := withPeople(t, Options{})
	for _, path := range []string{"/sign-in", "/help", "/help/tour", "/help/dashboard.png", "/help/nothing", "/nothing"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "localhost"
		r.Header.Set("Accept", "text/html")
		w := &watchingWriter{httptest.NewRecorder(), in.server, 0}
		in.server.ServeHTTP(w, r)
		if w.Body.Len() == 0 || w.taken > 0 {
			t.Errorf("%s: %d bytes were sent while %d places were taken", path, w.Body.Len(), w.taken)
		}
	}
}
