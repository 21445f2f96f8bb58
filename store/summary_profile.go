package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"glow/schema"
	"glow/store/sqlite"
)

// counters say which records each of schema.PersonCounts counts, in the same order:
// those of a kind, or of them only those that meet a condition.
var counters = [...]struct{ column, kind, where string }{
	{"sessions", schema.KindSession, ""},
	{"completed", schema.KindSession, "ended_at IS NOT NULL"},
	{"logins", schema.KindLogin, ""},
	{"emulations", schema.KindEmulation, ""},
	{"grants", schema.KindGrant, ""},
	{"problems", schema.KindProblem, ""},
	{"open_problems", schema.KindProblem, "resolved = 0"},
	{"activity", schema.KindActivity, ""},
}

// signsOfLife are the kinds that make a person active.
var signsOfLife = map[string]bool{schema.KindSession: true, schema.KindLogin: true, schema.KindActivity: true}

// lifeCounters are the positions of the counters of all records of a sign of life:
// a person is active in a window in which one of them is not zero.
var lifeCounters = func() (list []int) {
	for i, c := range counters {
		if signsOfLife[c.kind] && c.where == "" {
			list = append(list, i)
		}
	}
	return list
}()

var openProblemsCounter = slices.IndexFunc(schema.PersonCounts, func(c schema.PersonCount) bool { return c.Column == "open_problems" })

// countedKinds lists the kinds of counters, each once.
func countedKinds() (kinds []string) {
	for _, c := range counters {
		if len(kinds) == 0 || kinds[len(kinds)-1] != c.kind {
			kinds = append(kinds, c.kind)
		}
	}
	return kinds
}

// ownerOf returns the expression for whose record k is, and the join it needs.
func ownerOf(kind string) (owner, join string) {
	if kind == schema.KindGrant {
		return "o.profile_key", "CROSS JOIN session o ON o.key = k.session_key"
	}
	return "k.profile_key", ""
}

// owned is the condition that record k is somebody's: a problem may be nobody's.
func owned(kind string) string {
	if kind == schema.KindProblem {
		return "k.profile_key IS NOT NULL"
	}
	return "true"
}

// countColumns are what one kind gives to each counter, and its first and
// latest time when it is a sign of life.
func countColumns(kind string) []string {
	var cols []string
	for _, c := range counters {
		switch {
		case c.kind != kind:
			cols = append(cols, "0")
		case c.where == "":
			cols = append(cols, "count(*)")
		default:
			cols = append(cols, "count(CASE WHEN k."+c.where+" THEN 1 END)")
		}
	}
	if signsOfLife[kind] {
		return append(cols, "min(k.created_at)", "max(k.created_at)")
	}
	return append(cols, "NULL", "NULL")
}

// level is a summary table of people over stretches of days, and where its rows
// come from.
type level struct {
	table  string
	cohort string // the same stretches, by cohort
	lower  string // table of the shorter stretches that it adds up; empty: the records
	start  string // first day of the stretch, in terms of temp.moved
	until  string // the day after its last

	inMonth bool // a stretch lies within one month

	firstDay func(schema.Day) schema.Day // of the stretch of a day
}

// levels, from the shortest stretch to the longest.
var levels = []level{
	{"profile_day", "cohort_day", "", "day", "day + 1", true, func(d schema.Day) schema.Day { return d }},
	{"profile_month", "cohort_month", "profile_day", "month", "next_month", true, schema.Day.Month},
	{"profile_year", "cohort_year", "profile_month", "year", "next_year", false, schema.Day.Year},
	{"profile_total", "cohort_total", "profile_year", "0", "4000000", false, func(schema.Day) schema.Day { return 0 }}, // the year 9999 ends before day 2932897
}

// since is the first day that a row adds up. West of UTC the first instants of
// 1970 are of the local year before it.
func (l level) since() string {
	if l.start == "0" {
		return "-400"
	}
	return l.start
}

// refreshLevels computes profile_day for the stale days, finds the rows that
// came out different, and only for those goes on to the levels above.
func (t *tx) refreshLevels() (rows int64, err error) {
	if err := t.ExecAll(createFresh, createMoved, createMovedCohorts); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.Exec(`DELETE FROM temp.fresh`), t.Exec(`DELETE FROM temp.moved`)) }()
	if err := t.computeDays(); err != nil {
		return 0, fmt.Errorf("profile_day: %w", err)
	}
	for _, q := range []string{findMovedDays, findVanishedDays} {
		if err := t.Exec(q); err != nil {
			return 0, fmt.Errorf("profile_day: %w", err)
		}
	}
	for _, l := range levels {
		n, err := t.refreshLevel(l)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", l.table, err)
		}
		rows += n
	}
	return rows, errors.Join(t.Exec(`DELETE FROM stale_day`), t.Exec(`DELETE FROM stale_cohort`))
}

func (t *tx) refreshLevel(l level) (rows int64, err error) {
	if l.lower != "" {
		if err := t.Exec(computeLevel(l)); err != nil {
			return 0, err
		}
	}
	if err := t.Exec(deleteMoved(l)); err != nil {
		return 0, err
	}
	if rows, err = t.ExecCount(insertMoved(l)); err != nil {
		return 0, err
	}
	if err := t.Exec(`DELETE FROM temp.fresh`); err != nil {
		return 0, err
	}
	cohorts, err := t.refreshCohorts(l)
	return rows + cohorts, err
}

// temp.fresh holds rows as they ought to be; temp.moved tells for which people
// and days they differ from what is there.
var createFresh = `CREATE TABLE IF NOT EXISTS temp.fresh (profile_key INTEGER, day INTEGER, ` +
	levelColumns("") + `, PRIMARY KEY (profile_key, day)) WITHOUT ROWID`

const createMoved = `CREATE TABLE IF NOT EXISTS temp.moved (profile_key INTEGER, day INTEGER,
	month INTEGER, next_month INTEGER, year INTEGER, next_year INTEGER, PRIMARY KEY (profile_key, day)) WITHOUT ROWID`

// dayCounts are what a person did on a day: the counters, and the first and latest sign of life.
type dayCounts struct {
	counts      counts
	first, last int64 // microseconds since 1970; 0 and not alive: there is none
	alive       bool
}

func (s *dayCounts) saw(at int64) {
	if !s.alive || at < s.first {
		s.first = at
	}
	if !s.alive || at > s.last {
		s.last = at
	}
	s.alive = true
}

// add adds what was done on another day.
func (s *dayCounts) add(other *dayCounts) {
	s.counts.add(&other.counts)
	if other.alive {
		s.saw(other.first)
		s.saw(other.last)
	}
}

// values are those of a row of a level.
func (s *dayCounts) values(profile int64, day schema.Day) []any {
	list := []any{profile, int64(day)}
	for _, n := range s.counts {
		list = append(list, n)
	}
	if !s.alive {
		return append(list, nil, nil)
	}
	return append(list, s.first, s.last)
}

var insertFresh = `INSERT INTO temp.fresh VALUES (?, ?, ?, ?` + strings.Repeat(", ?", len(counters)) + `)`

// counterQuery reads the records of one kind: whose it is, when it was, and for each of its
// counters whether it counts it.
type counterQuery struct {
	kind     string
	life     bool
	counters []int
	byTime   string // those from an instant to before another, through the index on time
	byKey    string // those with a key above one
}

var counterQueries = func() (list []counterQuery) {
	for _, kind := range countedKinds() {
		owner, join := ownerOf(kind)
		q, values := counterQuery{kind: kind, life: signsOfLife[kind]}, []string{owner, "k.created_at"}
		for i, c := range counters {
			if c.kind == kind {
				q.counters = append(q.counters, i)
				values = append(values, cmp.Or(c.where, "true"))
			}
		}
		rows := fmt.Sprintf(`SELECT %s FROM %s k %s WHERE %s AND `, strings.Join(values, ", "), quote(kind), join, owned(kind))
		q.byTime, q.byKey = rows+`k.created_at >= ? AND k.created_at < ?`, rows+`k.key > ?`
		list = append(list, q)
	}
	return list
}()

func counterQueryOf(kind string) counterQuery {
	return counterQueries[slices.IndexFunc(counterQueries, func(q counterQuery) bool { return q.kind == kind })]
}

// count adds a record to what a person did on its day.
func (q counterQuery) count(n *dayCounts, r sqlite.Row) {
	for i, counter := range q.counters {
		n.counts[counter] += r.Int(i + 2)
	}
	if q.life {
		n.saw(r.Int(1))
	}
}

// computeDays counts the records of the stale days. SQLite would sort them to group them,
// which took five times as long.
func (t *tx) computeDays() error {
	type span struct{ day, from, until int64 }
	var days []span
	err := t.Rows(func(r sqlite.Row) error {
		days = append(days, span{r.Int(0), r.Int(1), r.Int(2)})
		return nil
	}, `SELECT c.day, c.starts_at, c.ends_at FROM stale_day d JOIN calendar c ON c.day = d.day`)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := t.computeDay(schema.Day(d.day), d.from, d.until); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) computeDay(day schema.Day, from, until int64) error {
	people := map[int64]*dayCounts{}
	for _, q := range counterQueries {
		err := t.Rows(func(r sqlite.Row) error {
			s := people[r.Int(0)]
			if s == nil {
				s = &dayCounts{}
				people[r.Int(0)] = s
			}
			q.count(s, r)
			return nil
		}, q.byTime, from, until)
		if err != nil {
			return err
		}
	}
	for profile, s := range people {
		if err := t.Exec(insertFresh, s.values(profile, day)...); err != nil {
			return err
		}
	}
	return nil
}

var findMovedDays = fmt.Sprintf(`INSERT INTO temp.moved SELECT f.profile_key, f.day, c.month, c.next_month, c.year, c.next_year
	FROM temp.fresh f JOIN calendar c ON c.day = f.day
	LEFT JOIN profile_day d ON d.profile_key = f.profile_key AND d.day = f.day
	WHERE d.profile_key IS NULL OR (%s) IS NOT (%s)`, levelColumns("d."), levelColumns("f."))

const findVanishedDays = `INSERT INTO temp.moved SELECT d.profile_key, d.day, c.month, c.next_month, c.year, c.next_year
	FROM stale_day s CROSS JOIN profile_day d ON d.day = s.day JOIN calendar c ON c.day = d.day
	WHERE NOT EXISTS (SELECT 1 FROM temp.fresh f WHERE f.profile_key = d.profile_key AND f.day = d.day)`

// movedOf selects the rows of a level that have moved, as m.
func movedOf(l level) string {
	return fmt.Sprintf(`(SELECT DISTINCT profile_key, %s AS day, %s AS since, %s AS until FROM temp.moved) m`, l.start, l.since(), l.until)
}

// computeLevel adds up the rows below for every moved row of a level.
func computeLevel(l level) string {
	return fmt.Sprintf(`INSERT INTO temp.fresh SELECT m.profile_key, m.day, %s
		FROM %s CROSS JOIN %s d ON d.profile_key = m.profile_key AND d.day >= m.since AND d.day < m.until
		GROUP BY m.profile_key, m.day`, levelSums("d."), movedOf(l), l.lower)
}

func deleteMoved(l level) string {
	return fmt.Sprintf(`DELETE FROM %s WHERE (profile_key, day) IN (SELECT profile_key, %s FROM temp.moved)`, l.table, l.start)
}

func insertMoved(l level) string {
	return fmt.Sprintf(`INSERT INTO %s SELECT f.* FROM %s CROSS JOIN temp.fresh f ON f.profile_key = m.profile_key AND f.day = m.day`,
		l.table, movedOf(l))
}

// levelColumns lists the counters and the two times.
func levelColumns(prefix string) string {
	var cols []string
	for _, c := range counters {
		cols = append(cols, prefix+c.column)
	}
	return strings.Join(append(cols, prefix+"first_at", prefix+"last_at"), ", ")
}

// levelSums adds up rows of a level.
func levelSums(prefix string) string {
	var cols []string
	for _, c := range counters {
		cols = append(cols, "sum("+prefix+c.column+")")
	}
	return strings.Join(append(cols, "min("+prefix+"first_at)", "max("+prefix+"last_at)"), ", ")
}

// named gives each of the values its name.
func named(values, names []string) string {
	list := make([]string, len(values))
	for i := range values {
		list[i] = values[i] + " AS " + names[i]
	}
	return strings.Join(list, ", ")
}
