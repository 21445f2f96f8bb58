package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// Old records are removed in batches, each with its summaries in one transaction, so that
// writers never wait long.
const (
	minBatch          = 100                    // records of a batch, or sessions with all their records
	maxBatch          = 20_000                 // likewise
	batchTime         = 100 * time.Millisecond // how long a batch should take; each batch sets the size of the next
	retentionInterval = 10 * time.Minute       // between checks whether a new day has begun
	retainedSetting   = "retained"             // setting: what the current run has removed so far, by kind
)

// agedKinds are the kinds whose records are removed by their own age, and together with
// their session although they do not require it; cond is a condition on k.
var agedKinds = []struct{ kind, cond string }{
	{schema.KindLogin, "true"}, {schema.KindEmulation, "true"}, {schema.KindActivity, "true"}, {schema.KindProblem, "k.resolved = 1"},
}

// Retain removes what is older than an instant, and returns how many records that
// were, by kind: logins, emulations, activity records and resolved problems that
// were created before it, and sessions last updated before it, with all their records.
// Open problems, people, departments and terms stay. The end of a run is an audit entry;
// what an interrupted run removed is part of the entry of the next.
func (s *Store) Retain(ctx context.Context, before schema.Instant) (removed map[string]int64, err error) {
	err = s.bulkRemoval(ctx, func(c *sqlite.Conn) error {
		for _, a := range agedKinds { // first, because they may be the latest update of a session
			query := fmt.Sprintf(`SELECT k.key FROM %s k WHERE k.created_at < ? AND %s ORDER BY k.created_at LIMIT ?`, a.kind, a.cond)
			err := s.removeInBatches(ctx, c, func(r *removal, most int) (int64, error) { return r.choose(a.kind, query, before, most) })
			if err != nil {
				return err
			}
		}
		err := s.removeInBatches(ctx, c, func(r *removal, most int) (int64, error) { return r.chooseSessions(before, most) })
		if err != nil {
			return err
		}
		return s.writeOn(ctx, c, func(t *tx) error {
			if err := t.removeOldLogRows(before); err != nil {
				return err
			}
			removed, err = t.auditRetained(before)
			return err
		})
	})
	return removed, err
}

// removeInBatches removes batches until choose finds nothing.
func (s *Store) removeInBatches(ctx context.Context, c *sqlite.Conn, choose func(r *removal, most int) (int64, error)) error {
	for most := 2 * minBatch; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var (
			chosen int64
			took   time.Duration // without waiting for other writers and the disk
		)
		err := s.writeOn(ctx, c, func(t *tx) error {
			started := time.Now()
			defer func() { took = time.Since(started) }()
			r, err := t.newRemoval()
			if err != nil {
				return err
			}
			if chosen, err = choose(r, most); err != nil || chosen == 0 {
				return err
			}
			if err := r.addDependents(); err != nil {
				return err
			}
			if err := r.remove(); err != nil {
				return err
			}
			return t.addRetained(r.removed)
		})
		if err != nil || chosen == 0 {
			return err
		}
		most = nextBatch(most, took)
	}
}

// nextBatch returns the size of the next batch. It grows at most twofold, so that one
// batch that was fast by chance does not make the next one slow.
func nextBatch(most int, took time.Duration) int {
	fit := float64(most) * float64(batchTime) / float64(max(took, time.Microsecond))
	return max(int(min(fit, float64(2*most), maxBatch)), minBatch)
}

// chooseSessions chooses sessions last updated before an instant, and their records of
// agedKinds.
func (r *removal) chooseSessions(before schema.Instant, most int) (int64, error) {
	n, err := r.choose(schema.KindSession, `SELECT k.key FROM session k JOIN session_summary m ON m.session_key = k.key
		WHERE k.created_at < ?1 AND m.updated_at < ?1 ORDER BY k.created_at LIMIT ?2`, before, most)
	if err != nil || n == 0 {
		return n, err
	}
	sessions := tableOf(schema.KindSession).removalKeys()
	for _, a := range agedKinds {
		if _, err := r.choose(a.kind, fmt.Sprintf(`SELECT k.key FROM %s k WHERE k.session_key IN (SELECT key FROM %s) AND %s`, a.kind, sessions, a.cond)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// retained returns what the current run has removed so far, by kind.
func (t *tx) retained() (sum map[string]int64, err error) {
	var text string
	err = t.QueryRow([]any{&text}, `SELECT value FROM setting WHERE name = ?`, retainedSetting)
	if errors.Is(err, sql.ErrNoRows) {
		return map[string]int64{}, nil
	}
	if err != nil {
		return nil, err
	}
	return sum, json.Unmarshal([]byte(text), &sum)
}

// addRetained adds the records of a batch to retained.
func (t *tx) addRetained(removed map[string]int64) error {
	sum, err := t.retained()
	if err != nil {
		return err
	}
	for kind, n := range removed {
		sum[kind] += n
	}
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	return t.set(retainedSetting, string(text))
}

// auditRetained writes the audit entry of a run, if it removed anything.
func (t *tx) auditRetained(before schema.Instant) (removed map[string]int64, err error) {
	if removed, err = t.retained(); err != nil || len(removed) == 0 {
		return removed, err
	}
	if err := t.Exec(`DELETE FROM setting WHERE name = ?`, retainedSetting); err != nil {
		return nil, err
	}
	caller := schema.ByItself(schema.NameServe)
	detail := map[string]any{"removed": maps.Clone(removed)}
	if before != 0 { // 0: of an interrupted run without a next one
		detail["before"] = before
	}
	return removed, t.audit(caller, schema.ActionRetain, detail)
}

// retentionLoop removes old records at the start and once a day, until ctx ends.
func (s *Store) retentionLoop(ctx context.Context) {
	look := time.NewTimer(0)
	defer look.Stop()
	var done *schema.Day // the day of the last complete run
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if today := schema.DayAt(s.instant(), s.o.Zone); done == nil || today != *done {
			err := s.retainToday(ctx)
			if err == nil {
				done = &today
			} else if ctx.Err() == nil {
				s.o.Logger.Error("records that are too old were not removed; it is tried again", "error", err)
			}
		}
		look.Reset(retentionInterval)
	}
}

// maxClockStep limits how far the clock may advance between two runs. A computer whose
// clock jumps to another century must not remove everything at once.
const maxClockStep = 7 * 24 * time.Hour

// retainToday removes the records that are too old now.
func (s *Store) retainToday(ctx context.Context) error {
	now, err := s.plausibleNow(ctx)
	if err != nil {
		return err
	}
	if _, err := s.Retain(ctx, s.o.Retain.Before(now, s.o.Zone)); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error { return t.set("retained_at", now) })
}

// plausibleNow returns the time, at most maxClockStep after the last run. Before the first
// run it is at most that long after the latest sign of life or import.
func (s *Store) plausibleNow(ctx context.Context) (now schema.Instant, err error) {
	now = s.instant()
	err = s.read(ctx, func(t *tx) error {
		var last *schema.Instant
		err := t.QueryRow([]any{&last}, `SELECT value FROM setting WHERE name = 'retained_at'`)
		if errors.Is(err, sql.ErrNoRows) {
			err = t.QueryRow([]any{&last}, `SELECT max(at) FROM (SELECT max(last_at) AS at FROM profile_total UNION ALL SELECT max(created_at) FROM audit WHERE action = '`+schema.ActionImport+`')`)
		}
		if most := maxClockStep.Microseconds(); err == nil && last != nil && now > *last+schema.Instant(most) {
			now = *last + schema.Instant(most)
			s.o.Logger.Warn("the clock is far ahead of the last run of --retain; no more than a week of it is believed a day")
		}
		return err
	})
	return now, err
}
