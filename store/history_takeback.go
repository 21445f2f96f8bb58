package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// Rederive makes the records of a site again whose rows of a log are partly taken back.
type Rederive func(site string, gap time.Duration, viewers bool) (LogImport, error)

// TakeBack takes an import of the history back, as if it had never been: records that it
// added leave, records that it changed get their former values. A record that it added and
// that a later import holds whole stays, as if that one had added it.
//
// The error is CodeNotFound if the history has no such import, and CodeConflict, with what
// stands in the way, if something later depends on it. Then nothing changes.
func (s *Store) TakeBack(ctx context.Context, caller schema.Caller, req schema.TakeBackRequest, rederive Rederive) (answer schema.TakeBackResponse, err error) {
	err = s.bulkRemoval(ctx, func(c *sqlite.Conn) error {
		b, err := s.newTakeBack(s.tx(ctx, c), req, rederive)
		if err != nil {
			return err
		}
		return s.writeOn(ctx, c, cancelWith(ctx, func(t *tx) error {
			err := b.run(t, caller)
			if answer = b.answer; err != nil || !req.DryRun {
				return err
			}
			return errDryRun
		}))
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return answer, err
}

// takeBack is an import that is being taken back.
type takeBack struct {
	*tx
	store  *Store
	key    int64             // of the import
	named  map[string]string // people of a log whom only rows of the import name, by id, with the name that is left
	log    *put              // derives the records of a log again; nil: it is no log
	answer schema.TakeBackResponse
}

// newTakeBack finds the import, and derives the records of its log without its rows.
func (s *Store) newTakeBack(t *tx, req schema.TakeBackRequest, rederive Rederive) (*takeBack, error) {
	b := &takeBack{store: s, answer: schema.TakeBackResponse{ImportID: req.ImportID, DryRun: req.DryRun, Removed: map[string]int64{}, Restored: map[string]int64{}, Stayed: map[string]int64{}}}
	key, err := t.importToTakeBack(req.ImportID)
	if err != nil {
		return nil, err
	}
	b.key = key
	var (
		site         string
		gap, viewers int64
	)
	err = t.QueryRow([]any{&site, &gap, &viewers}, `SELECT l.name, i.log_gap, i.log_viewers FROM import i JOIN log_site l ON l.key = i.site_key WHERE i.key = ?`, key)
	if errors.Is(err, sql.ErrNoRows) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	log, err := rederive(site, time.Duration(gap)*time.Microsecond, viewers != 0)
	if err != nil {
		return nil, err
	}
	b.log = s.newPut(PutOptions{PreserveProfiles: &PreserveProfiles{Role: true}})
	b.log.silent, b.log.log = true, &logPut{LogImport: log, takenBack: key, checkOutdated: b.refuseReferences}
	err = b.log.within(t, func(t *tx) error {
		if err := t.ExecAll(createLogStage...); err != nil {
			return err
		}
		return b.log.deriveLog(t)
	})
	return b, err
}

// importToTakeBack returns the key of an import, if it can be taken back.
func (t *tx) importToTakeBack(id string) (int64, error) {
	one, key, err := t.importNamed(id)
	switch {
	case err != nil:
		return 0, err
	case one.TakenBack():
		return 0, schema.Errorf(schema.CodeConflict, "this import was taken back already")
	case one.Permanent != "":
		return 0, schema.Errorf(schema.CodeConflict, "this import cannot be taken back: %s", one.Permanent)
	}
	return key, nil
}

// run takes the import back, in a transaction.
func (b *takeBack) run(t *tx, caller schema.Caller) (err error) {
	b.tx = t
	if _, err := b.importToTakeBack(b.answer.ImportID); err != nil { // records may have come while a log was derived
		return err
	}
	for _, step := range []func() error{b.keepHeld, b.refuseConflicts, b.rederive, b.restore, b.removeAdded, b.removeDepartments, b.restoreHorizon, b.close} {
		if err := step(); err != nil {
			return err
		}
	}
	return t.audit(caller, schema.ActionTakeBack, map[string]any{
		"import_id": b.answer.ImportID, "removed": b.answer.Removed, "restored": b.answer.Restored, "stayed": b.answer.Stayed,
	})
}

// keepHeld makes the records that a later import holds whole those of that import: it would
// have added them.
func (b *takeBack) keepHeld() error {
	err := b.ExecAll(`CREATE TABLE IF NOT EXISTS temp.kept_record (kind TEXT, key INTEGER, import_key INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID`, `DELETE FROM temp.kept_record`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		n, err := b.ExecCount(`INSERT OR IGNORE INTO temp.kept_record SELECT ?2, k.key, h.import_key FROM import_added a
			CROSS JOIN import_held h ON h.kind = a.kind AND h.import_key > a.import_key AND h.complete = 1 AND h.first_key <= a.last_key AND h.last_key >= a.first_key
			CROSS JOIN `+table.name+` k ON k.key BETWEEN max(a.first_key, h.first_key) AND min(a.last_key, h.last_key)
			WHERE a.import_key = ?1 AND a.kind = ?2 ORDER BY h.import_key`, b.key, table.kind.Name)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		b.answer.Stayed[table.kind.Name] = n
		if err := b.creditKept(table); err != nil {
			return err
		}
	}
	return b.nameDepartments()
}

// nameDepartments names the departments that stay, since later imports name them for everybody
// in them, as these would have: by their ids. Where anything else later says their name, it stays.
func (b *takeBack) nameDepartments() error {
	return b.Exec(`UPDATE department AS k SET name = k.id WHERE k.key IN (SELECT key FROM temp.kept_record WHERE kind = 'department')
		AND NOT EXISTS (SELECT 1 FROM import_held h CROSS JOIN import i ON i.key = h.import_key WHERE h.kind = 'department' AND h.import_key > ?1
			AND k.key BETWEEN h.first_key AND h.last_key AND k.id NOT IN (SELECT value FROM json_each(i.departments)))
		AND NOT EXISTS (SELECT 1 FROM import_changed c WHERE c.kind = 'department' AND c.key = k.key AND c.import_key > ?1)
		AND NOT EXISTS (SELECT 1 FROM changed_by_hand c WHERE c.kind = 'department' AND c.key = k.key AND c.import_key >= ?1)`, b.key)
}

// creditKept notes the records of temp.kept_record as added by the later imports. What these
// changed of them is part of that.
func (b *takeBack) creditKept(table *table) error {
	kept := map[int64]*heldKeys{}
	err := b.Query(func(scan func(...any) error) error {
		var by, key int64
		err := scan(&by, &key)
		if kept[by] == nil {
			kept[by] = &heldKeys{}
		}
		kept[by].add(key)
		return err
	}, `SELECT import_key, key FROM temp.kept_record WHERE kind = ? ORDER BY key`, table.kind.Name)
	if err != nil {
		return err
	}
	for by, keys := range kept {
		for _, r := range *keys {
			if err := b.Exec(`INSERT INTO import_added VALUES (?, ?, ?, ?)`, by, table.kind.Name, r.first, r.last); err != nil {
				return err
			}
		}
	}
	return b.Exec(`DELETE FROM import_changed AS c WHERE c.kind = ?1 AND EXISTS (SELECT 1 FROM temp.kept_record n WHERE n.kind = ?1 AND n.key = c.key AND n.import_key >= c.import_key)`, table.kind.Name)
}

// removeAdded removes the records that the import added, but for those that stay. People of a
// log went with its rows, if nothing else needs them.
func (b *takeBack) removeAdded() error {
	r, err := b.newRemoval()
	if err != nil {
		return err
	}
	for _, table := range tables {
		if table.kind.Name == schema.KindDepartment || b.log != nil && table.kind.Name == schema.KindProfile {
			continue
		}
		if _, err := b.chooseAdded(r, table, `true`); err != nil {
			return err
		}
	}
	if len(r.chosen) == 0 {
		return nil
	}
	if err := b.refuseReferences(r); err != nil {
		return err
	}
	if err := b.refuseDerivedOf(r); err != nil {
		return err
	}
	return b.remove(r)
}

// removeDepartments removes the departments that the import added, but for those that people
// who stay, or tokens, are in.
func (b *takeBack) removeDepartments() error {
	r, err := b.newRemoval()
	if err != nil {
		return err
	}
	const unused = `NOT EXISTS (SELECT 1 FROM profile_department m WHERE m.department_key = k.key)
		AND NOT EXISTS (SELECT 1 FROM token t, json_each(t.department_ids) d WHERE t.revoked_at IS NULL AND d.value = k.id)`
	departments := tableOf(schema.KindDepartment)
	gone, err := b.chooseAdded(r, departments, unused)
	if err != nil {
		return err
	}
	added, err := b.QueryCount(`SELECT count(*) FROM import_added a CROSS JOIN department k ON k.key BETWEEN a.first_key AND a.last_key WHERE a.import_key = ?1 AND a.kind = ?2`, b.key, schema.KindDepartment)
	if err != nil {
		return err
	}
	if added > gone {
		b.answer.Stayed[schema.KindDepartment] = added - gone
	}
	if gone == 0 {
		return nil
	}
	if err := r.forgetHorizons(`SELECT key FROM ` + departments.removalKeys()); err != nil {
		return err
	}
	return b.remove(r)
}

// chooseAdded chooses records of a table that the import added and that no later one holds.
func (b *takeBack) chooseAdded(r *removal, table *table, cond string) (int64, error) {
	return r.choose(table.kind.Name, `SELECT k.key FROM import_added a CROSS JOIN `+table.name+` k ON k.key BETWEEN a.first_key AND a.last_key
		WHERE a.import_key = ?1 AND a.kind = ?2 AND NOT EXISTS (SELECT 1 FROM temp.kept_record n WHERE n.kind = ?2 AND n.key = k.key) AND `+cond, b.key, table.kind.Name)
}

func (b *takeBack) remove(r *removal) error {
	if err := r.remove(); err != nil {
		return err
	}
	for kind, n := range r.removed {
		b.answer.Removed[kind] += n
	}
	return nil
}

// close marks the import as taken back, and drops what was kept for that.
func (b *takeBack) close() error {
	for _, table := range noted {
		if err := b.Exec(`DELETE FROM `+table+` WHERE import_key = ?`, b.key); err != nil {
			return err
		}
	}
	return b.Exec(`UPDATE import SET taken_back_at = ? WHERE key = ?`, b.now, b.key)
}
