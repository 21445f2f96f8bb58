package store

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// ahead reports whether a record is dated more than a day ahead.
func (m *model) ahead(r *schema.Record) bool {
	return created(r).Time().After(m.now.Add(24 * time.Hour))
}

// departmentsOf lists the departments of a person, "" for none at all.
func (m *model) departmentsOf(id string) []string {
	if list := m.rows[schema.KindProfile][id].Get("department_ids").List; len(list) > 0 {
		return list
	}
	return []string{""}
}

// horizon is how far the records of a department reach; of "" those of the people
// without one.
func (m *model) horizon(department string) *schema.Instant {
	var until *schema.Instant
	reaches := func(at schema.Instant) {
		if at = min(at, schema.InstantOf(m.now)); until == nil || at > *until {
			until = &at
		}
	}
	active := map[string]bool{}
	for id := range m.rows[schema.KindProfile] {
		if slices.Contains(m.departmentsOf(id), department) && !strings.HasPrefix(id, "dashboard:") && m.lastActive(id) != nil {
			active[id] = true
		}
	}
	said, isSaid := m.said[department]
	posted, isPosted := m.posted[department]
	if isSaid {
		reaches(said)
	}
	if isPosted {
		reaches(posted)
	}
	if department == "" && len(active) == 1 && until == nil {
		return nil
	}
	for id := range active {
		reaches(*m.lastActive(id))
	}
	return until
}

// dataUntil is the latest horizon of a person's departments, as far as they may be seen.
func (m *model) dataUntil(scope schema.Scope, id string) (until *schema.Instant) {
	visible := m.visibleDepartments(scope)
	for _, d := range m.departmentsOf(id) {
		if d != "" && !seen(visible, d) {
			continue
		}
		if at := m.horizon(d); at != nil && (until == nil || *at > *until) {
			until = at
		}
	}
	return until
}

// addReach adds to an answer how far records reach, those of the future, and the open
// problems.
func (m *model) addReach(scope schema.Scope, f schema.Filter, people map[string]*schema.Record, w span, answer *schema.ActivityResponse) {
	has := map[string]bool{}
	for id := range people {
		for _, d := range m.departmentsOf(id) {
			has[d] = true
		}
	}
	answer.Horizons, answer.InFuture = []schema.Horizon{}, []schema.FutureRecord{}
	for _, o := range m.visibleDepartments(scope) {
		if has[o.Value] {
			answer.Horizons = append(answer.Horizons, schema.Horizon{DepartmentID: &o.Value, DataUntil: m.horizon(o.Value)})
		}
	}
	if has[""] {
		answer.Horizons = append(answer.Horizons, schema.Horizon{DataUntil: m.horizon("")})
	}
	for _, h := range answer.Horizons {
		if h.DataUntil != nil && (answer.DataUntil == nil || *h.DataUntil > *answer.DataUntil) {
			answer.DataUntil = h.DataUntil
		}
	}
	if len(answer.Horizons) > 0 {
		answer.DataUntilDescribed = schema.HorizonWords(answer.DataUntil, schema.InstantOf(m.now), m.zone)
	}
	for _, kind := range personKinds {
		for _, r := range m.rows[kind] {
			owner := m.ownerOf(r)
			if people[owner] == nil && (kind != schema.KindProblem || !m.concerns(scope, f, r)) {
				continue
			}
			if m.ahead(r) {
				answer.InFuture = append(answer.InFuture, schema.FutureRecord{Kind: kind, ID: idOf(r), ProfileID: owner, CreatedAt: created(r)})
			}
			if kind == schema.KindProblem && !isTrue(r, "resolved") {
				if w.has(created(r)) {
					answer.OpenProblems++
				} else {
					answer.OpenProblemsOutside++
				}
			}
		}
	}
	slices.SortFunc(answer.InFuture, func(a, b schema.FutureRecord) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
	})
	answer.InFutureCount = int64(len(answer.InFuture))
	answer.InFuture = answer.InFuture[:min(50, len(answer.InFuture))]
}

// notePosted notes that a record was posted as it happened: within a day of now.
func (m *model) notePosted(r *schema.Record) {
	if r.Kind.Name == schema.KindProblem && m.ownerOf(r) == "" {
		return
	}
	if !r.Kind.Timed() || m.now.Sub(created(r).Time()).Abs() > 24*time.Hour {
		return
	}
	for _, d := range m.departmentsOf(m.ownerOf(r)) {
		m.posted[d] = max(m.posted[d], schema.InstantOf(m.now))
	}
}

// setHorizon has a person say up to when all is in.
func (h *randomHistory) setHorizon(t *rapid.T) {
	req := schema.HorizonRequest{CoversUntil: h.end(t), WithoutDepartment: rapid.Bool().Draw(t, "without department")}
	for _, r := range h.m.all(schema.KindDepartment) {
		if rapid.Bool().Draw(t, "of this department") {
			req.DepartmentIDs = append(req.DepartmentIDs, idOf(r))
		}
	}
	if req.CoversUntil == "" || len(req.DepartmentIDs) == 0 && !req.WithoutDepartment {
		return
	}
	until := schema.InstantOf(*h.m.covered(req.CoversUntil).until) - 1
	_, err := h.s.SetHorizon(ctx, admin, req)
	if until > schema.InstantOf(h.m.now) {
		refused(t, err, schema.CodeInvalid)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range req.DepartmentIDs {
		h.m.said[d] = until
	}
	if req.WithoutDepartment {
		h.m.said[""] = until
	}
}

// askHorizons tells another store what is known of horizons beyond the records.
func (h *randomHistory) askHorizons(t *rapid.T, s *Store) {
	err := s.write(ctx, func(t *tx) error {
		for column, known := range map[string]map[string]schema.Instant{"covers_until": h.m.said, "posted_at": h.m.posted} {
			for d, at := range known {
				if _, err := t.setHorizon(column, at, departmentsNamed([]string{d}, d == "")); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compared is what a window is fairly compared with, and the part of it that is.
func (m *model) compared(w span, f schema.Filter) (current, before span, ok bool) {
	if w.from == nil || w.until == nil || w.from.After(m.now) || w.empty() {
		return w, w, false
	}
	until := *w.until
	if now := m.now.Truncate(time.Microsecond).Add(time.Microsecond); until.After(now) {
		until = now
	}
	current = span{w.from, &until}
	if f.Term != "" {
		term := m.rows[schema.KindTerm][f.Term]
		first, last := dateOfDay(term.Get("starts_on").Int), dateOfDay(term.Get("ends_on").Int)
		earlier := m.termBefore(term)
		if whole := days(first, last, m.zone); earlier != nil && whole.from.Equal(*w.from) && whole.until.Equal(*w.until) {
			first0, last0 := dateOfDay(earlier.Get("starts_on").Int), dateOfDay(earlier.Get("ends_on").Int)
			whole0 := days(first0, last0, m.zone)
			if until.Equal(*w.until) {
				return current, whole0, true
			}
			end := m.endBefore(until, int(first.Sub(first0)/(24*time.Hour)))
			if end.After(*whole0.until) {
				end = *whole0.until
			}
			return current, span{whole0.from, &end}, true
		}
	}
	back := 1
	for m.endBefore(*w.until, back).Add(-time.Microsecond).After(*w.from) {
		back++
	}
	from, end := m.daysBefore(*w.from, back), m.endBefore(until, back)
	if end.After(*w.from) {
		end = *w.from
	}
	if end.Before(from) {
		end = from
	}
	return current, span{&from, &end}, true
}

func (m *model) termBefore(term *schema.Record) (before *schema.Record) {
	number := func(r *schema.Record, field string) int64 { return r.Get(field).Int }
	for _, r := range m.all(schema.KindTerm) {
		if number(r, "starts_on") >= number(term, "starts_on") || number(r, "ends_on") >= number(term, "ends_on") {
			continue
		}
		if before == nil || cmp.Or(cmp.Compare(number(r, "starts_on"), number(before, "starts_on")), cmp.Compare(number(r, "ends_on"), number(before, "ends_on"))) >= 0 {
			before = r
		}
	}
	return before
}

// daysBefore is the same time of day so many days before: the first instant at which
// the clocks show it or, where they never do, a later one of that day.
func (m *model) daysBefore(t time.Time, count int) time.Time {
	if date := dateOf(t, m.zone); startOf(date, m.zone).Equal(t) {
		return startOf(date.AddDate(0, 0, -count), m.zone)
	}
	at := t.In(m.zone)
	wall := time.Date(at.Year(), at.Month(), at.Day()-count, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	return firstShowing(wall, m.zone)
}

func (m *model) endBefore(t time.Time, count int) time.Time {
	if startOf(dateOf(t, m.zone), m.zone).Equal(t) {
		return m.daysBefore(t, count)
	}
	return m.daysBefore(t.Add(-time.Microsecond), count).Add(time.Microsecond)
}

// firstShowing returns the first instant at which the clocks in zone show wall, which
// is given as a time in UTC, or a later time.
func firstShowing(wall time.Time, zone *time.Location) time.Time {
	t := wall.Add(-48 * time.Hour).In(zone)
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds()
		shown := wall.Add(-time.Duration(offset) * time.Second)
		if shown.Before(t) {
			shown = t
		}
		if end.IsZero() || shown.Before(end) {
			return shown
		}
		t = end.In(zone)
	}
}

func (m *model) countWindow(people map[string]*schema.Record, w span) schema.WindowCounts {
	last := w.until.Add(-time.Microsecond)
	first, end := dateOf(*w.from, m.zone), dateOf(last, m.zone)
	c := schema.WindowCounts{Counts: m.counts(people, w), DateFrom: first.Format(time.DateOnly), DateTo: end.Format(time.DateOnly)}
	if !startOf(first, m.zone).Equal(*w.from) {
		c.DateFrom = schema.InstantOf(*w.from).String()
	}
	if !startOf(end.AddDate(0, 0, 1), m.zone).Equal(*w.until) {
		c.DateTo = schema.InstantOf(last).String()
	}
	return c
}
