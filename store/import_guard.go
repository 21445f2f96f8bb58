package store

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"glow/schema"
)

// skipProtected takes staged records out whose ids are known already, where the caller may
// not change those: they stay as they are, whatever the input says of them. Nothing
// reports whether it said the same.
func (p *put) skipProtected(t *tx, table *table) error {
	if p.o.Caller.MayChange(table.kind.Name) {
		return nil
	}
	if p.log != nil && table.kind.Name == schema.KindProfile { // the rows still give them: chooseOutdated must know
		err := t.Exec(`INSERT INTO temp.log_made SELECT l.kind, l.key, l.profile_key FROM ` + table.stage + ` s
			CROSS JOIN profile k ON k.id = s.id CROSS JOIN log_record l ON l.kind = 'profile' AND l.key = k.key`)
		if err != nil {
			return err
		}
	}
	return p.skipStaged(t, table, "id IN (SELECT id FROM "+table.name+")")
}

// enforceRule deals with staged records that contradict a rule together with what is known
// of them. For a recorder they stay as they are, too: a fault would tell it on which side
// of the known value its guess lies.
func (p *put) enforceRule(t *tx, table *table, rule schema.Rule) error {
	if p.o.Caller.Role == schema.RoleRecorder {
		return p.skipStaged(t, table, table.violates(rule))
	}
	return p.rejectWhere(t, table, table.violates(rule), func(int64) (string, string) {
		return table.kind.Fields[rule.Field].Name, rule.Message
	})
}

// skipStaged takes the staged records of a condition out and counts them as known.
func (p *put) skipStaged(t *tx, table *table, where string) error {
	n, err := t.ExecCount("DELETE FROM " + table.stage + " WHERE " + where)
	p.counts[table] -= n
	p.skipped[table] += n
	return err
}

// maxListedIDs is how many ids of a kind the audit list has of an import, at most.
const maxListedIDs = 50

// auditRecords are what the audit list says of which records an import brought: by kind
// their ids or, where those are many, how many there are and the SHA-256 of all of
// them, sorted, each with a line end.
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
