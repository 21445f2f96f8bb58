package dashboard

import (
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
)

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

func yesOrNo(text string) *bool {
	if text == "" {
		return nil
	}
	return pointer(text == "yes")
}

// showSession is one session.
func showSession(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeMonth, "cursor")
	if err != nil {
		return err
	}
	req := schema.SessionRequest{SessionID: mux.Vars(p.Request)["id"], TimelineCursor: q.Get("cursor")}
	answer, err := p.d.store.Session(p.Context(), p.scope(), req)
	if p.dropCursor(&req.TimelineCursor, err) {
		answer, err = p.d.store.Session(p.Context(), p.scope(), req)
	}
	if err != nil {
		return err
	}
	data := &sessionPage{layout: p.frame("Session of "+answer.ProfileName, &f, "cursor", req.TimelineCursor), SessionResponse: answer, CanResolve: p.mayAsk(pathResolve)}
	return p.show("session", data)
}

// personSessions is how many sessions a person's page shows; all are a click away.
const personSessions = 15

// showPerson is one person.
func showPerson(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, _, err := p.filter(RangeMonth)
	if err != nil {
		return err
	}
	frame := p.frame("", &f) // keeps the departments and roles of the list that led here
	f.Departments, f.Roles, f.OnePerson = nil, nil, true
	one, err := p.d.store.Person(p.Context(), p.scope(), mux.Vars(p.Request)["id"])
	if err != nil {
		return err
	}
	frame.Title = one.Name
	data := &personPage{
		layout: frame, Person: one, Filter: f, Departments: labels(one.DepartmentIDs, f.Options.DepartmentOptions),
		CanResolve: p.mayAsk(pathResolve), CanView: p.mayAsk(pathViewAs),
	}
	data.Reach = schema.HorizonWords(one.DataUntil, p.now(), p.d.store.Zone())
	if err := p.fillPerson(data); err != nil {
		return err
	}
	return p.show("person", data)
}

// fillPerson asks for what one person did. The scope is that of the person
// alone, whom the caller may see.
func (p *pageRequest) fillPerson(data *personPage) error {
	ctx, only := p.Context(), schema.Scope{ProfileID: data.ProfileID}
	answer, err := p.d.store.Activity(ctx, only, schema.ActivityRequest{Filter: data.Filter.Schema(), SummaryProfileID: data.ProfileID})
	if err != nil {
		return err
	}
	data.Counts, data.Problems, data.OpenOutside = answer.Counts, answer.Problems, answer.OpenProblemsOutside
	data.Row = schema.ProfileSummary{ProfileID: data.ProfileID, Name: data.Name}
	if len(answer.ProfileSummary) > 0 {
		data.Row = answer.ProfileSummary[0]
	}
	today := p.today()
	year, err := p.d.store.Activity(ctx, only, schema.ActivityRequest{
		Filter:   schema.Filter{DateFrom: CalendarFrom(today).String(), DateTo: today.String()},
		Interval: schema.IntervalDay, PageLimit: pointer(0),
	})
	if err != nil {
		return err
	}
	data.Calendar = CalendarOf(year.Series, today)
	for _, day := range year.Series {
		if day.ActiveProfiles > 0 || day.Emulations > 0 {
			data.Days = append(data.Days, day)
		}
	}
	sessions, err := p.d.store.Sessions(ctx, p.scope(), schema.SessionsRequest{
		Filter: data.Filter.Schema(), ProfileID: data.ProfileID, Paging: schema.Paging{PageSize: pointer(personSessions)},
	})
	data.Sessions, data.Total = sessions.Data, sessions.TotalCount
	return err
}
