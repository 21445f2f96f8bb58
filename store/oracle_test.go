package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"glow/schema"
)

// The oracle is a second, slow and obvious program for the same contract: it keeps plain
// records in maps and counts them one by one. Days come from the time package alone.
// property_test.go compares its answers with the store's after random histories:
//
//	oracle_test.go           imports; who is in an answer, and in which span of time
//	oracle_activity_test.go  numbers per person, totals, steps, analytics
//	oracle_sessions_test.go  the list of sessions, one session, problems
//	oracle_usage_test.go     sessions by hour, runs, tokens, cost
//	oracle_horizon_test.go   how far records reach, and the window before
//	oracle_export_test.go    the tables of an export
//	oracle_remove_test.go    what forgetting and retention leave
//	oracle_people_test.go    people who are merged and changed, records that are deleted
//	oracle_fold_test.go      how names are searched and compared

// model is what the store should hold.
type model struct {
	zone *time.Location
	idle time.Duration
	now  time.Time
	rows map[string]map[string]*schema.Record // by kind and id

	aliases map[string]string // profile ids that were merged into others

	// By id of the department; "" for the people without one.
	said   map[string]schema.Instant // up to when a person said that all is in
	posted map[string]schema.Instant // when something was last posted as it happened
}

func newModel(zone *time.Location, now time.Time) *model {
	m := &model{zone: zone, idle: 30 * time.Minute, now: now, rows: map[string]map[string]*schema.Record{}, aliases: map[string]string{},
		said: map[string]schema.Instant{}, posted: map[string]schema.Instant{}}
	for _, k := range schema.Kinds {
		m.rows[k.Name] = map[string]*schema.Record{}
	}
	return m
}

func (m *model) clone() *model {
	c := *m
	c.rows = map[string]map[string]*schema.Record{}
	for kind, byID := range m.rows {
		c.rows[kind] = map[string]*schema.Record{}
		for id, r := range byID {
			c.rows[kind][id] = r
		}
	}
	return &c
}

// all lists the records of a kind in the order of their ids.
func (m *model) all(kind string) []*schema.Record {
	var list []*schema.Record
	for _, r := range m.rows[kind] {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *schema.Record) int { return strings.Compare(idOf(a), idOf(b)) })
	return list
}

func idOf(r *schema.Record) string { return r.Values[0].Text }

func text(r *schema.Record, field string) string { return r.Get(field).Text }

func textPtr(r *schema.Record, field string) *string {
	if v := r.Get(field); v.Set {
		return &v.Text
	}
	return nil
}

func instant(r *schema.Record, field string) *schema.Instant {
	if v := r.Get(field); v.Set {
		at := schema.Instant(v.Int)
		return &at
	}
	return nil
}

func created(r *schema.Record) schema.Instant { return schema.Instant(r.Get("created_at").Int) }

func isTrue(r *schema.Record, field string) bool { return r.Get(field).Int != 0 }

// put takes an input in as the contract says. It returns the counts, and
// whether it was taken.
func (m *model) put(items []item, o PutOptions) (answer schema.ImportResponse, taken bool) {
	next := m.clone()
	answer.ByKind = map[string]schema.Tally{}
	records, contradicting := splitAgreeing(m.followed(identified(items)))
	var faults int64
	for _, it := range items {
		if it.fault != nil {
			faults++
		}
	}
	for _, r := range contradicting {
		n := answer.ByKind[r.Kind.Name]
		n.Rejected++
		answer.ByKind[r.Kind.Name] = n
	}
	for _, kind := range schema.Kinds { // whatever is referred to is taken before what refers to it
		for _, r := range records {
			if r.Kind != kind {
				continue
			}
			n := answer.ByKind[kind.Name]
			if kind.Name == schema.KindProfile && m.aliases[idOf(r)] != "" {
				n.Unchanged++
				answer.ByKind[kind.Name] = n
				continue
			}
			old := next.rows[kind.Name][idOf(r)]
			r, good := m.completed(r)
			switch {
			case !good || !next.referencesExist(r):
				n.Rejected++
			case old == nil:
				n.Inserted++
				next.rows[kind.Name][idOf(r)] = r
			case sameValues(old, r):
				n.Unchanged++
			default:
				n.Updated++
				countChanges(&answer, old, r)
				next.rows[kind.Name][idOf(r)] = r
			}
			answer.ByKind[kind.Name] = n
		}
	}
	for _, n := range answer.ByKind {
		answer.Add(n)
	}
	answer.Rejected += faults
	if !o.SkipInvalid && answer.Rejected > 0 {
		return schema.ImportResponse{Tally: schema.Tally{Rejected: answer.Rejected}}, false
	}
	if !o.DryRun {
		m.rows = next.rows
	}
	return answer, true
}

// identified gives ids to the records of an input that have none.
func identified(items []item) (list []*schema.Record) {
	seen := map[string]int{}
	for _, it := range items {
		if it.fault != nil {
			continue
		}
		r := it.record
		r.Values = slices.Clone(r.Values)
		if !r.Values[0].Set {
			id := deriveID(&r)
			key := r.Kind.Name + " " + id + " " + r.File
			seen[key]++
			if n := seen[key]; n > 1 {
				id += "-" + strconv.Itoa(n)
			}
			r.Values[0] = schema.Value{Set: true, Text: id}
		}
		list = append(list, &r)
	}
	return list
}

// splitAgreeing tells the records that say something else than one of the same id before
// them from the others, and gives those the fields of all of their id.
func splitAgreeing(records []*schema.Record) (good, contradicting []*schema.Record) {
	first := map[string]*schema.Record{}
	keyOf := func(r *schema.Record) string { return r.Kind.Name + " " + idOf(r) }
	for _, r := range records {
		known := first[keyOf(r)]
		if known == nil {
			whole := *r
			whole.Values = slices.Clone(r.Values)
			first[keyOf(r)] = &whole
			good = append(good, r)
			continue
		}
		contradicts := false
		for i := range r.Values {
			contradicts = contradicts || !r.Lacks(i) && !known.Lacks(i) && !sameValue(r.Values[i], known.Values[i])
		}
		if contradicts {
			contradicting = append(contradicting, r)
			continue
		}
		for i := range r.Values {
			if known.Lacks(i) && !r.Lacks(i) {
				known.Values[i] = r.Values[i]
				known.Absent &^= 1 << i
			}
		}
		good = append(good, r)
	}
	for _, r := range good {
		r.Values, r.Absent = first[keyOf(r)].Values, first[keyOf(r)].Absent
	}
	return good, contradicting
}

// completed is a record with the fields that its input does not have, and whether it
// can be.
func (m *model) completed(r *schema.Record) (_ *schema.Record, good bool) {
	old := m.rows[r.Kind.Name][idOf(r)]
	whole := *r
	whole.Values, whole.Absent = slices.Clone(r.Values), 0
	for i, f := range r.Kind.Fields {
		switch {
		case !r.Lacks(i):
		case old != nil:
			whole.Values[i] = old.Values[i]
		case f.Required:
			return nil, false
		}
	}
	for _, rule := range r.Kind.Rules() {
		low, high := whole.Values[rule.Low], whole.Values[rule.High]
		if low.Set && high.Set && high.Int < low.Int && !(r.Lacks(rule.Low) && r.Lacks(rule.High)) {
			return nil, false
		}
	}
	return &whole, true
}

// referencesExist reports whether everything that a record refers to is there.
func (m *model) referencesExist(r *schema.Record) bool {
	for i, f := range r.Kind.Fields {
		if f.Ref == "" || !r.Values[i].Set {
			continue
		}
		for _, id := range append(slices.Clone(r.Values[i].List), r.Values[i].Text) {
			if id != "" && m.rows[f.Ref][id] == nil {
				return false
			}
		}
	}
	return true
}

func sameValues(a, b *schema.Record) bool { return slices.EqualFunc(a.Values, b.Values, sameValue) }

func sameValue(v, w schema.Value) bool {
	return v.Set == w.Set && v.Int == w.Int && v.Text == w.Text && slices.Equal(v.List, w.List)
}

// countChanges counts the fields by which two records differ.
func countChanges(answer *schema.ImportResponse, old, r *schema.Record) {
	for i, f := range r.Kind.Fields {
		if sameValue(old.Values[i], r.Values[i]) {
			continue
		}
		if answer.Changed == nil {
			answer.Changed = map[string]map[string]int64{}
		}
		if answer.Changed[r.Kind.Name] == nil {
			answer.Changed[r.Kind.Name] = map[string]int64{}
		}
		answer.Changed[r.Kind.Name][f.Name]++
	}
}

// A date is a calendar date, as midnight in UTC.

// startOf returns the first instant at which the clocks in zone show date or a
// later one.
func startOf(date time.Time, zone *time.Location) time.Time {
	t := date.Add(-48 * time.Hour).In(zone)
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds()
		midnight := date.Add(-time.Duration(offset) * time.Second)
		if midnight.Before(t) {
			midnight = t
		}
		if end.IsZero() || midnight.Before(end) {
			return midnight
		}
		t = end.In(zone)
	}
}

// dateOf returns the date whose day holds t.
func dateOf(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	date := time.Date(y, m, d+2, 0, 0, 0, 0, time.UTC)
	for startOf(date, zone).After(t) {
		date = date.AddDate(0, 0, -1)
	}
	return date
}

// span is a window: from <= t < until, where there is such an end.
type span struct{ from, until *time.Time }

func (w span) has(at schema.Instant) bool {
	t := at.Time()
	return (w.from == nil || !t.Before(*w.from)) && (w.until == nil || t.Before(*w.until))
}

func (w span) and(v span) span {
	if w.from == nil || (v.from != nil && v.from.After(*w.from)) {
		w.from = v.from
	}
	if w.until == nil || (v.until != nil && v.until.Before(*w.until)) {
		w.until = v.until
	}
	return w
}

func (w span) empty() bool { return w.from != nil && w.until != nil && !w.from.Before(*w.until) }

func days(first, last time.Time, zone *time.Location) span {
	from, until := startOf(first, zone), startOf(last.AddDate(0, 0, 1), zone)
	return span{&from, &until}
}

// span reads the dates and the term of a filter.
func (m *model) span(f schema.Filter) span {
	var w span
	if f.DateFrom != "" {
		from := m.covered(f.DateFrom)
		w.from = from.from
	}
	if f.DateTo != "" {
		to := m.covered(f.DateTo)
		w.until = to.until
	}
	if f.Term != "" {
		term := m.rows[schema.KindTerm][f.Term]
		w = w.and(days(dateOfDay(term.Get("starts_on").Int), dateOfDay(term.Get("ends_on").Int), m.zone))
	}
	return w
}

func dateOfDay(n int64) time.Time { return time.Unix(n*86400, 0).UTC() }

// covered is what one end of a filter stands for: a day, or one instant.
func (m *model) covered(text string) span {
	if date, err := time.Parse(time.DateOnly, text); err == nil {
		return days(date, date, m.zone)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	after := t.Add(time.Microsecond)
	return span{&t, &after}
}

// people chooses the profiles that a caller may see and a filter asks for.
func (m *model) people(scope schema.Scope, f schema.Filter) map[string]*schema.Record {
	chosen := map[string]*schema.Record{}
	for id, p := range m.rows[schema.KindProfile] {
		departments := p.Get("department_ids").List
		if !inside(scope, id, departments) {
			continue
		}
		if len(f.DepartmentIDs) > 0 && !overlap(departments, f.DepartmentIDs) {
			continue
		}
		if len(f.Roles) > 0 && !slices.ContainsFunc(f.Roles, func(r string) bool { return roleSlowly(r) == roleSlowly(text(p, "role")) }) {
			continue
		}
		chosen[id] = p
	}
	return chosen
}

func inside(scope schema.Scope, id string, departments []string) bool {
	switch {
	case scope.All:
		return true
	case scope.ProfileID != "":
		return id == scope.ProfileID
	}
	return overlap(departments, scope.DepartmentIDs)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// ownerOf returns the id of the person whose record r is.
func (m *model) ownerOf(r *schema.Record) string {
	if r.Kind.Name == schema.KindProblem {
		return text(r, "profile_id")
	}
	for _, up := range []struct{ field, kind string }{{"session_id", schema.KindSession}, {"group_id", schema.KindGroup}, {"chat_id", schema.KindChat}} {
		if p := text(r, "profile_id"); p != "" {
			return p
		}
		if id := text(r, up.field); id != "" {
			return m.ownerOf(m.rows[up.kind][id])
		}
	}
	return ""
}

// sessionOf returns the id of the session that r belongs to, or "".
func (m *model) sessionOf(r *schema.Record) string {
	switch r.Kind.Name {
	case schema.KindSession:
		return idOf(r)
	case schema.KindRun:
		return text(m.rows[schema.KindGroup][text(r, "group_id")], "session_id")
	case schema.KindMessage:
		return text(m.rows[schema.KindChat][text(r, "chat_id")], "session_id")
	}
	return text(r, "session_id")
}

// visibleDepartments lists the departments that a caller may see, by name.
func (m *model) visibleDepartments(scope schema.Scope) []schema.Option {
	options := []schema.Option{}
	for _, d := range m.all(schema.KindDepartment) {
		seen := scope.All || slices.Contains(scope.DepartmentIDs, idOf(d))
		if scope.ProfileID != "" {
			p := m.rows[schema.KindProfile][scope.ProfileID]
			seen = p != nil && slices.Contains(p.Get("department_ids").List, idOf(d))
		}
		if seen {
			options = append(options, schema.Option{Value: idOf(d), Label: text(d, "name")})
		}
	}
	slices.SortStableFunc(options, func(a, b schema.Option) int { return strings.Compare(a.Label, b.Label) })
	return options
}

func seen(visible []schema.Option, id string) bool {
	return slices.ContainsFunc(visible, func(o schema.Option) bool { return o.Value == id })
}
