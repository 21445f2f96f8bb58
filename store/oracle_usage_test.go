package store

import "glow/schema"

// usage answers as Store.Usage should: by the clock on the wall.
func (m *model) usage(scope schema.Scope, f schema.Filter) (u schema.Usage) {
	people, w := m.people(scope, f), m.span(f)
	var costs []int64
	for _, s := range m.rows[schema.KindSession] {
		if people[text(s, "profile_id")] == nil || !w.has(created(s)) {
			continue
		}
		local := created(s).Time().In(m.zone)
		u.Hours[(int(local.Weekday())+6)%7][local.Hour()]++
		for _, r := range m.rows[schema.KindRun] {
			if m.sessionOf(r) == idOf(s) {
				u.Runs++
				u.Tokens += tokens(r)
				costs = append(costs, r.Get("cost").Int)
			}
		}
	}
	u.Cost = dollars(costs)
	return u
}
