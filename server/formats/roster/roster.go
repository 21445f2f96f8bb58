// Package roster makes the records that every input of another program needs: the
// departments and the profiles of its people, whom such inputs know by name alone.
package roster

import (
	"slices"

	"glow/schema"
)

// Roster says in which role and to which departments all people of an input belong.
type Roster struct {
	role        string
	departments schema.Value
	missing     []string
}

// New returns a Roster. departments are the ids of everybody's departments, and missing
// those of them that are to be made; an empty role is "ta". The error is about the
// request's role or department.
func New(departments, missing []string, role string) (*Roster, error) {
	if role == "" {
		role = "ta"
	}
	profile := schema.KindNamed(schema.KindProfile)
	if _, err := profile.Fields[profile.Field("role")].Parse(role, nil); err != nil {
		return nil, schema.Invalid("role", "%v", err)
	}
	field := &profile.Fields[profile.Field("department_ids")]
	if _, err := field.List(slices.Concat(departments, missing)); err != nil {
		return nil, schema.Invalid("department", "%v", err)
	}
	ids, err := field.List(departments)
	if err != nil {
		return nil, schema.Invalid("department", "%v", err)
	}
	return &Roster{role: role, departments: ids, missing: slices.Compact(slices.Sorted(slices.Values(missing)))}, nil
}

// Departments yields a record of each department that is to be made, named by its id.
// It reports whether to go on.
func (r *Roster) Departments(yield func(*schema.Record, error) bool) bool {
	for _, id := range r.missing {
		rec := schema.KindNamed(schema.KindDepartment).NewRecord()
		rec.Put("id", id)
		rec.Values[rec.Kind.Field("name")] = rec.Values[0]
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

// Profile resets rec to a profile with the role and the departments that all people of
// the input share; the caller puts the id and the name.
func (r *Roster) Profile(rec *schema.Record) {
	kind := schema.KindNamed(schema.KindProfile)
	rec.Reset(kind)
	rec.Put("role", r.role)
	rec.Values[kind.Field("department_ids")] = r.departments
}
