package dashboard

import (
	"strings"

	"glow/schema"
)

// Changes that can be made of several people at once.
const (
	changeLeft   = "left"
	changeHere   = "here"
	changeRole   = "role"
	changeAdd    = "add"
	changeRemove = "remove"
)

// setPeople says what a change of several people would do, and does it once that was seen.
func setPeople(p *pageRequest) error {
	back := LocalOnly(p.fields.Get("back"))
	req, what, failed := p.changeOfPeople()
	if len(req.ProfileIDs) == 0 {
		return p.done("Nobody was chosen: mark those who are meant, then press the button.", back)
	}
	data := &confirmPage{
		Heading: "Change " + Count(int64(len(req.ProfileIDs)), "person", "people") + "?", Action: pathSetPeople, Fields: p.sentAgain(),
		Button: "Change them", Back: back, BackTo: "Back to the people",
	}
	if failed == nil {
		failed = req.Validate()
	}
	if failed != nil {
		return p.showConfirm(data, failed)
	}
	answer, err := p.d.store.SetProfiles(p.Context(), p.caller, req)
	if err == nil && !req.DryRun {
		return p.done(Count(answer.Updated, "person was", "people were")+" changed.", back)
	}
	data.Says = []string{p.namesOf(req.ProfileIDs), what, Count(answer.Updated, "person changes", "people change") + "; " + Count(answer.Unchanged, "is", "are") + " so already."}
	return p.showConfirm(data, err)
}

// changeOfPeople reads the form. what says in words what is to be changed.
func (p *pageRequest) changeOfPeople() (req schema.SetProfilesRequest, what string, err error) {
	req = schema.SetProfilesRequest{ProfileIDs: p.fields["profile_id"], DryRun: p.fields.Get("sure") == ""}
	if len(req.ProfileIDs) > maxSetPeople {
		return req, "", schema.Invalid("profile_id", "at most %d people at once", maxSetPeople)
	}
	department := p.fields.Get("department")
	options, err := p.options()
	if err != nil {
		return req, "", err
	}
	name := labelOf(options.DepartmentOptions, department)
	switch p.fields.Get("change") {
	case changeLeft:
		req.Active, what = pointer(false), "They have left."
	case changeHere:
		req.Active, what = pointer(true), "They are here."
	case changeRole:
		req.Role = strings.TrimSpace(p.fields.Get("role"))
		if what = "Their role is " + req.Role + "."; req.Role == "" {
			return req, "", schema.Errorf(schema.CodeInvalid, "enter the role first")
		}
	case changeAdd:
		req.AddDepartmentIDs, what = []string{department}, "They are in "+name+"."
	case changeRemove:
		req.RemoveDepartmentIDs, what = []string{department}, "They are not in "+name+"."
	default:
		return req, "", schema.Invalid("change", "is not a change of people")
	}
	return req, what, nil
}

// maxSetPeople is the most people of one form.
const maxSetPeople = 5_000

// sentAgain are the fields of the form, to be sent once more by another.
func (p *pageRequest) sentAgain() (fields []Field) {
	for _, name := range []string{"profile_id", "change", "role", "department", "back"} {
		for _, value := range p.fields[name] {
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}

// maxNamed is how many people a page names before a change of many.
const maxNamed = 10

// namesOf names people, the first of many.
func (p *pageRequest) namesOf(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxNamed)] {
		names = append(names, p.described(id))
	}
	if more := len(ids) - len(names); more > 0 {
		names = append(names, Count(int64(more), "other", "others"))
	}
	return strings.Join(names, "; ")
}
