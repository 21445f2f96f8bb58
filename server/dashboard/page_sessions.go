package dashboard

import (
	"strconv"
	"strings"

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
	f, q, err := p.filter(RangeMonth, "person", "active", "problems", "search", "size", "order", "page", "cursor")
	if err != nil {
		return err
	}
	active, problems := Choice(q, "active", &p.notes, "", "yes", "no"), Choice(q, "problems", &p.notes, "", "yes", "no")
	data := &sessionsPage{
		Filter: f, Search: strings.TrimSpace(q.Get("search")), Active: yesOrNo(active), Problems: yesOrNo(problems),
		Size: Whole(q, "size", 1, 200, 50, &p.notes), Order: Choice(q, "order", &p.notes, schema.Descending, schema.Ascending),
	}
	page := Whole(q, "page", 1, 1_000_000_000, 1, &p.notes)
	req := schema.SessionsRequest{
		Filter: f.Schema(), Active: data.Active, HasOpenProblems: data.Problems, Search: data.Search,
		Paging: schema.Paging{Page: &page, PageSize: &data.Size}, SortOrder: data.Order,
		Cursor: q.Get("cursor"),
	}
	if data.Person, err = p.onePerson(q.Get("person")); err != nil {
		return err
	}
	if data.Person != nil {
		req.ProfileID = data.Person.ProfileID
	}
	answer, err := p.d.store.Sessions(p.Context(), p.scope(), req)
	if p.dropCursor(&req.Cursor, err) {
		answer, err = p.d.store.Sessions(p.Context(), p.scope(), req)
	}
	if err != nil {
		return err
	}
	data.Rows = answer.Data
	data.layout = p.frame("Sessions", &f, "person", req.ProfileID, "active", active, "problems", problems, "search", data.Search,
		"size", unless(strconv.Itoa(data.Size), "50"), "order", unless(data.Order, schema.Descending), "page", unless(strconv.Itoa(page), "1"), "cursor", req.Cursor)
	data.Pager = data.PagerOf(answer.Page, "page", "sessions").WithCursor(&data.layout, answer.NextCursor)
	return p.show("sessions", data)
}

// onePerson is the person to whom an address narrows a page; nil when it names
// nobody whom the caller may see.
func (p *pageRequest) onePerson(id string) (*schema.Person, error) {
	if id == "" {
		return nil, nil
	}
	one, err := p.d.store.Person(p.Context(), p.scope(), id)
	if schema.ErrorCode(err) == schema.CodeNotFound {
		p.note("There is no person “" + schema.Clip(id) + "”; these are everybody’s.")
		return nil, nil
	}
	return &one, err
}

// Narrower tells whether the page shows less than an export of its window would.
func (s *sessionsPage) Narrower() bool {
	return s.Person != nil || s.Search != "" || s.Active != nil || s.Problems != nil
}

// Sizes are the choices of the page size.
func (sessionsPage) Sizes() []int { return []int{25, 50, 100, 200} }

// Sortable tells whether the order can be turned round here.
func (s *sessionsPage) Sortable() bool { return s.Path == "/sessions" }

// TimeLink turns the order round.
func (s *sessionsPage) TimeLink() string { return s.Link("order", reversed(s.Order), "page", "") }
