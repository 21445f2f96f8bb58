package store

import (
	"time"

	"glow/schema"
)

// rederive computes everything that is derived from the records anew where a
// migration has asked for it: the program derives it in another way than the one
// that wrote the file. It reports whether one has.
func (t *tx) rederive(zone *time.Location) (ordered bool, err error) {
	asked, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM setting WHERE name = 'derive_anew')`)
	if asked == 0 || err != nil {
		return false, err
	}
	if err := t.foldAnew(); err != nil {
		return true, err
	}
	if err := t.rebuildPeopleIndex(); err != nil {
		return true, err
	}
	if err := t.markAll(zone); err != nil {
		return true, err
	}
	return true, t.Exec(`DELETE FROM setting WHERE name = 'derive_anew'`)
}

// foldAnew computes the forms by which people are searched and their roles compared.
func (t *tx) foldAnew() error {
	type person struct {
		key        int64
		name, role string
	}
	var differ []person
	err := t.Query(func(scan func(...any) error) error {
		var (
			p                      person
			nameFolded, roleFolded string
		)
		if err := scan(&p.key, &p.name, &p.role, &nameFolded, &roleFolded); err != nil {
			return err
		}
		if schema.Fold(p.name) != nameFolded || schema.FoldCase(p.role) != roleFolded {
			differ = append(differ, p)
		}
		return nil
	}, `SELECT key, name, role, name_folded, role_folded FROM profile`)
	if err != nil {
		return err
	}
	for _, p := range differ {
		err := t.Exec(`UPDATE profile SET name_folded = ?, role_folded = ? WHERE key = ?`, schema.Fold(p.name), schema.FoldCase(p.role), p.key)
		if err != nil {
			return err
		}
	}
	return nil
}
