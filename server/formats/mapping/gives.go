package mapping

import (
	"maps"
	"slices"

	"glow/schema"
)

// Gives tells by the folded names of columns what a mapping makes of each, as in "profile.email".
func Gives(m *schema.Mapping) map[string][]string {
	gives := map[string][]string{}
	add := func(v schema.MappedValue, what string) {
		if v.Column == "" {
			return
		}
		for _, column := range slices.Concat([]string{v.Column}, v.And, v.Or) {
			if key := Fold(column); !slices.Contains(gives[key], what) {
				gives[key] = append(gives[key], what)
			}
		}
	}
	if p := m.Person; p != nil {
		add(p.ID, "profile.id")
		add(p.Email, "profile.email")
		add(p.Name, "profile.name")
		add(p.Role, "profile.role")
		add(p.Department, "profile.department_ids")
	}
	for _, e := range m.Events {
		kind := schema.KindActivity
		if e.Login {
			kind = schema.KindLogin
		}
		add(schema.MappedValue{Column: e.Time}, kind+".created_at")
	}
	for _, r := range m.Records {
		for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
			add(r.Fields[name], r.Kind+"."+name)
		}
	}
	return gives
}
