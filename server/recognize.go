package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/fullglow"
	"glow/server/formats/mapping"
	"glow/server/formats/moodle"
	"glow/server/formats/table"
	"glow/server/spool"
	"glow/store"
)

// isTable reports whether bodies of a content type hold what another program wrote.
func isTable(contentType string) bool {
	return slices.Contains([]string{schema.TypeXLSX, schema.TypeText, schema.TypeAny}, contentType)
}

// plainHead is how much of a CSV is looked at to see whether it is one that an export writes.
const plainHead = 64 << 10

// openCSV reads a CSV of one kind: one like those of an export as it comes, any other as what people
// and spreadsheet programs make of it.
func (s *Server) openCSV(ctx context.Context, kind *schema.Kind, q schema.ImportQuery, o formats.Options, b io.Reader) (input, error) {
	r := bufio.NewReaderSize(b, plainHead)
	head, err := r.Peek(plainHead)
	if err != nil && err != io.EOF {
		return input{}, err
	}
	if formats.IsPlainCSV(head, kind) {
		return plain(formats.ReadCSV(r, kind, o)), nil
	}
	q.As, q.Kind = kind.Name, ""
	if fullglow.IsHeader(firstRow(bytes.NewReader(head))) {
		q.As, o.Name = schema.AsAuto, kind.File
	}
	return s.openRecognized(ctx, schema.TypeCSV, q, o, r)
}

// openRecognized finds out what a body is, by its content or by what the request says, and reads it.
func (s *Server) openRecognized(ctx context.Context, contentType string, q schema.ImportQuery, o formats.Options, b io.Reader) (in input, err error) {
	k, err := spool.Keep(ctx, s.store, b)
	if err != nil {
		return in, err
	}
	return s.openKept(ctx, k, contentType, q, o)
}

// openKept does it with a body that is kept, which it closes.
func (s *Server) openKept(ctx context.Context, k spool.File, contentType string, q schema.ImportQuery, o formats.Options) (in input, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	files, records, glow, err := openBody(k, k.Size, contentType, q, o)
	if err != nil {
		return in, err
	}
	if records {
		in = plain(formats.ReadZIP(k, k.Size, o))
		in.close = k.Close
		return in, nil
	}
	kept, err := s.store.Mappings(ctx)
	if err != nil {
		return in, err
	}
	all, err := s.recognizeAll(files, glow, q, kept)
	if err != nil {
		return in, err
	}
	if in, err = s.openAs(ctx, all, files, q, o); err != nil {
		return in, err
	}
	for _, one := range all {
		in.found = append(in.found, one.Recognition)
		if q.Map == "" && (q.As == "" || q.As == schema.AsAuto) || len(one.PassedOver) > 0 {
			in.taken = append(in.taken, one.Recognition)
		}
	}
	inner := in.close
	in.close = func() error { return errors.Join(inner(), k.Close()) }
	return in, nil
}

// openBody lists the files of a body, and reports whether they are an export: of this program, whose files'
// names tell their kinds, or of the full Glow.
func openBody(body io.ReaderAt, size int64, contentType string, q schema.ImportQuery, o formats.Options) (files []formats.File, records, glow bool, err error) {
	mayExport := contentType == schema.TypeZIP && q.As == schema.AsAuto
	if mayExport {
		if records, err = formats.HoldsRecords(body, size, o); err != nil {
			return nil, false, false, err
		}
	}
	if files, err = filesOf(body, size, contentType, o); err != nil {
		return nil, false, false, err
	}
	if len(files) == 0 {
		return nil, false, false, schema.Invalid("file", "is missing: the ZIP has no files")
	}
	if mayExport {
		glow, err = holdsGlow(files)
	}
	return files, records && !glow, glow, err
}

// recognizeAll finds out what files are, which are one thing together, by the mappings that are kept here
// and those of the program.
func (s *Server) recognizeAll(files []formats.File, glow bool, q schema.ImportQuery, kept []*schema.Mapping) ([]recognized, error) {
	all, faults := make([]recognized, len(files)), make([]error, len(files))
	for i, f := range files {
		if glow {
			all[i] = ofGlow(f.Name)
		} else {
			all[i], faults[i] = s.recognize(f, q, kept)
		}
	}
	joinBesides(all, faults)
	for _, fault := range faults {
		if fault != nil {
			return nil, fault
		}
	}
	return all, oneThing(all)
}

// recognized is what a file was found to be.
type recognized struct {
	schema.Recognition
	mapping *schema.Mapping // nil: a log of Moodle, an export of the full Glow, or records with their kind
	header  []string
	objects bool // it is JSON
}

// asRecords is what files are whose objects name their kind.
const asRecords = "records"

// sampleRows is how many rows of a file are looked at.
const sampleRows = 100

// firstObjects is how many objects of a JSON file are read for their keys; where these do not tell
// what it is, all are.
const firstObjects = 5000

// recognize finds out what a file is.
func (s *Server) recognize(f formats.File, q schema.ImportQuery, kept []*schema.Mapping) (recognized, error) {
	if q.As == schema.FromGlow || q.As == schema.FromMoodle {
		return recognized{Recognition: schema.Recognition{File: f.Name, As: q.As}}, nil
	}
	o := s.tableOptions(q)
	o.Keyed = firstObjects
	found, err := recognizeBy(f, q, o, kept)
	if err != nil && found.objects {
		o.Keyed = 0
		return recognizeBy(f, q, o, kept)
	}
	return found, err
}

// recognizeBy finds out what a file is, of which the options say how it is read.
func recognizeBy(f formats.File, q schema.ImportQuery, o table.Options, kept []*schema.Mapping) (recognized, error) {
	t, err := table.Open(f, o)
	if err != nil {
		return recognized{}, refusal(err)
	}
	defer t.Close()
	sample, err := sampleOf(t)
	if err != nil {
		return recognized{}, refusal(err)
	}
	found, err := recognizeTable(t, sample, q, kept)
	found.File, found.header, found.objects = f.Name, t.Header, t.HeaderLine == 0
	if found.mapping != nil {
		found.PassedOver = mapping.Unknown(found.mapping, t.Header)
	}
	return found, err
}

// refusal makes an error of the request of a fault that is about a whole file.
func refusal(err error) error {
	var fault schema.Fault
	if !errors.As(err, &fault) {
		return err
	}
	return &schema.Error{Code: schema.CodeInvalid, Message: "the file cannot be read", Fields: []schema.Fault{fault}}
}

func sampleOf(t *table.Table) (sample [][]string, err error) {
	for row, err := range t.Rows() {
		if err != nil {
			if formats.IsFault(err) {
				continue
			}
			return nil, err
		}
		cells := make([]string, len(row.Cells))
		for i, cell := range row.Cells {
			cells[i] = strings.TrimSpace(string(cell))
		}
		if sample = append(sample, cells); len(sample) == sampleRows {
			break
		}
	}
	return sample, nil
}

// oneThing checks that the files can be taken together: all are the same, or all are records of ours.
func oneThing(all []recognized) error {
	for _, one := range all[1:] {
		own := one.isOwn() && all[0].isOwn()
		if one.As != all[0].As && !own {
			return schema.Invalid("as", "%s is %s and %s is %s; import one after the other", all[0].File, all[0].Title, one.File, one.Title)
		}
	}
	return nil
}

// isOwn reports whether a file holds records of ours.
func (r *recognized) isOwn() bool {
	return r.As == asRecords || r.mapping != nil && r.mapping.Prefix == ""
}

// openAs reads files as what they are.
func (s *Server) openAs(ctx context.Context, all []recognized, files []formats.File, q schema.ImportQuery, o formats.Options) (in input, err error) {
	unknown, err := s.store.UnknownDepartments(ctx, q.Department)
	if err != nil {
		return in, err
	}
	switch first := &all[0]; {
	case first.As == schema.FromMoodle:
		sorted := s.store.TempPath("sort")
		in, err = openMoodle(files, q.Replace, moodle.Options{
			Site: q.Site, Departments: q.Department, NewDepartments: unknown, Role: q.Role, Zone: o.Zone,
			DateOrder: q.DateOrder, Year: yearOf(q), TempDir: filepath.Dir(sorted), TempName: filepath.Base(sorted),
		})
		in.keep = &store.PreserveProfiles{Role: q.Role == ""}
	case first.As == schema.FromGlow:
		in, err = openGlow(files, fullglow.Options{Departments: q.Department, NewDepartments: unknown, Role: q.Role, Zone: o.Zone, Known: s.known(ctx),
			Waiting: func() ([]schema.WaitingRow, error) { return s.store.Waiting(ctx) }})
		in.keep = &store.PreserveProfiles{Role: q.Role == ""}
	case first.isOwn():
		return s.openOwn(ctx, all, files, q, o)
	default:
		in, err = s.openMapping(ctx, files, first.mapping, q, o, unknown)
		listed := first.mapping.ListsPeople()
		in.keep = &store.PreserveProfiles{Role: q.Role == "" && !listed, Listed: listed}
	}
	if in.close == nil {
		in.close = func() error { return nil }
	}
	return in, err
}
