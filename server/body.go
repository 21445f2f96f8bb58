package server

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// expectBody sets the time by which a body must be there. It holds as well for
// one that nobody reads, which is drained before the connection is used again.
func (s *Server) expectBody(w *reply, r *http.Request) {
	if r.ContentLength != 0 {
		_ = w.control.SetReadDeadline(time.Now().Add(s.o.Limits.Body))
		w.expectReader() // of a "100 Continue", which an old deadline would stop
	}
}

// gotBody takes the deadline back: when it passed, the connection would be
// taken for dead.
func gotBody(w *reply) {
	w.read = true
	_ = w.control.SetReadDeadline(time.Time{})
}

// readAll reads a body that is small and must arrive soon.
func readAll(w *reply, r *http.Request, limit int64) ([]byte, error) {
	b, err := limited(w, r, limit)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(b)
	if err == nil {
		gotBody(w)
	}
	return data, err
}

// body is the body of a request. Its errors are those that a caller is told.
type body struct {
	io.Reader
	limit int64
}

// limited returns the body, of which no more than limit bytes are taken.
func limited(w *reply, r *http.Request, limit int64) (*body, error) {
	b := &body{http.MaxBytesReader(w.ResponseWriter, r.Body, limit), limit}
	if r.ContentLength > limit {
		return nil, b.tooLarge()
	}
	return b, nil
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if errors.As(err, new(*http.MaxBytesError)) {
		return n, b.tooLarge()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, fmt.Errorf("%w: %w", schema.Errorf(schema.CodeMalformed, "the body came too slowly; nothing was taken"), err)
	}
	// Whatever it is, the body is not whole.
	return n, fmt.Errorf("%w: %w", schema.Errorf(schema.CodeMalformed, "the body broke off before its end; nothing was taken"), err)
}

func (b *body) tooLarge() error {
	return schema.Errorf(schema.CodeTooLarge, "the body is larger than %d bytes, the most that this route takes", b.limit)
}

// contentType returns the type of the body, which must be one of the allowed
// ones, in UTF-8 and not compressed.
func contentType(r *http.Request, allowed ...string) (string, error) {
	refuse := func(what string) error {
		return schema.Errorf(schema.CodeMediaType, "%s; this route takes %s", what, strings.Join(allowed, ", "))
	}
	header := r.Header.Get("Content-Type")
	if header == "" {
		return "", refuse("the body has no Content-Type")
	}
	kind, params, err := mime.ParseMediaType(header)
	if err != nil || !slices.Contains(allowed, kind) {
		return "", refuse("the body's Content-Type is another one")
	}
	if charset := strings.ToLower(params["charset"]); charset != "" && charset != "utf-8" && charset != "us-ascii" {
		return "", refuse("the body is not in UTF-8")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return "", refuse("the body is compressed")
	}
	return kind, nil
}
