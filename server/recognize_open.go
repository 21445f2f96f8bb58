package server

import (
	"bufio"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/mapping"
	"glow/server/formats/table"
	"glow/store"
)

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
	q = q.Completed(m)
	sorted := s.store.TempPath("sort")
	read, err := mapping.Read(files, m, mapping.Options{
		Zone: s.store.Zone(), TimesIn: timesIn(q, o), DateOrder: q.DateOrder, Year: yearOf(q), Decimal: q.Decimal, Prefix: q.Site,
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
			log:     &store.LogImport{Site: log.Site(), Gap: log.Gap(), Viewers: log.Viewers(), Replace: q.Replace, Rows: log.Rows(), Names: log.Names, Derive: log.Derive},
			skipped: log.Skipped, close: read.Close,
		}, nil
	}
	in = input{records: read.Records(), skipped: read.Skipped, close: read.Close}
	if read.HasSpans() {
		in.spans, in.groups = read.Spans, true
	}
	return in, nil
}

// timesIn is the zone of times without one that a request names; nil where it names none.
func timesIn(q schema.ImportQuery, o formats.Options) *time.Location {
	if q.Timezone == "" {
		return nil
	}
	return o.Zone
}

// tableOptions say how the tables of a request are read.
func (s *Server) tableOptions(q schema.ImportQuery) table.Options {
	kept := s.store.TempPath("table")
	return table.Options{Sheet: q.Sheet, TempDir: filepath.Dir(kept), TempName: filepath.Base(kept)}
}
