package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// noteImport puts an import into the history, before its first record is merged. Imports
// without a source, such as live posts, are not listed: what they change is noted as
// changed by hand.
func (p *put) noteImport(t *tx) (err error) {
	p.historic, err = t.QueryCount(`SELECT EXISTS (SELECT 1 FROM import)`)
	if err != nil || p.o.Source == nil || p.o.DryRun {
		return err
	}
	p.answer.ImportID = newID()
	var token *string
	if p.o.Caller.TokenID != "" {
		token = &p.o.Caller.TokenID
	}
	return t.QueryRow([]any{&p.importKey}, `INSERT INTO import (id, created_at, token_id, token_name, file, size, sha256, taken_for, counts, faults, departments)
		VALUES (?, ?, ?, ?, '', 0, '', '[]', '{}', '[]', '[]') RETURNING key`, p.answer.ImportID, t.now, token, p.o.Caller.TokenName)
}

// noteCounts completes the import in the history, and drops old ones.
func (p *put) noteCounts(t *tx) error {
	if p.importKey == 0 {
		return nil
	}
	source, skipped := p.o.Source()
	if source.TakenFor == nil {
		source.TakenFor = []schema.Recognition{}
	}
	takenFor, err := json.Marshal(source.TakenFor)
	if err != nil {
		return err
	}
	counts, err := json.Marshal(schema.ImportCounts{Tally: p.answer.Tally, Skipped: skipped, ByKind: p.answer.ByKind, Removed: p.answer.Removed})
	if err != nil {
		return err
	}
	faults, err := json.Marshal(p.answer.Errors[:min(len(p.answer.Errors), schema.MaxKeptFaults)])
	if err != nil {
		return err
	}
	err = t.Exec(`UPDATE import SET file = ?2, size = ?3, sha256 = ?4, taken_for = ?5, counts = ?6, faults = ?7 WHERE key = ?1`,
		p.importKey, source.File, source.Size, source.SHA256, string(takenFor), string(counts), string(faults))
	if err != nil {
		return err
	}
	if err := p.noteDepartments(t); err != nil {
		return err
	}
	if p.log != nil {
		if err := p.noteLog(t); err != nil {
			return err
		}
	}
	return t.pruneHistory()
}

// noteDepartments notes the departments that the request names: it would have added them.
func (p *put) noteDepartments(t *tx) error {
	if p.o.Covers == nil {
		return nil
	}
	named := jsonList(p.o.Covers.Departments)
	if err := t.Exec(`UPDATE import SET departments = ? WHERE key = ?`, named, p.importKey); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO import_held SELECT ?1, ?2, d.key, d.key, 1 FROM department d WHERE d.id IN (SELECT value FROM json_each(?3))`,
		p.importKey, schema.KindDepartment, named)
}

// keepForGood says why an import cannot be taken back.
func (p *put) keepForGood(t *tx, why string) error {
	return t.keepImports(why, `VALUES (?)`, p.importKey)
}

// keepImports says why some imports cannot be taken back any more. The query selects their keys.
func (t *tx) keepImports(why, query string, args ...any) error {
	return t.Exec(`UPDATE import SET permanent = ? WHERE permanent IS NULL AND taken_back_at IS NULL AND key IN (`+query+`)`, append([]any{why}, args...)...)
}

// Reasons why an import cannot be taken back.
const (
	permanentMerged   = "people of it were made one person with others since"
	permanentRepeated = "rows of it came again in a batch that is not on this list"
	permanentOther    = "records that come out of its rows were also brought, or changed, otherwise"
)

// isNoted reports whether the history tells of the records of a table. Those that are derived
// from the rows of a log are derived again where one is taken back.
func (p *put) isNoted(table *table) bool {
	if p.silent {
		return false
	}
	return p.log == nil || table.kind.Name == schema.KindProfile || !slices.ContainsFunc(derivedKinds, func(d derivedKind) bool { return d.kind == table.kind.Name })
}

// noteStored notes the stored records that the import holds, and those in temp.changed as
// they are before it changes them.
func (p *put) noteStored(t *tx, table *table) error {
	if p.log == nil && !p.silent && p.historic+p.importKey > 0 {
		if err := p.keepDerived(t, table); err != nil {
			return err
		}
	}
	switch {
	case !p.isNoted(table):
		return nil
	case p.importKey == 0 && p.historic == 0:
		return nil
	case p.importKey == 0:
		return t.noteByHand(table, `SELECT k.key FROM `+table.stage+` t CROSS JOIN `+table.name+` k ON k.id = t.id`)
	}
	if err := p.noteHeld(t, table); err != nil {
		return err
	}
	which := `temp.changed c CROSS JOIN ` + table.name + ` k ON k.key = c.key`
	if p.changesOwnership(table) {
		which = table.stage + ` t CROSS JOIN ` + table.name + ` k ON k.id = t.id`
	}
	return t.Exec(`INSERT OR IGNORE INTO import_changed (kind, key, import_key, former) SELECT ?, k.key, ?, `+table.asJSON()+` FROM `+which, table.kind.Name, p.importKey)
}

// keepDerived keeps the imports of logs for good whose rows give records that come otherwise, too:
// what is derived from rows is not noted record by record.
func (p *put) keepDerived(t *tx, table *table) error {
	if table.kind.Name == schema.KindProfile {
		return nil
	}
	derived := ` FROM ` + table.stage + ` t CROSS JOIN ` + table.name + ` k ON k.id = t.id CROSS JOIN log_record l ON l.kind = ? AND l.key = k.key`
	there, err := t.QueryCount(`SELECT EXISTS (SELECT 1`+derived+`)`, table.kind.Name)
	if err != nil || there == 0 { // else the rows of all logs are read, once
		return err
	}
	return t.keepImports(permanentOther, `SELECT import_key FROM log_row WHERE profile_key IN (SELECT l.profile_key`+derived+`)`, table.kind.Name)
}

// changesOwnership reports whether the import may change whose the sessions are, which no
// field of theirs shows.
func (p *put) changesOwnership(table *table) bool {
	return p.o.SessionOwnedAt != nil && table.kind.Name == schema.KindSession
}

// ownedAtKey is where the former values of a session have its owned_at.
const ownedAtKey = "owned_at"

// asJSON is the expression for the fields of the record k as a JSON object, with ids as
// references.
func (t *table) asJSON() string {
	var parts []string
	for _, c := range t.columns {
		switch {
		case c.field < 0:
		case c.ref != nil:
			parts = append(parts, "'"+c.staged+"', (SELECT r.id FROM "+c.ref.name+" r WHERE r.key = k."+c.name+")")
		default:
			parts = append(parts, "'"+c.staged+"', k."+c.name)
		}
	}
	if t.kind.Name == schema.KindSession {
		parts = append(parts, "'"+ownedAtKey+"', k.owned_at")
	}
	return "json_object(" + strings.Join(parts, ", ") + ")"
}

// heldKeys are ranges of keys, in the order in which the keys came.
type heldKeys []keyRange

func (r *heldKeys) add(key int64) {
	if n := len(*r); n > 0 && (key == (*r)[n-1].last || key == (*r)[n-1].last+1) {
		(*r)[n-1].last = key
		return
	}
	*r = append(*r, keyRange{key, key})
}

// merged returns the ranges in order, those that touch as one.
func (r heldKeys) merged() (all heldKeys) {
	slices.SortFunc(r, func(a, b keyRange) int { return cmp.Compare(a.first, b.first) })
	for _, one := range r {
		if n := len(all); n > 0 && one.first <= all[n-1].last+1 {
			all[n-1].last = max(all[n-1].last, one.last)
			continue
		}
		all = append(all, one)
	}
	return all
}

// noteHeld notes the staged records that earlier imports of the history brought or changed.
func (p *put) noteHeld(t *tx, table *table) error {
	kind := table.kind.Name
	var from *int64
	err := t.QueryRow([]any{&from}, `SELECT min(first) FROM (SELECT min(first_key) AS first FROM import_added WHERE kind = ?1 UNION ALL
		SELECT min(key) FROM import_changed WHERE kind = ?1)`, kind)
	if err != nil || from == nil {
		return err
	}
	whole := !(kind == schema.KindProfile && p.o.PreserveProfiles != nil || p.changesOwnership(table))
	var held [2]heldKeys // not complete, complete
	err = t.Query(func(scan func(...any) error) error {
		var key, complete int64
		err := scan(&key, &complete)
		held[count(whole && complete != 0)].add(key)
		return err
	}, `SELECT k.key, `+table.saysAll()+` FROM `+table.stage+` t CROSS JOIN `+table.name+` k ON k.id = t.id WHERE k.key >= ?`, *from)
	if err != nil {
		return err
	}
	batch := rowBatch{table: "import_held", width: 5}
	for complete, ranges := range held {
		for _, r := range ranges.merged() {
			if err := batch.add(t, p.importKey, kind, r.first, r.last, complete); err != nil {
				return err
			}
		}
	}
	return batch.flush(t)
}

// saysAll is the condition that the staged record t alone would make the stored record k: it has
// the required fields, and what it does not say is as it is where nobody says it.
func (t *table) saysAll() string {
	parts := []string{"t.absent = 0"}
	for _, c := range t.columns {
		if c.field < 1 {
			continue
		}
		f := &t.kind.Fields[c.field]
		said := fmt.Sprintf("t.absent & %d = 0", 1<<c.field)
		if f.Required {
			parts = append(parts, said)
			continue
		}
		usual := "k." + c.name + " IS NULL"
		if v, err := f.Parse(f.Default, time.UTC); err == nil && v.Set {
			usual = fmt.Sprintf("k.%s = %d", c.name, v.Int)
			if f.Type == schema.Text {
				usual = fmt.Sprintf("k.%s = '%s'", c.name, v.Text)
			}
		}
		parts = append(parts, "("+said+" OR "+usual+")")
	}
	return "(" + parts[0] + " OR " + strings.Join(parts[1:], " AND ") + ")"
}

// noteAdded notes the records above a key, which the import added.
func (p *put) noteAdded(t *tx, table *table, before, added int64) error {
	if p.importKey == 0 || added == 0 || !p.isNoted(table) {
		return nil
	}
	return t.Exec(`INSERT INTO import_added VALUES (?, ?, ?, ?)`, p.importKey, table.kind.Name, before+1, before+added)
}

// noteByHand notes that something other than an import changed records of imports. The query
// selects their keys.
func (t *tx) noteByHand(table *table, keys string, args ...any) error {
	return t.Exec(`INSERT OR REPLACE INTO changed_by_hand SELECT ?1, n.key, (SELECT max(key) FROM import) FROM (`+keys+`) n
		WHERE (SELECT a.last_key FROM import_added a WHERE a.kind = ?1 AND a.first_key <= n.key ORDER BY a.first_key DESC LIMIT 1) >= n.key
		OR EXISTS (SELECT 1 FROM import_changed c WHERE c.kind = ?1 AND c.key = n.key)`, append([]any{table.kind.Name}, args...)...)
}

// noteHorizon notes what is known of how far the records of departments reach, before the
// import says more of it: that it is of a log, or until when.
func (p *put) noteHorizon(t *tx, log bool, until *schema.Instant, of departmentChoice) error {
	if p.silent {
		return nil
	}
	if p.importKey == 0 {
		return t.overruleHorizon(log, until != nil, of)
	}
	return t.Exec(`WITH chosen (key) AS (`+of.query+`) INSERT INTO import_horizon (import_key, department_key, covers_until, former_until, said_log, former_log)
		SELECT ?, c.key, ?, h.covers_until, ?, h.from_log FROM chosen c LEFT JOIN horizon h ON h.department_key = c.key WHERE true
		ON CONFLICT DO UPDATE SET covers_until = excluded.covers_until`, append(of.args, p.importKey, until, log)...)
}

// overruleHorizon notes that something other than an import of the history says how far the
// records of departments reach: that stays, whatever is taken back.
func (t *tx) overruleHorizon(log, until bool, of departmentChoice) error {
	return t.Exec(`WITH chosen (key) AS (`+of.query+`) UPDATE import_horizon SET said_log = CASE WHEN ? THEN 0 ELSE said_log END,
		covers_until = CASE WHEN ? THEN NULL ELSE covers_until END WHERE department_key IN (SELECT key FROM chosen)`, append(of.args, log, until)...)
}
