package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"glow/schema"
)

// Delete removes one record and those that require it; optional references to them are
// cleared. Of a department people are taken out. Of a session that was derived from rows of
// a log nothing is derived again. The error is CodeNotFound if there is no such record, and
// CodeConflict for a person who has something, and for any other record of a log.
func (s *Store) Delete(ctx context.Context, caller schema.Caller, req schema.DeleteRequest) (answer schema.DeleteResponse, err error) {
	err = s.changeByHand(ctx, req.DryRun, func(t *tx) error {
		answer, err = s.deleteOne(t, caller, req)
		return err
	})
	return answer, err
}

func (s *Store) deleteOne(t *tx, caller schema.Caller, req schema.DeleteRequest) (answer schema.DeleteResponse, err error) {
	table := tableOf(req.Kind)
	var key int64
	err = t.QueryRow([]any{&key}, `SELECT key FROM `+table.name+` WHERE id = ?`, req.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return answer, schema.Errorf(schema.CodeNotFound, "there is no %s %q", req.Kind, req.ID)
	}
	if err != nil {
		return answer, err
	}
	if err := t.refuseDerived(table, key); err != nil {
		return answer, err
	}
	detail, err := t.namesOfDeleted(table, key, req.ID)
	if err != nil {
		return answer, err
	}
	r, err := t.newRemoval()
	if err != nil {
		return answer, err
	}
	switch req.Kind {
	case schema.KindProfile:
		err = t.refuseOwner(key, req.ID)
	case schema.KindSession:
		err = r.chooseDerived(key)
	case schema.KindDepartment:
		err = s.emptyDepartment(r, key, req.ID)
	}
	if err != nil {
		return answer, err
	}
	if _, err := r.choose(req.Kind, `VALUES (?)`, key); err != nil {
		return answer, err
	}
	if err := r.addDependents(); err != nil {
		return answer, err
	}
	if err := r.remove(); err != nil {
		return answer, err
	}
	answer = schema.DeleteResponse{Removed: r.removed, Emptied: r.emptied, DryRun: req.DryRun}
	detail["removed"], detail["emptied"] = r.removed, r.emptied
	return answer, t.audit(caller, schema.ActionDelete, detail)
}

// namesOfDeleted identifies a record in the audit entry: by its id, and by that of the
// person whose it is, so that the entry is found when they are forgotten.
func (t *tx) namesOfDeleted(table *table, key int64, id string) (map[string]any, error) {
	detail := map[string]any{"kind": table.kind.Name, table.kind.Name + "_id": id}
	owner := ""
	switch {
	case table.kind.Field("profile_id") >= 0:
		owner = "k.profile_key"
	case table.marks.session != "":
		owner = "(SELECT own.profile_key FROM session own WHERE own.key = " + table.marks.session + ")"
	default:
		return detail, nil
	}
	var profileID string
	err := t.QueryRow([]any{&profileID}, `SELECT ifnull((SELECT p.id FROM profile p WHERE p.key = `+owner+`), '') FROM `+table.name+` k `+table.marks.join+` WHERE k.key = ?`, key)
	if profileID != "" {
		detail["profile_id"] = profileID
	}
	return detail, err
}

// refuseOwner returns an error if anything is a person's.
func (t *tx) refuseOwner(key int64, id string) error {
	has := []string{
		`SELECT 1 FROM token WHERE profile_id = ?2`, `SELECT 1 FROM profile_alias WHERE profile_key = ?1`,
		`SELECT 1 FROM log_row WHERE profile_key = ?1 OR viewed_key = ?1`, `SELECT 1 FROM log_record WHERE profile_key = ?1`,
	}
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref != nil && c.ref.kind.Name == schema.KindProfile {
				has = append(has, `SELECT 1 FROM `+table.name+` WHERE `+c.name+` = ?1`)
			}
		}
	}
	n, err := t.QueryCount(`SELECT EXISTS (`+strings.Join(has, ` UNION ALL `)+`) AND ?2 IS NOT NULL`, key, id)
	if err != nil || n == 0 {
		return err
	}
	return schema.Errorf(schema.CodeConflict, "%q has records, a token or other ids; merge it into the person whose they are, or forget the person with all records", id)
}

// emptyDepartment takes everybody out of a department.
func (s *Store) emptyDepartment(r *removal, key int64, id string) error {
	tokens, err := r.QueryCount(`SELECT count(*) FROM token WHERE revoked_at IS NULL AND ? IN (SELECT value FROM json_each(token.department_ids))`, id)
	if err != nil {
		return err
	}
	if tokens > 0 {
		return schema.Errorf(schema.CodeConflict, "%s may see the department %q; revoke what is in use first", countOf(tokens, "token"), id)
	}
	if err := r.forgetHorizons(`VALUES (?)`, key); err != nil {
		return err
	}
	members, err := r.readProfiles(`WHERE key IN (SELECT profile_key FROM profile_department WHERE department_key = ?)`, key)
	if err != nil || len(members.people) == 0 {
		return err
	}
	for i := range members.people {
		one := &members.people[i]
		one.departments = slices.DeleteFunc(slices.Clone(one.departments), func(d string) bool { return d == id })
	}
	r.emptied[schema.KindProfile] = int64(len(members.people))
	return s.putNow(r.tx, profileRecords(members.people))
}

// refuseDerived returns an error if a record was derived from rows of a log. A session may
// be deleted, with all that its rows gave; other records come of single rows, which give
// more than that.
func (t *tx) refuseDerived(table *table, key int64) error {
	if table.kind.Name == schema.KindSession || table.kind.Name == schema.KindProfile {
		return nil
	}
	n, err := t.QueryCount(`SELECT count(*) FROM log_record WHERE kind = ? AND key = ?`, table.kind.Name, key)
	if err != nil || n == 0 {
		return err
	}
	return schema.Errorf(schema.CodeConflict, "this %s is made of a row of a log, and the next import of the log would make it again; delete the session that it is in", table.kind.Name)
}
