package store

import "glow/schema"

// foldAnew folds the names and roles of all people by the rule of this program,
// where a migration has ordered it. Who has changed cohort takes its numbers along:
// the summaries are made anew.
func (s *Store) foldAnew(t *tx) error {
	ordered, err := t.count(`SELECT count(*) FROM setting WHERE name = 'fold_anew'`)
	if err != nil || ordered == 0 {
		return err
	}
	type row struct {
		key                                int64
		name, role, nameFolded, roleFolded string
	}
	var stale []row
	err = t.each(func(scan func(...any) error) error {
		var r row
		err := scan(&r.key, &r.name, &r.role, &r.nameFolded, &r.roleFolded)
		name, role := schema.Fold(r.name), schema.FoldCase(r.role)
		if name != r.nameFolded || role != r.roleFolded {
			stale = append(stale, row{key: r.key, nameFolded: name, roleFolded: role})
		}
		return err
	}, `SELECT key, name, role, name_folded, role_folded FROM profile`)
	if err != nil {
		return err
	}
	for _, r := range stale {
		if err := t.exec(`UPDATE profile SET name_folded = ?, role_folded = ? WHERE key = ?`, r.nameFolded, r.roleFolded, r.key); err != nil {
			return err
		}
	}
	if len(stale) > 0 {
		if err := t.listPeopleAnew(); err != nil {
			return err
		}
		if err := t.markAll(s.o.Zone); err != nil {
			return err
		}
	}
	return t.exec(`DELETE FROM setting WHERE name = 'fold_anew'`)
}
