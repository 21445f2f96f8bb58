package server

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Answers are compressed for those who ask by Accept-Encoding. send compresses an answer that
// is known whole (JSON, pages) before its first byte leaves, so that a slow reader holds
// the bytes that it still has to get and no compressor. A CSV is compressed as it is streamed.
// Nothing else is: ZIP files, pictures and copies of the database gain nothing, and an event of
// an open page must leave at once.
//
// Whoever can put text into somebody's page and see how long the page then is on the wire can guess
// what else is in it (BREACH). The secret of the forms differs from page to page for that
// (see maskSecret of the dashboard), a token that was just made or a code is in one answer only, and no other
// site can have a browser ask for a page at all: the cookie is SameSite=Strict.

const (
	// compressFrom is the least length in bytes that is compressed; shorter answers fit
	// into one packet as they are.
	compressFrom = 1 << 10

	// answerLevel makes a year's JSON of 2.4 MB 6 times shorter, at 240 MB/s. Level 2 makes it 5.4
	// times shorter at 440 MB/s (BenchmarkCompress).
	answerLevel = 6

	// streamLevel is that of a CSV, which may have gigabytes.
	streamLevel = 2
)

// compressors are idle writers of one level.
type compressors struct{ sync.Pool }

func newCompressors(level int) *compressors {
	return &compressors{sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, level)
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}}
}

var (
	answerCompressors = newCompressors(answerLevel)
	streamCompressors = newCompressors(streamLevel)
)

// writer returns a writer that compresses into to. Its end must be written by Close.
func (c *compressors) writer(to io.Writer) *gzip.Writer {
	z := c.Get().(*gzip.Writer)
	z.Reset(to)
	return z
}

// release takes back a writer that is not used any more.
func (c *compressors) release(z *gzip.Writer) {
	z.Reset(io.Discard)
	c.Put(z)
}

// compress returns body compressed.
func compress(body []byte) []byte {
	var out bytes.Buffer
	z := answerCompressors.writer(&out)
	defer answerCompressors.release(z)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// send sends an answer that is known whole. HEAD gets the same header as GET.
func (w *reply) send(status int, contentType string, body []byte) {
	picture := strings.HasPrefix(contentType, "image/")
	if len(body) >= compressFrom && !picture && w.mayCompress() {
		body = compress(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.sendAs(status, contentType, body)
}

// sendAs sends body, encoded as the header says.
func (w *reply) sendAs(status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever does not take it has gone
}

// mayCompress reports whether the caller takes this answer compressed. It tells caches
// that the answer depends on that.
func (w *reply) mayCompress() bool {
	w.Header().Add("Vary", "Accept-Encoding")
	return w.gzip
}

// acceptsGzip reports whether a request asks for gzip, and not rather for what is not
// compressed (RFC 9110, 12.5.3).
func acceptsGzip(h http.Header) bool {
	const unnamed = -1
	gzip, identity, others := float64(unnamed), float64(unnamed), float64(0)
	for _, part := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, parameter, _ := strings.Cut(part, ";")
		weight := weightOf(parameter)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			gzip = weight
		case "identity":
			identity = weight
		case "*":
			others = weight
		}
	}
	if gzip == unnamed {
		gzip = others
	}
	return gzip > 0 && gzip >= identity
}

// weightOf reads q=0.5; it is 1 where none is given and 0 where it cannot be read.
func weightOf(parameter string) float64 {
	parameter = strings.ToLower(strings.ReplaceAll(parameter, " ", ""))
	if parameter == "" {
		return 1
	}
	number, named := strings.CutPrefix(parameter, "q=")
	weight, err := strconv.ParseFloat(number, 64)
	if !named || err != nil || !(weight >= 0 && weight <= 1) {
		return 0
	}
	return weight
}
