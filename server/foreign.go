package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/fullglow"
	"glow/server/formats/moodle"
	"glow/server/spool"
	"glow/store"
)

// openForeign reads what another program wrote. It is kept, for such inputs are
// read more than once.
func (s *Server) openForeign(ctx context.Context, contentType string, q schema.ImportQuery, o formats.Options, b io.Reader) (in input, err error) {
	unknown, err := s.store.UnknownDepartments(ctx, q.Department)
	if err != nil {
		return in, err
	}
	k, err := spool.Keep(ctx, s.store, b)
	if err != nil {
		return in, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	files, err := filesOf(k, k.Size, contentType, o)
	if err != nil {
		return in, err
	}
	switch q.From {
	case schema.FromGlow:
		in, err = openGlow(files, fullglow.Options{Departments: q.Department, NewDepartments: unknown, Role: q.Role, Zone: o.Zone, Known: s.known(ctx),
			Waiting: func() ([]schema.WaitingRow, error) { return s.store.Waiting(ctx) }})
	case schema.FromMoodle:
		sorted := s.store.TempPath("sort")
		in, err = openMoodle(files, q.Replace, moodle.Options{
			Site: q.Site, Departments: q.Department, NewDepartments: unknown, Role: q.Role, Zone: o.Zone,
			DateOrder: q.DateOrder, Year: yearOf(q), TempDir: filepath.Dir(sorted), TempName: filepath.Base(sorted),
		})
	default:
		err = fmt.Errorf("no case of openForeign reads inputs from %q", q.From)
	}
	in.close = k.Close
	in.keep = &store.PreserveProfiles{Role: q.Role == ""}
	return in, err
}

// yearOf returns the year of dates without one; 0 when none was given.
func yearOf(q schema.ImportQuery) int {
	if q.Year == nil {
		return 0
	}
	return *q.Year
}

// filesOf lists what a body holds: the files of a ZIP, or itself.
func filesOf(body io.ReaderAt, size int64, contentType string, o formats.Options) ([]formats.File, error) {
	if contentType != schema.TypeZIP {
		return []formats.File{{Name: o.Name, At: body, Size: size, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(body, 0, size)), nil
		}}}, nil
	}
	archive, err := formats.OpenZIP(body, size, o.Limits)
	if err != nil {
		return nil, err
	}
	var files []formats.File
	for _, e := range archive.Entries() {
		files = append(files, formats.File{Name: e.Name, Open: e.Open})
	}
	return files, nil
}

func openMoodle(files []formats.File, replace bool, o moodle.Options) (input, error) {
	log, err := moodle.Read(files, o)
	if err != nil {
		return input{}, err
	}
	return input{
		log:     &store.LogImport{Site: log.Site(), Gap: log.Gap(), Viewers: log.Viewers(), Replace: replace, Rows: log.Rows(), Names: log.Names, Derive: log.Derive},
		skipped: log.Skipped, courses: log.Courses,
	}, nil
}

func openGlow(files []formats.File, o fullglow.Options) (input, error) {
	export, err := fullglow.Read(files, o)
	if err != nil {
		return input{}, err
	}
	in := plain(export.Records())
	in.skipped, in.spans, in.waiting = export.Skipped, export.Spans, export.Waiting
	return in, nil
}

// known has the reader of an export ask the store.
func (s *Server) known(ctx context.Context) fullglow.Known {
	return func(kind string, ids []string) (map[string]string, error) {
		if len(ids) == 0 {
			return nil, nil
		}
		return s.store.Known(ctx, kind, ids)
	}
}
