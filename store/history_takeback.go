package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
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
	one, key, err := t.importNamed(req.ImportID)
	switch {
	case err != nil:
		return nil, err
	case one.TakenBack():
		return nil, schema.Errorf(schema.CodeConflict, "this import was taken back already")
	case one.Permanent != "":
		return nil, schema.Errorf(schema.CodeConflict, "this import cannot be taken back: %s", one.Permanent)
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

// run takes the import back, in a transaction.
func (b *takeBack) run(t *tx, caller schema.Caller) (err error) {
	b.tx = t
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

// rederive removes the rows of the log, and puts what the other rows give in the place of
// what they gave with them.
func (b *takeBack) rederive() error {
	if b.log == nil {
		return nil
	}
	err := b.Exec(`DELETE FROM log_record WHERE kind = ?1 AND key IN (SELECT key FROM temp.kept_record WHERE kind = ?1)`, schema.KindProfile)
	if err != nil {
		return err
	}
	if err := b.findNamed(); err != nil {
		return err
	}
	if err := b.Exec(`DELETE FROM log_row WHERE site_key = ? AND import_key = ?`, b.log.log.siteKey, b.key); err != nil {
		return err
	}
	if err := b.completeNewPeople(); err != nil {
		return err
	}
	err = b.log.merge(b.tx)
	if errors.Is(err, errRefused) {
		_, err = b.log.refusal()
	}
	if err != nil {
		return err
	}
	if err := b.log.clear(b.tx); err != nil {
		return err
	}
	maps.Copy(b.answer.Removed, b.log.answer.Removed)
	stayed, err := b.QueryCount(`SELECT count(*) FROM import_added a CROSS JOIN profile k ON k.key BETWEEN a.first_key AND a.last_key WHERE a.import_key = ? AND a.kind = ?`, b.key, schema.KindProfile)
	if err != nil {
		return err
	}
	if stayed > 0 {
		b.answer.Stayed[schema.KindProfile] = stayed
	}
	return b.deleteUnusedNames()
}

// completeNewPeople says of those who turn out to be other people without the rows what the
// other imports of the log say of everybody, or else what was known of whom they were.
func (b *takeBack) completeNewPeople() error {
	// Those who stay are as they are: what the import changed of them is restored later.
	err := b.Exec(`UPDATE temp.stage_profile AS t SET (name, name_folded, email, role, role_folded, department_ids, active) =
		(SELECT o.name, o.name_folded, o.email, o.role, o.role_folded, o.department_ids, o.active FROM profile o WHERE o.id = t.id) WHERE t.id IN (SELECT id FROM profile)`)
	if err != nil {
		return err
	}
	if err := b.refuseOthers(); err != nil {
		return err
	}
	err = b.Exec(`UPDATE temp.stage_profile AS t SET department_ids = o.department_ids, role = o.role, role_folded = o.role_folded, active = o.active
		FROM temp.log_moved m CROSS JOIN profile o ON o.id = m.old_id WHERE m.new_id = t.id AND t.id NOT IN (SELECT id FROM profile)`)
	if err != nil {
		return err
	}
	return b.Exec(`UPDATE temp.stage_profile SET department_ids = d.ids FROM (
			SELECT json_group_array(value) AS ids, count(*) AS n FROM (SELECT DISTINCT j.value FROM import i CROSS JOIN json_each(i.departments) j
				WHERE i.site_key = ? AND i.key <> ? AND i.taken_back_at IS NULL AND j.value IN (SELECT id FROM department) ORDER BY 1)
		) d WHERE d.n > 0 AND id NOT IN (SELECT id FROM profile)`, b.log.log.siteKey, b.key)
}

// refuseOthers returns an error if somebody turns out to be another person without the rows, of
// whom the import, or anything since, says more than the rows do.
func (b *takeBack) refuseOthers() error {
	var id string
	err := b.QueryRow([]any{&id}, `SELECT m.old_id FROM temp.log_moved m CROSS JOIN profile o ON o.id = m.old_id
		WHERE m.new_id IN (SELECT id FROM temp.stage_profile) AND m.new_id NOT IN (SELECT id FROM profile)
		AND (EXISTS (SELECT 1 FROM import i WHERE i.key = ?1 AND i.departments <> '[]')
			OR EXISTS (SELECT 1 FROM import i WHERE i.site_key = ?2 AND i.taken_back_at IS NULL AND i.said_role = 1)
			OR EXISTS (SELECT 1 FROM import_added a CROSS JOIN import i ON i.key = a.import_key
				WHERE a.kind = 'profile' AND o.key BETWEEN a.first_key AND a.last_key AND i.site_key IS NOT ?2)
			OR EXISTS (SELECT 1 FROM import_changed c WHERE c.kind = 'profile' AND c.key = o.key AND c.import_key <> ?1)
			OR EXISTS (SELECT 1 FROM changed_by_hand c WHERE c.kind = 'profile' AND c.key = o.key)) LIMIT 1`, b.key, b.log.log.siteKey)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return schema.Errorf(schema.CodeConflict, "nothing was taken back: without it, %q is several people, and their role and departments are not known", id)
}

// findNamed finds the people whom only rows that go name.
func (b *takeBack) findNamed() error {
	b.named = map[string]string{}
	return b.Query(func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		b.named[id] = name
		return err
	}, `SELECT t.id, t.name FROM temp.stage_profile t CROSS JOIN profile k ON k.id = t.id CROSS JOIN log_record l ON l.kind = 'profile' AND l.key = k.key
		WHERE `+unnamed+` AND k.name IN (SELECT n.name FROM log_name n WHERE n.key IN (SELECT name_key FROM log_row WHERE site_key = ?1 AND import_key = ?2
			UNION SELECT affected_key FROM log_row WHERE site_key = ?1 AND import_key = ?2))`, b.log.log.siteKey, b.key)
}

// restore gives the records that the import changed their former values.
func (b *takeBack) restore() error {
	p := b.store.newPut(PutOptions{})
	p.silent = true
	if err := p.stageAndMerge(b.tx, b.formerRecords()); err != nil {
		if errors.Is(err, errRefused) {
			return schema.Errorf(schema.CodeConflict, "nothing was taken back: a record that it changed refers to something that is gone since (%s)", p.faults[0].Error())
		}
		return err
	}
	for kind, n := range p.answer.ByKind {
		if n.Updated > 0 {
			b.answer.Restored[kind] = n.Updated
		}
	}
	return b.Exec(`UPDATE session AS s SET owned_at = c.former ->> '`+ownedAtKey+`' FROM import_changed c WHERE c.import_key = ? AND c.kind = 'session' AND c.key = s.key`, b.key)
}

// formerRecords yields the records that the import changed as they were, reusing one.
func (b *takeBack) formerRecords() iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		if !b.unnamedPeople(yield) {
			return
		}
		for _, table := range tables {
			r := table.kind.NewRecord()
			stop := errors.New("stop")
			err := b.Query(func(scan func(...any) error) error {
				var id, former string
				if err := scan(&id, &former); err != nil {
					return err
				}
				r.Reset(table.kind)
				if err := fillFormer(&r, id, former); err != nil {
					return err
				}
				if !yield(&r, nil) {
					return stop
				}
				return nil
			}, `SELECT k.id, c.former FROM import_changed c JOIN `+table.name+` k ON k.key = c.key WHERE c.kind = ? AND c.import_key = ? ORDER BY c.key`, table.kind.Name, b.key)
			if err != nil {
				if !errors.Is(err, stop) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// unnamedPeople yields the people whom nothing names any more, unless the import changed their
// profile: then that is restored whole.
func (b *takeBack) unnamedPeople(yield func(*schema.Record, error) bool) bool {
	kind := schema.KindNamed(schema.KindProfile)
	changed, err := b.textSet(`SELECT k.id FROM import_changed c JOIN profile k ON k.key = c.key WHERE c.kind = ? AND c.import_key = ?`, kind.Name, b.key)
	if err != nil {
		return yield(nil, err)
	}
	for id, name := range b.named {
		there, err := b.QueryCount(`SELECT count(*) FROM profile WHERE id = ?`, id)
		if err != nil {
			return yield(nil, err)
		}
		if changed[id] || there == 0 {
			continue
		}
		r := kind.NewRecord()
		r.Values[0] = schema.Value{Set: true, Text: id}
		r.Values[kind.Field("name")] = schema.Value{Set: true, Text: name}
		for i := 1; i < len(kind.Fields); i++ {
			if !r.Values[i].Set {
				r.Absent |= 1 << i
			}
		}
		if !yield(&r, nil) {
			return false
		}
	}
	return true
}

// fillFormer fills a record with the former values of its fields. Fields that a later version
// of glow brought keep their values.
func fillFormer(r *schema.Record, id, former string) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(former), &values); err != nil {
		return err
	}
	r.Values[0] = schema.Value{Set: true, Text: id}
	for i := 1; i < len(r.Kind.Fields); i++ {
		f := &r.Kind.Fields[i]
		text, there := values[f.Name]
		if !there {
			r.Absent |= 1 << i
			continue
		}
		if string(text) == "null" {
			continue
		}
		v := schema.Value{Set: true}
		var err error
		switch f.Type {
		case schema.IDs:
			var list string
			if err = json.Unmarshal(text, &list); err == nil {
				v.List, err = parseList(list)
			}
		case schema.Text, schema.ID:
			err = json.Unmarshal(text, &v.Text)
		default:
			err = json.Unmarshal(text, &v.Int)
		}
		if err != nil {
			return fmt.Errorf("the former %s of %s %q: %w", f.Name, r.Kind.Name, id, err)
		}
		r.Values[i] = v
	}
	return nil
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

// restoreHorizon takes back what the import said of how far records reach, unless somebody has
// said otherwise since.
func (b *takeBack) restoreHorizon() error {
	const later = `SELECT 1 FROM import_horizon l WHERE l.department_key = h.department_key AND l.import_key > h.import_key`
	for _, q := range []string{
		// The later ones find what this one found, up to the next that says something.
		`UPDATE import_horizon AS n SET former_until = h.former_until FROM import_horizon h
			WHERE h.import_key = ?1 AND h.covers_until IS NOT NULL AND n.department_key = h.department_key AND n.import_key > ?1
			AND NOT EXISTS (` + later + ` AND l.import_key < n.import_key AND l.covers_until IS NOT NULL)`,
		`UPDATE import_horizon AS n SET former_log = h.former_log FROM import_horizon h
			WHERE h.import_key = ?1 AND h.said_log = 1 AND n.department_key = h.department_key AND n.import_key > ?1
			AND NOT EXISTS (` + later + ` AND l.import_key < n.import_key AND l.said_log = 1)`,
		`UPDATE horizon AS z SET from_log = h.former_log FROM import_horizon h
			WHERE h.import_key = ?1 AND h.department_key = z.department_key AND h.said_log = 1 AND NOT EXISTS (` + later + ` AND l.said_log = 1)`,
		`UPDATE horizon AS z SET covers_until = h.former_until FROM import_horizon h
			WHERE h.import_key = ?1 AND h.department_key = z.department_key AND h.covers_until IS NOT NULL AND z.covers_until = h.covers_until
			AND NOT EXISTS (` + later + ` AND l.covers_until IS NOT NULL)`,
		`DELETE FROM horizon WHERE covers_until IS NULL AND posted_at IS NULL AND pending_at IS NULL AND ifnull(from_log, 0) = 0
			AND department_key IN (SELECT department_key FROM import_horizon WHERE import_key = ?1)`,
	} {
		if err := b.Exec(q, b.key); err != nil {
			return err
		}
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
