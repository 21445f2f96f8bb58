package store

import (
	"context"

	"glow/schema"
)

// People lists everybody by name, but those whom glow made for admins.
func (s *Store) People(ctx context.Context) (list []schema.PersonItem, err error) {
	err = s.read(ctx, func(t *tx) error {
		found, err := t.readProfiles(`WHERE true`)
		if err != nil {
			return err
		}
		for _, one := range found.people {
			if !isViewer(one.id) {
				resource := one.ProfileResource
				resource.DepartmentIDs = one.departments
				list = append(list, schema.PersonItem{ProfileID: one.id, ProfileResource: resource})
			}
		}
		return nil
	})
	return list, err
}

// Departments lists all departments by name, also those without people.
func (s *Store) Departments(ctx context.Context) (list []schema.DepartmentPeople, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var one schema.DepartmentPeople
			err := scan(&one.DepartmentID, &one.Name, &one.People, &one.Active)
			list = append(list, one)
			return err
		}, `SELECT d.id, d.name, count(p.key), ifnull(sum(p.active), 0) FROM department d
			LEFT JOIN profile_department l ON l.department_key = d.key LEFT JOIN profile p ON p.key = l.profile_key
			GROUP BY d.key ORDER BY d.name COLLATE NOCASE, d.id`)
	})
	return list, err
}
