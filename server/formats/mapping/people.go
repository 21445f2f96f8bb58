package mapping

import (
	"maps"
	"slices"
	"strings"

	"glow/schema"
	"glow/server/formats"
)

// person is somebody whom rows name.
type person struct {
	id                        string
	name, email, role, active said
	departments               []string // ids or names, as the rows have them
	file                      string
	line                      int
	known                     bool // the database has them
	listed                    bool // a row is of them, and does not only refer to them
}

// said is what rows say of a person.
type said struct {
	text string
	by   int // the record of the mapping
}

// note notes what a row says: later records of the mapping count more than earlier ones, and so do
// later rows of the same.
func (s *said) note(text string, by int) {
	if text != "" && by >= s.by {
		*s = said{text, by}
	}
}

// session is what the rows that name a session tell of it.
type session struct {
	owner       string         // text by which a person is known; "" where no row tells
	owned       schema.Instant // of the first row that tells
	first, last schema.Instant // of all rows
}

// index puts together what the rows name: people, and sessions and groups that are known by nothing
// but their ids.
func (w *recordMaker) index() error {
	w.people, w.sessions, w.groups = map[string]*person{}, map[string]*session{}, map[string]string{}
	for r, err := range w.rows() {
		if err != nil {
			if !formats.IsFault(err) {
				return err
			}
			continue // it comes up again
		}
		w.notePeople(r)
		w.noteDepartments(r)
		w.noteSession(r)
	}
	maps.DeleteFunc(w.sessions, func(_ string, s *session) bool { return s.owner == "" })
	return w.recognizePeople()
}

// notePeople notes whom a row names: by the mapping's person or, without one, by the records of
// profiles that it is.
func (w *recordMaker) notePeople(r *row) {
	if w.mapping.Person != nil {
		w.notePerson(r, *w.mapping.Person, 0)
		return
	}
	for i := range w.mapping.Records {
		m := &w.mapping.Records[i]
		if m.Kind == schema.KindProfile && w.isNamed(m.Kind) && r.applies(m.When, m.Unless) && !w.lacks(r, m) {
			w.notePerson(r, personOf(m), i)
		}
	}
}

// noteDepartments notes the departments that a row lists.
func (w *recordMaker) noteDepartments(r *row) {
	for i := range w.mapping.Records {
		m := &w.mapping.Records[i]
		if m.Kind == schema.KindDepartment && w.isNamed(m.Kind) && r.applies(m.When, m.Unless) && !w.lacks(r, m) {
			w.departments.add(r.text(m.Fields["id"]), r.text(m.Fields["name"]))
		}
	}
}

// personValues are the values by which a mapping knows people: its own, or those of its profiles.
func (in *Input) personValues() schema.MappedPerson {
	if in.mapping.Person != nil {
		return *in.mapping.Person
	}
	for i := range in.mapping.Records {
		if m := &in.mapping.Records[i]; m.Kind == schema.KindProfile {
			return personOf(m)
		}
	}
	return schema.MappedPerson{}
}

// personOf is the person whom the record of a profile tells of.
func personOf(m *schema.MappedRecord) schema.MappedPerson {
	return schema.MappedPerson{ID: m.Fields["id"], Email: m.Fields["email"], Name: m.Fields["name"],
		Role: m.Fields["role"], Department: m.Fields["department_ids"], Active: m.Fields["active"]}
}

// personKey returns the text by which a row knows its person: the first of id, email and name
// that it has.
func (r *row) personKey(p schema.MappedPerson) string {
	for _, v := range []schema.MappedValue{p.ID, p.Email, p.Name} {
		if text := r.text(v); text != "" {
			return text
		}
	}
	return ""
}

// notePerson notes a person whom a row names, and what it says of them.
func (w *recordMaker) notePerson(r *row, p schema.MappedPerson, by int) {
	key := r.personKey(p)
	if key == "" {
		return
	}
	one := w.people[key]
	if one == nil {
		one = &person{id: prefixed(w.o.Prefix, key)}
		w.people[key] = one
	}
	if !one.listed {
		one.file, one.line = r.file.Name, r.Line
	}
	one.listed = one.listed || w.mapping.Person != nil || !p.Name.IsZero()
	one.name.note(oneLine(r.text(p.Name)), by)
	one.email.note(r.text(p.Email), by)
	one.role.note(r.text(p.Role), by)
	one.active.note(boolWord(r.text(p.Active)), by)
	if isEmail(key) {
		one.email.note(key, by)
	}
	if text := r.text(p.Department); text != "" && !slices.Contains(one.departments, text) {
		one.departments = append(one.departments, text)
	}
}

func isEmail(text string) bool {
	user, host, ok := strings.Cut(text, "@")
	return ok && user != "" && strings.Contains(host, ".") && !strings.ContainsAny(text, " ,;<>")
}

// recognizePeople finds those whom the database knows by their email alone.
func (w *recordMaker) recognizePeople() error {
	if w.o.Known.PeopleByEmail == nil || w.o.Prefix == "" {
		return nil
	}
	var emails []string
	for key, one := range w.people {
		if isEmail(key) {
			emails = append(emails, strings.ToLower(one.email.text))
		}
	}
	if len(emails) == 0 {
		return nil
	}
	known, err := w.o.Known.PeopleByEmail(emails)
	if err != nil {
		return err
	}
	for key, one := range w.people {
		if id := known[strings.ToLower(one.email.text)]; isEmail(key) && id != "" {
			one.id, one.known = id, true
		}
	}
	return nil
}

// profiles yields the people whom rows name, but for those whom the database knows.
func (w *recordMaker) profiles() bool {
	if w.o.Prefix == "" {
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(w.people)) {
		one := w.people[key]
		if one.known {
			continue
		}
		if !one.listed {
			w.skipped[reasonUnnamed]++
			continue
		}
		err := w.profile(key, one)
		if !w.departments.yieldNew(w.yield) {
			return false
		}
		if err != nil {
			if !w.yield(nil, err) || !formats.IsFault(err) {
				return false
			}
			continue
		}
		if !w.yield(&w.record, nil) {
			return false
		}
	}
	return true
}

// profile makes the profile of a person. What a list of people does not say is absent in it; other
// reports say little of people, and the store keeps what it knows.
func (w *recordMaker) profile(key string, one *person) error {
	rec := &w.record
	w.roster.Profile(rec)
	rec.File, rec.Line = one.file, one.line
	name := one.name.text
	if name == "" {
		if name = key; !isEmail(key) {
			name = "User " + key
		}
	}
	for field, text := range map[string]string{"id": one.id, "name": name, "email": one.email.text, "role": one.role.text, "active": one.active.text} {
		at := rec.Kind.Field(field)
		if text == "" {
			if w.mapping.ListsPeople() && (field != "role" || w.o.Role == "") {
				rec.Absent |= 1 << at
			}
			continue
		}
		v, err := rec.Kind.Fields[at].Parse(text, w.o.Zone)
		if err != nil {
			return rec.Fault(field, "%q %v", schema.Clip(text), err)
		}
		rec.Values[at] = v
	}
	if err := w.putDepartments(rec, one); err != nil {
		return err
	}
	return rec.Finish()
}

// putDepartments adds the departments that rows name to those of everybody.
func (w *recordMaker) putDepartments(rec *schema.Record, one *person) error {
	at := rec.Kind.Field("department_ids")
	ids := slices.Clone(rec.Values[at].List)
	for _, text := range one.departments {
		for _, id := range w.departments.ids(text) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	v, err := rec.Kind.Fields[at].List(ids)
	if err != nil {
		return rec.Fault("department_ids", "%v", err)
	}
	rec.Values[at] = v
	return nil
}
