package store

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// personKinds are the kinds of which every record is of one person.
var personKinds = []string{schema.KindSession, schema.KindLogin, schema.KindGrant, schema.KindEmulation, schema.KindActivity, schema.KindProblem}

// lifeKinds are those that make a person active.
var lifeKinds = []string{schema.KindSession, schema.KindLogin, schema.KindActivity}

// activity answers as Store.Activity should.
func (m *model) activity(scope schema.Scope, req schema.ActivityRequest) (answer schema.ActivityResponse) {
	people, w := m.people(scope, req.Filter), m.span(req.Filter)
	answer.Counts = m.counts(people, w)
	answer.ProfileSummary, answer.ProfileSummaryTotal = m.profileSummary(scope, people, w, req)
	answer.Problems = m.problemList(scope, req.Filter, w, nil)
	slices.SortStableFunc(answer.Problems, func(a, b schema.Problem) int {
		return cmp.Or(compareBool(a.Resolved, b.Resolved), -cmp.Compare(a.CreatedAt, b.CreatedAt), -cmp.Compare(a.ProblemID, b.ProblemID))
	})
	answer.Problems = answer.Problems[:min(50, len(answer.Problems))]
	answer.Resources.Profiles = map[string]schema.ProfileResource{}
	for _, row := range answer.ProfileSummary {
		answer.Resources.Profiles[row.ProfileID] = m.resource(scope, row.ProfileID)
	}
	for _, p := range answer.Problems {
		if p.ProfileID == "" {
			continue
		}
		answer.Resources.Profiles[p.ProfileID] = m.resource(scope, p.ProfileID)
	}
	answer.Analytics = m.analytics(scope)
	if req.Interval != "" {
		answer.Series = m.series(people, w, req.Interval)
	}
	if current, before, ok := m.compared(w, req.Filter); ok && req.Compare {
		counts := m.countWindow(people, current)
		answer.Compared, answer.Previous = &counts, &schema.Previous{WindowCounts: m.countWindow(people, before)}
	}
	m.addReach(scope, req.Filter, people, w, &answer)
	return answer
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// counts counts what people did in a window.
func (m *model) counts(people map[string]*schema.Record, w span) (c schema.Counts) {
	for id := range people {
		n := m.personCounts(id, w)
		c.Sessions += n[schema.KindSession]
		c.CompletedSessions += n["completed"]
		c.Logins += n[schema.KindLogin]
		c.Emulations += n[schema.KindEmulation]
		if n[schema.KindSession]+n[schema.KindLogin]+n[schema.KindActivity] > 0 {
			c.ActiveProfiles++
		}
	}
	return c
}

// personCounts counts one person's records in a window by kind.
func (m *model) personCounts(id string, w span) map[string]int64 {
	n := map[string]int64{}
	for _, kind := range personKinds {
		for _, r := range m.rows[kind] {
			if m.ownerOf(r) != id || !w.has(created(r)) {
				continue
			}
			n[kind]++
			if kind == schema.KindSession && r.Get("ended_at").Set {
				n["completed"]++
			}
			if kind == schema.KindProblem && !isTrue(r, "resolved") {
				n["open"]++
			}
		}
	}
	return n
}

// lastActive is the time of a person's latest sign of life that is not more than a
// day ahead.
func (m *model) lastActive(id string) (last *schema.Instant) {
	for _, kind := range lifeKinds {
		for _, r := range m.rows[kind] {
			if at := created(r); text(r, "profile_id") == id && !m.ahead(r) && (last == nil || at > *last) {
				last = &at
			}
		}
	}
	return last
}

func (m *model) profileSummary(scope schema.Scope, people map[string]*schema.Record, w span, req schema.ActivityRequest) ([]schema.ProfileSummary, int64) {
	rows := []schema.ProfileSummary{}
	for id, p := range people {
		n := m.personCounts(id, w)
		row := schema.ProfileSummary{
			ProfileID: id, Name: text(p, "name"), LastActiveAt: m.lastActive(id), DataUntil: m.dataUntil(scope, id),
			Sessions: n[schema.KindSession], Logins: n[schema.KindLogin], Grants: n[schema.KindGrant],
			Problems: n[schema.KindProblem], OpenProblems: n["open"], Activity: n[schema.KindActivity],
		}
		if !isTrue(p, "active") && len(n) == 0 {
			continue
		}
		if req.SummaryProfileID != "" && req.SummaryProfileID != id {
			continue
		}
		if req.InactiveDays != nil {
			since := m.now
			if row.DataUntil != nil {
				since = row.DataUntil.Time()
			}
			since = since.In(m.zone).AddDate(0, 0, -*req.InactiveDays)
			if row.LastActiveAt != nil && row.LastActiveAt.Time().After(since) {
				continue
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b schema.ProfileSummary) int {
		c := cmp.Or(compareSummaries(a, b, req.SortBy), strings.Compare(a.ProfileID, b.ProfileID))
		if req.SortOrder == schema.Descending {
			return -c
		}
		return c
	})
	total := int64(len(rows))
	if req.PageOffset != nil {
		rows = rows[min(*req.PageOffset, len(rows)):]
	}
	if req.PageLimit != nil {
		rows = rows[:min(*req.PageLimit, len(rows))]
	}
	return rows, total
}

func compareSummaries(a, b schema.ProfileSummary, by string) int {
	switch by {
	case "profile_id":
		return 0
	case "sessions_count":
		return cmp.Compare(a.Sessions, b.Sessions)
	case "logins_count":
		return cmp.Compare(a.Logins, b.Logins)
	case "grants_count":
		return cmp.Compare(a.Grants, b.Grants)
	case "problems_count":
		return cmp.Compare(a.Problems, b.Problems)
	case "open_problems_count":
		return cmp.Compare(a.OpenProblems, b.OpenProblems)
	case "activity_count":
		return cmp.Compare(a.Activity, b.Activity)
	case "last_active_at":
		switch {
		case a.LastActiveAt == nil && b.LastActiveAt == nil:
			return 0
		case a.LastActiveAt == nil:
			return -1
		case b.LastActiveAt == nil:
			return 1
		}
		return cmp.Compare(*a.LastActiveAt, *b.LastActiveAt)
	}
	return strings.Compare(foldSlowly(a.Name), foldSlowly(b.Name))
}

// resource describes a person; of the departments only those in scope.
func (m *model) resource(scope schema.Scope, id string) schema.ProfileResource {
	p := m.rows[schema.KindProfile][id]
	visible := m.visibleDepartments(scope)
	departments := []string{}
	for _, d := range p.Get("department_ids").List {
		if seen(visible, d) {
			departments = append(departments, d)
		}
	}
	return schema.ProfileResource{
		Name: text(p, "name"), Email: textPtr(p, "email"), Role: text(p, "role"), DepartmentIDs: departments, Active: isTrue(p, "active"),
	}
}

func (m *model) analytics(scope schema.Scope) (a schema.Analytics) {
	people := m.people(scope, schema.Filter{})
	a.DepartmentOptions = m.visibleDepartments(scope)
	roles := map[string]string{}
	for _, p := range people {
		role := text(p, "role")
		key := roleSlowly(role)
		if have, ok := roles[key]; !ok || role < have {
			roles[key] = role
		}
	}
	a.RoleOptions = []schema.Option{}
	for _, role := range roles {
		a.RoleOptions = append(a.RoleOptions, schema.Option{Value: role, Label: role})
	}
	slices.SortFunc(a.RoleOptions, func(x, y schema.Option) int {
		return strings.Compare(roleSlowly(x.Value), roleSlowly(y.Value))
	})
	a.TermOptions = []schema.TermOption{}
	terms := m.all(schema.KindTerm)
	slices.SortFunc(terms, func(x, y *schema.Record) int {
		return cmp.Or(-cmp.Compare(x.Get("starts_on").Int, y.Get("starts_on").Int), -strings.Compare(idOf(x), idOf(y)))
	})
	for _, r := range terms {
		a.TermOptions = append(a.TermOptions, schema.TermOption{
			Option:   schema.Option{Value: idOf(r), Label: text(r, "name")},
			DateFrom: schema.Day(r.Get("starts_on").Int), DateTo: schema.Day(r.Get("ends_on").Int),
		})
	}
	var first, last *schema.Instant
	for id := range people {
		for _, kind := range lifeKinds {
			for _, r := range m.rows[kind] {
				if text(r, "profile_id") != id {
					continue
				}
				at := created(r)
				if first == nil || at < *first {
					first = &at
				}
				if last == nil || at > *last {
					last = &at
				}
			}
		}
	}
	if first != nil {
		a.DateRangeEarliest, a.DateRangeLatest = m.dayOf(*first), m.dayOf(*last)
	}
	a.Fields.DateRange = schema.FieldState{Visible: true, Disabled: first == nil}
	a.Fields.Departments = schema.FieldState{Visible: len(a.DepartmentOptions) > 0, Disabled: len(a.DepartmentOptions) < 2}
	a.Fields.Roles = schema.FieldState{Visible: len(a.RoleOptions) > 0, Disabled: len(a.RoleOptions) < 2}
	return a
}

// dayOf returns the day in the model's zone, as the schema numbers it.
func (m *model) dayOf(at schema.Instant) *schema.Day {
	d := dayOfDate(dateOf(at.Time(), m.zone))
	return &d
}

func dayOfDate(date time.Time) schema.Day { return schema.Day(date.Unix() / 86400) }

// series counts a window step by step. An open end reaches to the first or last
// record of the people.
func (m *model) series(people map[string]*schema.Record, w span, interval string) []schema.Interval {
	steps := []schema.Interval{}
	first, last, ok := m.reach(people, w)
	if !ok {
		return steps
	}
	for date := first; !date.After(last); {
		start, next := date, date.AddDate(0, 0, 1)
		switch interval {
		case schema.IntervalWeek:
			for start.Weekday() != time.Monday {
				start = start.AddDate(0, 0, -1)
			}
			next = start.AddDate(0, 0, 7)
		case schema.IntervalMonth:
			start = time.Date(date.Year(), date.Month(), 1, 0, 0, 0, 0, time.UTC)
			next = start.AddDate(0, 1, 0)
		}
		end := next.AddDate(0, 0, -1)
		steps = append(steps, schema.Interval{
			StartsOn: dayOfDate(start), EndsOn: dayOfDate(end), Counts: m.counts(people, w.and(days(start, end, m.zone))),
		})
		date = next
	}
	return steps
}

// reach returns the first and last date of a window.
func (m *model) reach(people map[string]*schema.Record, w span) (first, last time.Time, ok bool) {
	if w.empty() {
		return first, last, false
	}
	var earliest, latest *time.Time
	for _, kind := range personKinds {
		for _, r := range m.rows[kind] {
			if people[m.ownerOf(r)] == nil {
				continue
			}
			at := created(r).Time()
			if earliest == nil || at.Before(*earliest) {
				earliest = &at
			}
			if latest == nil || at.After(*latest) {
				latest = &at
			}
		}
	}
	if earliest == nil && (w.from == nil || w.until == nil) {
		return first, last, false
	}
	if w.from != nil {
		earliest = w.from
	}
	if w.until != nil {
		end := w.until.Add(-time.Microsecond)
		latest = &end
	}
	first, last = dateOf(*earliest, m.zone), dateOf(*latest, m.zone)
	return first, last, !first.After(last)
}
