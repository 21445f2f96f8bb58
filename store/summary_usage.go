package store

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"glow/schema"
)

// usage_day adds up session_summary by cohort, day, weekday and hour. It is changed by what
// the stale sessions counted before and count now, so that a run costs as much in a file
// of many sessions as in one of few. All people have rows of their own (everybody), because
// there are many cohorts: a year of all people is 365 rows and not 11,000. At -scale 0.05 that
// year takes 4 ms instead of 113 (BenchmarkUsage).

// everybody is the cohort_key of the rows of all people.
const everybody = 0

// usageRow is the key of a row of usage_day.
type usageRow struct {
	cohort  int64
	day     schema.Day
	weekday int64 // 0: Monday
}

// usageCounts are the numbers of a row, in the order of usageColumns.
type usageCounts [24 + len(usageSums)]int64

// usageSums are the columns after those of the hours, with what they add up.
var usageSums = [...]struct{ column, of string }{
	{"runs", "m.run_count"},
	{"tokens", "m.total_tokens"},
	{"cost_dollars", "m.cost_dollars"},
	{"cost_nanos", "m.cost_nanos"},
}

// usageColumns lists the columns of the numbers, and hoursOfDay those of the hours.
var usageColumns, hoursOfDay = func() (columns, hours []string) {
	for i := range 24 {
		hours = append(hours, fmt.Sprintf("hour_%02d", i))
	}
	columns = append(columns, hours...)
	for _, s := range usageSums {
		columns = append(columns, s.column)
	}
	return columns, hours
}()

// sumsOfSession lists what usageSums add up of a session_summary m.
func sumsOfSession() (list []string) {
	for _, s := range usageSums {
		list = append(list, s.of)
	}
	return list
}

// usageChange is what a refresh adds to usage_day.
type usageChange struct {
	*tx
	day   dayFinder
	clock wallClock
	rows  map[usageRow]*usageCounts
}

// usageBatch is how many sessions are read at once.
const usageBatch = 20_000

// usageOfStale selects what usage_day counts for stale sessions: those with a
// session_summary, by the time, person and cohort that they had when it was counted.
const usageOfStale = `(SELECT x.session_key, ifnull(c.created_at, s.created_at) AS created_at, ifnull(c.cohort_key, p.cohort_key) AS cohort_key
	FROM stale_session x LEFT JOIN counted_session c ON c.session_key = x.session_key
	LEFT JOIN session s ON s.key = x.session_key LEFT JOIN profile p ON p.key = s.profile_key
	WHERE x.session_key > :after_key ORDER BY x.session_key LIMIT :limit) s CROSS JOIN session_summary m ON m.session_key = s.session_key`

// add adds what the session_summary rows of the stale sessions say, or with the sign -1
// takes it away.
func (u *usageChange) add(sign int64) error {
	columns := append([]string{"s.session_key", "s.created_at", "s.cohort_key"}, sumsOfSession()...)
	var last int64
	for after := int64(0); ; after = last {
		err := u.QueryRow([]any{&last}, `SELECT ifnull(max(session_key), 0) FROM (SELECT session_key FROM stale_session WHERE session_key > ? ORDER BY session_key LIMIT ?)`,
			after, usageBatch)
		if err != nil || last == 0 {
			return err
		}
		err = u.Numbers(columns, func(row []int64) {
			at := schema.Instant(row[1])
			hour := u.clock.hourOfWeek(at)
			for _, cohort := range []int64{row[2], everybody} {
				key := usageRow{cohort, u.day.day(at), hour / 24}
				sum := u.rows[key]
				if sum == nil {
					sum = new(usageCounts)
					u.rows[key] = sum
				}
				sum[hour%24] += sign
				for i, n := range row[3:] {
					sum[24+i] += sign * n
				}
			}
		}, usageOfStale, sql.Named("after_key", after), sql.Named("limit", usageBatch))
		if err != nil {
			return err
		}
	}
}

// write changes usage_day, and removes the rows of days whose sessions have all gone.
func (u *usageChange) write() error {
	for key, n := range u.rows {
		if *n == (usageCounts{}) {
			continue
		}
		values := []any{key.cohort, int64(key.day), key.weekday}
		for _, number := range n {
			values = append(values, number)
		}
		if err := u.Exec(addToUsage, values...); err != nil {
			return err
		}
		if sum(n[:24]) < 0 {
			if err := u.Exec(deleteUnused, values[:3]...); err != nil {
				return err
			}
		}
	}
	return nil
}

var addToUsage = func() string {
	sets := make([]string, len(usageColumns))
	for i, c := range usageColumns {
		sets[i] = fmt.Sprintf("%s = %[1]s + excluded.%[1]s", c)
	}
	return `INSERT INTO usage_day (cohort_key, day, weekday, ` + strings.Join(usageColumns, ", ") + `) VALUES (?, ?, ?` + strings.Repeat(", ?", len(usageColumns)) +
		`) ON CONFLICT (cohort_key, day, weekday) DO UPDATE SET ` + strings.Join(sets, ", ")
}()

var deleteUnused = `DELETE FROM usage_day WHERE cohort_key = ? AND day = ? AND weekday = ? AND ` + strings.Join(hoursOfDay, " + ") + ` = 0`

func sum(list []int64) (total int64) {
	for _, n := range list {
		total += n
	}
	return total
}

// noteCounted notes where usage_day counts sessions that are about to change or go, unless
// that is noted already.
func (t *tx) noteCounted(sessions string, args ...any) error {
	return t.Exec(`INSERT OR IGNORE INTO counted_session SELECT k.key, k.created_at, p.cohort_key
		FROM session k JOIN profile p ON p.key = k.profile_key WHERE `+sessions, args...)
}

// markMoved marks the sessions of changed people who are about to leave their cohort.
func (t *tx) markMoved() error {
	const moved = `k.profile_key IN (SELECT p.key FROM profile p JOIN cohort c ON c.key = p.cohort_key
		WHERE p.key IN (SELECT key FROM temp.changed) AND NOT (` + sameCohort + `))`
	if err := t.noteCounted(moved); err != nil {
		return err
	}
	return t.Exec(tableOf(schema.KindSession).markSessions(moved))
}

// wallClock tells the hour that a clock shows. Neighbouring instants mostly have one
// offset from UTC, so it remembers the last.
type wallClock struct {
	zone        *time.Location
	from, until schema.Instant
	offset      int64 // microseconds ahead of UTC
}

// hourOfWeek is the hour, from Monday's first.
func (c *wallClock) hourOfWeek(at schema.Instant) int64 {
	if at < c.from || at >= c.until {
		c.from = at
		c.offset, c.until = offsetAt(at, c.zone)
	}
	return ((int64(at)+c.offset)/3_600_000_000 + 72) % 168 // 1970 began on a Thursday
}
