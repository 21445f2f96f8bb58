package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"glow/schema"
)

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(hw http.ResponseWriter, r *http.Request) {
	started := time.Now()
	w := &reply{
		ResponseWriter: hw, control: http.NewResponseController(hw),
		pace: s.o.Limits.newPace(answerPatience), id: uuid.Must(uuid.NewV7()).String(),
		gzip: acceptsGzip(r.Header),
	}
	s.metrics.begin()
	defer func() {
		cause := recover()
		if cause != nil && cause != http.ErrAbortHandler { //nolint:errorlint // it is this very value
			cause = s.recovered(w, r, cause)
		}
		w.expectReader() // of what is still in a buffer, too
		took := time.Since(started)
		s.metrics.end(w.route, w.status, took)
		s.logRequest(w, r, took, cause != nil)
		if cause != nil {
			panic(cause)
		}
	}()
	setHeaders(w.Header(), w.id)
	if r.TLS != nil && !loopback(r.Host) {
		// Not of this computer's own name: it would hold for all of its ports.
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	s.expectBody(w, r)
	if err := s.admit(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.router.ServeHTTP(w, r)
}

// recovered turns a panic into an answer where there is still one to give. It
// returns what to panic with where there is not.
func (s *Server) recovered(w *reply, r *http.Request, cause any) any {
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("request_id", w.id), slog.String("route", w.route),
		slog.String("error", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	if w.status != 0 {
		return http.ErrAbortHandler
	}
	refusal := asRefusal(errors.New("panic"))
	s.refusalHeaders(w, refusal.Code)
	_ = w.json(http.StatusInternalServerError, schema.TypeProblem, s.errorResponse(w, refusal))
	return nil
}

// logRequest writes the access log. It names neither people nor their
// addresses, and no path that is not a route: it could hold anything.
func (s *Server) logRequest(w *reply, r *http.Request, took time.Duration, cut bool) {
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request_id", w.id), slog.String("method", knownMethod(r.Method)), slog.String("route", w.route),
		slog.Int("status", w.status), slog.Duration("took", took), slog.Int64("bytes", w.bytes),
		slog.String("role", w.role), slog.Bool("cut", cut))
}

func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// setHeaders sets what every answer says. A page loosens its policy for itself.
func setHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// admit keeps out what a browser was tricked into asking.
func (s *Server) admit(r *http.Request) error {
	if name := hostName(r.Host); !s.hosts[name] {
		return schema.Errorf(schema.CodeMisdirected, "this instance is not called by that name; it is started with the names that it answers to")
	}
	if err := s.origins.Check(r); err != nil {
		return schema.Errorf(schema.CodeForbidden, "the request comes from a page of another origin")
	}
	return nil
}

// loopbackNames are those under which a computer asks itself.
var loopbackNames = []string{"localhost", "127.0.0.1", "::1"}

func loopback(host string) bool { return slices.Contains(loopbackNames, hostName(host)) }

// hostSet is the allow-list of names, with those of the loopback interface.
func hostSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, n := range loopbackNames {
		set[n] = true
	}
	for _, n := range names {
		if n = hostName(n); n != "" {
			set[n] = true
		}
	}
	return set
}

// hostName returns the name in a Host header, without port, brackets, case and
// the dot that may end it.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
