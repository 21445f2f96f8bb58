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
	id, name, email, role string
	departments           []string
	file                  string
	line                  int
	known                 bool // the database has them
}

// session is what the rows that name a session tell of it.
type session struct {
	owner       string         // text by which a person is known
	first, last schema.Instant // of the rows
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
		if w.namesPerson(r) {
			w.notePerson(r)
		}
		w.noteSession(r)
	}
	return w.recognizePeople()
}

// namesPerson reports whether a row names a person: by the mapping's person or, without one, by the
// record of a profile that it is.
func (w *recordMaker) namesPerson(r *row) bool {
	if w.mapping.Person != nil {
		return true
	}
	for i := range w.mapping.Records {
		if m := &w.mapping.Records[i]; m.Kind == schema.KindProfile && w.isNamed(m.Kind) {
			return r.is(m.When) && !w.lacks(r, m)
		}
	}
	return false
}

// personValues are the values by which a mapping knows people: its own, or those of its profiles.
func (in *Input) personValues() schema.MappedPerson {
	if in.mapping.Person != nil {
		return *in.mapping.Person
	}
	for _, r := range in.mapping.Records {
		if r.Kind == schema.KindProfile {
			return schema.MappedPerson{ID: r.Fields["id"], Email: r.Fields["email"], Name: r.Fields["name"], Role: r.Fields["role"], Department: r.Fields["department_ids"]}
		}
	}
	return schema.MappedPerson{}
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

// notePerson notes whom a row names. What later rows say of them counts.
func (w *recordMaker) notePerson(r *row) {
	p := w.personValues()
	key := r.personKey(p)
	if key == "" {
		return
	}
	one := w.people[key]
	if one == nil {
		one = &person{id: prefixed(w.o.Prefix, key), file: r.file.Name, line: r.Line}
		w.people[key] = one
	}
	note := func(to *string, text string) {
		if text != "" {
			*to = text
		}
	}
	note(&one.name, oneLine(r.text(p.Name)))
	note(&one.email, r.text(p.Email))
	note(&one.role, r.text(p.Role))
	if isEmail(key) {
		note(&one.email, key)
	}
	for _, id := range w.departments.ids(r.text(p.Department)) {
		if !slices.Contains(one.departments, id) {
			one.departments = append(one.departments, id)
		}
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
			emails = append(emails, strings.ToLower(one.email))
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
		if id := known[strings.ToLower(one.email)]; isEmail(key) && id != "" {
			one.id, one.known = id, true
		}
	}
	return nil
}

// profiles yields the people whom rows name, but for those whom the database knows.
func (w *recordMaker) profiles() bool {
	if !w.departments.yieldNew(w.yield) {
		return false
	}
	if w.o.Prefix == "" {
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(w.people)) {
		one := w.people[key]
		if one.known {
			continue
		}
		if err := w.profile(key, one); err != nil {
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

func (w *recordMaker) profile(key string, one *person) error {
	rec := &w.record
	w.roster.Profile(rec)
	rec.File, rec.Line = one.file, one.line
	name := one.name
	if name == "" {
		if name = key; !isEmail(key) {
			name = "User " + key
		}
	}
	for field, text := range map[string]string{"id": one.id, "name": name, "email": one.email, "role": one.role} {
		f := &rec.Kind.Fields[rec.Kind.Field(field)]
		if text == "" {
			continue
		}
		v, err := f.Parse(text, w.o.Zone)
		if err != nil {
			return rec.Fault(field, "%q %v", schema.Clip(text), err)
		}
		rec.Values[rec.Kind.Field(field)] = v
	}
	if len(one.departments) > 0 {
		at := rec.Kind.Field("department_ids")
		v, err := rec.Kind.Fields[at].List(slices.Concat(rec.Values[at].List, one.departments))
		if err != nil {
			return rec.Fault("department_ids", "%v", err)
		}
		rec.Values[at] = v
	}
	return rec.Finish()
}
