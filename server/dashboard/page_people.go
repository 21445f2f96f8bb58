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
	Search string // in their names and ids
	Pager  Pager
}

// peopleListPage is how many people the list shows at once.
const peopleListPage = 100

// showPeople lists everybody.
func showPeople(p *pageRequest) error {
	f, q, err := p.filter(RangeAll, "state", "search", "page", paramAs, paramList)
	if err != nil {
		return err
	}
	state := p.choice(q, "state", "all", "here", "left")
	data := &peopleList{Filter: f, State: state, Search: p.text(q, "search")}
	page := p.whole(q, "page", 1, 1_000_000, 1)
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	everybody, err := p.d.store.People(p.Context())
	if err != nil {
		return err
	}
	search := schema.ParseSearch(data.Search)
	for _, one := range everybody {
		if !one.Active {
			data.Left++
		}
		if (state == "all" || one.Active == (state == "here")) && search.Finds(schema.Fold(one.Name+" "+one.ProfileID)) {
			data.People = append(data.People, one)
		}
	}
	if as != nil {
		return p.sendNamed(as, q, sliceList("people", nil, data.People))
	}
	data.layout = p.layout("All people", nil, q)
	data.Pager = data.PagerOf(schema.Paging{Page: &page, PageSize: pointer(peopleListPage)}.Of(int64(len(data.People))), "page", "people")
	from := min((page-1)*peopleListPage, len(data.People))
	data.People = data.People[from:min(from+peopleListPage, len(data.People))]
	return p.show("people", data)
}

// DepartmentsOf names the departments of a person.
func (l *peopleList) DepartmentsOf(one schema.PersonItem) []string {
	return labels(one.DepartmentIDs, l.Filter.Options.DepartmentOptions)
}
