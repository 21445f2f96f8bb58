package store

import (
	"context"
	"fmt"
	"slices"

	"glow/schema"
	"glow/store/sqlite"
)

// removal removes the chosen records and those that require them. Optional references
// from records that stay are cleared. References are those of schema.Kinds.
type removal struct {
	*tx
	chosen  map[*table]bool  // tables with chosen rows
	removed map[string]int64 // records, by kind
	emptied map[string]int64 // references of records that stay, by their kind
}

// removalKeys is the temporary table of the keys of the chosen rows of a table.
func (t *table) removalKeys() string { return "temp.gone_" + t.kind.Name }

func (t *tx) newRemoval() (*removal, error) {
	statements := []string{`CREATE TABLE IF NOT EXISTS temp.gone_day (day INTEGER PRIMARY KEY)`, `DELETE FROM temp.gone_day`}
	for _, table := range tables {
		statements = append(statements, `CREATE TABLE IF NOT EXISTS `+table.removalKeys()+` (key INTEGER PRIMARY KEY)`, `DELETE FROM `+table.removalKeys())
	}
	return &removal{tx: t, chosen: map[*table]bool{}, removed: map[string]int64{}, emptied: map[string]int64{}}, t.ExecAll(statements...)
}

// choose adds the rows of a kind whose keys a query selects, and returns how many are new.
func (r *removal) choose(kind, query string, args ...any) (int64, error) {
	table := tableOf(kind)
	n, err := r.ExecCount(`INSERT OR IGNORE INTO `+table.removalKeys()+` `+query, args...)
	if n > 0 {
		r.chosen[table] = true
		r.removed[kind] += n
	}
	return n, err
}

// addDependents chooses the records with a required reference to a chosen one.
func (r *removal) addDependents() error {
	for _, table := range tables { // a kind follows those it refers to
		for _, c := range table.columns {
			if c.ref == nil || !table.kind.Fields[c.field].Required || !r.chosen[c.ref] {
				continue
			}
			_, err := r.choose(table.kind.Name, fmt.Sprintf(`SELECT k.key FROM %s k WHERE k.%s IN (SELECT key FROM %s)`, table.name, c.name, c.ref.removalKeys()))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes the chosen records and refreshes the summaries.
func (r *removal) remove() error {
	for _, step := range []func() error{r.mark, r.empty, r.delete, r.recompute, r.deletePeople} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// mark marks the summaries that count the chosen rows.
func (r *removal) mark() error {
	for table := range r.chosen {
		rows := `k.key IN (SELECT key FROM ` + table.removalKeys() + `)`
		if table.marks.session != "" {
			if err := r.Exec(table.markSessions(rows)); err != nil {
				return err
			}
		}
		if table.kind.Name == schema.KindSession {
			if err := r.noteCounted(rows); err != nil {
				return err
			}
		}
		if table.marks.day {
			if err := r.Exec(table.markDays(rows)); err != nil {
				return err
			}
		}
	}
	return r.Exec(`INSERT INTO temp.gone_day SELECT day FROM stale_day`)
}

// empty clears the references from rows that stay.
func (r *removal) empty() error {
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref == nil || table.kind.Fields[c.field].Required || !r.chosen[c.ref] {
				continue
			}
			n, err := r.ExecCount(fmt.Sprintf(`UPDATE %s SET %s = NULL WHERE %[2]s IN (SELECT key FROM %s) AND key NOT IN (SELECT key FROM %s)`,
				table.name, c.name, c.ref.removalKeys(), table.removalKeys()))
			if err != nil {
				return err
			}
			if n > 0 {
				r.emptied[table.kind.Name] += n
			}
		}
	}
	return nil
}

// delete deletes the chosen rows, children first, and the stored answers about them. People
// are deleted later, because their summaries refer to them.
func (r *removal) delete() error {
	problems := tableOf(schema.KindProblem)
	err := r.Exec(`DELETE FROM idempotency WHERE problem_id IN (SELECT id FROM problem WHERE key IN (SELECT key FROM ` + problems.removalKeys() + `))`)
	if err != nil {
		return err
	}
	for _, table := range slices.Backward(tables) {
		if !r.chosen[table] {
			continue
		}
		if err := r.Exec(`DELETE FROM log_record WHERE kind = ? AND key IN (SELECT key FROM `+table.removalKeys()+`)`, table.kind.Name); err != nil {
			return err
		}
		if table.kind.Name == schema.KindProfile {
			continue
		}
		if err := r.deleteRows(table); err != nil {
			return err
		}
	}
	return nil
}

func (r *removal) deleteRows(table *table) error {
	n, err := r.ExecCount(`DELETE FROM ` + table.name + ` WHERE key IN (SELECT key FROM ` + table.removalKeys() + `)`)
	if err != nil {
		return err
	}
	if err := r.forgetKeys(table); err != nil {
		return err
	}
	return r.addRecords(table, -n)
}

// recompute refreshes the summaries and removes days without records from the calendar.
func (r *removal) recompute() error {
	if _, err := r.refresh(); err != nil {
		return err
	}
	empty := ""
	for _, table := range tables {
		if table.marks.day {
			empty += ` AND NOT EXISTS (SELECT 1 FROM ` + table.name + ` k WHERE k.created_at >= calendar.starts_at AND k.created_at < calendar.ends_at)`
		}
	}
	return r.Exec(`DELETE FROM calendar WHERE day IN (SELECT day FROM temp.gone_day)` + empty)
}

// deletePeople deletes the chosen people and cohorts without people.
func (r *removal) deletePeople() error {
	people := tableOf(schema.KindProfile)
	if !r.chosen[people] {
		return nil
	}
	if err := r.Exec(`DELETE FROM profile_department WHERE profile_key IN (SELECT key FROM ` + people.removalKeys() + `)`); err != nil {
		return err
	}
	if err := r.Exec(`DELETE FROM profile_alias WHERE profile_key IN (SELECT key FROM ` + people.removalKeys() + `)`); err != nil {
		return err
	}
	if err := r.deleteRows(people); err != nil {
		return err
	}
	if err := r.Exec(`DELETE FROM cohort WHERE NOT EXISTS (SELECT 1 FROM profile p WHERE p.cohort_key = cohort.key)`); err != nil {
		return err
	}
	return r.invalidateProfiles()
}

// ids lists the ids of the chosen rows of a kind.
func (r *removal) ids(kind string) (map[string]bool, error) {
	table := tableOf(kind)
	return r.textSet(`SELECT k.id FROM ` + table.name + ` k WHERE k.key IN (SELECT key FROM ` + table.removalKeys() + `)`)
}

// textSet reads one column of text.
func (t *tx) textSet(query string, args ...any) (map[string]bool, error) {
	set := map[string]bool{}
	return set, t.Query(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		set[text] = true
		return err
	}, query, args...)
}

// enableSecureDelete makes a connection overwrite what it deletes.
func enableSecureDelete(c *sqlite.Conn) error {
	return sqlite.Translate(c.Tx(context.Background()).ExecAll(`PRAGMA secure_delete(1)`))
}

// bulkRemoval runs fn on a connection that overwrites what it deletes. No import of a log
// runs meanwhile: it would make records again of rows that it read before they went.
func (s *Store) bulkRemoval(ctx context.Context, fn func(*sqlite.Conn) error) error {
	return s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		release, err := s.logs.Acquire(ctx)
		if err != nil {
			return err
		}
		defer release()
		if err := enableSecureDelete(c); err != nil {
			return err
		}
		return fn(c)
	})
}
