//go:build unix

package survival

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// connection is one connection to an instance, on which requests follow each other. It
// writes and reads HTTP by itself: that takes less of the machine than the
// client of net/http, and says exactly when an answer was there.
type connection struct {
	net.Conn
	r *bufio.Reader
}

// answerTime is how long an answer may take before it counts as none.
const answerTime = 60 * time.Second

func dial(addr string) (*connection, error) {
	c, err := net.DialTimeout("tcp", addr, answerTime)
	if err != nil {
		return nil, err
	}
	return &connection{c, bufio.NewReader(c)}, nil
}

// answer is an answer that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	last   bool // the connection ends with it
}

// ask sends a request and reads the answer. An error is that there is none.
func (l *connection) ask(request string) (a answer, err error) {
	if err := l.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return a, err
	}
	if _, err := io.WriteString(l, request); err != nil {
		return a, err
	}
	return l.hear()
}

func (l *connection) hear() (a answer, err error) {
	resp, err := http.ReadResponse(l.r, nil)
	if err != nil {
		return a, err
	}
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), resp.Close}, err
}

// post is the text of a request of the first admin.
func post(path, contentType, body string) string { return postAs(secret, path, contentType, body) }

func postAs(token, path, contentType, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, token, contentType, len(body), body)
}

// record is the text of a request that posts one live record.
func record(body string) string { return post(schema.Import.Path, schema.TypeJSON, body) }

// ask asks an instance once, on a connection of its own.
func (in *instance) ask(request string) (answer, error) {
	l, err := dial(in.addr)
	if err != nil {
		return answer{}, err
	}
	defer l.Close()
	return l.ask(request)
}

// want asks, and ends the test where the answer has another status.
func (in *instance) want(status int, request string) answer {
	in.t.Helper()
	a, err := in.ask(request)
	if err != nil || a.status != status {
		in.t.Fatalf("status %d, want %d (%v): %.500s\n%s", a.status, status, err, a.body, in.errs)
	}
	return a
}

// call asks a route of the API and decodes its answer.
func call[Req schema.Request, Resp any](in *instance, e schema.Endpoint[Req, Resp], req Req) (resp Resp) {
	in.t.Helper()
	body, err := json.Marshal(req)
	if err != nil {
		in.t.Fatal(err)
	}
	a := in.want(http.StatusOK, post(e.Path, schema.TypeJSON, string(body)))
	if err := json.Unmarshal([]byte(a.body), &resp); err != nil {
		in.t.Fatal(err)
	}
	return resp
}

// activityQuestion asks for what the dashboard shows first.
var activityQuestion = post(schema.Activity.Path, schema.TypeJSON, "{}")

// people takes in those whom the records of the tests are about.
func (in *instance) people() {
	in.t.Helper()
	var b strings.Builder
	b.WriteString(`{"kind":"department","id":"d","name":"D"}` + "\n")
	for i := range persons {
		fmt.Fprintf(&b, `{"kind":"profile","id":"p%d","name":"Person %d","department_ids":["d"]}`+"\n", i, i)
		fmt.Fprintf(&b, `{"kind":"session","id":"s%d","profile_id":"p%d","created_at":"2025-03-01T09:00:00Z"}`+"\n", i, i)
	}
	in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, b.String()))
}

const persons = 40

// within waits until a condition holds.
func within(t *testing.T, most time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > most {
			t.Fatalf("not within %s: %s", most, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began)
}
