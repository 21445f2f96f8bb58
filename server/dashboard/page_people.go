package dashboard

import (
	"glow/schema"
)

// peopleList lists everybody, whenever they were active, to be changed.
type peopleList struct {
	layout
	Filter Filter
	People []schema.PersonItem
	State  string // of those shown: here, left, or all
	Left   int64  // of everybody
}

// showPeople lists everybody.
func showPeople(p *pageRequest) error {
	f, q, err := p.filter(RangeAll, "state", paramAs, paramList)
	if err != nil {
		return err
	}
	state := p.choice(q, "state", "all", "here", "left")
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	everybody, err := p.d.store.People(p.Context())
	if err != nil {
		return err
	}
	data := &peopleList{Filter: f, State: state}
	for _, one := range everybody {
		if !one.Active {
			data.Left++
		}
		if state == "all" || one.Active == (state == "here") {
			data.People = append(data.People, one)
		}
	}
	if as != nil {
		return p.sendNamed(as, q, sliceList("people", nil, data.People))
	}
	data.layout = p.layout("All people", nil, q)
	return p.show("people", data)
}

// DepartmentsOf names the departments of a person.
func (l *peopleList) DepartmentsOf(one schema.PersonItem) []string {
	return labels(one.DepartmentIDs, l.Filter.Options.DepartmentOptions)
}
