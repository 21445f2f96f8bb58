package server

import (
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// reply is the ResponseWriter of one request. It knows what the log and the
// metrics will say of it, and cuts off a reader that stalls.
type reply struct {
	http.ResponseWriter
	control *http.ResponseController
	pace    pace // of those who take the answer

	gzip   bool   // the caller takes compressed answers
	read   bool   // the body is, to its end
	id     string // of the request
	route  string // path of the route; "" when there is none
	role   string // of the caller
	status int    // 0 until the header is out
	bytes  int64  // of the answer, as they left: compressed ones count compressed
}

// Unwrap lets http.ResponseController reach the connection.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader sends the header, once.
func (w *reply) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.ResponseWriter.WriteHeader(status)
	}
}

// writeStep is how much of an answer is written at once.
const writeStep = 64 << 10

// Write sends p piece by piece, for as long as they are taken at their pace.
func (w *reply) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for err == nil && len(p) > 0 {
		piece := p[:min(len(p), writeStep)]
		began := w.expectReader()
		var m int
		m, err = w.ResponseWriter.Write(piece)
		w.pace.moved(m, time.Since(began))
		n += m
		p = p[m:]
	}
	w.bytes += int64(n)
	return n, err
}

// expectReader sets the deadline for what is written from now on. That there is none
// to set is no fault: not every ResponseWriter is a connection.
func (w *reply) expectReader() (now time.Time) {
	now = time.Now()
	_ = w.control.SetWriteDeadline(w.pace.deadline(now))
	return now
}

// jsonOptions write what the schema's tags say: lists are never null.
var jsonOptions = json.JoinOptions(
	json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true), jsontext.EscapeForHTML(false))

// json sends v whole, or not at all.
func (w *reply) json(status int, contentType string, v any) error {
	body, err := json.Marshal(v, jsonOptions)
	if err != nil {
		return err
	}
	body = append(body, '\n')
	w.send(status, contentType, body)
	return nil
}

// How much, and how long, a refused upload is read on.
const (
	drainMost = 64 << 20
	drainTime = 2 * time.Second
)

// drain reads the rest of a rejected upload, because closing a connection with unread
// data resets it and the client loses the response.
func (w *reply) drain(body io.Reader) {
	_ = w.control.SetReadDeadline(time.Now().Add(drainTime)) // first: to flush may be to read, too
	_ = w.control.Flush()
	_, _ = io.Copy(io.Discard, io.LimitReader(body, drainMost))
}
