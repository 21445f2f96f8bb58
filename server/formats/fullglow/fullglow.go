// Package fullglow reads what the full Glow exports: activity.csv, logins.csv,
// problems.csv, grants.csv and emulations.csv, in which people stand by name and
// sessions by nothing but their ids; and, by session and for pricing, sessions.csv,
// groups.csv and runs.csv.
package fullglow

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/roster"
)

// Options say how an export is read; zero fields take the defaults.
type Options struct {
	Departments    []string       // ids of the departments of everyone in it
	NewDepartments []string       // those of them to make: they are named by their ids
	Role           string         // of everyone in it; default "ta"
	Zone           *time.Location // of times without an offset; default UTC
	Known          Known          // what the database holds; default nothing

	// Waiting tells which rows of earlier imports wait; default none.
	Waiting func() ([]schema.WaitingRow, error)
}

// Export is an export of the full Glow, read by ranging over Records.
type Export struct {
	files   []kindFile
	options Options
	roster  *roster.Roster
	index   *index           // of the last time that Records was ranged over
	skipped map[string]int64 // rows, by reason
	waited  []*row           // rows of earlier imports that wait
}

// prefix begins the ids of profiles.
const prefix = "glow"

// kindFile is a file that holds records of one kind.
type kindFile struct {
	formats.File
	kind *schema.Kind
}

// kinds are those that have a file in an export, in the order of reading.
var kinds = []string{
	schema.KindSession, schema.KindActivity, schema.KindLogin, schema.KindProblem, schema.KindGrant, schema.KindEmulation, schema.KindGroup, schema.KindRun,
}

// Read returns the export that the files make. What a file holds its header tells,
// or its name. Others are passed over, but one at least must be there that belongs
// to an export.
func Read(files []formats.File, o Options) (*Export, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	people, err := roster.New(o.Departments, o.NewDepartments, o.Role)
	if err != nil {
		return nil, err
	}
	if o.Known == nil {
		o.Known = func(string, []string) (map[string]string, error) { return nil, nil }
	}
	e := &Export{options: o, roster: people}
	var expected []string
	byKind := map[string][]kindFile{}
	for _, f := range files {
		kind, err := kindOf(f)
		if err != nil {
			return nil, err
		}
		if kind != nil {
			byKind[kind.Name] = append(byKind[kind.Name], kindFile{f, kind})
		}
	}
	for _, name := range kinds {
		expected = append(expected, schema.KindNamed(name).File)
		e.files = append(e.files, byKind[name]...)
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
		s := newIndex()
		e.index, e.skipped = s, map[string]int64{}
		var err error
		if e.waited, err = e.waiting(); err != nil {
			yield(nil, err)
			return
		}
		for rw, err := range e.rows() {
			if err == nil && rw.skip == "" {
				s.add(rw)
			} else if err != nil && !formats.IsFault(err) { // faults come up again below
				yield(nil, err)
				return
			}
		}
		if err := s.resolve(e.options.Known); err != nil {
			yield(nil, err)
			return
		}
		if !e.roster.Departments(yield) || !e.profiles(s, yield) || !s.sessionRecords(yield) {
			return
		}
		for rw, err := range e.rows() {
			rec, reason := (*schema.Record)(nil), ""
			if err == nil {
				if reason = rw.skip; reason == "" {
					rec, reason, err = s.finish(rw)
				}
			}
			if err == nil && rec == nil {
				if reason != reasonOwnSession && !rw.waited {
					e.skipped[reason]++
				}
				continue
			}
			if !yield(rec, err) || err != nil && !formats.IsFault(err) {
				return
			}
		}
	}
}

// Skipped returns how many rows were passed over, and why. It is complete when
// Records has been ranged over to its end.
func (e *Export) Skipped() (total int64, reasons map[string]int64) {
	for _, n := range e.skipped {
		total += n
	}
	return total, maps.Clone(e.skipped)
}

// Spans returns, for each session that the rows name, when the row was that says
// whose it is. It is complete when Records has been ranged over.
func (e *Export) Spans() map[string]schema.Instant {
	if e.index == nil {
		return nil
	}
	return e.index.spans()
}

func (e *Export) profiles(s *index, yield func(*schema.Record, error) bool) bool {
	var rec schema.Record
	for _, name := range s.sortedNames() {
		e.roster.Profile(&rec)
		rec.Put("id", s.ids[name])
		rec.Put("name", name)
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

// rows reads all files. What is yielded is reused for the next.
func (e *Export) rows() iter.Seq2[*row, error] {
	return func(yield func(*row, error) bool) {
		seen := repeats{}
		waited := seen.inFile()
		for _, old := range e.waited {
			r := *old
			r.Values = slices.Clone(old.Values)
			if !waited.known(&r) && !yield(&r, nil) {
				return
			}
		}
		for i := range e.files {
			if !e.files[i].rows(e.options.Zone, seen.inFile(), yield) {
				return
			}
		}
	}
}

// rows reads one file. It reports whether to go on.
func (f *kindFile) rows(zone *time.Location, seen fileRepeats, yield func(*row, error) bool) bool {
	content, err := f.Open()
	if err != nil {
		yield(nil, fmt.Errorf("open %s: %w", f.Name, err))
		return false
	}
	defer content.Close()
	r := reader{file: f, zone: zone, scan: formats.NewScanner(content, formats.ScanOptions{})}
	if err := r.header(); err != nil {
		return yield(nil, err) && formats.IsFault(err)
	}
	for {
		rw, err := r.next()
		if err == io.EOF {
			return true
		}
		if err == nil && seen.known(rw) {
			continue
		}
		if !yield(rw, err) || err != nil && !formats.IsFault(err) {
			return false
		}
	}
}
