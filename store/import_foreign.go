package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// UnknownDepartments returns the ids that belong to no department.
func (s *Store) UnknownDepartments(ctx context.Context, ids []string) (unknown []string, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			unknown = append(unknown, id)
			return err
		}, `SELECT DISTINCT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM department) ORDER BY 1`, jsonList(ids))
	})
	return unknown, err
}

// PreserveProfiles keeps fields of known people that a log of another program does not
// know: e-mail and active; the name, where the log has none; with Role, the role. The
// departments of the log are added to those stored. Without it the weekly import of a log
// would remove people from their departments.
type PreserveProfiles struct {
	Role bool

	// Listed says that the input is a list of people: what it does not know of one of them is
	// absent in the record, and what it says counts.
	Listed bool
}

// unnamed is the condition that a log does not name the staged person t.
const unnamed = `substr(t.name, 1, 5) = 'User ' AND substr(t.id, 4 - length(t.name)) = '-' || substr(t.name, 6)`

// keepProfileFields fills the staged people from the stored ones. A person without a name
// in the log is staged as "User" with the number that ends the id.
func (t *tx) keepProfileFields(people *table, keep *PreserveProfiles) error {
	return t.Exec(`UPDATE `+people.stage+` AS t SET email = CASE WHEN ?2 THEN t.email ELSE k.email END, active = CASE WHEN ?2 THEN t.active ELSE k.active END,
			name = CASE WHEN `+unnamed+` THEN k.name ELSE t.name END, name_folded = CASE WHEN `+unnamed+` THEN k.name_folded ELSE t.name_folded END,
			role = CASE WHEN ?1 THEN k.role ELSE t.role END, role_folded = CASE WHEN ?1 THEN k.role_folded ELSE t.role_folded END,
			department_ids = CASE WHEN NOT EXISTS (SELECT value FROM json_each(ifnull(t.department_ids, '[]')) EXCEPT SELECT value FROM json_each(ifnull(k.department_ids, '[]')))
				THEN k.department_ids
				ELSE (SELECT json_group_array(value) FROM (SELECT value FROM json_each(ifnull(k.department_ids, '[]')) UNION SELECT value FROM json_each(t.department_ids) ORDER BY 1)) END
		FROM profile k WHERE k.id = t.id`, keep.Role, keep.Listed)
}

// DepartmentIDs returns the ids of all departments, by id and by folded name.
func (s *Store) DepartmentIDs(ctx context.Context) (map[string]string, error) {
	ids := map[string]string{}
	err := s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var id, name string
			if err := scan(&id, &name); err != nil {
				return err
			}
			ids[schema.Fold(name)] = id
			return nil
		}, `SELECT id, name FROM department ORDER BY id DESC`)
	})
	for _, id := range slices.Collect(maps.Values(ids)) {
		ids[id] = id
	}
	return ids, err
}

// PeopleByEmail returns the ids of the people who alone have one of the addresses, which are
// compared without regard to case, by the address in small letters.
func (s *Store) PeopleByEmail(ctx context.Context, emails []string) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, email := range emails {
		wanted[strings.ToLower(email)] = true
	}
	found := map[string]string{}
	err := s.read(ctx, func(t *tx) error {
		d, err := s.profiles(t)
		if err != nil {
			return err
		}
		for i := range d.people {
			one := &d.people[i]
			if one.Email == nil {
				continue
			}
			email := strings.ToLower(strings.TrimSpace(*one.Email))
			if _, twice := found[email]; twice {
				found[email] = ""
			} else if wanted[email] {
				found[email] = one.id
			}
		}
		maps.DeleteFunc(found, func(_, id string) bool { return id == "" })
		return nil
	})
	return found, err
}
