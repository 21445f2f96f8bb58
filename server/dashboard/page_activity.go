package dashboard

import (
	"net/url"
	"slices"
	"strings"

	"glow/schema"
)

// activityPage is the first page.
type activityPage struct {
	layout
	Filter      Filter
	Empty       bool // there is nobody to show
	CanImport   bool
	CanChange   bool // people
	Cards       []Card
	Chart       Chart
	Usage       *usageView // nil: it comes later, from UsageAt
	UsageAt     string
	Problems    []schema.Problem
	Open        int64 // open problems in the window, of all
	CanResolve  bool
	People      []PersonRow
	Pager       Pager
	Search      string
	FollowUp    int // days; 0: everybody
	Sort, Order string
	RefreshedAt *schema.Instant

	Compared      string // with what, in words; "" for nothing
	OpenOutside   int64  // open problems outside of the window
	DataUntil     *schema.Instant
	Reach         string // how old the data are, in words; "" when they are not
	Behind        string // whose records are furthest behind
	InFutureCount int64
	InFuture      []schema.FutureRecord // the first of them
}

// PersonRow is one row of the people.
type PersonRow struct {
	schema.ProfileSummary
	Departments []string
	Role        string
	Active      bool
}

// peoplePage is how many people the activity page shows at once.
const peoplePage = 50

// usageAtOnce is how many sessions may be in a window whose usage is counted with
// the page. That of more comes after it.
const usageAtOnce = 4_000

// shownProblems is how many problems the activity page shows; all are a click away.
const shownProblems = 5

// shownFuture is how many records of the future the activity page names.
const shownFuture = 10

// activityKeys are the parameters of the activity page beside the filter's.
var activityKeys = []string{"sort", "order", "search", "follow_up", "page", paramAs, paramList}

// showActivity is the first page: who trains, who has dropped off, what is
// wrong, what it costs.
func showActivity(p *pageRequest) error {
	if !p.mayAsk(pathSessions) {
		return p.redirect(pathData) // a recorder has nothing else
	}
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeMonth, activityKeys...)
	if err != nil {
		return err
	}
	data := &activityPage{
		Filter: f, Search: p.text(q, "search"),
		Sort:     p.choice(q, "sort", columnKeys()...),
		Order:    p.choice(q, "order", schema.Ascending, schema.Descending),
		FollowUp: p.whole(q, "follow_up", 0, 100_000, 0),
	}
	page := p.whole(q, "page", 1, 1_000_000, 1)
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendActivity(as, data, q)
	}
	answer, total, err := p.askActivity(data, page, peoplePage)
	if err != nil {
		return err
	}
	data.layout = p.layout("Activity", &f, q)
	data.Pager = data.PagerOf(schema.Paging{Page: &page, PageSize: pointer(peoplePage)}.Of(total), "page", "people")
	data.Chart = ChartOf(f.Interval(), answer.Series, p.today())
	data.Cards, data.Problems = Cards(answer, data.Chart), answer.Problems[:min(len(answer.Problems), shownProblems)]
	data.RefreshedAt = answer.RefreshedAt
	data.DataUntil, data.Reach, data.OpenOutside = answer.DataUntil, answer.DataUntilDescribed, answer.OpenProblemsOutside
	data.InFutureCount, data.InFuture = answer.InFutureCount, answer.InFuture[:min(len(answer.InFuture), shownFuture)]
	data.Behind = p.behind(answer.Horizons, f)
	if answer.Previous != nil {
		data.Compared = answer.Previous.Described
	}
	data.CanResolve, data.CanImport = p.mayAsk(pathResolve), p.mayAsk(pathCheck)
	data.CanChange = p.viewing == nil && p.mayAsk(pathSetPeople)
	data.Empty = len(f.Options.RoleOptions) == 0
	for _, row := range answer.ProfileSummary {
		one := answer.Resources.Profiles[row.ProfileID]
		data.People = append(data.People, PersonRow{
			ProfileSummary: row, Role: one.Role, Active: one.Active, Departments: labels(one.DepartmentIDs, f.Options.DepartmentOptions),
		})
	}
	if data.Open, err = p.countOpen(f); err != nil {
		return err
	}
	if data.UsageAt = "/usage" + strings.TrimPrefix(data.Here(), "/"); answer.Sessions > 0 && answer.Sessions <= usageAtOnce {
		if data.Usage, err = p.usage(f); err != nil {
			return err
		}
	}
	return p.show("activity", data)
}

// askActivity asks for the numbers and one page of the people. A search in their
// names is made here, among all that the store lists.
func (p *pageRequest) askActivity(data *activityPage, page, size int) (answer schema.ActivityResponse, total int64, err error) {
	req := schema.ActivityRequest{
		Filter: data.Filter.Schema(), Interval: data.Filter.Interval(), Compare: true, SortBy: data.Sort, SortOrder: data.Order,
	}
	if data.FollowUp > 0 {
		req.InactiveDays = &data.FollowUp
	}
	if data.Search == "" {
		req.PageLimit, req.PageOffset = pointer(size), pointer((page-1)*size)
	}
	if answer, err = p.d.store.Activity(p.Context(), p.scope(), req); err == nil {
		err = p.compareToEnd(data.Filter, &answer)
	}
	if err != nil || data.Search == "" {
		return answer, answer.ProfileSummaryTotal, err
	}
	search := schema.ParseSearch(data.Search)
	found := slices.DeleteFunc(answer.ProfileSummary, func(row schema.ProfileSummary) bool {
		return !search.Finds(schema.Fold(row.Name))
	})
	from := min((page-1)*size, len(found))
	answer.ProfileSummary = found[from:min(from+size, len(found))]
	return answer, int64(len(found)), nil
}

// sendActivity sends a list of the page as a file: all people, the numbers of the chart, or the
// sessions by weekday and hour.
func (p *pageRequest) sendActivity(as *fileFormat, data *activityPage, q url.Values) error {
	f := &data.Filter
	if list := q.Get(paramList); list == "hours" || list == "chart" { // which nothing narrows but the filter
		data.Search, data.FollowUp = "", 0
		for _, key := range []string{"search", "sort", "order", "follow_up"} {
			q.Del(key)
		}
	}
	if q.Get(paramList) == "hours" {
		u, err := p.d.store.Usage(p.Context(), p.scope(), f.Schema())
		if err != nil {
			return err
		}
		return p.sendNamed(as, q, sliceList("hours", f, hourRows(u)))
	}
	answer, _, err := p.askActivity(data, 1, maxPeople)
	if err != nil {
		return err
	}
	return p.sendNamed(as, q, sliceList("people", f, answer.People()), sliceList("chart", f, ChartOf(f.Interval(), answer.Series, p.today()).Steps))
}

// maxPeople is more people than there are.
const maxPeople = 1_000_000

// compareToEnd compares a week or month that is going on as the whole that it will be:
// with the same days of the one before, not with as many days right before it.
func (p *pageRequest) compareToEnd(f Filter, answer *schema.ActivityResponse) error {
	whole, ok := f.ToEnd()
	if !ok {
		return nil
	}
	compared, err := p.d.store.Activity(p.Context(), p.scope(), schema.ActivityRequest{Filter: whole, Compare: true, PageLimit: pointer(0)})
	answer.Previous, answer.Compared = compared.Previous, compared.Compared
	return err
}

func (p *pageRequest) countOpen(f Filter) (int64, error) {
	open := false
	answer, err := p.d.store.Problems(p.Context(), p.scope(), schema.ProblemsRequest{
		Filter: f.Schema(), Resolved: &open, Paging: schema.Paging{PageSize: pointer(1)},
	})
	return answer.TotalCount, err
}

// behind names the department whose records are furthest behind those of others.
func (p *pageRequest) behind(horizons []schema.Horizon, f Filter) string {
	oldest, differ := schema.OldestHorizon(horizons)
	if !differ {
		return ""
	}
	name := "people without a department"
	if oldest.DepartmentID != nil {
		name = labels([]string{*oldest.DepartmentID}, f.Options.DepartmentOptions)[0]
	}
	return schema.BehindWords(name, oldest.DataUntil, p.d.store.Zone())
}

// usageView is when people train and what it costs.
type usageView struct {
	schema.Usage
	Heat  Heat
	Files []navLink // the hours, to download
}

// showUsage is the part of the activity page that may take longer to count.
func showUsage(p *pageRequest) error {
	f, _, err := p.filter(RangeMonth, activityKeys...)
	if err != nil {
		return err
	}
	u, err := p.usage(f)
	if err != nil {
		return err
	}
	if p.Header.Get("HX-Request") == "" { // somebody without script
		return p.show("usage", &activityPage{layout: p.layout("When they train", &f, nil), Filter: f, Usage: u})
	}
	return p.showPart("usage", "usage", u)
}

// usage is when the sessions of a filter began, and what they cost.
func (p *pageRequest) usage(f Filter) (*usageView, error) {
	u, err := p.d.store.Usage(p.Context(), p.scope(), f.Schema())
	q := url.Values{}
	f.Put(q)
	page := &layout{Base: p.d.o.BasePath, Path: pathActivity, Query: q}
	return &usageView{Usage: u, Heat: HeatOf(u), Files: page.FilesOf("hours")}, err
}

// NoneOpen says that no problem is open in the window, and how many others are.
func (a *activityPage) NoneOpen() string {
	if a.OpenOutside == 0 {
		return "None is open in this window."
	}
	return schema.OpenOutsideWords(a.OpenOutside, a.Filter.Current())
}

// Narrower reports whether the page shows less than an export of its window would.
func (a *activityPage) Narrower() bool { return a.Search != "" || a.FollowUp > 0 }

// FollowUpDays are the choices of the filter for people to follow up.
func (activityPage) FollowUpDays() []int { return []int{3, 7, 14, 30, 60} }

// SortLink is where the heading of a column leads: to its order, or the reverse.
func (a *activityPage) SortLink(c Column) string {
	order := schema.Ascending
	if c.Number {
		order = schema.Descending
	}
	if c.Key == a.Sort {
		order = reversed(a.Order)
	}
	return a.Link("sort", c.Key, "order", order, "page", "") + "#people"
}

// Sorted is the aria-sort of a column.
func (a *activityPage) Sorted(c Column) string {
	switch {
	case c.Key != a.Sort:
		return "none"
	case a.Order == schema.Descending:
		return "descending"
	}
	return "ascending"
}

func reversed(order string) string {
	if order == schema.Ascending {
		return schema.Descending
	}
	return schema.Ascending
}
