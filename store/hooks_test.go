package store

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// What the benchmarks of package store_test need from inside.

// StopRefreshing ends the refresh in the background, so that a benchmark finds
// what it has made stale.
func (s *Store) StopRefreshing() {
	s.db.StopBackground()
}

// RefreshOfImport imports records and returns how long the refresh at its end took.
func (s *Store) RefreshOfImport(ctx context.Context, records iter.Seq2[*schema.Record, error]) (took time.Duration, err error) {
	err = s.write(ctx, func(t *tx) error {
		p := s.newPut(PutOptions{})
		p.answer.ByKind = map[string]schema.Tally{}
		if err := p.stageAndCheck(t, records); err != nil {
			return err
		}
		for _, table := range tables {
			if p.counts[table] > 0 {
				if err := p.mergeTable(t, table); err != nil {
					return err
				}
			}
		}
		started := time.Now()
		if _, err := t.refresh(); err != nil {
			return err
		}
		took = time.Since(started)
		return p.clear(t)
	})
	return took, err
}

// RebuildScript is what a full refresh of a file runs, as one script.
func RebuildScript() string {
	list := append([]string{"BEGIN IMMEDIATE"}, emptySummaries()...)
	list = append(list, computeSessions, `DELETE FROM stale_session`,
		createFresh, createMoved, createMovedCohorts, computeDays, findMovedDays, findVanishedDays)
	for _, l := range levels {
		if l.lower != "" {
			list = append(list, computeLevel(l))
		}
		list = append(list, deleteMoved(l), insertMoved(l), `DELETE FROM temp.fresh`)
		list = append(list, findMovedCohorts(l)...)
		list = append(list, deleteMovedCohorts(l), computeCohorts(l), `DELETE FROM temp.moved_cohort`)
	}
	list = append(list, `DELETE FROM stale_day`, `DELETE FROM stale_cohort`, `COMMIT`)
	return shellPragmas() + strings.Join(list, ";\n") + ";\n"
}

// shellPragmas give the shell what glow gives itself.
func shellPragmas() string {
	var b strings.Builder
	for _, p := range sqlite.Pragmas() {
		name, value, _ := strings.Cut(strings.TrimSuffix(p, ")"), "(")
		fmt.Fprintf(&b, "PRAGMA %s = %s;\n", name, value)
	}
	return b.String()
}
