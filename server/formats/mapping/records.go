package mapping

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
	"glow/server/formats/roster"
)

// Why a row gives nothing.
const (
	reasonNothing = "no record"         // it lacks what every record of the mapping needs
	reasonUnnamed = "person not listed" // it refers to a person whom no row names
)

// Records makes records of the rows: departments, people, sessions and groups that rows
// name, each once, then one of each row. The record is reused for the next. A row that cannot be
// read is yielded as a schema.Fault, after which reading goes on; any other error ends the
// sequence.
func (in *Input) Records() iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		in.skipped = map[string]int64{}
		w := &recordMaker{Input: in, yield: yield}
		if w.prepare() && w.named() {
			w.each()
		}
	}
}

// Spans returns, for each session that the rows name without saying when it began, the time of the
// row that says whose it is. It is complete when Records has been ranged over.
func (in *Input) Spans() map[string]schema.Instant {
	spans := map[string]schema.Instant{}
	for id, s := range in.sessions {
		spans[id] = s.owned
	}
	return spans
}

// recordMaker makes records of rows.
type recordMaker struct {
	*Input
	yield       func(*schema.Record, error) bool
	record      schema.Record
	roster      *roster.Roster
	departments departments
}

// prepare finds out whom and what the rows name.
func (w *recordMaker) prepare() bool {
	var err error
	if w.roster, err = roster.New(w.o.Departments, w.o.NewDepartments, w.o.Role); err == nil {
		err = w.departments.open(w.o.Known)
	}
	if err == nil {
		err = w.index()
	}
	if err != nil {
		w.yield(nil, err)
	}
	return err == nil
}

// named yields what rows name.
func (w *recordMaker) named() bool {
	return w.roster.Departments(w.yield) && w.profiles() && w.sessionRecords() && w.groupRecords()
}

// each yields the records of the rows themselves.
func (w *recordMaker) each() {
	for r, err := range w.rows() {
		if err != nil {
			if !w.yield(nil, err) || !formats.IsFault(err) {
				return
			}
			continue
		}
		n, going := w.ofRow(r)
		if !going {
			return
		}
		if n == 0 {
			w.skipped[reasonNothing]++
		}
	}
}

// ofRow yields the records of a row, and counts them.
func (w *recordMaker) ofRow(r *row) (n int, going bool) {
	for i := range w.mapping.Records {
		m := &w.mapping.Records[i]
		if !r.applies(m.When, m.Unless) || w.lacks(r, m) {
			continue
		}
		if w.isNobodys(r, m) {
			continue
		}
		n++
		if w.isNamed(m.Kind) && m.Kind != schema.KindDepartment {
			continue // it is among those that were yielded before the rows
		}
		if err := w.fill(r, m); err != nil {
			if !w.yield(nil, err) || !formats.IsFault(err) {
				return n, false
			}
			continue
		}
		if !w.departments.yieldNew(w.yield) || !w.yield(&w.record, nil) {
			return n, false
		}
	}
	return n, true
}

// lacks reports whether a row does not have what a record of another program's kind needs. In a
// file of our own kinds that is a fault.
func (w *recordMaker) lacks(r *row, m *schema.MappedRecord) bool {
	if w.o.Prefix == "" {
		return false
	}
	kind := schema.KindNamed(m.Kind)
	for i := range kind.Fields {
		f := &kind.Fields[i]
		v := m.Fields[f.Name]
		if kind.Name == schema.KindProfile && v.IsZero() {
			continue // it adds to people whom other rows name
		}
		if f.Required && r.text(v) == "" && w.ofSession(r, m, f) == "" {
			return true
		}
	}
	return false
}

// ofSession returns the id of the session, or of its group, that a field refers to, where these
// are known by nothing but their ids.
func (w *recordMaker) ofSession(r *row, m *schema.MappedRecord, f *schema.Field) string {
	isSession := f.Ref == schema.KindSession || f.Ref == schema.KindGroup || f.Name == "id" && (m.Kind == schema.KindSession || m.Kind == schema.KindGroup)
	_, mapped := m.Fields[f.Name]
	if !isSession || !w.isNamed(schema.KindSession) || !mapped && !f.Required {
		return ""
	}
	return w.sessionID(r, m.Fields[f.Name], r.time(m.Fields["created_at"]))
}

// fill makes the record of a row. The error is a schema.Fault.
func (w *recordMaker) fill(r *row, m *schema.MappedRecord) error {
	kind := schema.KindNamed(m.Kind)
	rec := &w.record
	rec.Reset(kind)
	rec.File, rec.Line, rec.Absent = r.file.Name, r.Line, 0
	for i := range kind.Fields {
		f := &kind.Fields[i]
		v, ok := m.Fields[f.Name]
		var value schema.Value
		var err error
		switch id := w.ofSession(r, m, f); {
		case f.Name == "id" && m.Kind == schema.KindDepartment && w.isNamed(m.Kind):
			value, err = f.Parse(w.departments.known[r.text(v)], w.o.Zone)
		case id != "":
			value, err = f.Parse(id, w.o.Zone)
		case ok:
			value, err = w.value(r, f, v)
		default:
			rec.Absent |= 1 << i
			continue
		}
		if err != nil {
			return rec.Fault(fieldName(f, v), "%v", err)
		}
		if f.Required && !value.Set && v.Column != "" && Fold(v.Column) != Fold(f.Name) {
			return rec.Fault(v.Column, "is empty; every %s needs one for its %s", kind.Name, strings.TrimSuffix(f.Name, "_id"))
		}
		rec.Values[i] = value
	}
	return rec.Finish()
}

// fieldName is what a fault calls a field: by the column that a person sees.
func fieldName(f *schema.Field, v schema.MappedValue) string {
	if v.Column != "" {
		return v.Column
	}
	return f.Name
}

// value reads the value of a field.
func (w *recordMaker) value(r *row, f *schema.Field, v schema.MappedValue) (schema.Value, error) {
	if f.Type == schema.Time && v.Column != "" {
		t := r.time(v)
		return schema.Value{Set: t.set, Int: int64(t.At)}, t.err
	}
	text := r.text(v)
	if text == "" {
		return schema.Value{}, nil
	}
	var value schema.Value
	var err error
	switch {
	case f.Name == "department_ids":
		value, err = f.List(w.departments.ids(text))
	case f.Type == schema.ID:
		value, err = f.Parse(w.id(f.Ref, text), w.o.Zone)
	case f.Type == schema.Date:
		t := r.time(v)
		if t.set && t.err == nil {
			text = t.At.Time().In(w.o.TimesIn).Format("2006-01-02")
		}
		value, err = f.Parse(text, w.o.Zone)
	case f.Type == schema.Bool:
		value, err = f.Parse(boolWord(text), w.o.Zone)
	case f.Type == schema.Int, f.Type == schema.Cost:
		value, err = f.Parse(w.number(text), w.o.Zone)
	case f.Type == schema.Text:
		value, err = f.Parse(string(formats.Unguard([]byte(oneLine(text)))), w.o.Zone)
	default:
		value, err = f.Parse(text, w.o.Zone)
	}
	if err != nil {
		return value, fmt.Errorf("%q %w", schema.Clip(text), err)
	}
	return value, nil
}

// oneLine puts a blank in the place of the line breaks that spreadsheets have in cells.
func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.Join(strings.Fields(text), " ")
}

// id makes the id of a record: the file's, after the prefix; of a person the one by which they
// are known.
func (w *recordMaker) id(kind, text string) string {
	if kind == schema.KindProfile {
		if p := w.people[text]; p != nil {
			return p.id
		}
	}
	return prefixed(w.o.Prefix, text)
}

func prefixed(prefix, text string) string {
	if prefix == "" {
		return text
	}
	return prefix + "-" + text
}

// boolWords are what yes and no are in other languages.
var boolWords = map[string]string{
	"wahr": "true", "ja": "true", "j": "true", "vrai": "true", "oui": "true", "o": "true", "verdadero": "true", "sí": "true", "si": "true", "verdadeiro": "true", "sim": "true",
	"vero": "true", "waar": "true", "y": "true", "x": "true", "✓": "true", "✔": "true", "prawda": "true", "tak": "true", "да": "true", "истина": "true", "có": "true", "đúng": "true",
	"是": "true", "はい": "true", "active": "true", "aktiv": "true", "actif": "true", "activo": "true", "enabled": "true", "on": "true",
	"falsch": "false", "nein": "false", "n": "false", "faux": "false", "non": "false", "falso": "false", "não": "false", "nao": "false", "onwaar": "false", "nee": "false",
	"fałsz": "false", "nie": "false", "нет": "false", "ложь": "false", "không": "false", "sai": "false", "否": "false", "いいえ": "false",
	"inactive": "false", "inaktiv": "false", "inactif": "false", "inactivo": "false", "disabled": "false", "suspended": "false", "deleted": "false", "off": "false", "left": "false",
}

// boolWord returns the English for a yes or no.
func boolWord(text string) string {
	if word, ok := boolWords[strings.ToLower(text)]; ok {
		return word
	}
	return text
}

// isNamed reports whether the records of a kind are put together of all rows that name them.
func (in *Input) isNamed(kind string) bool {
	switch kind {
	case schema.KindProfile, schema.KindDepartment:
		return in.o.Prefix != ""
	case schema.KindSession, schema.KindGroup:
		return in.makes(kind) && slices.ContainsFunc(in.mapping.Records, func(r schema.MappedRecord) bool {
			_, refers := r.Fields[kind+"_id"]
			at := schema.KindNamed(r.Kind).Field(kind + "_id")
			return refers || at >= 0 && schema.KindNamed(r.Kind).Fields[at].Required
		})
	}
	return false
}

// makes reports whether rows are records of a kind.
func (in *Input) makes(kind string) bool {
	return slices.ContainsFunc(in.mapping.Records, func(r schema.MappedRecord) bool { return r.Kind == kind })
}

// HasSpans reports whether sessions are known by nothing but the rows that name them.
func (in *Input) HasSpans() bool { return in.isNamed(schema.KindSession) }
