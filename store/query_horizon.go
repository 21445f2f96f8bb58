package store

import (
	"context"
	"slices"
	"time"

	"glow/schema"
)

// horizons are how far the records of departments reach; what is not there is
// unknown.
type horizons struct {
	known  map[string]schema.Instant // by id of the department
	others *schema.Instant           // of the people without one
}

// Horizons tells how far the records of the departments of a request reach.
func (s *Store) Horizons(ctx context.Context, scope schema.Scope, req schema.HorizonRequest) (answer schema.HorizonResponse, err error) {
	err = s.read(ctx, func(t *tx) error {
		ids, others, err := t.horizonChoice(scope, req)
		if err != nil {
			return err
		}
		d, err := s.profiles(t)
		if err != nil {
			return err
		}
		if others && !req.WithoutDepartment {
			others = slices.ContainsFunc(d.people, func(one profile) bool { return len(one.departments) == 0 })
		}
		h, err := t.horizons(d, ids, others, nil)
		answer.Horizons = h.list(ids, others)
		return err
	})
	return answer, err
}

// list lists the horizons of departments in their order, and last that of the
// people without one.
func (h *horizons) list(ids []string, others bool) []schema.Horizon {
	list := []schema.Horizon{}
	for _, id := range ids {
		list = append(list, schema.Horizon{DepartmentID: &id, DataUntil: h.of([]string{id})})
	}
	if others {
		list = append(list, schema.Horizon{DataUntil: h.others})
	}
	return list
}

// of is the horizon of somebody in departments: the latest of theirs.
func (h *horizons) of(departments []string) (until *schema.Instant) {
	for _, id := range departments {
		if at, ok := h.known[id]; ok && (until == nil || at > *until) {
			until = &at
		}
	}
	return until
}

// latestUntil is the latest of horizons; nil where none is known.
func latestUntil(list []schema.Horizon) (until *schema.Instant) {
	for _, one := range list {
		if one.DataUntil != nil && (until == nil || *one.DataUntil > *until) {
			until = one.DataUntil
		}
	}
	return until
}

// horizons finds how far the records of departments reach and, with others, those of
// the people without one: to the latest sign of life of anybody in them or, where more
// is known, further; never beyond now. Of a single person without a department nothing
// but that person's own records would speak, so that they are no horizon. The signs of
// life of everybody may be given.
func (t *tx) horizons(d *profileCache, ids []string, others bool, signs map[int64]*schema.Instant) (h horizons, err error) {
	h.known = make(map[string]schema.Instant, len(ids))
	if signs == nil {
		if signs, err = t.signsOf(ids, others); err != nil {
			return h, err
		}
	}
	byCohort := map[int64]cohortSigns{}
	for key, at := range signs {
		one := &d.people[d.at[key]]
		if isViewer(one.id) {
			continue
		}
		c := byCohort[one.cohort]
		c.departments, c.people, c.latest = one.departments, c.people+1, max(c.latest, *at)
		byCohort[one.cohort] = c
	}
	var outside cohortSigns
	for _, c := range byCohort {
		for _, id := range c.departments {
			h.known[id] = max(h.known[id], min(c.latest, t.now))
		}
		if len(c.departments) == 0 {
			outside.people, outside.latest = outside.people+c.people, max(outside.latest, c.latest)
		}
	}
	if outside.people > 1 {
		h.others = new(min(outside.latest, t.now))
	}
	if err := t.addKnownHorizons(&h); err != nil || h.others == nil {
		return h, err
	}
	if outside.people == 0 {
		if *h.others == 0 { // a log said nothing of anybody who is still there
			h.others = nil
		}
		return h, nil
	}
	h.others = new(max(*h.others, min(outside.latest, t.now)))
	return h, nil
}

// addHorizons gives each of the people the horizon of those of their departments
// that are visible, and lists these.
func (t *tx) addHorizons(d *profileCache, chosen []*profile, list []person, visible []schema.Option, signs map[int64]*schema.Instant) ([]schema.Horizon, error) {
	var (
		has    = map[string]bool{}
		others bool
		ids    []string
	)
	for i, one := range chosen {
		others = others || len(one.departments) == 0
		for _, id := range list[i].DepartmentIDs {
			has[id] = true
		}
	}
	for _, o := range visible {
		if has[o.Value] {
			ids = append(ids, o.Value)
		}
	}
	h, err := t.horizons(d, ids, others, signs)
	if err != nil {
		return nil, err
	}
	byCohort := map[int64]*schema.Instant{}
	for i, one := range chosen {
		until, ok := byCohort[one.cohort]
		if !ok {
			if until = h.of(list[i].DepartmentIDs); len(one.departments) == 0 {
				until = h.others
			}
			byCohort[one.cohort] = until
		}
		list[i].dataUntil = until
	}
	return h.list(ids, others), nil
}

// idleSince finds the instant of which somebody must have been active later, not to
// be away for so many days.
type idleSince struct {
	t     *tx
	zone  *time.Location
	days  int
	known map[schema.Instant]schema.Instant // by where it is counted back from
}

// since counts back from a horizon or, where that is unknown, from now.
func (s *idleSince) since(until *schema.Instant) schema.Instant {
	from := s.t.now
	if until != nil {
		from = *until
	}
	at, ok := s.known[from]
	if !ok {
		at = schema.InstantOf(from.Time().In(s.zone).AddDate(0, 0, -s.days))
		if s.known == nil {
			s.known = map[schema.Instant]schema.Instant{}
		}
		s.known[from] = at
	}
	return at
}

// cohortSigns are the signs of life of people of the same departments.
type cohortSigns struct {
	departments []string
	people      int
	latest      schema.Instant
}

// signsOf returns when each person of some departments was last active and, with
// others, each of those without one.
func (t *tx) signsOf(ids []string, others bool) (map[int64]*schema.Instant, error) {
	var members personFilter
	members.andDepartments("departments", ids)
	signs, err := t.lastActive(members, 0)
	if err != nil || !others {
		return signs, err
	}
	var rest personFilter
	rest.andPerson(`p.key NOT IN (SELECT profile_key FROM profile_department)`)
	more, err := t.lastActive(rest, 0)
	for key, at := range more {
		signs[key] = at
	}
	return signs, err
}

// addKnownHorizons adds what is known beyond the records.
func (t *tx) addKnownHorizons(h *horizons) error {
	return t.Query(func(scan func(...any) error) error {
		var (
			id      *string
			at      schema.Instant
			fromLog bool
		)
		if err := scan(&id, &at, &fromLog); err != nil {
			return err
		}
		if at = min(at, t.now); id == nil {
			if at > 0 || fromLog {
				h.others = new(max(valueOf(h.others), at))
			}
		} else if at > 0 || fromLog {
			h.known[*id] = max(h.known[*id], at)
		}
		return nil
	}, `SELECT d.id, max(ifnull(h.covers_until, 0), ifnull(h.posted_at, 0)), ifnull(h.from_log, 0) FROM horizon h LEFT JOIN department d ON d.key = h.department_key`)
}

// valueOf returns what p points to, or the zero value for nil.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// lastActive returns when each of the chosen people was last active, as far as that is
// not in the future; about how many they are is known.
func (t *tx) lastActive(p personFilter, count int) (map[int64]*schema.Instant, error) {
	var (
		instants = make([]schema.Instant, 0, count)
		latest   = make(map[int64]*schema.Instant, count)
		limit    = futureAfter(t.now)
		ahead    []int64
	)
	err := t.Numbers([]string{"n.profile_key", "n.last_at"}, func(row []int64) {
		if schema.Instant(row[1]) > limit {
			ahead = append(ahead, row[0])
			return
		}
		instants = append(instants, schema.Instant(row[1]))
		latest[row[0]] = &instants[len(instants)-1]
	}, `profile_total n WHERE n.last_at IS NOT NULL AND `+p.keys("n.profile_key"), p.args...)
	if err != nil || len(ahead) == 0 {
		return latest, err
	}
	return latest, t.latestBefore(limit, ahead, latest)
}
