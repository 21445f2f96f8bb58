package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"glow/schema"
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
}

// levels, from the shortest stretch to the longest.
var levels = []level{
	{"profile_day", "cohort_day", "", "day", "day + 1"},
	{"profile_month", "cohort_month", "profile_day", "month", "next_month"},
	{"profile_year", "cohort_year", "profile_month", "year", "next_year"},
	{"profile_total", "cohort_total", "profile_year", "0", "4000000"}, // the year 9999 ends before day 2932897
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
	for _, q := range []string{computeDays, findMovedDays, findVanishedDays} {
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

// computeDays counts the records of the stale days through the index on time.
var computeDays = func() string {
	names := strings.Split(levelColumns(""), ", ")
	var parts []string
	for _, kind := range countedKinds() {
		owner, join := ownerOf(kind)
		parts = append(parts, fmt.Sprintf(`SELECT %s AS profile_key, c.day AS day, %s
			FROM stale_day d CROSS JOIN calendar c ON c.day = d.day
			CROSS JOIN %s k ON k.created_at >= c.starts_at AND k.created_at < c.ends_at AND %s %s GROUP BY c.day, %s`,
			owner, named(countColumns(kind), names), quote(kind), owned(kind), join, owner))
	}
	return fmt.Sprintf(`INSERT INTO temp.fresh SELECT profile_key, day, %s FROM (%s) GROUP BY profile_key, day`,
		levelSums(""), strings.Join(parts, " UNION ALL "))
}()

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
