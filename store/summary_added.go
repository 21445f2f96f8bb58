package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"glow/schema"
	"glow/store/sqlite"
)

// New records are added to the summaries: to the counts, and to the first and latest times.
// The cost follows the new records; counting their days anew would cost as much as all records of
// those days. A rebuild empties the summaries and adds all records. Days that an import also
// marks stale, for records that it changes or removes, are counted afterwards: what the
// records say then replaces what was added, so that nothing counts twice.

// addedRows are the rows of a kind that a transaction has inserted and that no summary
// counts yet: those with a key above after.
type addedRows struct {
	kind  string
	after int64 // 0: all there are
}

// personStretch is the key of a row of a level, of one person or of a cohort.
type personStretch struct {
	key int64
	day schema.Day // the first of the stretch
}

// maxAddedDays is how many rows of profile_day are kept in memory before they are written:
// some 20 MB.
const maxAddedDays = 100_000

// addition is what new rows add to the summaries.
type addition struct {
	*tx
	days    dayFinder
	people  map[personStretch]*dayCounts
	cohorts map[int64]int64 // of each person, as far as they were asked for
	rows    int64           // written so far

	// newMonth says that the levels have no row yet of the days and the month that are
	// being read.
	newMonth bool
}

// addNewRows adds the transaction's new rows to the levels. It runs before the stale days
// are counted, and returns how many summary rows it wrote.
func (t *tx) addNewRows() (rows int64, err error) {
	if len(t.added) == 0 {
		return 0, nil
	}
	a := addition{tx: t, days: dayFinder{zone: t.options.Zone}, people: map[personStretch]*dayCounts{}, cohorts: map[int64]int64{}}
	var whole []counterQuery
	for _, added := range t.added {
		q := counterQueryOf(added.kind)
		if added.after == 0 {
			whole = append(whole, q)
		} else if err := a.read(q, q.byKey, added.after); err != nil {
			return 0, fmt.Errorf("new rows of %s: %w", added.kind, err)
		}
	}
	if err := a.readMonths(whole); err != nil {
		return 0, err
	}
	t.added = nil
	err = a.write()
	return a.rows, err
}

// noteAdded has the next refresh add the rows of a kind above a key, unless it adds them
// already.
func (t *tx) noteAdded(kind string, after int64) {
	if !slices.ContainsFunc(t.added, func(a addedRows) bool { return a.kind == kind }) {
		t.added = append(t.added, addedRows{kind, after})
	}
}

// readMonths reads all rows of some kinds, a month at a time: its rows of the summaries are
// then written together.
func (a *addition) readMonths(kinds []counterQuery) error {
	if len(kinds) == 0 {
		return nil
	}
	var months [][2]int64
	err := a.Rows(func(r sqlite.Row) error {
		months = append(months, [2]int64{r.Int(0), r.Int(1)})
		return nil
	}, `SELECT min(starts_at), max(ends_at) FROM calendar GROUP BY month ORDER BY month`)
	if err != nil {
		return err
	}
	empty, err := a.levelsAreEmpty()
	if err != nil {
		return err
	}
	for _, month := range months {
		a.newMonth = empty
		for _, q := range kinds {
			if err := a.read(q, q.byTime, month[0], month[1]); err != nil {
				return err
			}
		}
		if err := a.write(); err != nil {
			return err
		}
	}
	return nil
}

// read counts rows of a kind.
func (a *addition) read(q counterQuery, sql string, args ...any) error {
	return a.Rows(func(r sqlite.Row) error {
		key := personStretch{r.Int(0), a.days.day(schema.Instant(r.Int(1)))}
		n := a.people[key]
		if n == nil {
			if len(a.people) >= maxAddedDays {
				if err := a.write(); err != nil {
					return err
				}
			}
			n = &dayCounts{}
			a.people[key] = n
		}
		q.count(n, r)
		return nil
	}, sql, args...)
}

// write adds what was counted to all levels.
func (a *addition) write() error {
	people := a.people
	for _, l := range levels {
		if l.lower != "" {
			people = addedUp(people, l)
		}
		if err := a.writeLevel(l, people); err != nil {
			return fmt.Errorf("new rows in %s: %w", l.table, err)
		}
	}
	clear(a.people)
	a.newMonth = false
	return nil
}

// levelsAreEmpty reports whether nothing was added yet, as in a rebuild.
func (a *addition) levelsAreEmpty() (bool, error) {
	n, err := a.QueryCount(`SELECT EXISTS (SELECT 1 FROM profile_total)`)
	return n == 0 && len(a.people) == 0, err
}

// addedUp adds up the stretches of the level below.
func addedUp(people map[personStretch]*dayCounts, l level) map[personStretch]*dayCounts {
	sums := map[personStretch]*dayCounts{}
	for key, n := range people {
		key.day = l.firstDay(key.day)
		if sums[key] == nil {
			sums[key] = &dayCounts{}
		}
		sums[key].add(n)
	}
	return sums
}

// cohortCounts are what is added to a row of a cohort.
type cohortCounts struct {
	counts counts
	active int64 // people who had no sign of life in the stretch before, and have one now
}

func (a *addition) writeLevel(l level, people map[personStretch]*dayCounts) error {
	cohorts := map[personStretch]*cohortCounts{}
	addPerson, addCohort, signsBefore := addToPeople(l), addToCohorts(l), signsBefore(l)
	for _, key := range inTableOrder(people) {
		n := people[key]
		becomesActive := int64(0)
		if n.alive {
			before := int64(0)
			if !l.inMonth || !a.newMonth {
				var err error
				if before, err = a.QueryCount(signsBefore, key.key, int64(key.day)); err != nil {
					return err
				}
			}
			if before == 0 {
				becomesActive = 1
			}
		}
		if err := a.Exec(addPerson, n.values(key.key, key.day)...); err != nil {
			return err
		}
		cohort, err := a.cohortOf(key.key)
		if err != nil {
			return err
		}
		ofCohort := personStretch{cohort, key.day}
		sum := cohorts[ofCohort]
		if sum == nil {
			sum = &cohortCounts{}
			cohorts[ofCohort] = sum
		}
		sum.counts.add(&n.counts)
		sum.active += becomesActive
	}
	for _, key := range inTableOrder(cohorts) {
		if err := a.Exec(addCohort, cohorts[key].values(key)...); err != nil {
			return err
		}
	}
	a.rows += int64(len(people) + len(cohorts))
	return nil
}

// inTableOrder lists keys in the order in which the rows are stored, which is the quickest
// to write.
func inTableOrder[T any](rows map[personStretch]T) []personStretch {
	return slices.SortedFunc(maps.Keys(rows), func(a, b personStretch) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.day, b.day))
	})
}

func (a *addition) cohortOf(person int64) (cohort int64, err error) {
	cohort, ok := a.cohorts[person]
	if !ok {
		if cohort, err = a.QueryCount(`SELECT cohort_key FROM profile WHERE key = ?`, person); err != nil {
			return 0, err
		}
		a.cohorts[person] = cohort
	}
	return cohort, nil
}

// values are those of addToCohorts.
func (c *cohortCounts) values(key personStretch) []any {
	list := []any{key.key, int64(key.day)}
	for _, n := range c.counts {
		list = append(list, n)
	}
	return append(list, c.active)
}

// signsBefore asks for the signs of life in a row of a person. (RETURNING would tell, too, but
// SQLite opens a temporary table for it each time.)
func signsBefore(l level) string {
	return fmt.Sprintf(`SELECT ifnull((SELECT %s FROM %s WHERE profile_key = ? AND day = ?), 0)`, signs(""), l.table)
}

// addToPeople adds to a row of a person.
func addToPeople(l level) string {
	return fmt.Sprintf(`INSERT INTO %s (profile_key, day, %s) VALUES (?, ?%s, ?, ?) ON CONFLICT (profile_key, day) DO UPDATE SET %s,
		first_at = min(ifnull(first_at, excluded.first_at), ifnull(excluded.first_at, first_at)),
		last_at = max(ifnull(last_at, excluded.last_at), ifnull(excluded.last_at, last_at))`,
		l.table, levelColumns(""), strings.Repeat(", ?", len(counters)), addCounters)
}

func addToCohorts(l level) string {
	return fmt.Sprintf(`INSERT INTO %s (cohort_key, day, %s, active_profiles) VALUES (?, ?%s, ?)
		ON CONFLICT (cohort_key, day) DO UPDATE SET %s, active_profiles = active_profiles + excluded.active_profiles`,
		l.cohort, counterColumns("%s"), strings.Repeat(", ?", len(counters)), addCounters)
}

var addCounters = counterColumns("%[1]s = %[1]s + excluded.%[1]s")
