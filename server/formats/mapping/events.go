package mapping

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/eventlog"
)

// Log is the events of an input: its rows are kept by the database, and sessions made of all of
// them.
type Log struct {
	*eventlog.Log
	in        *Input
	described map[string]*person // by the text by which rows know them
}

// Log returns the events of the input; nil where its rows are records.
func (in *Input) Log() (*Log, error) {
	if len(in.mapping.Events) == 0 {
		return nil, nil
	}
	l := &Log{in: in}
	var err error
	l.Log, err = eventlog.New(eventlog.Options{
		Site: in.o.Prefix, Departments: in.o.Departments, NewDepartments: in.o.NewDepartments, Role: in.o.Role,
		Gap:      time.Duration(in.mapping.Gap) * time.Minute,
		Describe: l.describe, TempDir: in.o.TempDir, TempName: in.o.TempName,
	})
	return l, err
}

// Names lists the names of people in the rows by position; the first is none.
func (l *Log) Names() []string { return l.Log.Names().All() }

// Rows reads the events of the files. The row is reused for the next; its names are positions in
// Names. A row that cannot be read is yielded as a schema.Fault, after which reading goes on; any
// other error ends the sequence. Ranging over it again reads the files again.
func (l *Log) Rows() iter.Seq2[*schema.LogRow, error] {
	return func(yield func(*schema.LogRow, error) bool) {
		l.Begin()
		l.described = map[string]*person{}
		digesters := map[*file][]*eventDigester{}
		for r, err := range l.in.rows() {
			if err != nil {
				if !yield(nil, err) || !formats.IsFault(err) {
					return
				}
				continue
			}
			if digesters[r.file] == nil {
				digesters[r.file] = l.digesters(r.file)
			}
			n, going := l.ofRow(r, digesters[r.file], yield)
			if !going {
				return
			}
			if n == 0 {
				l.Skip(map[string]int64{reasonNothing: 1})
			}
		}
		for _, f := range l.in.files {
			l.Skip(f.Table.Skipped())
		}
	}
}

// ofRow yields the events of a row, and counts them.
func (l *Log) ofRow(r *row, digesters []*eventDigester, yield func(*schema.LogRow, error) bool) (n int, going bool) {
	p := l.in.personValues()
	key := r.personKey(p)
	if key == "" {
		return 0, true
	}
	out := schema.LogRow{User: eventlog.NoUser, Origin: uint8(eventlog.OriginPerson), File: r.file.Name, Line: r.Line}
	l.name(&out, key, r, p)
	var taken []string // columns of times of which an event was made
	for i, e := range l.in.mapping.Events {
		t := r.times[e.Time]
		if !t.set || slices.Contains(taken, e.Time) || !r.applies(e.When, e.Unless) {
			continue
		}
		taken = append(taken, e.Time)
		n++
		if t.err != nil {
			if !yield(nil, schema.Fault{File: r.file.Name, Line: r.Line, Field: e.Time, Message: t.err.Error()}) {
				return n, false
			}
			continue
		}
		out.At, out.Repeated = t.At, t.Repeated
		event, name := eventlog.EventOther, schema.KindActivity
		if e.Login {
			event, name = eventlog.EventLoggedIn, schema.KindLogin
		}
		out.Event, out.EventName = uint8(event), eventlog.HashOf(name)
		out.Digest = digesters[i].of(r.Cells)
		if !yield(&out, nil) {
			return n, false
		}
	}
	return n, true
}

// name says in a row of the log who acts: by a number where the program has one, else by the text.
func (l *Log) name(out *schema.LogRow, key string, r *row, p schema.MappedPerson) {
	full := oneLine(r.text(p.Name))
	if number, err := strconv.ParseInt(key, 10, 63); err == nil && number > 0 && key[0] != '0' {
		out.User = number
		out.Name = l.Log.Names().Position(full)
		key = strconv.FormatInt(number, 10)
	} else {
		out.Name = l.Log.Names().Position(key)
	}
	one := l.described[key]
	if one == nil {
		one = &person{}
		l.described[key] = one
	}
	if full != "" {
		one.name.text = full
	}
	if email := r.text(p.Email); email != "" {
		one.email.text = email
	} else if isEmail(key) {
		one.email.text = key
	}
}

// describe puts the name and the email of somebody into their profile.
func (l *Log) describe(profile *schema.Record, number uint64, text string) {
	key := text
	if number != 0 {
		key = strconv.FormatUint(number, 10)
	}
	one := l.described[key]
	if one == nil {
		return
	}
	if one.name.text != "" && number == 0 {
		profile.Put("name", one.name.text)
	}
	if one.email.text != "" {
		profile.Put("email", one.email.text)
	}
}

// eventDigester makes the name of an event.
type eventDigester struct {
	*eventlog.Digester
	cells []int // of the columns that make two rows the same event
	event []byte
	row   [][]byte
}

// digesters returns a digester for each event of the mapping.
func (l *Log) digesters(f *file) (list []*eventDigester) {
	for _, e := range l.in.mapping.Events {
		d := &eventDigester{event: []byte(fmt.Sprintf("%s %t", Fold(e.Time), e.Login))}
		var names []string
		for i, name := range f.Header {
			same := slices.ContainsFunc(e.Same, func(s string) bool { return Fold(s) == Fold(name) })
			if len(e.Same) == 0 || same {
				names = append(names, strings.ToLower(name))
				d.cells = append(d.cells, i)
			}
		}
		d.Digester = eventlog.NewDigester(append(names, "\x00event"))
		list = append(list, d)
	}
	return list
}

func (d *eventDigester) of(cells [][]byte) [2]uint64 {
	d.row = d.row[:0]
	for _, i := range d.cells {
		d.row = append(d.row, cells[i])
	}
	return d.Of(append(d.row, d.event))
}
