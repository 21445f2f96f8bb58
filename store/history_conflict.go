package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"glow/schema"
)

// conflicts collect what stands in the way of taking an import back.
type conflicts struct {
	count int64
	first []schema.Fault // at most schema.MaxFaults
}

func (c *conflicts) add(kind *schema.Kind, format string, args ...any) {
	if c.count++; len(c.first) < schema.MaxFaults {
		c.first = append(c.first, schema.Fault{Kind: kind, Message: fmt.Sprintf(format, args...)})
	}
}

// refusal is the error of the conflicts; nil if there are none.
func (c *conflicts) refusal() error {
	if c.count == 0 {
		return nil
	}
	stands := "something stands"
	if c.count > 1 {
		stands = fmt.Sprintf("%d things stand", c.count)
	}
	return &schema.Error{Code: schema.CodeConflict, Message: "nothing was taken back, since " + stands + " in the way", Fields: c.first}
}

// refuseConflicts returns an error if something later changed records of the import, or holds
// them too.
func (b *takeBack) refuseConflicts() error {
	var found conflicts
	later, err := b.laterImports()
	if err != nil {
		return err
	}
	err = b.Query(func(scan func(...any) error) error {
		var by int64
		err := scan(&by)
		found.add(nil, "rows of this log stand in %s", later[by])
		return err
	}, `SELECT import_key FROM import_repeated WHERE of_key = ? ORDER BY import_key`, b.key)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := b.collectLater(&found, table, later); err != nil {
			return err
		}
	}
	return found.refusal()
}

// collectLater adds a conflict for each record of a table that was changed by hand, and one for
// each later import that has records of the import.
func (b *takeBack) collectLater(found *conflicts, table *table, later map[int64]string) error {
	held := map[int64][]string{} // ids by import: the first of them
	count := map[int64]int{}
	var order []int64
	err := b.Query(func(scan func(...any) error) error {
		var (
			id string
			by int64
		)
		if err := scan(&id, &by); err != nil {
			return err
		}
		if by == 0 {
			found.add(table.kind, "%s %q was changed since", table.kind.Name, id)
			return nil
		}
		if count[by]++; count[by] == 1 {
			order = append(order, by)
		}
		if len(held[by]) < maxHeldNamed {
			held[by] = append(held[by], strconv.Quote(id))
		}
		return nil
	}, table.laterChanges(), b.key, table.kind.Name)
	for _, by := range order {
		if n := count[by]; n == 1 {
			found.add(table.kind, "%s %s stands in %s", table.kind.Name, held[by][0], later[by])
		} else {
			found.add(table.kind, "%d records of the kind %s (%s …) stand in %s", n, table.kind.Name, strings.Join(held[by], ", "), later[by])
		}
	}
	return err
}

// maxHeldNamed is how many records a conflict with a later import names.
const maxHeldNamed = 3

// laterImports describes, for the end of a sentence, the imports after this one, by key.
func (b *takeBack) laterImports() (map[int64]string, error) {
	described := map[int64]string{}
	return described, b.Query(func(scan func(...any) error) error {
		var (
			key       int64
			at        schema.Instant
			file      string
			permanent *string
		)
		err := scan(&key, &at, &file, &permanent)
		described[key] = "the import of " + at.Time().In(b.store.o.Zone).Format("2 Jan 2006 15:04:05")
		if file != "" {
			described[key] += " (" + file + ")"
		}
		if permanent == nil {
			described[key] += ", too; take that one back first"
		} else {
			described[key] += ", too, which cannot be taken back: " + *permanent
		}
		return err
	}, `SELECT key, created_at, file, permanent FROM import WHERE key > ?`, b.key)
}

// laterChanges selects the records of an import that something later changed or holds: their
// ids, and the key of that import, or 0 for a change by hand.
func (t *table) laterChanges() string {
	const mine = `(EXISTS (SELECT 1 FROM import_changed m WHERE m.kind = ?2 AND m.key = k.key AND m.import_key = ?1)
		OR (SELECT m.last_key FROM import_added m WHERE m.import_key = ?1 AND m.kind = ?2 AND m.first_key <= k.key ORDER BY m.first_key DESC LIMIT 1) >= k.key
			AND NOT EXISTS (SELECT 1 FROM temp.kept_record n WHERE n.kind = ?2 AND n.key = k.key))`
	return `SELECT id, max(by) FROM (
		SELECT k.key, k.id, c.import_key AS by FROM import_changed c CROSS JOIN ` + t.name + ` k ON k.key = c.key WHERE c.kind = ?2 AND c.import_key > ?1 AND ` + mine + `
		UNION ALL SELECT k.key, k.id, h.import_key FROM import_held h CROSS JOIN ` + t.name + ` k ON k.key BETWEEN h.first_key AND h.last_key WHERE h.kind = ?2 AND h.import_key > ?1 AND ` + mine + `
		UNION ALL SELECT k.key, k.id, 0 FROM changed_by_hand c CROSS JOIN ` + t.name + ` k ON k.key = c.key WHERE c.kind = ?2 AND c.import_key >= ?1 AND ` + mine + `
	) GROUP BY key ORDER BY key`
}

// refuseReferences returns an error if anything that stays refers to a record that is to go.
func (b *takeBack) refuseReferences(r *removal) error {
	var found conflicts
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref == nil || !r.chosen[c.ref] {
				continue
			}
			query := fmt.Sprintf(`SELECT k.id, g.id FROM %s k CROSS JOIN %s g ON g.key = k.%s WHERE k.%[3]s IN (SELECT key FROM %s) AND k.key NOT IN (SELECT key FROM %s) ORDER BY k.key`,
				table.name, c.ref.name, c.name, c.ref.removalKeys(), table.removalKeys())
			err := b.collect(&found, table.kind, `%s %q came otherwise, and refers to `+c.ref.kind.Name+` %q`, query)
			if err != nil {
				return err
			}
		}
	}
	for _, also := range []struct{ kind, says, query string }{
		{schema.KindProfile, `%s %q has the token %q`, `SELECT p.id, k.name FROM profile p JOIN token k ON k.profile_id = p.id WHERE p.key IN (SELECT key FROM temp.gone_profile)`},
		{schema.KindProfile, `%s %q was made one person with %q`, `SELECT p.id, a.id FROM profile p JOIN profile_alias a ON a.profile_key = p.key WHERE p.key IN (SELECT key FROM temp.gone_profile)`},
		{schema.KindProfile, `%s %q has rows in the log of %q`, `SELECT p.id, l.name FROM (
			SELECT profile_key, site_key FROM log_row WHERE profile_key IN (SELECT key FROM temp.gone_profile)
			UNION SELECT viewed_key, site_key FROM log_row WHERE viewed_key IN (SELECT key FROM temp.gone_profile)
			) r CROSS JOIN profile p ON p.key = r.profile_key CROSS JOIN log_site l ON l.key = r.site_key`},
	} {
		if !r.chosen[tableOf(also.kind)] {
			continue
		}
		if err := b.collect(&found, schema.KindNamed(also.kind), also.says, also.query); err != nil {
			return err
		}
	}
	return found.refusal()
}

// collect adds a conflict for each row of a query: the id of a record, and another name.
func (b *takeBack) collect(found *conflicts, kind *schema.Kind, says, query string) error {
	return b.Query(func(scan func(...any) error) error {
		var id, other string
		err := scan(&id, &other)
		found.add(kind, says, kind.Name, id, other)
		return err
	}, query)
}

// refuseDerivedOf returns an error if a record that is to go also comes out of a log.
func (b *takeBack) refuseDerivedOf(r *removal) error {
	var parts []string
	for table := range r.chosen {
		parts = append(parts, fmt.Sprintf(`SELECT l.kind, k.id FROM log_record l CROSS JOIN %s k ON k.key = l.key WHERE l.kind = '%s' AND l.key IN (SELECT key FROM %s)`, table.name, table.kind.Name, table.removalKeys()))
	}
	var kind, id string
	err := b.QueryRow([]any{&kind, &id}, strings.Join(parts, ` UNION ALL `)+` LIMIT 1`)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = schema.Errorf(schema.CodeConflict, "nothing was taken back: %s %q comes out of a log, too", kind, id)
	}
	return err
}
