package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"glow/schema"
)

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
