package store

import (
	"encoding/json"
	"maps"

	"glow/schema"
)

// blanks counts what audit entries lost.
type blanks struct {
	entries int64 // changed entries
	blanks  int64 // blanked parts (who acted, what on); one or two an entry
}

// blankAudit removes a person from the audit list. Entries that name them, or a record
// that is removed with them, lose what was acted on and keep who acted. Entries made with
// one of their tokens lose both.
func (r *removal) blankAudit(profileID string) (done blanks, err error) {
	named, err := r.identifiersOf(profileID)
	if err != nil {
		return done, err
	}
	acted, err := r.actedBy(profileID, named["token_id"])
	if err != nil {
		return done, err
	}
	const batch = 1000
	for last := int64(0); ; {
		var changed []auditRow
		before := last
		err := r.auditRows(last, batch, func(e *auditRow) error {
			last = e.key
			actor := acted(e)
			who := actor && !e.whoBlank()
			what := !e.whatBlank() && (actor || mentionsAny(e.detail, named))
			if who {
				e.blankWho()
			}
			if what {
				e.blankWhat()
			}
			if n := count(who) + count(what); n > 0 {
				done.entries++
				done.blanks += n
				changed = append(changed, *e)
			}
			return nil
		})
		if err != nil || last == before {
			return done, err
		}
		for i := range changed {
			if err := r.changeAudit(&changed[i]); err != nil {
				return done, err
			}
		}
	}
}

// identifiersOf returns the ids that identify the person in the detail of an entry, by
// their JSON key: of removed records, of ids that were merged into the person, and of the
// person's tokens.
func (r *removal) identifiersOf(profileID string) (named map[string]map[string]bool, err error) {
	named = map[string]map[string]bool{}
	for table := range r.chosen {
		ids, err := r.ids(table.kind.Name)
		if err != nil {
			return nil, err
		}
		named[table.kind.Name], named[table.kind.Name+"_id"] = ids, ids
	}
	people := tableOf(schema.KindProfile)
	merged, err := r.textSet(`SELECT id FROM profile_alias WHERE profile_key IN (SELECT key FROM ` + people.removalKeys() + `)`)
	if err != nil {
		return nil, err
	}
	maps.Copy(named["profile_id"], merged)
	named["token_id"], err = r.textSet(`SELECT id FROM token WHERE profile_id = ?`, profileID)
	return named, err
}

// actedBy returns a function that reports whether an entry was made with a token of the
// person. It must be called for all entries in order: old entries have only the name of a
// token, and a name may be used again later.
func (r *removal) actedBy(profileID string, ids map[string]bool) (acted func(*auditRow) bool, err error) {
	names, err := r.textSet(`SELECT name FROM token WHERE profile_id = ?`, profileID)
	if err != nil {
		return nil, err
	}
	theirs := maps.Clone(names)
	return func(e *auditRow) bool {
		if name, id := createdToken(e); names[name] {
			theirs[name] = ids[id]
		}
		return ids[e.tokenID] || e.tokenID == "" && e.role == schema.RoleTA && theirs[e.tokenName]
	}, nil
}

// createdToken returns the name and the id of the token whose creation an entry records.
func createdToken(e *auditRow) (name, id string) {
	var detail struct {
		ID   string `json:"token_id"`
		Name string `json:"name"`
	}
	if e.action == schema.ActionTokenCreate && json.Unmarshal([]byte(e.detail), &detail) == nil {
		return detail.Name, detail.ID
	}
	return "", ""
}

// mentionsAny reports whether the detail of an entry has one of the ids under its key,
// alone or in a list, at any depth.
func mentionsAny(detail string, ids map[string]map[string]bool) bool {
	var values any
	if json.Unmarshal([]byte(detail), &values) != nil {
		return false
	}
	return containsAny(values, nil, ids)
}

func containsAny(value any, set map[string]bool, ids map[string]map[string]bool) bool {
	switch v := value.(type) {
	case string:
		return set[v]
	case []any:
		for _, one := range v {
			if containsAny(one, set, ids) {
				return true
			}
		}
	case map[string]any:
		for key, one := range v {
			if containsAny(one, ids[key], ids) {
				return true
			}
		}
	}
	return false
}
