package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"glow/schema"
)

// Usage counts the sessions of a filter by weekday and hour of the instance's
// clock, and adds up what their runs took.
func (s *Store) Usage(ctx context.Context, scope schema.Scope, f schema.Filter) (usage schema.Usage, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		p, err := t.choose(scope, f)
		if err != nil {
			return err
		}
		w, err := s.window(t, f)
		if err != nil {
			return err
		}
		usage, err = s.usage(t, p, w)
		return err
	})
	return usage, err
}

// usage adds up whole days from usage_day and the rest from the records. Of people who are
// not whole cohorts it counts the records: they are one person's.
func (s *Store) usage(t *tx, p personFilter, w schema.Window) (u schema.Usage, err error) {
	ranges := []dayRange{{from: w.From, until: w.Until}}
	if !p.individual {
		if ranges, err = t.splitWindow(w, s.o.Zone); err != nil {
			return u, err
		}
	}
	var cost dollarsAndNanos
	for _, part := range ranges {
		if part.table == "" {
			err = s.addRecordUsage(t, &u, &cost, p, schema.Window{From: part.from, Until: part.until})
		} else {
			err = t.addDayUsage(&u, &cost, p, part)
		}
		if err != nil {
			return u, err
		}
	}
	u.Cost = schema.MoneyText(cost.dollars, cost.nanos)
	return u, nil
}

type dollarsAndNanos struct{ dollars, nanos int64 }

// addDayUsage adds whole days. To group the rows by weekday, SQLite would have to sort them.
func (t *tx) addDayUsage(u *schema.Usage, cost *dollarsAndNanos, p personFilter, part dayRange) error {
	where := p.cohortKeys("u.cohort_key")
	if p.where == "" {
		where = fmt.Sprintf("u.cohort_key = %d", everybody)
	}
	if part.table != "profile_total" { // its one range is no days but all time
		where += " AND u.day >= :first_day AND u.day < :end_day"
	}
	return t.Numbers(append([]string{"weekday"}, usageColumns...), func(row []int64) {
		for hour, n := range row[1:25] {
			u.Hours[row[0]][hour] += n
		}
		u.Runs += row[25]
		u.Tokens += row[26]
		cost.dollars += row[27]
		cost.nanos += row[28]
	}, `usage_day u WHERE `+where, p.with(part.args()...)...)
}

// addRecordUsage walks the window in stretches in which the clock has one offset from
// UTC, so that the hour of an instant is a division. Stretches without a session
// are passed over.
func (s *Store) addRecordUsage(t *tx, u *schema.Usage, cost *dollarsAndNanos, p personFilter, w schema.Window) error {
	for from := w.From; from < w.Until; {
		var first *schema.Instant
		if err := t.QueryRow([]any{&first}, `SELECT min(created_at) FROM session WHERE created_at >= ? AND created_at < ?`, from, w.Until); err != nil {
			return err
		}
		if first == nil {
			return nil
		}
		offset, until := offsetAt(*first, s.o.Zone)
		until = min(until, w.Until)
		where := inWindow(`s`, schema.Window{From: *first, Until: until})
		where.and(p.keys("s.profile_key"), p.args...)
		err := t.Query(func(scan func(...any) error) error {
			var hour, sessions, runs, tokens, wholes, parts int64
			if err := scan(&hour, &sessions, &runs, &tokens, &wholes, &parts); err != nil {
				return err
			}
			u.Hours[hour/24][hour%24] += sessions
			u.Runs += runs
			u.Tokens += tokens
			cost.dollars += wholes
			cost.nanos += parts
			return nil
		}, `SELECT `+hourOfWeek+`, count(*), sum(m.run_count), sum(m.total_tokens), sum(m.cost_dollars), sum(m.cost_nanos)
			FROM session s JOIN session_summary m ON m.session_key = s.key
			WHERE `+where.sql+` GROUP BY 1`, append(where.args, sql.Named("ahead_of_utc", offset))...)
		if err != nil {
			return err
		}
		from = until
	}
	return nil
}

// hourOfWeek is the hour, from Monday's first, that the clock shows when it is
// that many microseconds ahead of UTC. 1970 began on a Thursday.
const hourOfWeek = `((s.created_at + :ahead_of_utc) / 3600000000 + 72) % 168`

// offsetAt returns how far the clock is ahead of UTC at an instant, in
// microseconds, and until when it stays so.
func offsetAt(at schema.Instant, zone *time.Location) (offset int64, until schema.Instant) {
	local := at.Time().In(zone)
	_, seconds := local.Zone()
	if _, end := local.ZoneBounds(); !end.IsZero() {
		return int64(seconds) * 1e6, schema.InstantOf(end)
	}
	return int64(seconds) * 1e6, schema.AllTime().Until
}
