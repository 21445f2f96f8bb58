package store

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// analytics says what a filter form can offer this caller.
func (s *Store) analytics(t *tx, scope schema.Scope) (a schema.Analytics, err error) {
	if a.DepartmentOptions, err = t.visibleDepartments(scope); err != nil {
		return a, err
	}
	p := inScope(scope)
	if a.RoleOptions, err = s.roleOptions(t, p); err != nil {
		return a, err
	}
	if a.TermOptions, err = t.termOptions(); err != nil {
		return a, err
	}
	if a.DateRangeEarliest, a.DateRangeLatest, err = t.activeDays(p); err != nil {
		return a, err
	}
	a.Fields.DateRange = schema.FieldState{Visible: true, Disabled: a.DateRangeEarliest == nil}
	a.Fields.Departments = choiceOf(len(a.DepartmentOptions))
	a.Fields.Roles = choiceOf(len(a.RoleOptions))
	return a, nil
}

func choiceOf(options int) schema.FieldState {
	return schema.FieldState{Visible: options > 0, Disabled: options <= 1}
}

// roleOptions lists the roles of the people in scope. Roles that differ in case
// only are one choice.
func (s *Store) roleOptions(t *tx, p personFilter) ([]schema.Option, error) {
	d, err := s.profiles(t)
	if err != nil {
		return nil, err
	}
	first := map[string]string{} // by folded role
	add := func(folded, role string) {
		if known, ok := first[folded]; !ok || role < known {
			first[folded] = role
		}
	}
	if p.individual {
		chosen, err := d.choose(t, p)
		if err != nil {
			return nil, err
		}
		for _, one := range chosen {
			add(d.roles[one.cohort].folded, one.Role)
		}
	} else {
		cohorts, err := t.cohortSet(p)
		if err != nil {
			return nil, err
		}
		for key, r := range d.roles {
			if cohorts[key] {
				add(r.folded, r.first)
			}
		}
	}
	options := []schema.Option{}
	for _, folded := range slices.Sorted(maps.Keys(first)) {
		options = append(options, schema.Option{Value: first[folded], Label: first[folded]})
	}
	return options, nil
}

// activeDays returns the first and last day with a sign of life; nil without any.
func (t *tx) activeDays(p personFilter) (first, last *schema.Day, err error) {
	return t.firstAndLastDay(p, "d.active_profiles > 0", "d.first_at IS NOT NULL")
}

// recordDays returns the first and last day on which the chosen people have records;
// nil where they have none. Whatever others did shows nowhere.
func (t *tx) recordDays(p personFilter) (first, last *schema.Day, err error) {
	return t.firstAndLastDay(p, "true", "true")
}

// firstAndLastDay returns the ends of the days d of the chosen people that meet a
// condition: one over cohort_day or, where the choice is not of whole cohorts, one over
// profile_day. Each cohort's are found from the ends of an index.
func (t *tx) firstAndLastDay(p personFilter, ofCohorts, ofPeople string) (first, last *schema.Day, err error) {
	end := func(order string) string {
		return `(SELECT d.day FROM cohort_day d WHERE d.cohort_key = c.key AND ` + ofCohorts + ` ORDER BY d.day ` + order + ` LIMIT 1)`
	}
	query := `SELECT min(` + end("ASC") + `), max(` + end("DESC") + `) FROM cohort c WHERE ` + p.cohortCond()
	if p.individual {
		query = `SELECT min(d.day), max(d.day) FROM profile p CROSS JOIN profile_day d ON d.profile_key = p.key AND ` + ofPeople + ` WHERE ` + p.cond()
	}
	return first, last, t.QueryRow([]any{&first, &last}, query, p.args...)
}

func (t *tx) termOptions() ([]schema.TermOption, error) {
	options := []schema.TermOption{}
	err := t.Query(func(scan func(...any) error) error {
		var o schema.TermOption
		err := scan(&o.Value, &o.Label, &o.DateFrom, &o.DateTo)
		options = append(options, o)
		return err
	}, `SELECT id, name, starts_on, ends_on FROM term ORDER BY starts_on DESC, id DESC`)
	return options, err
}

// maxSteps is the most steps of a series.
const maxSteps = 10_000

// series counts the window in steps. The steps that lie wholly inside come from
// one query; the first and last, where the window cuts them, are counted like
// windows of their own. A series of more than maxSteps steps leaves out those in
// which nothing is counted: one record with a year mistyped must not hide all
// others behind thousands of years of nothing.
func (s *Store) series(t *tx, p personFilter, w schema.Window, interval string) ([]schema.Interval, error) {
	lowest, highest, err := t.recordDays(p)
	if err != nil {
		return nil, err
	}
	first, last, ok := daysOf(w, lowest, highest, s.o.Zone)
	if !ok {
		return []schema.Interval{}, nil
	}
	counts, err := t.countSteps(p, first, last, interval)
	if err != nil {
		return nil, err
	}
	for _, edge := range []schema.Day{first, last} {
		step := stepOf(edge, interval)
		whole := schema.DayWindow(step.StartsOn, step.EndsOn, s.o.Zone)
		part := w.Intersect(whole)
		if part == whole {
			continue
		}
		if counts[step.StartsOn], err = t.totals(p, part, s.o.Zone); err != nil {
			return nil, err
		}
	}
	steps, complete := stepsOf(first, last, interval, maxSteps)
	if !complete {
		steps = steps[:0]
		for _, day := range slices.Sorted(maps.Keys(counts)) {
			if counts[day] != (schema.Counts{}) {
				steps = append(steps, stepOf(day, interval))
			}
		}
	}
	for i := range steps {
		steps[i].Counts = counts[steps[i].StartsOn]
	}
	return steps, nil
}

// countSteps counts whole steps from the summaries, by the day on which they
// begin. Steps in which nothing is counted are left out.
func (t *tx) countSteps(p personFilter, first, last schema.Day, interval string) (map[schema.Day]schema.Counts, error) {
	counts := map[schema.Day]schema.Counts{}
	err := t.Query(func(scan func(...any) error) error {
		var (
			day schema.Day
			c   schema.Counts
		)
		if err := scan(append([]any{&day}, slices.Insert(totalFields(&c), activeAt, any(&c.ActiveProfiles))...)...); err != nil {
			return err
		}
		if c != (schema.Counts{}) {
			counts[day] = c
		}
		if len(counts) > maxSteps {
			return schema.Invalid("interval", "the window has records in more than %d steps of a %s; choose a longer one", maxSteps, interval)
		}
		return nil
	}, stepQuery(interval, p), p.with(daysArgs(stepOf(first, interval).StartsOn, stepOf(last, interval).EndsOn)...)...)
	return counts, err
}

func daysArgs(first, last schema.Day) []any {
	return []any{sql.Named("first_day", first), sql.Named("last_day", last)}
}

// daysOf returns the first and last day of a window; an open end reaches to
// where the records do.
func daysOf(w schema.Window, lowest, highest *schema.Day, zone *time.Location) (first, last schema.Day, ok bool) {
	if lowest == nil && (!w.HasFrom() || !w.HasUntil()) {
		return 0, 0, false
	}
	if first = dayOr(w.HasFrom(), w.From, lowest, zone); !w.HasUntil() {
		last = *highest
	} else {
		last = schema.DayAt(w.Until-1, zone)
	}
	return first, last, first <= last && w.From < w.Until
}

func dayOr(has bool, at schema.Instant, otherwise *schema.Day, zone *time.Location) schema.Day {
	if has {
		return schema.DayAt(at, zone)
	}
	return *otherwise
}

// stepOf returns the step that holds a day.
func stepOf(d schema.Day, interval string) schema.Interval {
	switch interval {
	case schema.IntervalWeek:
		return schema.Interval{StartsOn: monday(d), EndsOn: min(monday(d)+6, schema.MaxDay)}
	case schema.IntervalMonth:
		return schema.Interval{StartsOn: d.Month(), EndsOn: d.AddMonths(1) - 1}
	}
	return schema.Interval{StartsOn: d, EndsOn: d}
}

// stepsOf lists the steps that touch the days from first to last: all of them,
// or as many as there may be at most.
func stepsOf(first, last schema.Day, interval string, most int) (steps []schema.Interval, complete bool) {
	for d := first; d <= last; {
		if len(steps) == most {
			return steps, false
		}
		step := stepOf(d, interval)
		steps = append(steps, step)
		d = step.EndsOn + 1
	}
	return steps, true
}

// monday returns the Monday of d's week. Day 0 was a Thursday.
func monday(d schema.Day) schema.Day { return d - ((d+3)%7+7)%7 }

// stepQuery counts whole steps from the summaries. A week has no table of its
// own, so its days are added up by person first: who was active twice counts once.
func stepQuery(interval string, p personFilter) string {
	switch {
	case interval == schema.IntervalWeek:
		return fmt.Sprintf(`SELECT d.week, %s FROM (
			SELECT n.profile_key, n.day - (n.day + 3) %% 7 AS week, %s
			FROM profile p CROSS JOIN profile_day n ON n.profile_key = p.key AND n.day BETWEEN :first_day AND :last_day WHERE %s
			GROUP BY n.profile_key, week) d GROUP BY d.week`, stepCounts(activePeople), stepSums(), p.cond())
	case interval == schema.IntervalMonth:
		return stepsFrom("profile_month", p)
	}
	return stepsFrom("profile_day", p)
}

// activeAt is where among the totals stepCounts has the active people.
const activeAt = 2

// stepCounts are the totals of rows d, and how many people were active.
func stepCounts(active string) string {
	return strings.Join(slices.Insert(totalColumns("sum(d.%s)"), activeAt, active), ", ")
}

// stepSums add up what stepCounts asks of the days of a week.
func stepSums() string {
	var list []string
	for i, c := range counters {
		if schema.PersonCounts[i].InTotal != nil || slices.Contains(lifeCounters, i) {
			list = append(list, fmt.Sprintf("sum(n.%[1]s) AS %[1]s", c.column))
		}
	}
	return strings.Join(list, ", ")
}

func stepsFrom(table string, p personFilter) string {
	if p.individual {
		return fmt.Sprintf(`SELECT d.day, %s FROM profile p CROSS JOIN %s d ON d.profile_key = p.key AND d.day BETWEEN :first_day AND :last_day WHERE %s GROUP BY d.day`,
			stepCounts(activePeople), table, p.cond())
	}
	return fmt.Sprintf(`SELECT d.day, %s FROM %s GROUP BY d.day`,
		stepCounts("sum(d.active_profiles)"), cohortDays(table, p, "d.day BETWEEN :first_day AND :last_day"))
}
