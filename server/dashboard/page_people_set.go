package dashboard

import (
	"cmp"
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
	req, what, err := p.changeOfPeople()
	if err != nil {
		return err
	}
	if len(req.ProfileIDs) == 0 {
		return p.done("Nobody was chosen: mark those who are meant, then press the button.", back)
	}
	data := &confirmPage{
		Heading: "Change " + Count(int64(len(req.ProfileIDs)), "person", "people") + "?", Action: pathSetPeople, Fields: p.sentAgain(),
		Button: "Change them", Back: back, BackTo: "Back to the people",
	}
	if err := req.Validate(); err != nil {
		return p.showConfirm(data, err)
	}
	answer, err := p.d.store.SetProfiles(p.Context(), p.caller, req)
	if err == nil && !req.DryRun {
		return p.done(Count(answer.Updated, "person was", "people were")+" changed.", back)
	}
	data.Says = []string{what, Count(answer.Updated, "person changes", "people change") + "; " + Count(answer.Unchanged, "is", "are") + " so already."}
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
		what = "Their role is " + cmp.Or(req.Role, "…") + "."
	case changeAdd:
		req.AddDepartmentIDs, what = []string{department}, "They are in "+name+"."
	case changeRemove:
		req.RemoveDepartmentIDs, what = []string{department}, "They are not in "+name+"."
	default:
		return req, "", schema.Invalid("change", "is not a change of people")
	}
	return req, what, nil
}

// maxSetPeople is the most people of one form: a page of them.
const maxSetPeople = 200

// sentAgain are the fields of the form, to be sent once more by another.
func (p *pageRequest) sentAgain() (fields []Field) {
	for _, name := range []string{"profile_id", "change", "role", "department", "back"} {
		for _, value := range p.fields[name] {
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}
