package formats

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"time"

	"github.com/klauspost/compress/flate"

	"glow/schema"
)

// ZIPWriter writes tables into a ZIP as they come, without going back in it. The
// same content and time give the same bytes.
type ZIPWriter struct {
	zip      *zip.Writer
	modified time.Time
}

// NewZIPWriter returns a writer whose files all say that they were modified then.
func NewZIPWriter(w io.Writer, modified time.Time) *ZIPWriter {
	return &ZIPWriter{newDeflateZIP(w), modified.UTC()}
}

// newDeflateZIP returns a writer of ZIPs that compresses quickly.
func newDeflateZIP(w io.Writer) *zip.Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	return z
}

// Table writes one CSV and returns its line of the manifest.
func (z *ZIPWriter) Table(name string, fields []schema.Field, rows iter.Seq2[[]schema.Value, error]) (schema.ManifestFile, error) {
	w, err := z.create(name)
	if err != nil {
		return schema.ManifestFile{}, err
	}
	digest := sha256.New()
	n, err := writeAsync(io.MultiWriter(w, digest), fields, rows)
	return schema.ManifestFile{Name: name, Rows: n, SHA256: hex.EncodeToString(digest.Sum(nil))}, err
}

// writeAsync writes a CSV and has written all of it to w when it returns.
func writeAsync(w io.Writer, fields []schema.Field, rows iter.Seq2[[]schema.Value, error]) (n int64, err error) {
	a := newAsyncWriter(w)
	defer func() { // also when rows panics: the goroutine must end
		if failed := a.Close(); err == nil {
			err = failed
		}
	}()
	return WriteCSV(a, fields, rows)
}

// JSON writes one file that holds v.
func (z *ZIPWriter) JSON(name string, v any) error {
	w, err := z.create(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Close writes the directory; without it the ZIP cannot be read.
func (z *ZIPWriter) Close() error { return z.zip.Close() }

func (z *ZIPWriter) create(name string) (io.Writer, error) {
	return z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.modified})
}

// asyncWriter writes to w on its own goroutine, so that the next rows are made while
// the ones before are compressed. BenchmarkZIPWriter writes a fifth more rows a second
// with it. One goroutine at a time may use it.
type asyncWriter struct {
	free, full chan []byte
	ended      chan struct{}
	err        error // of w; set before ended is closed
}

func newAsyncWriter(w io.Writer) *asyncWriter {
	const chunks = 4
	a := &asyncWriter{free: make(chan []byte, chunks), full: make(chan []byte, chunks), ended: make(chan struct{})}
	for range chunks {
		a.free <- nil
	}
	go func() {
		defer close(a.ended)
		for chunk := range a.full {
			if _, a.err = w.Write(chunk); a.err != nil {
				return
			}
			a.free <- chunk
		}
	}()
	return a
}

// Write hands over a copy of p. An error of w is returned by a later call.
func (a *asyncWriter) Write(p []byte) (int, error) {
	select {
	case chunk := <-a.free:
		a.full <- append(chunk[:0], p...)
		return len(p), nil
	case <-a.ended:
		return 0, a.err
	}
}

// Close waits until all is written and returns the error of w, if there was one.
func (a *asyncWriter) Close() error {
	close(a.full)
	<-a.ended
	return a.err
}
