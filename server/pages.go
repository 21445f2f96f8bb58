package server

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"glow/schema"
	"glow/server/dashboard"
)

// host is the server as its dashboard knows it.
type host struct{ *Server }

// newDashboard makes the dashboard, which shares the limits of the API.
func (s *Server) newDashboard() *dashboard.Dashboard {
	limiter := func(places semaphore) dashboard.Limiter {
		return func(ctx context.Context) (func(), error) { return places.acquire(ctx, s.o.Limits.Wait) }
	}
	return dashboard.New(dashboard.Options{
		Store: s.store, Log: s.log, Version: s.o.Version, BasePath: s.o.BasePath, BehindProxy: s.o.BehindProxy, Host: host{s},
		Limits: dashboard.Limits{
			Requests: limiter(s.requests), Uploads: limiter(s.uploads), Downloads: limiter(s.downloads),
			HoldUpload: s.o.Limits.HoldUpload, CheckLive: s.o.Limits.CheckLive,
		},
	})
}

// pageRoutes are the routes of the dashboard, which finds out by itself who asks.
func (s *Server) pageRoutes() (routes []route) {
	for _, page := range s.dashboard.Routes() {
		routes = append(routes, route{
			method: page.Method, path: page.Path, who: schema.Public, upload: page.Upload,
			serve: func(s *Server, w *reply, r *http.Request, _ schema.Caller) error {
				s.dashboard.Serve(page, w, r)
				return nil
			},
		})
	}
	return routes
}

func (s *Server) showAsset(w *reply, r *http.Request, _ schema.Caller) error {
	return s.dashboard.ServeAsset(w, r)
}

// SignInCode returns what, after /sign-in?code=, signs the operator of this computer in
// as an admin: once, and within ten minutes.
func (s *Server) SignInCode() string { return s.dashboard.SignInCode() }

// Close signs everybody at the dashboard out, and ends what open pages follow: a shutdown
// waits for all answers to end. Nobody can sign in any more. It may be called again, and
// then waits for the first call to be done.
func (s *Server) Close() { s.dashboard.Close() }

func (host) RequestID(w http.ResponseWriter) string { return w.(*reply).id }

func (host) Send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.(*reply).send(status, contentType, body)
}

func (host) SendAsset(w http.ResponseWriter, contentType string, plain []byte, compressed func() []byte) {
	answer := w.(*reply)
	if len(plain) >= compressFrom && answer.mayCompress() {
		plain = compressed()
		w.Header().Set("Content-Encoding", "gzip")
	}
	answer.sendAs(http.StatusOK, contentType, plain)
}

func (h host) Remote(r *http.Request) string { return h.remote(r) }

func (host) SetRole(w http.ResponseWriter, role string) { w.(*reply).role = role }

func (h host) SignInFailed(w http.ResponseWriter, r *http.Request, err error) error {
	return h.signInFailed(w.(*reply), r, err)
}

func (h host) Refuse(w http.ResponseWriter, r *http.Request, err error) *schema.Error {
	return h.refusal(w.(*reply), r, err)
}

// soonTime is how long an answer waits for what is to be written down about it. An import
// may keep the writer for longer than somebody likes to look at an empty page.
const soonTime = time.Second

func (host) Soon(write func() error) error {
	done := make(chan error, 1)
	go func() { done <- write() }()
	select {
	case err := <-done:
		return err
	case <-time.After(soonTime):
		return nil
	}
}

func (h host) ReadForm(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, error) {
	if _, err := contentType(r, "application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = h.o.Limits.Query
	}
	text, err := readAll(w.(*reply), r, limit)
	if err != nil {
		return nil, err
	}
	fields, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, schema.Errorf(schema.CodeMalformed, "the form cannot be read")
	}
	return fields, nil
}

func (h host) UploadBody(w http.ResponseWriter, r *http.Request) (io.Reader, error) {
	b, err := limited(w.(*reply), r, h.o.Limits.Import)
	if err != nil {
		return nil, err
	}
	return h.paced(b, w.(*reply)), nil
}

func (host) ImportTypes(q schema.ImportQuery) []string { return bodyTypes(q) }

// Import imports a file. It is one that may come again, even when it holds a single
// record.
func (h host) Import(ctx context.Context, caller schema.Caller, contentType string, q schema.ImportQuery, file *io.SectionReader) (schema.ImportResponse, error) {
	in, err := h.open(ctx, contentType, q, file)
	if err != nil {
		return schema.ImportResponse{}, err
	}
	defer in.close()
	if !q.DryRun {
		if in.source, err = h.sourceOf(ctx, file); err != nil {
			return schema.ImportResponse{}, err
		}
	}
	in.live = false
	return h.put(ctx, caller, in, q)
}

func (h host) Look(ctx context.Context, contentType string, q schema.ImportQuery, file *io.SectionReader) (schema.LookResponse, error) {
	return h.lookAt(ctx, contentType, q, file, file.Size())
}

func (h host) TakeBack(ctx context.Context, caller schema.Caller, req schema.TakeBackRequest) (schema.TakeBackResponse, error) {
	return h.takeBack(ctx, caller, req)
}

func (h host) Inbox() *schema.InboxState { return h.inboxState() }

func (h host) Put(ctx context.Context, caller schema.Caller, records iter.Seq2[*schema.Record, error]) (schema.ImportResponse, error) {
	return h.put(ctx, caller, plain(records), schema.ImportQuery{})
}

func (h host) Export(w http.ResponseWriter, r *http.Request, caller schema.Caller, req schema.ExportRequest) error {
	return h.export(w.(*reply), r, caller, req)
}

func (h host) Attach(w http.ResponseWriter, r *http.Request, caller schema.Caller, file dashboard.File) error {
	return h.attach(w.(*reply), r, caller, file)
}

func (h host) Refresh(ctx context.Context, caller schema.Caller, req schema.RefreshRequest) (schema.RefreshResponse, error) {
	return h.refresh(ctx, caller, req)
}
