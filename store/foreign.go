package store

import "context"

// UnknownDepartments returns those of the ids that no department has.
func (s *Store) UnknownDepartments(ctx context.Context, ids []string) (unknown []string, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			unknown = append(unknown, id)
			return err
		}, `SELECT DISTINCT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM department) ORDER BY 1`, jsonList(ids))
	})
	return unknown, err
}

// KnownProfile is what is there of a person that logs of other programs do not
// tell of.
type KnownProfile struct {
	Name, Role    string
	Email         *string
	DepartmentIDs []string
	Active        bool
}

// KnownProfiles returns everybody who is there, by id.
func (s *Store) KnownProfiles(ctx context.Context) (known map[string]KnownProfile, err error) {
	known = map[string]KnownProfile{}
	err = s.read(ctx, func(t *tx) error {
		return t.each(func(scan func(...any) error) error {
			var (
				id, departments string
				p               KnownProfile
			)
			if err := scan(&id, &p.Name, &p.Role, &p.Email, &departments, &p.Active); err != nil {
				return err
			}
			p.DepartmentIDs, err = parseList(departments)
			known[id] = p
			return err
		}, `SELECT id, name, role, email, ifnull(department_ids, ''), active FROM profile`)
	})
	return known, err
}
