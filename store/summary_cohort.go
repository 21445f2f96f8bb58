package store

import (
	"fmt"
	"strings"
)

// createMovedCohorts tells for which cohorts and stretches of one level a row
// may have changed.
const createMovedCohorts = `CREATE TABLE IF NOT EXISTS temp.moved_cohort (cohort_key INTEGER, day INTEGER, PRIMARY KEY (cohort_key, day)) WITHOUT ROWID`

// refreshCohorts adds up the people of a level by cohort, wherever one of them
// has changed or has come or gone.
func (t *tx) refreshCohorts(l level) (rows int64, err error) {
	for _, q := range findMovedCohorts(l) {
		if err := t.Exec(q); err != nil {
			return 0, err
		}
	}
	if err := t.Exec(deleteMovedCohorts(l)); err != nil {
		return 0, err
	}
	compute := computeCohorts(l)
	if l.lower == "" {
		if most, err := t.QueryCount(mostDaysMoved); err != nil {
			return 0, err
		} else if most != 0 {
			compute = computeCohortDays
		}
	}
	if rows, err = t.ExecCount(compute); err != nil {
		return 0, err
	}
	return rows, t.Exec(`DELETE FROM temp.moved_cohort`)
}

func findMovedCohorts(l level) []string {
	return []string{
		fmt.Sprintf(`INSERT OR IGNORE INTO temp.moved_cohort SELECT p.cohort_key, m.day FROM %s CROSS JOIN profile p ON p.key = m.profile_key`, movedOf(l)),
		fmt.Sprintf(`INSERT OR IGNORE INTO temp.moved_cohort SELECT s.cohort_key, d.day FROM stale_cohort s CROSS JOIN %s d ON d.cohort_key = s.cohort_key`, l.cohort),
		fmt.Sprintf(`INSERT OR IGNORE INTO temp.moved_cohort SELECT s.cohort_key, d.day FROM stale_cohort s
			CROSS JOIN profile p ON p.cohort_key = s.cohort_key CROSS JOIN %s d ON d.profile_key = p.key`, l.table),
	}
}

func deleteMovedCohorts(l level) string {
	return `DELETE FROM ` + l.cohort + ` WHERE (cohort_key, day) IN (SELECT cohort_key, day FROM temp.moved_cohort)`
}

func computeCohorts(l level) string {
	return fmt.Sprintf(`INSERT INTO %s SELECT m.cohort_key, m.day, %s, %s
		FROM temp.moved_cohort m CROSS JOIN profile p ON p.cohort_key = m.cohort_key
		CROSS JOIN %s d ON d.profile_key = p.key AND d.day = m.day GROUP BY m.cohort_key, m.day`,
		l.cohort, counterColumns("sum(d.%s)"), activePeople, l.table)
}

// mostDaysMoved reports whether cohorts have moved on a good part of the days from the
// first to the last on which one has.
const mostDaysMoved = `SELECT count(DISTINCT day) > 8 AND count(DISTINCT day) * 4 > max(day) - min(day) FROM temp.moved_cohort`

// computeCohortDays is computeCohorts of days for when most of them have moved. It goes
// along the days of each person, instead of looking up everybody for each day.
var computeCohortDays = fmt.Sprintf(`INSERT INTO cohort_day SELECT m.cohort_key, m.day, %s, %s
	FROM (SELECT cohort_key, min(day) AS since, max(day) AS until FROM temp.moved_cohort GROUP BY cohort_key) c
	CROSS JOIN profile p ON p.cohort_key = c.cohort_key
	CROSS JOIN profile_day d ON d.profile_key = p.key AND d.day BETWEEN c.since AND c.until
	CROSS JOIN temp.moved_cohort m ON m.cohort_key = c.cohort_key AND m.day = d.day GROUP BY m.cohort_key, m.day`,
	counterColumns("sum(d.%s)"), activePeople)

// activePeople counts rows d of a level with a sign of life.
var activePeople = "count(CASE WHEN " + signs("d.") + " > 0 THEN 1 END)"

// signs is the number of signs of life of a row of a level.
func signs(prefix string) string {
	var columns []string
	for _, i := range lifeCounters {
		columns = append(columns, prefix+counters[i].column)
	}
	return strings.Join(columns, " + ")
}

// assignCohorts puts people who are new or have changed into their cohort, and
// marks the cohorts that somebody has left or joined.
func (t *tx) assignCohorts(before int64) error {
	if err := t.Exec(`INSERT OR IGNORE INTO stale_cohort SELECT p.cohort_key FROM profile p JOIN cohort c ON c.key = p.cohort_key
		WHERE p.key IN (SELECT key FROM temp.changed) AND NOT (` + sameCohort + `)`); err != nil {
		return err
	}
	if err := t.Exec(`INSERT OR IGNORE INTO cohort (department_ids, role_folded)
		SELECT ifnull(p.department_ids, '[]'), p.role_folded FROM profile p WHERE p.key > ? OR p.key IN (SELECT key FROM temp.changed)`, before); err != nil {
		return err
	}
	// New people have no rows yet; people who have moved make their new cohort stale.
	if err := t.Exec(`INSERT OR IGNORE INTO stale_cohort SELECT c.key FROM profile p JOIN cohort c ON ` + sameCohort + `
		WHERE p.key IN (SELECT key FROM temp.changed) AND c.key <> p.cohort_key`); err != nil {
		return err
	}
	if err := t.markMoved(); err != nil {
		return err
	}
	return t.Exec(`UPDATE profile AS p SET cohort_key = (SELECT c.key FROM cohort c WHERE `+sameCohort+`)
		WHERE p.key > ? OR p.key IN (SELECT key FROM temp.changed)`, before)
}

// sameCohort is the condition that cohort c is that of profile p.
const sameCohort = `c.department_ids = ifnull(p.department_ids, '[]') AND c.role_folded = p.role_folded`
