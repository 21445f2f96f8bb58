package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"glow/schema"
)

// What is stale is computed again from the records. Three things are added up instead: the
// new records of an import, and all records for a rebuild (summary_added.go), usage_day,
// which follows the sessions (summary_usage.go), and record_count (record_count.go).

// Acknowledged live writes wait a moment for their summaries, so that those of
// that moment share one refresh; a longer one where a refresh takes long, which
// leaves the writers their share of the time. Within a second they are seen.
const (
	refreshDelay    = 200 * time.Millisecond
	maxRefreshDelay = 600 * time.Millisecond
	maxLag          = 900 * time.Millisecond // delay and refresh together
	refreshShare    = 8                      // of the time at most an eighth is for refreshes, until the delay is at its longest
)

// delayAfter is how long to wait after a refresh.
func delayAfter(took time.Duration) time.Duration {
	return max(refreshDelay, min((refreshShare-1)*took, maxRefreshDelay, maxLag-took))
}

// Refresh brings the summaries up to date; with Full it marks everything stale
// first and so rebuilds them all.
func (s *Store) Refresh(ctx context.Context, req schema.RefreshRequest) (answer schema.RefreshResponse, err error) {
	started := time.Now()
	write := s.write
	if req.Full {
		write = s.writeBulk
	}
	err = write(ctx, func(t *tx) error {
		if req.Full {
			if err := t.rebuildPeopleIndex(); err != nil {
				return err
			}
			if err := t.markAll(s.o.Zone); err != nil {
				return err
			}
		}
		answer.Rows, err = t.refresh()
		answer.RefreshedAt = t.now
		return err
	})
	if answer.Success = err == nil; err == nil {
		s.watch.refreshed(time.Since(started))
	}
	answer.RefreshedViews, answer.InvalidatedTags = SummaryTables(), []string{}
	answer.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	return answer, err
}

// SummaryTables lists the tables that a refresh computes.
func SummaryTables() []string {
	names := []string{"session_summary", "usage_day", "record_count"}
	for _, l := range levels {
		names = append(names, l.table, l.cohort)
	}
	return names
}

// refreshLoop refreshes what live writes have made stale, until ctx ends: by itself,
// and at once for a read that waits, as long as refreshes keep to their share.
func (s *Store) refreshLoop(ctx context.Context) {
	tick := time.NewTimer(refreshDelay)
	defer tick.Stop()
	var took time.Duration
	ended := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.awaited.wake:
			select {
			case <-ctx.Done():
				return
			case <-time.After(min((refreshShare-1)*took, maxRefreshDelay) - time.Since(ended)):
			}
		}
		asked := time.Now()
		stale, err := s.needsRefresh(ctx)
		if err == nil && stale {
			if stale, err = s.refreshForReads(); stale {
				took = time.Since(asked)
			}
		}
		if err == nil {
			s.watch.caughtUp(asked)
		}
		if err != nil && ctx.Err() == nil {
			s.logError("refresh of the summaries failed; it is tried again", err)
		}
		if err := s.writeWaitingAudits(ctx, s.write); err != nil && ctx.Err() == nil {
			s.logError("the audit list was not written; it is tried again", err)
		}
		ended = time.Now()
		tick.Reset(delayAfter(ended.Sub(asked)))
	}
}

// needsRefresh reports whether anything is stale. It is also true when no reader is free, since
// all of them wait for a refresh. An import, which makes writers wait, does not delay it.
func (s *Store) needsRefresh(ctx context.Context) (stale bool, err error) {
	brief, cancel := context.WithTimeout(ctx, recheckDelay)
	defer cancel()
	err = s.read(brief, func(t *tx) (err error) { stale, err = t.stale(); return err })
	if brief.Err() != nil && ctx.Err() == nil {
		return true, nil
	}
	return stale, err
}

// stale reports whether a refresh has anything to do.
func (t *tx) stale() (bool, error) {
	if len(t.added) > 0 {
		return true, nil
	}
	n, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM stale_day) OR EXISTS (SELECT 1 FROM stale_session) OR EXISTS (SELECT 1 FROM stale_cohort)`)
	return n != 0, err
}

// adoptZone settles the zone of the instance's days. It rebuilds the summaries
// when they were computed in another, and finishes what a migration has ordered or
// a stop left undone.
//
// A full disk keeps it from nothing but bringing the summaries up to date, which is
// then tried again and again. What a migration has ordered must be done: its tables are
// empty until then, and nothing marks them as stale.
func (s *Store) adoptZone(ctx context.Context) error {
	settled := false
	err := s.write(ctx, func(t *tx) error {
		var own string
		err := t.QueryRow([]any{&own}, `SELECT value FROM setting WHERE name = 'zone'`)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if s.o.Zone == nil {
			if s.o.Zone, err = zoneNamed(own, s.o.NewZone); err != nil {
				return err
			}
		}
		s.fresh = own == ""
		if own != s.o.Zone.String() {
			if err := t.markAll(s.o.Zone); err != nil {
				return err
			}
			if err := t.set("zone", s.o.Zone.String()); err != nil {
				return err
			}
		}
		ordered, err := t.rederive(s.o.Zone)
		if err != nil {
			return err
		}
		settled = own == s.o.Zone.String() && !ordered
		return refreshStale(t)
	})
	if settled && schema.ErrorCode(err) == schema.CodeNoSpace {
		s.logError("the summaries were not brought up to date; it is tried again", err)
		return nil
	}
	return err
}

func zoneNamed(name string, otherwise *time.Location) (*time.Location, error) {
	if name == "" {
		return otherwise, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, schema.Errorf(schema.CodeInvalid, "the file's time zone %q is not known here; give one", name)
	}
	return zone, nil
}

func (t *tx) set(name string, value any) error {
	return t.Exec(`INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// markAll empties the summaries; the next refresh of the transaction fills them again.
func (t *tx) markAll(zone *time.Location) error {
	if err := t.rebuildCalendar(zone); err != nil {
		return err
	}
	for _, q := range emptySummaries() {
		if err := t.Exec(q); err != nil {
			return err
		}
	}
	t.added = nil
	for _, kind := range countedKinds() {
		t.noteAdded(kind, 0)
	}
	return nil
}

func emptySummaries() []string {
	list := []string{
		`DELETE FROM session_summary`, `DELETE FROM usage_day`, `DELETE FROM counted_session`, `DELETE FROM record_count`, countRecords,
		`DELETE FROM stale_day`,
		`DELETE FROM stale_session`, `INSERT INTO stale_session SELECT key FROM session`,
	}
	for _, l := range levels {
		list = append(list, `DELETE FROM `+l.table, `DELETE FROM `+l.cohort)
	}
	return list
}

// refreshStale refreshes where there is anything to.
func refreshStale(t *tx) error {
	stale, err := t.stale()
	if err == nil && stale {
		_, err = t.refresh()
	}
	return err
}

// refresh adds the new rows of the transaction, computes what is stale and returns how
// many summary rows it wrote.
func (t *tx) refresh() (rows int64, err error) {
	if rows, err = t.addNewRows(); err != nil {
		return 0, err
	}
	if stale, err := t.stale(); err != nil {
		return 0, err
	} else if stale {
		sessions, err := t.refreshSessions()
		if err != nil {
			return 0, fmt.Errorf("session_summary: %w", err)
		}
		people, err := t.refreshLevels()
		if err != nil {
			return 0, err
		}
		rows += sessions + people
	}
	if err := t.showPosted(); err != nil {
		return 0, err
	}
	return rows, t.set("refreshed_at", t.now)
}
