package dashboard

import (
	"iter"

	"glow/schema"
)

// sessionsPage is the session history.
type sessionsPage struct {
	layout
	Filter   Filter
	Person   *schema.Person // whose sessions alone; nil: everybody's
	Active   *bool
	Problems *bool
	Search   string
	Size     int
	Order    string
	Rows     []schema.SessionListItem
	Pager    Pager
}

// showSessions is the session history.
func showSessions(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeMonth, "person", "active", "problems", "search", "size", "order", "page", paramCursor, paramAs)
	if err != nil {
		return err
	}
	data := &sessionsPage{
		Filter: f, Search: p.text(q, "search"), Active: yesOrNo(p.choice(q, "active", "", "yes", "no")), Problems: yesOrNo(p.choice(q, "problems", "", "yes", "no")),
		Size: p.whole(q, "size", 1, 200, 50), Order: p.choice(q, "order", schema.Descending, schema.Ascending),
	}
	page := p.whole(q, "page", 1, 1_000_000_000, 1)
	req := schema.SessionsRequest{
		Filter: f.Schema(), Active: data.Active, HasOpenProblems: data.Problems, Search: data.Search,
		Paging: schema.Paging{Page: &page, PageSize: &data.Size}, SortOrder: data.Order,
	}
	if data.Person, err = p.onePerson(q.Get("person")); err != nil {
		return err
	}
	if data.Person != nil {
		req.ProfileID = data.Person.ProfileID
	}
	keep(q, "person", req.ProfileID, "")
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendList(as, listFile{noun: "sessions", filter: &f, row: schema.SessionListItem{}, rows: p.allSessions(req)}, q)
	}
	answer, err := withCursor(p, q, func(cursor string) (schema.SessionsResponse, error) {
		req.Cursor = cursor
		return p.d.store.Sessions(p.Context(), p.scope(), req)
	})
	if err != nil {
		return err
	}
	data.Rows = answer.Data
	data.layout = p.layout("Sessions", &f, q)
	data.Pager = data.PagerOf(answer.Page, "page", "sessions").WithCursor(&data.layout, answer.NextCursor)
	return p.show("sessions", data)
}

// allSessions yields the sessions of all pages of an answer.
func (p *pageRequest) allSessions(req schema.SessionsRequest) iter.Seq2[any, error] {
	return allPages(func(cursor string) ([]schema.SessionListItem, *string, error) {
		req.Page, req.PageSize, req.Cursor = nil, pointer(maxListPage), cursor
		answer, err := p.d.store.Sessions(p.Context(), p.scope(), req)
		return answer.Data, answer.NextCursor, err
	})
}

// onePerson is the person to whom an address narrows a page; nil when it names
// nobody whom the caller may see.
func (p *pageRequest) onePerson(id string) (*schema.Person, error) {
	if id == "" {
		return nil, nil
	}
	one, err := p.d.store.Person(p.Context(), p.scope(), id)
	if schema.ErrorCode(err) == schema.CodeNotFound {
		p.note("There is no person “%s”; these are everybody’s.", schema.Clip(id))
		return nil, nil
	}
	return &one, err
}

// Narrower reports whether the page shows less than an export of its window would.
func (s *sessionsPage) Narrower() bool {
	return s.Person != nil || s.Search != "" || s.Active != nil || s.Problems != nil
}

// Sizes are the choices of the page size.
func (sessionsPage) Sizes() []int { return []int{25, 50, 100, 200} }

// Sortable reports whether the order can be turned round here.
func (s *sessionsPage) Sortable() bool { return s.Path == "/sessions" }

// TimeLink turns the order round.
func (s *sessionsPage) TimeLink() string { return s.Link("order", reversed(s.Order), "page", "") }
