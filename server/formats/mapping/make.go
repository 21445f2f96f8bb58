package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

// Meaning is what a column is, as a person says it or Propose guesses it.
type Meaning string

// The meanings of a column; "" is none.
const (
	MeansID         Meaning = "person's id"
	MeansEmail      Meaning = "person's e-mail"
	MeansName       Meaning = "person's name"
	MeansFirst      Meaning = "person's first name"
	MeansLast       Meaning = "person's last name"
	MeansRole       Meaning = "person's role"
	MeansDepartment Meaning = "person's departments"
	MeansTime       Meaning = "time it happened or began"
	MeansLogin      Meaning = "time of a login"
	MeansEnd        Meaning = "time it ended"
	MeansUpdated    Meaning = "time it was last seen"
	MeansSession    Meaning = "session's id"
	MeansRow        Meaning = "row's id"
	MeansModel      Meaning = "model"
	MeansInput      Meaning = "tokens sent"
	MeansOutput     Meaning = "tokens received"
	MeansCost       Meaning = "cost in dollars"
)

// Meanings lists all meanings, in the order in which a person chooses from them.
var Meanings = []Meaning{
	MeansID, MeansEmail, MeansName, MeansFirst, MeansLast, MeansRole, MeansDepartment,
	MeansTime, MeansLogin, MeansEnd, MeansUpdated, MeansSession, MeansRow, MeansModel, MeansInput, MeansOutput, MeansCost,
}

// Make makes a mapping of what each column of a header means: rows are calls of a model where there
// are tokens or a cost, sessions where there is a time at which they ended, people where there is no
// time, and signs of life otherwise. The sentences say so in words. The error names what is missing.
func Make(name string, header []string, means []Meaning) (m *schema.Mapping, why []string, err error) {
	b := &maker{m: &schema.Mapping{Name: name, Title: name}, columns: map[Meaning]string{}}
	for i, column := range header {
		if Fold(column) == "" {
			continue
		}
		b.m.Columns = append(b.m.Columns, column)
		if i >= len(means) || means[i] == "" {
			continue
		}
		if other := b.columns[means[i]]; other != "" {
			return nil, nil, schema.Invalid("map", "%q and %q cannot both be the %s", other, column, means[i])
		}
		b.columns[means[i]] = column
	}
	if err := b.make(); err != nil {
		return nil, nil, err
	}
	return b.m, b.why, b.m.Validate()
}

// maker makes a mapping.
type maker struct {
	m       *schema.Mapping
	columns map[Meaning]string
	why     []string
}

func (b *maker) say(format string, args ...any) { b.why = append(b.why, fmt.Sprintf(format, args...)) }

// value is what a column of a meaning holds; the zero value where there is none.
func (b *maker) value(of Meaning) schema.MappedValue {
	return schema.MappedValue{Column: b.columns[of]}
}

func (b *maker) make() error {
	one := b.person()
	if one == nil {
		return schema.Invalid("map", "no column says whose the rows are; choose one that holds an id, an e-mail address or a name")
	}
	login := b.columns[MeansLogin]
	if b.columns[MeansTime] == "" && login == "" {
		b.people(one)
		return nil
	}
	b.m.Prefix, b.m.Person = b.m.Name, one
	switch {
	case login != "" && b.columns[MeansTime] != "":
		return schema.Invalid("map", "%q and %q cannot both be when it happened", login, b.columns[MeansTime])
	case login != "":
		b.m.Events = []schema.MappedEvent{{Time: login, Login: true}}
		b.say("Each row is a login at %q.", login)
		b.say("A session ends when a person does nothing for 30 minutes.")
	case b.columns[MeansInput]+b.columns[MeansOutput]+b.columns[MeansCost] != "":
		b.runs()
	case b.columns[MeansEnd] != "":
		b.sessions()
	case b.columns[MeansSession] != "":
		b.inSessions()
	default:
		b.m.Events = []schema.MappedEvent{{Time: b.columns[MeansTime]}}
		b.say("Each row is a sign of life at %q.", b.columns[MeansTime])
		b.say("A session ends when a person does nothing for 30 minutes.")
	}
	return nil
}

// person says whose the rows are: by an e-mail address where there is one, since lists of people have
// that, too.
func (b *maker) person() *schema.MappedPerson {
	one := &schema.MappedPerson{
		Email: b.value(MeansEmail), Name: b.value(MeansName), Role: b.value(MeansRole), Department: b.value(MeansDepartment),
	}
	if one.Email.Column != "" {
		one.Email.Form = schema.FormLower
	} else {
		one.ID = b.value(MeansID)
	}
	if first, last := b.columns[MeansFirst], b.columns[MeansLast]; one.Name.IsZero() && first+last != "" {
		one.Name = schema.MappedValue{Column: cmp.Or(first, last)}
		if first != "" && last != "" {
			one.Name.And = []string{last}
		}
	}
	known := cmp.Or(one.ID.Column, one.Email.Column, one.Name.Column)
	if known == "" {
		return nil
	}
	b.say("People are known by %q.", known)
	return one
}

// people makes a profile of each row.
func (b *maker) people(one *schema.MappedPerson) {
	id := one.Email
	if given := b.value(MeansID); !given.IsZero() {
		id = given
	}
	if id.IsZero() {
		id = one.Name
	}
	name := one.Name
	if name.IsZero() {
		name = id
	}
	b.say("Each row is a person, since no column is a time.")
	b.record(schema.KindProfile, map[string]schema.MappedValue{
		"id": id, "name": name, "email": one.Email, "role": one.Role, "department_ids": one.Department,
	})
}

// owner is the value by which the person of a row is known.
func (b *maker) owner() schema.MappedValue {
	for _, v := range []schema.MappedValue{b.m.Person.ID, b.m.Person.Email} {
		if !v.IsZero() {
			return v
		}
	}
	return b.m.Person.Name
}

// rowID is what names a row: its id, else who did it and when.
func (b *maker) rowID() schema.MappedValue {
	if id := b.value(MeansRow); !id.IsZero() {
		return id
	}
	v := b.owner()
	v.And = append(slices.Clone(v.And), b.columns[MeansTime])
	return v
}

func (b *maker) record(kind string, fields map[string]schema.MappedValue) {
	for name, v := range fields {
		if v.IsZero() {
			delete(fields, name)
		}
	}
	b.m.Records = append(b.m.Records, schema.MappedRecord{Kind: kind, Fields: fields})
}

// runs makes a call of a language model of each row.
func (b *maker) runs() {
	at, session := b.value(MeansTime), b.value(MeansSession)
	b.record(schema.KindSession, map[string]schema.MappedValue{"id": session, "profile_id": b.owner(), "created_at": at})
	b.record(schema.KindGroup, map[string]schema.MappedValue{"id": session, "session_id": session, "created_at": at})
	b.record(schema.KindRun, map[string]schema.MappedValue{
		"id": b.rowID(), "group_id": session, "model": b.value(MeansModel), "input_tokens": b.value(MeansInput),
		"output_tokens": b.value(MeansOutput), "cost": b.value(MeansCost), "created_at": at,
	})
	which := "those of a person on a day are a session"
	if !session.IsZero() {
		which = fmt.Sprintf("%q says in which session", session.Column)
	}
	b.say("Each row is a call of a model at %q; %s.", at.Column, which)
}

// sessions makes a session of each row.
func (b *maker) sessions() {
	id := b.value(MeansSession)
	if id.IsZero() {
		id = b.rowID()
	}
	b.record(schema.KindSession, map[string]schema.MappedValue{
		"id": id, "profile_id": b.owner(), "created_at": b.value(MeansTime), "ended_at": b.value(MeansEnd), "updated_at": b.value(MeansUpdated),
	})
	b.say("Each row is a session, from %q to %q, which completes it.", b.columns[MeansTime], b.columns[MeansEnd])
	named := strings.Join(append([]string{id.Column}, id.And...), " and ")
	b.say("A session is known by %s.", named)
}

// inSessions makes a sign of life of each row, in the session that a column names.
func (b *maker) inSessions() {
	at, session := b.value(MeansTime), b.value(MeansSession)
	b.record(schema.KindSession, map[string]schema.MappedValue{"id": session, "profile_id": b.owner(), "created_at": at})
	b.record(schema.KindActivity, map[string]schema.MappedValue{"id": b.rowID(), "profile_id": b.owner(), "session_id": session, "created_at": at})
	b.say("Each row is a sign of life at %q; %q says in which session.", at.Column, session.Column)
}
