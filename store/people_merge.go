package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"glow/schema"
	"glow/store/sqlite"
)

// Merge makes one person of two ids: all records, tokens and log rows of one become the
// other's, whose profile stays and gets the e-mail address, if it has none, and the
// departments of the one that goes. That id becomes an alias: see import_alias.go.
//
// The error is CodeNotFound if nobody has one of the ids, and CodeConflict if one of them
// was merged before or is of a viewer, whose profile glow itself makes.
func (s *Store) Merge(ctx context.Context, caller schema.Caller, req schema.MergeRequest) (answer schema.MergeResponse, err error) {
	err = s.changeByHand(ctx, req.DryRun, func(t *tx) error {
		answer, err = s.merge(t, caller, req)
		return err
	})
	return answer, err
}

// changeByHand runs fn in a transaction that may take long and during which no import of
// a log goes on. A dry run rolls it back.
func (s *Store) changeByHand(ctx context.Context, dryRun bool, fn func(*tx) error) error {
	err := s.bulkRemoval(ctx, func(c *sqlite.Conn) error {
		return s.writeOn(ctx, c, func(t *tx) error {
			if err := fn(t); err != nil || !dryRun {
				return err
			}
			return errDryRun
		})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

func (s *Store) merge(t *tx, caller schema.Caller, req schema.MergeRequest) (answer schema.MergeResponse, err error) {
	answer = schema.MergeResponse{ProfileID: req.Into, DryRun: req.DryRun}
	from, into, err := t.twoPeople(req)
	if err != nil {
		return answer, err
	}
	if err := t.keepMerged(from.key, into.key); err != nil {
		return answer, err
	}
	if answer.Changed, err = s.fillProfile(t, from, into); err != nil {
		return answer, err
	}
	if answer.Moved, err = t.moveRecords(from.key, into.key); err != nil {
		return answer, err
	}
	if err := t.moveLogRows(from.key, into.key); err != nil {
		return answer, err
	}
	if answer.TokensMoved, err = t.moveTokens(req.From, req.Into); err != nil {
		return answer, err
	}
	if answer.Aliases, err = t.addAlias(from, into); err != nil {
		return answer, err
	}
	r, err := t.newRemoval()
	if err != nil {
		return answer, err
	}
	if _, err := r.choose(schema.KindProfile, `VALUES (?)`, from.key); err != nil {
		return answer, err
	}
	if err := r.remove(); err != nil {
		return answer, err
	}
	return answer, t.audit(caller, schema.ActionMerge, map[string]any{
		"from": map[string]any{"profile_id": req.From}, "into": map[string]any{"profile_id": req.Into},
		"moved": answer.Moved, "tokens_moved": answer.TokensMoved,
	})
}

// keepMerged keeps the imports of either person for good: what they said of the one who goes is
// the other's now.
func (t *tx) keepMerged(from, into int64) error {
	return t.keepImports(permanentMerged, `WITH both (key) AS (VALUES (?), (?)), kind (name) AS (VALUES ('`+schema.KindProfile+`'))
		SELECT a.import_key FROM kind, both b CROSS JOIN import_added a ON a.kind = kind.name AND b.key BETWEEN a.first_key AND a.last_key
		UNION SELECT h.import_key FROM kind, both b CROSS JOIN import_held h ON h.kind = kind.name AND b.key BETWEEN h.first_key AND h.last_key
		UNION SELECT c.import_key FROM kind, both b CROSS JOIN import_changed c ON c.kind = kind.name AND c.key = b.key
		UNION SELECT r.import_key FROM both b CROSS JOIN log_row r ON r.profile_key = b.key OR r.viewed_key = b.key`, from, into)
}

// twoPeople returns the profiles of a request.
func (t *tx) twoPeople(req schema.MergeRequest) (from, into profile, err error) {
	if from, err = t.profileOf(req.From); err == nil {
		into, err = t.profileOf(req.Into)
	}
	if err == nil && (isViewer(from.id) || isViewer(into.id)) {
		err = schema.Errorf(schema.CodeConflict, "ids that start with %q are made by glow for admins who view it as others, and stay apart", viewerPrefix)
	}
	return from, into, err
}

// profileOf returns the profile with an id.
func (t *tx) profileOf(id string) (profile, error) {
	found, err := t.readProfiles(`WHERE id = ?`, id)
	if err != nil {
		return profile{}, err
	}
	if len(found.people) == 1 {
		return found.people[0], nil
	}
	into, err := t.personMeant(id)
	if err != nil {
		return profile{}, err
	}
	if into == id {
		return profile{}, schema.Errorf(schema.CodeNotFound, "there is no person %q", id)
	}
	return profile{}, schema.Errorf(schema.CodeConflict, "%q was merged into %q", id, into)
}

// fillProfile gives a person what only the other profile says. It returns the fields that
// changed.
func (s *Store) fillProfile(t *tx, from, into profile) (changed []string, err error) {
	changed = []string{}
	if into.Email == nil && from.Email != nil {
		into.Email = from.Email
		changed = append(changed, "email")
	}
	both := slices.Concat(into.departments, from.departments)
	slices.Sort(both)
	if both = slices.Compact(both); len(both) > len(into.departments) {
		into.departments = both
		changed = append(changed, "department_ids")
	}
	if len(changed) == 0 {
		return changed, nil
	}
	return changed, s.putNow(t, profileRecords([]profile{into}))
}

// profileRecords yields profiles as records, reusing one.
func profileRecords(people []profile) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		kind := schema.KindNamed(schema.KindProfile)
		r := kind.NewRecord()
		set := func(field string, v schema.Value) { r.Values[kind.Field(field)] = v }
		for _, one := range people {
			r.Reset(kind)
			set("id", schema.Value{Set: true, Text: one.id})
			set("name", schema.Value{Set: true, Text: one.Name})
			if one.Email != nil {
				set("email", schema.Value{Set: true, Text: *one.Email})
			}
			set("role", schema.Value{Set: true, Text: one.Role})
			set("department_ids", schema.Value{Set: len(one.departments) > 0, List: one.departments})
			r.PutInt("active", count(one.Active))
			if !yield(&r, nil) {
				return
			}
		}
	}
}

// moveRecords makes all records of one person another's. It returns how many there are,
// by kind.
func (t *tx) moveRecords(from, into int64) (moved map[string]int64, err error) {
	moved = map[string]int64{}
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref == nil || c.ref.kind.Name != schema.KindProfile {
				continue
			}
			if err := t.Exec(`DELETE FROM temp.changed`); err != nil {
				return nil, err
			}
			n, err := t.ExecCount(fmt.Sprintf(`INSERT INTO temp.changed SELECT key FROM %s WHERE %s = ?`, table.name, c.name), from)
			if err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
			if err := t.markChanged(table); err != nil { // once: days and sessions stay the same
				return nil, err
			}
			if err := t.Exec(fmt.Sprintf(`UPDATE %s SET %s = ? WHERE key IN (SELECT key FROM temp.changed)`, table.name, c.name), into); err != nil {
				return nil, err
			}
			moved[table.kind.Name] += n
		}
	}
	return moved, nil
}

// moveLogRows gives another person the rows of logs, and what was derived from them.
// Neither profile is one that rows of a log made any more: it stays without them.
func (t *tx) moveLogRows(from, into int64) error {
	for _, q := range []string{
		`UPDATE log_row SET profile_key = ?2 WHERE profile_key = ?1`,
		`UPDATE log_row SET viewed_key = ?2 WHERE viewed_key = ?1`,
		`DELETE FROM log_record WHERE kind = '` + schema.KindProfile + `' AND key IN (?1, ?2)`,
		`UPDATE log_record SET profile_key = ?2 WHERE profile_key = ?1`,
	} {
		if err := t.Exec(q, from, into); err != nil {
			return fmt.Errorf("rows of logs: %w", err)
		}
	}
	return nil
}

// moveTokens makes the tokens of one person another's. It returns how many are in use.
func (t *tx) moveTokens(from, into string) (moved int64, err error) {
	if moved, err = t.QueryCount(`SELECT count(*) FROM token WHERE profile_id = ? AND revoked_at IS NULL`, from); err != nil {
		return 0, err
	}
	t.changesTokens()
	return moved, t.Exec(`UPDATE token SET profile_id = ? WHERE profile_id = ?`, into, from)
}

// addAlias makes the id of one person, and those that mean it, mean another. It returns
// all ids that do.
func (t *tx) addAlias(from, into profile) (aliases []string, err error) {
	if err := t.Exec(`UPDATE profile_alias SET profile_key = ?, rederive = 1 WHERE profile_key = ?`, into.key, from.key); err != nil {
		return nil, err
	}
	if err := t.Exec(`INSERT INTO profile_alias (id, profile_key, name, rederive) VALUES (?, ?, ?, 1)`, from.id, into.key, from.Name); err != nil {
		return nil, err
	}
	err = t.Query(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		aliases = append(aliases, id)
		return err
	}, `SELECT id FROM profile_alias WHERE profile_key = ? ORDER BY id`, into.key)
	return aliases, err
}
