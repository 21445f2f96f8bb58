// Package fullglow reads what the full Glow exports: activity.csv, logins.csv,
// problems.csv, grants.csv and emulations.csv, in which people stand by name and
// sessions by nothing but their ids.
package fullglow

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/moodle"
)

// Options say how an export is read; zero fields take the defaults.
type Options struct {
	Departments    []string       // ids of the departments of everyone in it
	NewDepartments []string       // those of them to make: they are named by their ids
	Role           string         // of everyone in it; default "ta"
	Zone           *time.Location // of times without an offset; default UTC
}

// File is one file of an export; it is opened twice.
type File struct {
	Name string // its last part tells what it holds
	Open func() (io.ReadCloser, error)
}

// Export is an export of the full Glow, read by ranging over Records.
type Export struct {
	files   []kindFile
	options Options
}

// kindFile is a file that holds records of one kind.
type kindFile struct {
	File
	kind *schema.Kind
}

// kinds are those that have a file in an export, in the order of reading.
var kinds = []string{schema.KindActivity, schema.KindLogin, schema.KindProblem, schema.KindGrant, schema.KindEmulation}

// Read returns the export that the files make. Files of other names are passed
// over, but one at least must be there that belongs to an export.
func Read(files []File, o Options) (*Export, error) {
	if o.Role == "" {
		o.Role = "ta"
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	profile := schema.KindNamed(schema.KindProfile)
	if _, err := profile.Fields[profile.Field("role")].Parse(o.Role, o.Zone); err != nil {
		return nil, schema.Invalid("role", "%v", err)
	}
	if _, err := departmentsField().List(slices.Concat(o.Departments, o.NewDepartments)); err != nil {
		return nil, schema.Invalid("department", "%v", err)
	}
	e := &Export{options: o}
	var expected []string
	for _, name := range kinds {
		kind := schema.KindNamed(name)
		expected = append(expected, kind.File)
		for _, f := range files {
			if strings.EqualFold(path.Base(f.Name), kind.File) {
				e.files = append(e.files, kindFile{f, kind})
			}
		}
	}
	if len(e.files) == 0 {
		return nil, schema.Invalid("file", "holds none of the files of an export: %s", strings.Join(expected, ", "))
	}
	return e, nil
}

// Records reads the export: departments, profiles, sessions, then the rows of the
// files. The record is reused for the next. A row or file that cannot be read is
// yielded as a schema.Fault, after which reading goes on; any other error ends the
// sequence.
func (e *Export) Records() iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		s := newSurvey()
		for rw, err := range e.rows() {
			if err == nil {
				s.see(rw)
			} else if !errors.As(err, new(schema.Fault)) { // faults come up again below
				yield(nil, err)
				return
			}
		}
		ids := s.profileIDs()
		if !e.departments(yield) || !e.profiles(s, ids, yield) || !s.sessionRecords(ids, yield) {
			return
		}
		for rw, err := range e.rows() {
			rec := (*schema.Record)(nil)
			if err == nil {
				rec, err = s.finish(rw, ids)
			}
			if !yield(rec, err) || err != nil && !errors.As(err, new(schema.Fault)) {
				return
			}
		}
	}
}

func (e *Export) departments(yield func(*schema.Record, error) bool) bool {
	for _, id := range slices.Compact(slices.Sorted(slices.Values(e.options.NewDepartments))) {
		rec := schema.KindNamed(schema.KindDepartment).NewRecord()
		rec.Put("id", id)
		rec.Put("name", id)
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

func (e *Export) profiles(s *survey, ids map[string]string, yield func(*schema.Record, error) bool) bool {
	departments, err := departmentsField().List(e.options.Departments)
	if err != nil {
		yield(nil, fmt.Errorf("departments of the export: %w", err))
		return false
	}
	profile := schema.KindNamed(schema.KindProfile)
	rec := profile.NewRecord()
	for _, name := range s.sortedNames() {
		rec.Reset(profile)
		rec.Put("id", ids[name])
		rec.Put("name", name)
		rec.Put("role", e.options.Role)
		rec.Values[profile.Field("department_ids")] = departments
		if err := rec.Finish(); err != nil {
			yield(nil, err)
			return false
		}
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

func departmentsField() *schema.Field {
	profile := schema.KindNamed(schema.KindProfile)
	return &profile.Fields[profile.Field("department_ids")]
}

// profileIDs makes an id for everyone of a name.
func (s *survey) profileIDs() map[string]string { return moodle.NameIDs("glow", s.sortedNames()) }

// rows reads all files. What is yielded is reused for the next.
func (e *Export) rows() iter.Seq2[*row, error] {
	return func(yield func(*row, error) bool) {
		for i := range e.files {
			if !e.files[i].rows(e.options.Zone, yield) {
				return
			}
		}
	}
}

// rows reads one file. It reports whether to go on.
func (f *kindFile) rows(zone *time.Location, yield func(*row, error) bool) bool {
	content, err := f.Open()
	if err != nil {
		yield(nil, fmt.Errorf("open %s: %w", f.Name, err))
		return false
	}
	defer content.Close()
	r := reader{file: f, zone: zone, scan: formats.NewScanner(content, formats.ScanOptions{})}
	if err := r.header(); err != nil {
		return yield(nil, err) && errors.As(err, new(schema.Fault))
	}
	for {
		rw, err := r.next()
		if err == io.EOF {
			return true
		}
		if !yield(rw, err) || err != nil && !errors.As(err, new(schema.Fault)) {
			return false
		}
	}
}
