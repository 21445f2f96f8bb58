package moodle

import (
	"errors"
	"fmt"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/dates"
)

// intake reads all rows of a log and finds out what each of them is.
type intake struct {
	log     *Log
	people  *people
	rows    *sorter
	scratch []byte
	cells   rowReader
	dates   []*dates.File // of each file of the log
}

func newIntake(l *Log) *intake {
	p := newPeople(l.options.Site)
	return &intake{log: l, people: p, rows: l.newSorter(rowSize),
		cells: rowReader{people: p, names: map[string]uint32{}}}
}

func (in *intake) close() { in.rows.close() }

type yieldFunc = func(*schema.Record, error) bool

// readFiles puts the rows of all files into in.rows. It reports whether to go on.
func (in *intake) readFiles(yield yieldFunc) bool {
	if !in.surveyDates(yield) {
		return false
	}
	for i := range in.log.files {
		if !in.readFile(i, yield) {
			return false
		}
	}
	in.people.know()
	return true
}

func (in *intake) readFile(index int, yield yieldFunc) bool {
	file := in.log.files[index]
	content, err := file.Open()
	if err != nil {
		yield(nil, fmt.Errorf("open %s: %w", file.Name, err))
		return false
	}
	defer content.Close()
	scan := formats.NewScanner(content, formats.ScanOptions{})
	fault := func(err error) bool {
		var f schema.Fault
		if !errors.As(err, &f) {
			yield(nil, fmt.Errorf("read %s: %w", file.Name, err))
			return false
		}
		f.File = file.Name
		return yield(nil, f)
	}

	if !scan.Scan() {
		err := scan.Err()
		if err == nil {
			err = schema.Fault{Line: 1, Message: "the file is empty; it should begin with a header such as " + strings.Join(tableNeeds, ",")}
		}
		return fault(err)
	}
	layout, err := readLayout(scan.Cells())
	if err != nil {
		return fault(schema.Fault{Line: scan.Line(), Message: err.Error()})
	}
	in.cells.dates = in.dates[index]
	for {
		if !scan.Scan() {
			if err := scan.Err(); err == nil {
				return true
			} else if !fault(err) {
				return false
			}
			continue
		}
		r, err := in.cells.read(layout, scan.Cells())
		if err != nil {
			var f schema.Fault
			errors.As(err, &f)
			f.Line = scan.Line()
			if !fault(f) {
				return false
			}
			continue
		}
		r.file, r.line = uint32(index), uint32(scan.Line())
		in.scratch = r.encode(in.scratch[:0])
		if err := in.rows.add(in.scratch); err != nil {
			yield(nil, err)
			return false
		}
	}
}

// settle makes one of the rows that have one id, and puts what counts into
// events. It reports whether to go on.
func (in *intake) settle(events *sorter, yield yieldFunc) bool {
	var held row
	holding := false
	for encoded, err := range in.rows.all() {
		if err != nil {
			yield(nil, err)
			return false
		}
		r := decodeRow(encoded)
		if holding && r.id != 0 && r.id == held.id {
			if held.merge(&r) {
				in.log.skipped[reasonDuplicate]++
			} else if !yield(nil, in.conflict(&r, &held)) {
				return false
			}
			continue
		}
		if holding {
			if err := in.take(&held, events); err != nil {
				yield(nil, err)
				return false
			}
		}
		held, holding = r, true
	}
	if holding {
		if err := in.take(&held, events); err != nil {
			yield(nil, err)
			return false
		}
	}
	in.people.identify()
	in.rows.close()
	return true
}

func (in *intake) take(r *row, events *sorter) error {
	actor, viewed, reason := in.people.of(r)
	if reason != "" {
		in.log.skipped[reason]++
		return nil
	}
	h := happening{at: r.at, id: r.id, event: r.event, hash: r.hash, actor: actor, viewed: viewed,
		object: r.object, module: r.module, file: r.file, line: r.line}
	in.scratch = h.encode(in.scratch[:0])
	return events.add(in.scratch)
}

func (in *intake) conflict(r, first *row) schema.Fault {
	return schema.Fault{File: in.log.files[r.file].Name, Line: int(r.line), Field: "id",
		Message: fmt.Sprintf("the row %d stands with another time, event or user in %s:%d; are these logs of two sites? Then import them one by one, each with its own site name",
			r.id, in.log.files[first.file].Name, first.line)}
}
