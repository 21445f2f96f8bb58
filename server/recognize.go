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
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	files, err := filesOf(k, k.Size, contentType, o)
	if err != nil {
		return in, err
	}
	if len(files) == 0 {
		return in, schema.Invalid("file", "is missing: the ZIP has no files")
	}
	glow := false
	if contentType == schema.TypeZIP && q.As == schema.AsAuto {
		if glow, err = holdsGlow(files); err != nil {
			return in, err
		}
		records, err := formats.HoldsRecords(k, k.Size, o)
		if err != nil {
			return in, err
		}
		if records && !glow {
			in = plain(formats.ReadZIP(k, k.Size, o))
			in.close = k.Close
			return in, nil
		}
	}
	all, faults := make([]recognized, len(files)), make([]error, len(files))
	for i, f := range files {
		if glow {
			all[i] = ofGlow(f.Name)
			continue
		}
		all[i], faults[i] = s.recognize(f, q)
	}
	joinBesides(all, faults)
	for _, fault := range faults {
		if fault != nil {
			return in, fault
		}
	}
	if err := oneThing(all); err != nil {
		return in, err
	}
	if in, err = s.openAs(ctx, all, files, q, o); err != nil {
		return in, err
	}
	for _, one := range all {
		if q.As == "" || q.As == schema.AsAuto || len(one.PassedOver) > 0 {
			in.taken = append(in.taken, one.Recognition)
		}
	}
	inner := in.close
	in.close = func() error { return errors.Join(inner(), k.Close()) }
	return in, nil
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
func (s *Server) recognize(f formats.File, q schema.ImportQuery) (recognized, error) {
	if q.As == schema.FromGlow || q.As == schema.FromMoodle {
		return recognized{Recognition: schema.Recognition{File: f.Name, As: q.As}}, nil
	}
	o := s.tableOptions(q)
	o.Keyed = firstObjects
	found, err := recognizeBy(f, q, o)
	if err != nil && found.objects {
		o.Keyed = 0
		return recognizeBy(f, q, o)
	}
	return found, err
}

// recognizeBy finds out what a file is, of which the options say how it is read.
func recognizeBy(f formats.File, q schema.ImportQuery, o table.Options) (recognized, error) {
	t, err := table.Open(f, o)
	if err != nil {
		return recognized{}, refusal(err)
	}
	defer t.Close()
	sample, err := sampleOf(t)
	if err != nil {
		return recognized{}, refusal(err)
	}
	found, err := recognizeTable(t, sample, q.As)
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

// openOwn reads files of records of ours, one after the other.
func (s *Server) openOwn(ctx context.Context, all []recognized, files []formats.File, q schema.ImportQuery, o formats.Options) (in input, err error) {
	for name, given := range map[string]bool{"site": q.Site != "", "department": len(q.Department) > 0, "role": q.Role != "", "replace": q.Replace} {
		if given {
			return in, schema.Invalid(name, "is not for records of ours, which say so themselves")
		}
	}
	var parts []input
	in = input{close: func() error {
		var err error
		for _, p := range parts {
			err = errors.Join(err, p.close())
		}
		return err
	}}
	for i, f := range files {
		var part input
		if all[i].As == asRecords {
			part, err = openObjects(f, o)
		} else {
			part, err = s.openMapping(ctx, files[i:i+1], all[i].mapping, q, o, nil)
		}
		if err != nil {
			return in, errors.Join(err, in.close())
		}
		parts = append(parts, part)
	}
	in.records = func(yield func(*schema.Record, error) bool) {
		for _, p := range parts {
			for r, err := range p.records {
				if !yield(r, err) || err != nil && !formats.IsFault(err) {
					return
				}
			}
		}
	}
	in.skipped = func() (total int64, reasons map[string]int64) {
		reasons = map[string]int64{}
		for _, p := range parts {
			n, more := p.skipped()
			total += n
			for reason, n := range more {
				reasons[reason] += n
			}
		}
		return total, reasons
	}
	return in, nil
}

// openObjects reads a file of objects that name their kind: an array, or one a line.
func openObjects(f formats.File, o formats.Options) (input, error) {
	r, err := f.Open()
	if err != nil {
		return input{}, err
	}
	o.Name = f.Name
	buffered := bufio.NewReader(r)
	head, _ := buffered.Peek(plainHead)
	records := formats.ReadNDJSON(buffered, o)
	if strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n"), "[") {
		if records, _, err = formats.ReadJSON(buffered, o); err != nil {
			return input{}, errors.Join(err, r.Close())
		}
	}
	in := plain(records)
	in.close = r.Close
	return in, nil
}

// openMapping reads files by a mapping.
func (s *Server) openMapping(ctx context.Context, files []formats.File, m *schema.Mapping, q schema.ImportQuery, o formats.Options, unknown []string) (in input, err error) {
	sorted := s.store.TempPath("sort")
	read, err := mapping.Read(files, m, mapping.Options{
		Zone: o.Zone, DateOrder: q.DateOrder, Year: yearOf(q), Decimal: q.Decimal, Prefix: q.Site,
		Departments: q.Department, NewDepartments: unknown, Role: q.Role, Table: s.tableOptions(q),
		TempDir: filepath.Dir(sorted), TempName: filepath.Base(sorted),
		Known: mapping.Known{
			Departments:   func() (map[string]string, error) { return s.store.DepartmentIDs(ctx) },
			PeopleByEmail: func(emails []string) (map[string]string, error) { return s.store.PeopleByEmail(ctx, emails) },
		},
	})
	if err != nil {
		return in, refusal(err)
	}
	log, err := read.Log()
	if err != nil {
		return in, errors.Join(err, read.Close())
	}
	if log != nil {
		return input{
			log:     &store.LogImport{Site: log.Site(), Replace: q.Replace, Rows: log.Rows(), Names: log.Names, Derive: log.Derive},
			skipped: log.Skipped, close: read.Close,
		}, nil
	}
	in = input{records: read.Records(), skipped: read.Skipped, close: read.Close}
	if read.HasSpans() {
		in.spans, in.groups = read.Spans, true
	}
	return in, nil
}

// tableOptions say how the tables of a request are read.
func (s *Server) tableOptions(q schema.ImportQuery) table.Options {
	kept := s.store.TempPath("table")
	return table.Options{Sheet: q.Sheet, TempDir: filepath.Dir(kept), TempName: filepath.Base(kept)}
}
