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
	z := &ZIPWriter{zip.NewWriter(w), modified.UTC()}
	z.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
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
	n, err := writeBehind(io.MultiWriter(w, digest), fields, rows)
	return schema.ManifestFile{Name: name, Rows: n, SHA256: hex.EncodeToString(digest.Sum(nil))}, err
}

// writeBehind writes a CSV, and has written all of it to w when it returns.
func writeBehind(w io.Writer, fields []schema.Field, rows iter.Seq2[[]schema.Value, error]) (n int64, err error) {
	packer := newBehind(w)
	defer func() { // also when rows panic: the goroutine must end
		if end := packer.Close(); err == nil {
			err = end
		}
	}()
	return WriteCSV(packer, fields, rows)
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
