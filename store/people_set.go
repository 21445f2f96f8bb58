package store

import (
	"context"
	"errors"
	"slices"

	"glow/schema"
)

// SetProfiles changes several people at once: all or none. The error is CodeNotFound if
// nobody has one of the ids.
func (s *Store) SetProfiles(ctx context.Context, caller schema.Caller, req schema.SetProfilesRequest) (answer schema.SetProfilesResponse, err error) {
	err = s.write(ctx, func(t *tx) error {
		answer, err = s.setProfiles(t, caller, req)
		if err == nil && req.DryRun {
			return errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return answer, err
}

func (s *Store) setProfiles(t *tx, caller schema.Caller, req schema.SetProfilesRequest) (answer schema.SetProfilesResponse, err error) {
	if err := t.departmentsThere("add_department_ids", req.AddDepartmentIDs); err != nil {
		return answer, err
	}
	if err := t.departmentsThere("remove_department_ids", req.RemoveDepartmentIDs); err != nil {
		return answer, err
	}
	ids := slices.Clone(req.ProfileIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := t.readProfiles(`WHERE id IN (SELECT value FROM json_each(?))`, jsonList(ids))
	if err != nil {
		return answer, err
	}
	if len(found.people) < len(ids) {
		for _, id := range ids {
			if _, err := t.profileOf(id); err != nil {
				return answer, err
			}
		}
	}
	for i := range found.people {
		apply(req, &found.people[i])
	}
	p := s.newPut(PutOptions{})
	if err := p.stageAndMerge(t, profileRecords(found.people)); err != nil {
		return answer, err
	}
	answer = schema.SetProfilesResponse{Updated: p.answer.Updated, Unchanged: p.answer.Unchanged, Changed: map[string]int64{}, DryRun: req.DryRun}
	for field, n := range p.answer.Changed[schema.KindProfile] {
		answer.Changed[field] = n
	}
	if answer.Updated == 0 {
		return answer, nil
	}
	detail, err := p.auditRecords(t)
	if err != nil {
		return answer, err
	}
	return answer, t.audit(caller, schema.ActionProfiles, map[string]any{"records": detail, "changed": answer.Changed})
}

// departmentsThere returns an error that names the field if there is no department of one
// of the ids.
func (t *tx) departmentsThere(field string, ids []string) error {
	for _, id := range ids {
		n, err := t.QueryCount(`SELECT count(*) FROM department WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return schema.Invalid(field, "there is no department %q", id)
		}
	}
	return nil
}

// apply changes a profile as the request says.
func apply(req schema.SetProfilesRequest, one *profile) {
	if req.Active != nil {
		one.Active = *req.Active
	}
	if req.Role != "" {
		one.Role = req.Role
	}
	departments := slices.Concat(one.departments, req.AddDepartmentIDs)
	slices.Sort(departments)
	one.departments = slices.DeleteFunc(slices.Compact(departments), func(id string) bool { return slices.Contains(req.RemoveDepartmentIDs, id) })
}
