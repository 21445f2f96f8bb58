package store

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"glow/schema"
)

// skipProtected skips staged records with known ids, if the caller may not change that
// kind. Nothing in the answer says whether the input agreed with the stored record,
// because that would let the caller guess its content.
func (p *put) skipProtected(t *tx, table *table) error {
	if p.o.Caller.MayChange(table.kind.Name) {
		return nil
	}
	if p.log != nil && table.kind.Name == schema.KindProfile { // the rows still give them, so chooseOutdated must not remove them
		err := t.Exec(`INSERT INTO temp.log_made SELECT l.kind, l.key, l.profile_key FROM ` + table.stage + ` s
			CROSS JOIN profile k ON k.id = s.id CROSS JOIN log_record l ON l.kind = 'profile' AND l.key = k.key`)
		if err != nil {
			return err
		}
	}
	return p.skipStaged(t, table, "id IN (SELECT id FROM "+table.name+")")
}

// enforceRule rejects staged records that violate a rule together with stored fields. For
// a recorder they are skipped instead: a fault would tell on which side of the stored
// value a guess is.
func (p *put) enforceRule(t *tx, table *table, rule schema.Rule) error {
	if p.o.Caller.Role == schema.RoleRecorder {
		return p.skipStaged(t, table, table.violates(rule))
	}
	return p.rejectWhere(t, table, table.violates(rule), func(int64) (string, string) {
		return table.kind.Fields[rule.Field].Name, rule.Message
	})
}

// skipStaged deletes the staged records that meet a condition and counts them as known.
func (p *put) skipStaged(t *tx, table *table, where string) error {
	n, err := t.ExecCount("DELETE FROM " + table.stage + " WHERE " + where)
	p.counts[table] -= n
	p.skipped[table] += n
	return err
}

// maxListedIDs is the largest number of ids of a kind in the audit entry of an import.
const maxListedIDs = 50

// auditRecords identifies the imported records in the audit entry: by kind their ids or,
// above maxListedIDs, their count and the SHA-256 of the sorted ids, one a line.
func (p *put) auditRecords(t *tx) (map[string]any, error) {
	named := map[string]any{}
	for table := range p.counts {
		var (
			ids []string
			n   int64
			sum hash.Hash = sha256.New()
		)
		err := t.Query(func(scan func(...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			if n++; n <= maxListedIDs {
				ids = append(ids, id)
			}
			_, err := sum.Write([]byte(id + "\n"))
			return err
		}, "SELECT DISTINCT id FROM "+table.stage+" WHERE id IN (SELECT id FROM "+table.name+") ORDER BY id")
		switch {
		case err != nil:
			return nil, err
		case n > maxListedIDs:
			named[table.kind.Name] = map[string]any{"count": n, "sha256": hex.EncodeToString(sum.Sum(nil))}
		case n > 0:
			named[table.kind.Name] = ids
		}
	}
	return named, nil
}
