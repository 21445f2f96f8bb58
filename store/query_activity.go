package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"glow/schema"
)

// latestProblems is how many problems the activity answer shows.
const latestProblems = 50

// Activity counts what the people in scope and filter did in the window, and
// lists each of them.
func (s *Store) Activity(ctx context.Context, scope schema.Scope, req schema.ActivityRequest) (answer schema.ActivityResponse, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		p, err := t.choose(scope, req.Filter)
		if err != nil {
			return err
		}
		w, err := s.window(t, req.Filter)
		if err != nil {
			return err
		}
		answer, err = s.activity(t, scope, req, p, w)
		return err
	})
	return answer, err
}

func (s *Store) activity(t *tx, scope schema.Scope, req schema.ActivityRequest, p personFilter, w schema.Window) (answer schema.ActivityResponse, err error) {
	counted, err := t.countPeople(p, w, s.o.Zone)
	if err != nil {
		return answer, err
	}
	answer.Counts = total(counted)
	persons, reach, err := s.persons(t, scope, p)
	if err != nil {
		return answer, err
	}
	answer.Horizons, answer.DataUntil = reach, latestUntil(reach)
	if len(reach) > 0 {
		answer.DataUntilDescribed = schema.HorizonWords(answer.DataUntil, t.now, s.o.Zone)
	}
	if answer.InFuture, answer.InFutureCount, err = t.inFuture(p); err != nil {
		return answer, err
	}
	if answer.ProfileSummary, answer.ProfileSummaryTotal, err = s.summarize(t, scope, req, persons, counted); err != nil {
		return answer, err
	}
	if answer.Problems, err = t.latestProblems(scope, p, w); err != nil {
		return answer, err
	}
	if answer.OpenProblems, answer.OpenProblemsOutside, err = t.openProblems(p, w, counted); err != nil {
		return answer, err
	}
	answer.Resources = resourcesOf(answer.ProfileSummary, answer.Problems, persons)
	if answer.Analytics, err = s.analytics(t, scope); err != nil {
		return answer, err
	}
	if req.Interval != "" {
		if answer.Series, err = s.series(t, p, w, req.Interval); err != nil {
			return answer, err
		}
	}
	if req.Compare {
		if err := s.compare(t, req.Filter, p, w, &answer); err != nil {
			return answer, err
		}
	}
	answer.RefreshedAt, err = t.refreshedAt()
	return answer, err
}

func (t *tx) refreshedAt() (at *schema.Instant, err error) {
	err = t.QueryRow([]any{&at}, `SELECT value FROM setting WHERE name = 'refreshed_at'`)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return at, err
}

// person is a profile as an answer shows it.
type person struct {
	key        int64
	id         string
	folded     string
	lastActive *schema.Instant
	dataUntil  *schema.Instant // horizon of their departments in scope; nil: unknown
	schema.ProfileResource
}

// persons lists the chosen people by name, and how far the records of their
// departments reach. Of their departments it shows those in scope.
func (s *Store) persons(t *tx, scope schema.Scope, p personFilter) ([]person, []schema.Horizon, error) {
	d, err := s.profiles(t)
	if err != nil {
		return nil, nil, err
	}
	chosen, err := d.choose(t, p)
	if err != nil {
		return nil, nil, err
	}
	latest, err := t.lastActive(p, len(chosen))
	if err != nil {
		return nil, nil, err
	}
	visible, err := t.visibleDepartments(scope)
	if err != nil {
		return nil, nil, err
	}
	departments := departmentLists{shown: make(map[string]bool, len(visible)), known: map[int64][]string{}}
	for _, o := range visible {
		departments.shown[o.Value] = true
	}
	list := make([]person, len(chosen))
	for i, one := range chosen {
		list[i] = person{key: one.key, id: one.id, folded: one.folded, lastActive: latest[one.key], ProfileResource: one.ProfileResource}
		list[i].DepartmentIDs = departments.of(one)
	}
	signs := latest
	if p.where != "" { // others of the departments count, too
		signs = nil
	}
	reach, err := t.addHorizons(d, chosen, list, visible, signs)
	return list, reach, err
}

// departmentLists keep what is shown of the departments of each cohort.
type departmentLists struct {
	shown map[string]bool
	known map[int64][]string
}

func (d *departmentLists) of(one *profile) []string {
	ids, ok := d.known[one.cohort]
	if !ok {
		ids = make([]string, 0, len(one.departments))
		for _, id := range one.departments {
			if d.shown[id] {
				ids = append(ids, id)
			}
		}
		d.known[one.cohort] = ids
	}
	return ids
}

// summarize makes the rows of profile_summary: all people, unless they are no
// longer active and have no records in the window.
func (s *Store) summarize(t *tx, scope schema.Scope, req schema.ActivityRequest, persons []person, counted map[int64]*counts) ([]schema.ProfileSummary, int64, error) {
	if req.SummaryProfileID != "" {
		if _, err := t.personKey(scope, req.SummaryProfileID); err != nil {
			return nil, 0, err
		}
	}
	idle := idleSince{t: t, zone: s.o.Zone, days: valueOf(req.InactiveDays)}
	var (
		chosen []int
		none   counts
		rows   = make([]schema.ProfileSummary, len(persons))
	)
	for i := range persons {
		one := &persons[i]
		n := counted[one.key]
		if n == nil {
			n = &none
		}
		rows[i] = summaryOf(one, n)
		switch {
		case !one.Active && !n.any():
		case req.SummaryProfileID != "" && one.id != req.SummaryProfileID:
		case req.InactiveDays != nil && one.lastActive != nil && *one.lastActive > idle.since(one.dataUntil):
		default:
			chosen = append(chosen, i)
		}
	}
	sortRows(chosen, rows, persons, req)
	from := min(valueOf(req.PageOffset), len(chosen))
	until := len(chosen)
	if req.PageLimit != nil {
		until = min(from+*req.PageLimit, until)
	}
	page := make([]schema.ProfileSummary, 0, until-from)
	for _, i := range chosen[from:until] {
		page = append(page, rows[i])
	}
	return page, int64(len(chosen)), nil
}

// sortRows orders what is chosen of the rows, which come by name and id.
func sortRows(chosen []int, rows []schema.ProfileSummary, persons []person, req schema.ActivityRequest) {
	if byName := req.SortBy == "" || req.SortBy == "name"; byName && req.SortOrder != schema.Descending {
		return
	}
	order := summaryOrder(req.SortBy)
	slices.SortFunc(chosen, func(a, b int) int {
		c := order(&rows[a], &rows[b], persons[a].folded, persons[b].folded)
		if c == 0 {
			c = cmp.Compare(rows[a].ProfileID, rows[b].ProfileID)
		}
		if req.SortOrder == schema.Descending {
			c = -c
		}
		return c
	})
}

func summaryOf(one *person, n *counts) schema.ProfileSummary {
	row := schema.ProfileSummary{ProfileID: one.id, Name: one.Name, LastActiveAt: one.lastActive, DataUntil: one.dataUntil}
	for i, count := range schema.PersonCounts {
		if count.InRow != nil {
			*count.InRow(&row) = n[i]
		}
	}
	return row
}

// summaryOrder compares two rows by the chosen column; people who were never
// active come before all others.
func summaryOrder(by string) func(a, b *schema.ProfileSummary, nameA, nameB string) int {
	number := func(of func(*schema.ProfileSummary) int64) func(a, b *schema.ProfileSummary, _, _ string) int {
		return func(a, b *schema.ProfileSummary, _, _ string) int { return cmp.Compare(of(a), of(b)) }
	}
	switch by {
	case "profile_id":
		return func(a, b *schema.ProfileSummary, _, _ string) int { return cmp.Compare(a.ProfileID, b.ProfileID) }
	case "last_active_at":
		return number(func(r *schema.ProfileSummary) int64 {
			if r.LastActiveAt == nil {
				return -1
			}
			return int64(*r.LastActiveAt)
		})
	}
	for _, count := range schema.RowCounts() {
		if count.Key == by {
			return number(func(r *schema.ProfileSummary) int64 { return *count.InRow(r) })
		}
	}
	return func(_, _ *schema.ProfileSummary, nameA, nameB string) int { return cmp.Compare(nameA, nameB) }
}

// resourcesOf describes the people whom an answer names.
func resourcesOf(rows []schema.ProfileSummary, problems []schema.Problem, persons []person) schema.Resources {
	byID := make(map[string]*person, len(persons))
	for i := range persons {
		byID[persons[i].id] = &persons[i]
	}
	profiles := make(map[string]schema.ProfileResource, len(rows))
	for _, r := range rows {
		profiles[r.ProfileID] = byID[r.ProfileID].ProfileResource
	}
	for _, r := range problems {
		if one, ok := byID[r.ProfileID]; ok {
			profiles[r.ProfileID] = one.ProfileResource
		}
	}
	return schema.Resources{Profiles: profiles}
}
