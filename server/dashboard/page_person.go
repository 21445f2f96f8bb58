package dashboard

import (
	"net/url"

	"github.com/gorilla/mux"

	"glow/schema"
)

// personPage is one person.
type personPage struct {
	layout
	schema.Person
	Filter      Filter
	Departments []string // names
	Counts      schema.Counts
	Row         schema.ProfileSummary
	Calendar    Calendar
	Days        []schema.Interval // of the calendar, with something on them
	Sessions    []schema.SessionListItem
	Total       int64  // sessions in the window
	Reach       string // how old their data are, in words; "" when they are not
	OpenOutside int64  // open problems outside of the window
	Problems    []schema.Problem
	CanResolve  bool
	CanView     bool // as them
	CanEdit     bool
}

// personSessions is how many sessions a person's page shows; all are a click away.
const personSessions = 15

// showPerson is one person.
func showPerson(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeMonth, paramAs, paramList)
	if err != nil {
		return err
	}
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	around := p.layout("", &f, nil) // keeps the departments and roles of the list that led here
	f.Departments, f.Roles, f.OnePerson = nil, nil, true
	one, err := p.d.store.Person(p.Context(), p.scope(), mux.Vars(p.Request)["id"])
	if err != nil {
		return err
	}
	around.Title = one.Name
	data := &personPage{
		layout: around, Person: one, Filter: f, Departments: labels(one.DepartmentIDs, f.Options.DepartmentOptions),
		CanResolve: p.mayAsk(pathResolve), CanView: p.mayAsk(pathViewAs), CanEdit: p.mayAsk(pathPersonForm),
	}
	data.Reach = schema.HorizonWords(one.DataUntil, p.now(), p.d.store.Zone())
	if err := p.fillPerson(data); err != nil {
		return err
	}
	if as != nil {
		return p.sendPerson(as, data, q)
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

// Table is the person's sessions, as the session history shows them.
func (p *personPage) Table() *sessionsPage {
	return &sessionsPage{layout: p.layout, Person: &p.Person, Rows: p.Sessions}
}

// AllSessions leads to all sessions of the person in the window.
func (p *personPage) AllSessions() string {
	q := url.Values{"person": {p.ProfileID}}
	p.Filter.Put(q)
	return address(p.At("/sessions"), q)
}
