package dashboard

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"glow/schema"
)

// personEditPage is where a person is added or changed.
type personEditPage struct {
	layout
	PersonForm
	Departments []schema.DepartmentPeople
	Roles       []string // that there are
}

// PersonForm is a person that somebody enters.
type PersonForm struct {
	Adds   bool
	Fields url.Values        // of the record
	Was    url.Values        // of the record as it was when the form was made
	Faults map[string]string // by field
}

// Has reports whether the person is in a department.
func (f PersonForm) Has(department string) bool {
	return slices.Contains(f.Fields["department_ids"], department)
}

// showPersonForm shows the form for a person, or for one who is to be added.
func showPersonForm(p *pageRequest) error {
	q := p.query("id")
	form := PersonForm{Adds: true, Fields: url.Values{"role": {schema.RoleTA}, "active": {"true"}}}
	if id := q.Get("id"); id != "" {
		one, err := p.d.store.Person(p.Context(), p.scope(), id)
		if err != nil {
			return err
		}
		form.Adds, form.Fields = false, fieldsOf(one)
		form.Was = form.Fields
	}
	return p.showPersonFields(http.StatusOK, form)
}

// fieldsOf are the fields of a person's record.
func fieldsOf(one schema.Person) url.Values {
	fields := url.Values{"id": {one.ProfileID}, "name": {one.Name}, "role": {one.Role}, "active": {"false"}, "department_ids": one.DepartmentIDs, "email": {""}}
	if one.Active {
		fields.Set("active", "true")
	}
	if one.Email != nil {
		fields.Set("email", *one.Email)
	}
	return fields
}

func (p *pageRequest) showPersonFields(status int, form PersonForm) error {
	departments, err := p.d.store.Departments(p.Context())
	if err != nil {
		return err
	}
	options, err := p.options()
	if err != nil {
		return err
	}
	title, path := "Add a person", pathPersonForm
	if !form.Adds {
		title, path = "Edit "+form.Fields.Get("id"), address(path, url.Values{"id": form.Fields["id"]})
	}
	data := &personEditPage{layout: p.layout(title, nil, nil), PersonForm: form, Departments: departments, Roles: rolesThere(options)}
	p.setPath(&data.layout, path)
	return p.showWith(status, "person_edit", data)
}

// rolesThere are the roles that people have, and those that glow knows.
func rolesThere(options schema.Analytics) []string {
	roles := map[string]bool{schema.RoleTA: true, schema.RoleCoordinator: true}
	for _, o := range options.RoleOptions {
		roles[o.Value] = true
	}
	return slices.Sorted(maps.Keys(roles))
}

// putPerson adds a person, or changes one.
func putPerson(p *pageRequest) error {
	form := formOfPerson(p.fields)
	faults, err := p.putPersonFields(form)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		form.Faults = faults
		return p.showPersonFields(http.StatusUnprocessableEntity, form)
	}
	return p.done("“"+form.Fields.Get("name")+"” is saved.", PersonPath(form.Fields.Get("id")))
}

// formOfPerson reads the form. Of who is changed, only what the form changes is set, so that
// what came in meanwhile stays.
func formOfPerson(sent url.Values) PersonForm {
	form := PersonForm{Adds: sent.Get("adds") != "", Fields: url.Values{}, Was: url.Values{}}
	for _, f := range schema.KindNamed(schema.KindProfile).Fields {
		form.Was[f.Name] = sent["was_"+f.Name]
		if sent.Has(f.Name) {
			form.Fields[f.Name] = sent[f.Name]
		}
	}
	form.Fields.Set("id", schema.NormalID(sent.Get("id")))
	if form.Fields.Get("active") == "" { // an empty box is not sent
		form.Fields.Set("active", "false")
	}
	return form
}

// putPersonFields stores the person of a form. It returns what is wrong by field.
func (p *pageRequest) putPersonFields(form PersonForm) (faults map[string]string, err error) {
	fields := maps.Clone(form.Fields)
	if form.Adds {
		_, err := p.d.store.Person(p.Context(), p.scope(), fields.Get("id"))
		switch {
		case err == nil:
			return map[string]string{"id": "is the id of somebody who is there: see the list of all people"}, nil
		case schema.ErrorCode(err) != schema.CodeNotFound:
			return nil, err
		}
	} else {
		one, err := p.d.store.Person(p.Context(), p.scope(), fields.Get("id"))
		if err != nil { // gone or merged since the form was made
			return nil, err
		}
		fields["department_ids"] = changedList(one.DepartmentIDs, form.Was["department_ids"], form.Fields["department_ids"])
		was := maps.Clone(form.Was)
		was["department_ids"] = one.DepartmentIDs
		maps.DeleteFunc(fields, func(name string, values []string) bool {
			return name != "id" && sameValues(values, was[name])
		})
	}
	answer, err := p.d.host.Put(p.Context(), p.caller, formRecord(schema.KindNamed(schema.KindProfile), fields))
	if faults := fieldFaults(err); faults != nil {
		return faults, nil
	}
	if err == nil && form.Adds && answer.Inserted == 0 {
		return map[string]string{"id": "is an id of somebody else since two people were merged"}, nil
	}
	return nil, err
}

// changedList makes the changes of a form, from what it was made with to what was sent, in a list
// that may have changed meanwhile.
func changedList(now, was, sent []string) []string {
	list := slices.DeleteFunc(slices.Clone(now), func(id string) bool { return slices.Contains(was, id) && !slices.Contains(sent, id) })
	for _, id := range sent {
		if !slices.Contains(was, id) && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return append(list, "") // so that the field is there
}

// sameValues reports whether two fields of a form have the same values, in any order. An empty
// one is none.
func sameValues(a, b []string) bool { return slices.Equal(valuesOf(a), valuesOf(b)) }

func valuesOf(field []string) []string {
	values := slices.DeleteFunc(slices.Clone(field), func(v string) bool { return v == "" })
	slices.Sort(values)
	return values
}
