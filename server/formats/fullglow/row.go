package fullglow

import (
	"io"
	"slices"
	"strings"
	"time"

	"glow/schema"
	"glow/server/formats"
)

// columnProfile holds a name where our own files have profile_id.
const columnProfile = "profile"

// row is a row of a file: a record that lacks its profile_id, and the name.
type row struct {
	schema.Record
	name string // of the profile; "" in files that have none
	skip string // why the row is passed over; "" when it is not

	waited    bool // an earlier import brought it
	reference bool // it is no more than the id of an emulation and its grant
}

// reader reads the rows of one file.
type reader struct {
	file   *kindFile
	zone   *time.Location
	scan   *formats.Scanner
	names  int   // column of the profile; -1 for none
	fields []int // field of each column; -1 to pass over
	row    row
}

// header reads the first row. Columns that we have no field for are passed over.
func (r *reader) header() error {
	if !r.scan.Scan() {
		if err := r.scan.Err(); err != nil {
			return formats.InFile(r.file.Name, err)
		}
		return schema.Fault{File: r.file.Name, Line: 1, Message: "the file is empty; its first row should name the columns " + strings.Join(r.needs(), ", ")}
	}
	r.names = -1
	var seen []string
	for i, cell := range r.scan.Cells() {
		name := columnName(cell)
		at := r.file.kind.Field(name)
		if field, other := columnNames[r.file.kind.Name][name]; other {
			at = r.file.kind.Field(field)
		} else if name == "profile_id" || name == "id" && columnNames[r.file.kind.Name] != nil {
			at = -1 // people are told apart by name here
		}
		if name == columnProfile {
			r.names = i
		}
		if (at >= 0 || name == columnProfile) && slices.Contains(seen, name) {
			return schema.Fault{File: r.file.Name, Line: r.scan.Line(), Field: name, Message: "the column is there twice"}
		}
		seen = append(seen, name)
		r.fields = append(r.fields, at)
	}
	for _, name := range r.needs() {
		if !slices.Contains(seen, name) {
			return schema.Fault{File: r.file.Name, Line: r.scan.Line(), Field: name,
				Message: "the column is missing; needed are " + strings.Join(r.needs(), ", ")}
		}
	}
	return nil
}

// needs lists the columns that must be there.
func (r *reader) needs() []string { return needed[r.file.kind.Name] }

// next returns the next row; io.EOF at the end.
func (r *reader) next() (*row, error) {
	if !r.scan.Scan() {
		if err := r.scan.Err(); err != nil {
			return nil, formats.InFile(r.file.Name, err)
		}
		return nil, io.EOF
	}
	rec := &r.row.Record
	rec.Reset(r.file.kind)
	rec.File, rec.Line = r.file.Name, r.scan.Line()
	r.row.name, r.row.skip = "", ""
	cells := r.scan.Cells()
	if len(cells) != len(r.fields) {
		return nil, rec.Fault("", "the row has %d cells; the header has %d", len(cells), len(r.fields))
	}
	for i, at := range r.fields {
		if at < 0 {
			continue
		}
		f, text := &rec.Kind.Fields[at], string(cells[i])
		switch f.Type {
		case schema.Time:
			text = isoTime(text)
		case schema.Cost:
			text = strings.TrimPrefix(strings.TrimSpace(text), "$")
		}
		v, err := f.Parse(text, r.zone)
		if err != nil {
			return nil, rec.Fault(f.Name, "%q %v", schema.Clip(text), err)
		}
		rec.Values[at] = v
	}
	if r.names >= 0 && rec.Kind.Field("profile_id") >= 0 {
		name := strings.Join(strings.Fields(string(cells[r.names])), " ")
		if name == "" {
			r.row.skip = reasonNobody
			return &r.row, nil
		}
		profile := schema.KindNamed(schema.KindProfile)
		if _, err := profile.Fields[profile.Field("name")].Parse(name, r.zone); err != nil {
			return nil, rec.Fault(columnProfile, "%q %v", schema.Clip(name), err)
		}
		r.row.name = name
	}
	for _, field := range []string{"id", "created_at", "session_id", "group_id"} {
		if i := rec.Kind.Field(field); i >= 0 && rec.Kind.Fields[i].Required && !rec.Values[i].Set {
			return nil, rec.Fault(field, "is missing; every %s needs one", rec.Kind.Name)
		}
	}
	return &r.row, nil
}

// isoTime writes 2025-03-14 15:09:26.123456+00:00 as RFC 3339 does.
func isoTime(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > 10 && text[10] == ' ':
		return text[:10] + "T" + text[11:]
	case len(text) == len(time.DateOnly):
		return text + "T00:00:00"
	}
	return text
}
