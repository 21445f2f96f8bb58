package dashboard

import (
	"net/http"
	"net/url"
	"slices"

	"glow/schema"
)

// departmentsPage lists the departments.
type departmentsPage struct {
	layout
	Departments []schema.DepartmentPeople
	New         DepartmentForm
}

// DepartmentForm is a department that somebody enters.
type DepartmentForm struct {
	ID, Name string
	Faults   map[string]string // by field
}

// showDepartments lists the departments.
func showDepartments(p *pageRequest) error {
	q := p.query(paramAs, paramList)
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as == nil {
		return p.showDepartments(http.StatusOK, DepartmentForm{})
	}
	list, err := p.d.store.Departments(p.Context())
	if err != nil {
		return err
	}
	return p.sendNamed(as, q, sliceList("departments", nil, list))
}

func (p *pageRequest) showDepartments(status int, form DepartmentForm) error {
	list, err := p.d.store.Departments(p.Context())
	if err != nil {
		return err
	}
	data := &departmentsPage{layout: p.layout("Departments", nil, nil), Departments: list, New: form}
	p.setPath(&data.layout, pathDepartments)
	return p.showWith(status, "departments", data)
}

// putDepartment adds a department, or renames one.
func putDepartment(p *pageRequest) error {
	form := DepartmentForm{ID: schema.NormalID(p.fields.Get("id")), Name: p.fields.Get("name")}
	adds := p.fields.Get("adds") != ""
	list, err := p.d.store.Departments(p.Context())
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(list, func(d schema.DepartmentPeople) bool { return d.DepartmentID == form.ID })
	switch {
	case !known && !adds:
		return schema.Errorf(schema.CodeNotFound, "there is no department %q any more", schema.Clip(form.ID))
	case known && adds:
		form.Faults = map[string]string{"id": "is the id of a department that there is; rename it in the list"}
		return p.showDepartments(http.StatusConflict, form)
	}
	_, err = p.d.host.Put(p.Context(), p.caller, formRecord(schema.KindNamed(schema.KindDepartment), url.Values{"id": {form.ID}, "name": {form.Name}}))
	if form.Faults = fieldFaults(err); form.Faults != nil && adds {
		return p.showDepartments(schema.ErrorCode(err).Refusal().Status, form)
	}
	if err != nil {
		return err
	}
	return p.done("The department “"+form.Name+"” is saved.", pathDepartments)
}
