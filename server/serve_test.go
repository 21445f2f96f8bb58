package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"glow/schema"
)

// with answers one request by a route that does what fn does.
func with(t *testing.T, log io.Writer, fn func(*reply) error) *httptest.ResponseRecorder {
	t.Helper()
	in := newInstance(t, Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
	in.server.router = in.server.handler(route{method: "GET", path: "/it", who: schema.Public, serve: func(_ *Server, w *reply, _ *http.Request, _ schema.Caller) error {
		return fn(w)
	}})
	w := httptest.NewRecorder()
	in.server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/it?secret", nil))
	return w
}

func TestErrorsBecomeAnswersInOnePlace(t *testing.T) {
	for _, row := range schema.Refusals {
		w := with(t, io.Discard, func(*reply) error { return fmt.Errorf("on the way: %w", schema.Errorf(row.Code, "because")) })
		if w.Code != row.Status || !strings.Contains(w.Body.String(), `"detail":"because"`) || !strings.Contains(w.Body.String(), row.Type()) {
			t.Errorf("%s: %d %s", row.Code, w.Code, w.Body)
		}
	}
	for _, status := range []int{503, 507} {
		code := map[int]schema.Code{503: schema.CodeUnavailable, 507: schema.CodeNoSpace}[status]
		if w := with(t, io.Discard, func(*reply) error { return schema.Errorf(code, "x") }); w.Header().Get("Retry-After") == "" {
			t.Errorf("%d without Retry-After", status)
		}
	}
}

func TestWhatIsInternalStaysInTheLog(t *testing.T) {
	for name, fn := range map[string]func(*reply) error{
		"error": func(*reply) error { return errors.New("SELECT hush") },
		"panic": func(*reply) error { panic("SELECT hush") },
	} {
		var log bytes.Buffer
		w := with(t, &log, fn)
		if w.Code != 500 || strings.Contains(w.Body.String(), "hush") || !strings.Contains(w.Body.String(), "internal error") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if !strings.Contains(log.String(), "SELECT hush") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) || strings.Contains(log.String(), "secret") {
			t.Errorf("%s: the log says %s", name, log.String())
		}
	}
}

// What was said of a download that then did not come to be does not hold for the answer that
// tells of it: it is not compressed, and no file to keep.
func TestAnAnswerToAFailureIsNoDownload(t *testing.T) {
	for name, end := range map[string]func() error{"error": func() error { return errors.New("late") }, "panic": func() error { panic("late") }} {
		w := with(t, io.Discard, func(w *reply) error {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Disposition", `attachment; filename="x.csv"`)
			return end()
		})
		h := w.Header()
		if w.Code != 500 || h.Get("Content-Encoding") != "" || h.Get("Content-Disposition") != "" || !strings.Contains(w.Body.String(), "internal error") {
			t.Errorf("%s: %d %v %s", name, w.Code, h, w.Body)
		}
	}
}

func TestOnesWhoLeaveAreNoErrors(t *testing.T) {
	var log bytes.Buffer
	in := newInstance(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panic is %v", p)
		}
		if strings.Contains(log.String(), "ERROR") || !strings.Contains(log.String(), "status=499") {
			t.Error(log.String())
		}
	}()
	r := in.request(schema.RoleAdmin, "POST", "/system/activity", "", "").WithContext(ctx)
	r.RemoteAddr = "192.0.2.1:1"
	in.server.ServeHTTP(httptest.NewRecorder(), r)
}

func TestTheLogNamesNobody(t *testing.T) {
	var log bytes.Buffer
	in := withPeople(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	in.post(schema.RoleTA, "/system/session", `{"session_id":"s-ann"}`)
	in.ask("", "GET", "/ann?token="+adminSecret, "", "")
	for _, word := range []string{"ann", adminSecret, "127.0.0.1"} {
		if strings.Contains(strings.ToLower(log.String()), word) {
			t.Errorf("the log has %q:\n%s", word, log.String())
		}
	}
}

func TestPublicRoutes(t *testing.T) {
	in := withPeople(t, Options{Version: "1.2"})
	in.refusal(http.StatusNotFound, in.post(schema.RoleViewer, "/system/session", `{"session_id":"none"}`))
	if a := in.want(200, in.ask("", "GET", "/readyz", "", "")); a.body != "{\"status\":\"ready\"}\n" {
		t.Error(a.body)
	}
	metrics := in.want(200, in.ask("", "GET", "/metrics", "", "")).body
	for _, line := range []string{ // how many writes wait is up to the moment
		`glow_info{version="1.2"} 1`, `glow_requests_total{route="/system/session",status="404"} 1`, `glow_requests_in_flight 1`,
		`glow_request_duration_seconds_count{route="/system/session"} 1`, `glow_import_records_total{kind="profile",outcome="inserted"} 3`,
		"glow_writes_waiting ", `glow_commit_duration_seconds_bucket{le="+Inf"}`, `glow_refresh_duration_seconds_bucket{le="+Inf"}`,
	} {
		if !strings.Contains(metrics, "\n"+line) {
			t.Errorf("no %s in\n%s", line, metrics)
		}
	}
	in.want(200, in.ask("", "GET", schema.OpenAPIDocument.Path, "", ""))
}

func TestReadyIsNotWhenTheStoreIsNot(t *testing.T) {
	in := newInstance(t, Options{})
	in.server.ready.err = schema.Errorf(schema.CodeNoSpace, "the disk is full")
	in.server.ready.asked = started.AddDate(1000, 0, 0)
	in.refusal(http.StatusInsufficientStorage, in.ask("", "GET", "/readyz", "", ""))
}

func TestBrowsersStayWithTLSWhereTheNameIsTheInstancesOwn(t *testing.T) {
	in := newInstance(t, Options{Hosts: []string{"glow.example.edu"}})
	for host, want := range map[string]string{"glow.example.edu": "max-age=31536000", "localhost:8000": "", "127.0.0.1": ""} {
		for _, encrypted := range []bool{true, false} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "http://"+host+schema.Health.Path, nil)
			expected := ""
			if encrypted {
				r.TLS, expected = &tls.ConnectionState{}, want
			}
			w := httptest.NewRecorder()
			in.server.ServeHTTP(w, r)
			if got := w.Header().Get("Strict-Transport-Security"); w.Code != 200 || got != expected {
				t.Errorf("%s, TLS %v: %d, %q, want %q", host, encrypted, w.Code, got, expected)
			}
		}
	}
}
