package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"glow/server"
	"glow/store"
)

// noImportLimit is more than any disk holds. Whoever names a file has its disk, too.
const noImportLimit = 1 << 60

// openFile returns a client that asks the handlers in this process, on the
// database in a file. --timezone is the zone of a new file; the days of one that
// is there stay those of its own zone, which only serve changes.
func (a *app) openFile(path string) (*client, error) {
	if _, err := os.Stat(path); err != nil && a.parsed.Command() != importCommand {
		return nil, fileError(path, err) // an answer from a database that was just made would be no answer
	}
	log := slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: slog.LevelError}))
	st, err := a.openStore(path, log)
	if err != nil {
		return nil, err
	}
	handler, err := server.New(st, server.Options{
		Local: true, Version: version(), Logger: log, Limits: server.Limits{Import: noImportLimit},
	})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &client{
		name: path,
		base: &url.URL{Scheme: "http", Host: "localhost"},
		http: &http.Client{
			Transport:     inProcess{handler},
			CheckRedirect: stopAtRedirect,
		},
		close: st.Close,
	}, nil
}

// openStore opens the database in a file, which may be the first time.
func (a *app) openStore(path string, log *slog.Logger) (*store.Store, error) {
	chosen, err := a.chosenZone()
	if err != nil {
		return nil, err
	}
	zone, unknown := a.localZone()
	if chosen != nil {
		zone, unknown = chosen, nil
	}
	st, err := store.Open(a.ctx, store.Options{Path: path, NewZone: zone, Logger: log, Holder: "a glow command"})
	if err != nil {
		return nil, err
	}
	if chosen != nil && chosen.String() != st.Zone().String() {
		err := usagef("--timezone: the days of %s are those of %s; leave the flag out, or move them to %s with `glow serve --timezone`", path, st.Zone(), chosen)
		return nil, errors.Join(err, st.Close())
	}
	if st.IsNew() && unknown != nil {
		a.warnOfZone(path, unknown)
	}
	return st, nil
}

// importCommand may be the first that a database sees.
const importCommand = "system import <file>"

// restoreFile puts a backup in the place of the database at path.
func restoreFile(ctx context.Context, backup, path string) (kept string, err error) {
	return store.Restore(ctx, backup, path)
}

// inProcess is a transport that has a handler answer in this process. Both
// bodies stream, as they would over a connection.
type inProcess struct{ handler http.Handler }

// RoundTrip returns as soon as the handler starts its answer.
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	in := req.Clone(req.Context())
	in.RequestURI = req.URL.RequestURI()
	in.Host = req.URL.Host
	in.RemoteAddr = "local"
	in.Header.Del("Expect")
	if in.Body == nil {
		in.Body = http.NoBody
	}
	r, w := io.Pipe()
	answer := &pipedAnswer{header: http.Header{}, pipe: w, started: make(chan struct{})}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		defer in.Body.Close()
		answer.finish(serve(t.handler, answer, in))
	}()
	<-answer.started
	if answer.status == 0 { // it broke off before it began
		<-finished
		return nil, answer.err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", answer.status, http.StatusText(answer.status)), StatusCode: answer.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.sent, Body: answerBody{r, finished}, ContentLength: contentLength(answer.sent), Request: req,
	}, nil
}

func contentLength(h http.Header) int64 {
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// serve turns a panic into an error. http.ErrAbortHandler is how a handler breaks
// an answer off.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler:
			err = io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// answerBody is the reading end of an answer. Closing it waits for the handler,
// so that nothing works on the database any more.
type answerBody struct {
	*io.PipeReader
	finished <-chan struct{}
}

func (b answerBody) Close() error {
	err := b.PipeReader.Close()
	<-b.finished
	return err
}

// pipedAnswer is the writing end of an answer.
type pipedAnswer struct {
	header  http.Header
	pipe    *io.PipeWriter
	once    sync.Once
	started chan struct{} // closed when status and sent are set, or err is
	status  int
	sent    http.Header
	err     error
}

func (a *pipedAnswer) Header() http.Header { return a.header }

func (a *pipedAnswer) WriteHeader(status int) {
	if status < 200 {
		return
	}
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.started)
	})
}

func (a *pipedAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.pipe.Write(p)
}

// finish ends the answer: whole when err is nil.
func (a *pipedAnswer) finish(err error) {
	if err == nil {
		a.WriteHeader(http.StatusOK)
	}
	a.once.Do(func() {
		a.err = errors.Join(errors.New("the command broke off"), err)
		close(a.started)
	})
	_ = a.pipe.CloseWithError(err)
}

// What http.ResponseController asks of a connection. A pipe passes everything on
// at once and needs no deadlines.
func (a *pipedAnswer) FlushError() error                { a.WriteHeader(http.StatusOK); return nil }
func (a *pipedAnswer) Flush()                           { a.WriteHeader(http.StatusOK) }
func (a *pipedAnswer) SetReadDeadline(time.Time) error  { return nil }
func (a *pipedAnswer) SetWriteDeadline(time.Time) error { return nil }
func (a *pipedAnswer) EnableFullDuplex() error          { return nil }
