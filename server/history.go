package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats/eventlog"
	"glow/server/spool"
	"glow/store"
)

// source follows a body that is imported, for the history of imports.
type source struct {
	io.Reader
	sum  hash.Hash
	size int64
}

// follow returns a source of what is read from a body.
func follow(body io.Reader) *source { return &source{Reader: body, sum: sha256.New()} }

// sourceOf returns the source of a file whose content can be read from any place.
func (s *Server) sourceOf(ctx context.Context, content *io.SectionReader) (*source, error) {
	kept, err := spool.Keep(ctx, s.store, content) // a section stays where it is; reading it ends with ctx
	if err != nil {
		return nil, err
	}
	followed := follow(io.NewSectionReader(kept, 0, kept.Size))
	_, err = io.Copy(io.Discard, followed)
	return followed, errors.Join(err, kept.Close())
}

// Read reads from the body.
func (s *source) Read(p []byte) (n int, err error) {
	n, err = s.Reader.Read(p)
	s.size += int64(n)
	s.sum.Write(p[:n]) // never fails
	return n, err
}

// history says what the history of imports keeps of an input besides its records.
func (in *input) history(q schema.ImportQuery) func() (schema.ImportSource, int64) {
	if in.found == nil {
		in.found = said(q)
	}
	if q.File == "" {
		q.File = filesFound(in.found)
	}
	return func() (schema.ImportSource, int64) {
		skipped, _ := in.skipped()
		return schema.ImportSource{File: q.File, Size: in.source.size, SHA256: hex.EncodeToString(in.source.sum.Sum(nil)), TakenFor: in.found}, skipped
	}
}

// filesFound lists the files that were found in a body.
func filesFound(found []schema.Recognition) string {
	var names []string
	for _, one := range found {
		if one.File != "" && !slices.Contains(names, one.File) {
			names = append(names, one.File)
		}
	}
	return strings.Join(names, ", ")
}

// said is what a request says that its input is.
func said(q schema.ImportQuery) []schema.Recognition {
	one := schema.Recognition{File: q.File, As: q.From, Why: "the request says so"}
	switch {
	case q.From == schema.FromMoodle:
		one.Title = "a Moodle log"
	case q.From == schema.FromGlow:
		one.Title = ofGlow(q.File).Title
	case q.Kind != "":
		one.As, one.Title = q.Kind, strings.TrimSuffix(schema.KindNamed(q.Kind).File, ".csv")
	default:
		return nil
	}
	return []schema.Recognition{one}
}

func (s *Server) imports(ctx context.Context) (answer schema.ImportsResponse, err error) {
	answer.Imports, err = s.store.Imports(ctx)
	return answer, err
}

func (s *Server) takeBack(ctx context.Context, caller schema.Caller, req schema.TakeBackRequest) (schema.TakeBackResponse, error) {
	return s.store.TakeBack(ctx, caller, req, s.rederive)
}

// rederive makes the records of a log from the rows that are stored of it.
func (s *Server) rederive(site string, gap time.Duration, viewers bool) (store.LogImport, error) {
	sorted := s.store.TempPath("sort")
	log, err := eventlog.New(eventlog.Options{Site: site, Gap: gap, Viewers: viewers, TempDir: filepath.Dir(sorted), TempName: filepath.Base(sorted)})
	if err != nil {
		return store.LogImport{}, err
	}
	return store.LogImport{Site: site, Gap: gap, Viewers: viewers, Names: log.Names().All, Derive: log.Derive}, nil
}
