package store

import (
	"fmt"
	"strings"
)

// An import adds its new records to the summaries: to the counts, and to the first and
// latest times. Its cost follows the new records; counting their days anew would cost as
// much as all records of those days. Days that an import also marks stale, for records that
// it changes or removes, are counted afterwards: what the records say then replaces what
// was added, so that nothing counts twice.

// addedRows are the rows of a kind that a transaction has inserted and that no summary
// counts yet: those with a key above after.
type addedRows struct {
	kind  string
	after int64
}

// addNewRows adds the transaction's new rows to the levels. It runs before the stale days
// are counted, and returns how many summary rows it wrote.
func (t *tx) addNewRows() (rows int64, err error) {
	if len(t.added) == 0 {
		return 0, nil
	}
	for _, l := range levels {
		if err := t.ExecAll(createAdded(l)); err != nil {
			return 0, err
		}
	}
	for _, a := range t.added {
		if err := t.Exec(countAdded(a.kind), a.after); err != nil {
			return 0, fmt.Errorf("new rows of %s: %w", a.kind, err)
		}
	}
	for _, l := range levels {
		n, err := t.addToLevel(l)
		if err != nil {
			return 0, fmt.Errorf("new rows in %s: %w", l.table, err)
		}
		rows += n
	}
	for _, l := range levels {
		if err := t.Exec(`DELETE FROM ` + addedTable(l.table)); err != nil {
			return 0, err
		}
	}
	t.added = nil
	return rows, nil
}

func (t *tx) addToLevel(l level) (rows int64, err error) {
	if l.lower != "" {
		if err := t.Exec(addUp(l)); err != nil {
			return 0, err
		}
	}
	cohorts, err := t.ExecCount(addToCohorts(l)) // first, because it asks who was active before
	if err != nil {
		return 0, err
	}
	people, err := t.ExecCount(addToPeople(l))
	return cohorts + people, err
}

// addedTable is the temporary table of what the new rows count in the stretches of a
// table of people.
func addedTable(table string) string { return "temp.added_" + strings.TrimPrefix(table, "profile_") }

// createAdded makes the table of what the new rows count, by person and stretch. The
// order of its rows lets SQLite add up those of a year without sorting them.
func createAdded(l level) string {
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (profile_key INTEGER, year INTEGER, month INTEGER, day INTEGER, %s,
		PRIMARY KEY (profile_key, year, month, day)) WITHOUT ROWID`, addedTable(l.table), levelColumns(""))
}

// countAdded counts the new rows of a kind by person and day.
func countAdded(kind string) string {
	owner, join := ownerOf(kind)
	names := levelColumns("")
	return fmt.Sprintf(`INSERT INTO %s SELECT n.profile_key, c.year, c.month, n.day, %s
		FROM (SELECT %s AS profile_key, %s AS day, %s FROM %s k %s WHERE k.key > ? AND %s GROUP BY 1, 2) n
		CROSS JOIN calendar c ON c.day = n.day WHERE true %s`,
		addedTable(levels[0].table), names, owner, dayOf("k.created_at"), named(countColumns(kind), strings.Split(names, ", ")), quote(kind), join, owned(kind),
		addOnConflict("profile_key, year, month, day"))
}

// addUp adds up the stretches of the level below.
func addUp(l level) string {
	stretch := map[string]string{"month": ", year, month", "year": ", year"}[l.start]
	return fmt.Sprintf(`INSERT INTO %s SELECT profile_key, min(year), min(month), %s, %s FROM %s GROUP BY profile_key%s`,
		addedTable(l.table), l.start, levelSums(""), addedTable(l.lower), stretch)
}

func addToPeople(l level) string {
	return fmt.Sprintf(`INSERT INTO %s SELECT profile_key, day, %s FROM %s WHERE true %s`,
		l.table, levelColumns(""), addedTable(l.table), addOnConflict("profile_key, day"))
}

// addToCohorts adds the new rows to the cohorts of a level, and the people who had no sign
// of life in a stretch before and have one now. It runs before addToPeople.
func addToCohorts(l level) string {
	return fmt.Sprintf(`INSERT INTO %s SELECT p.cohort_key, n.day, %s, count(CASE WHEN %s > 0 AND ifnull(%s, 0) = 0 THEN 1 END)
		FROM %s n CROSS JOIN profile p ON p.key = n.profile_key
		LEFT JOIN %s d ON d.profile_key = n.profile_key AND d.day = n.day GROUP BY p.cohort_key, n.day
		ON CONFLICT (cohort_key, day) DO UPDATE SET %s, active_profiles = active_profiles + excluded.active_profiles`,
		l.cohort, counterColumns("sum(n.%s)"), signs("n."), signs("d."), addedTable(l.table), l.table, addCounters)
}

// addOnConflict adds a row of a level to the one that is there.
func addOnConflict(key string) string {
	return fmt.Sprintf(`ON CONFLICT (%s) DO UPDATE SET %s,
		first_at = min(ifnull(first_at, excluded.first_at), ifnull(excluded.first_at, first_at)),
		last_at = max(ifnull(last_at, excluded.last_at), ifnull(excluded.last_at, last_at))`, key, addCounters)
}

var addCounters = counterColumns("%[1]s = %[1]s + excluded.%[1]s")
