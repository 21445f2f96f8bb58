package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
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

// RebuildScript computes all summaries of a file in SQL.
func RebuildScript() string {
	return shellPragmas() + "BEGIN IMMEDIATE;\n" + strings.Join(rebuildStatements(), ";\n") + ";\nCOMMIT;\n"
}

// rebuildStatements leave usage_day as it is, which follows from the rows of the sessions
// and from the clock of a zone.
func rebuildStatements() []string {
	list := slices.DeleteFunc(emptySummaries(), func(q string) bool { return q == `DELETE FROM usage_day` })
	list = append(list, `INSERT INTO stale_day SELECT day FROM calendar`, sessionsInSQL, `DELETE FROM stale_session`,
		createFresh, createMoved, createMovedCohorts, daysInSQL, findMovedDays, findVanishedDays)
	for _, l := range levels {
		if l.lower != "" {
			list = append(list, computeLevel(l))
		}
		list = append(list, deleteMoved(l), insertMoved(l), `DELETE FROM temp.fresh`)
		list = append(list, findMovedCohorts(l)...)
		list = append(list, deleteMovedCohorts(l), computeCohorts(l), `DELETE FROM temp.moved_cohort`)
	}
	list = append(list, `DELETE FROM temp.moved`, `DELETE FROM stale_day`, `DELETE FROM stale_cohort`)
	return list
}

// recountInSQL computes all summaries by statements of SQL alone.
func recountInSQL(t fataler, s *Store) {
	t.Helper()
	err := s.write(ctx, func(t *tx) error { return t.ExecAll(rebuildStatements()...) })
	if err != nil {
		t.Fatal(err)
	}
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
