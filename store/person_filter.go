package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"glow/schema"
)

// personFilter is the condition by which an answer chooses people, over profile p: the
// caller's scope and the request's filter. Every query takes it from here, so that no
// number can miss one of the two.
type personFilter struct {
	where      string
	cohorts    string // the same condition over cohort c
	individual bool   // the choice is not one of whole cohorts
	listed     string // selects their keys without a look at profile; empty: there is no such way
	reported   bool   // problems without a person that the caller's token reported are among theirs
	args       []any  // what all of these ask for, by name (see clause)
}

// and adds a condition that whole cohorts meet or do not.
func (p *personFilter) and(cond, cohorts string, args ...any) {
	p.listed, p.reported = "", false
	if p.where != "" {
		cond, cohorts = p.where+" AND "+cond, p.cohorts+" AND "+cohorts
	}
	p.where, p.cohorts, p.args = cond, cohorts, p.with(args...)
}

// with returns what their conditions ask for, and more.
func (p *personFilter) with(more ...any) []any { return slices.Concat(p.args, more) }

// andPerson adds a condition that people of one cohort may meet or not.
func (p *personFilter) andPerson(cond string, args ...any) {
	p.and(cond, "true", args...)
	p.individual = true
}

// andPersonID adds that they are the person of an id, which statements ask for by name.
func (p *personFilter) andPersonID(name, id string) {
	p.andPerson(`p.id = :`+name, sql.Named(name, id))
}

// andDepartments adds that they are in any of a list of departments, which statements
// ask for by name.
func (p *personFilter) andDepartments(name string, ids []string) {
	first := p.where == ""
	list := `(SELECT value FROM json_each(:` + name + `))`
	members := `SELECT pd.profile_key FROM profile_department pd WHERE pd.department_key IN
	(SELECT d.key FROM department d WHERE d.id IN ` + list + `)`
	p.and(`p.key IN (`+members+`)`, `EXISTS (SELECT 1 FROM json_each(c.department_ids) has WHERE has.value IN `+list+`)`,
		sql.Named(name, jsonList(ids)))
	if first {
		p.listed = members
	}
}

// cond is the condition over profile p.
func (p *personFilter) cond() string {
	if p.where == "" {
		return "true"
	}
	return p.where
}

// cohortCond is the condition over cohort c.
func (p *personFilter) cohortCond() string {
	if p.cohorts == "" {
		return "true"
	}
	return p.cohorts
}

// keys is the condition that an expression is the key of one of them.
func (p *personFilter) keys(expr string) string {
	if p.where == "" {
		return "true"
	}
	if p.listed != "" {
		return expr + " IN (" + p.listed + ")"
	}
	return expr + " IN (SELECT p.key FROM profile p WHERE " + p.where + ")"
}

// subject is the expression for whose problem it is: its person's or, where it has
// none, that of the person of its session; NULL when it is nobody's.
func subject(problem string) string {
	return "ifnull(" + problem + ".profile_key, " + sessionOwner(problem) + ")"
}

// problems is the condition that a problem is one of theirs. One without a
// person is in answers about everybody, and in those for the token that reported it as
// long as the request chooses no people.
func (p *personFilter) problems(problem string) string {
	cond := p.keys(subject(problem))
	if !p.reported {
		return cond
	}
	return fmt.Sprintf("(%s OR %[2]s.profile_key IS NULL AND %[2]s.reported_by = :scope_token)", cond, problem)
}

// cohortKeys is the condition that an expression is the key of one of their
// cohorts. It may only be asked of a choice that is not individual.
func (p *personFilter) cohortKeys(expr string) string {
	if p.where == "" {
		return "true"
	}
	return expr + " IN (SELECT c.key FROM cohort c WHERE " + p.cohorts + ")"
}

// inScope chooses the people whom a caller may see.
func inScope(scope schema.Scope) personFilter {
	var p personFilter
	switch {
	case scope.All:
	case scope.ProfileID != "":
		p.andPersonID("scope_person", scope.ProfileID)
	default:
		p.andDepartments("scope_departments", scope.DepartmentIDs)
		p.reported = scope.TokenID != ""
		p.args = p.with(sql.Named("scope_token", scope.TokenID))
	}
	return p
}

// choose narrows the people in scope to those of a filter.
func (t *tx) choose(scope schema.Scope, f schema.Filter) (personFilter, error) {
	p := inScope(scope)
	if len(f.DepartmentIDs) > 0 {
		if err := t.checkDepartments(scope, f.DepartmentIDs); err != nil {
			return p, err
		}
		p.andDepartments("departments", f.DepartmentIDs)
	}
	if len(f.Roles) > 0 {
		if err := t.checkRoles(scope, f.Roles); err != nil {
			return p, err
		}
		roles := make([]string, len(f.Roles))
		for i, r := range f.Roles {
			roles[i] = schema.FoldCase(r)
		}
		p.and(`p.role_folded IN (SELECT value FROM json_each(:roles))`, `c.role_folded IN (SELECT value FROM json_each(:roles))`,
			sql.Named("roles", jsonList(roles)))
	}
	return p, nil
}

// checkDepartments refuses a filter that names a department that the caller
// may not see or that is not there: it must never silently answer for others.
func (t *tx) checkDepartments(scope schema.Scope, ids []string) error {
	visible, err := t.visibleDepartments(scope)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if slices.ContainsFunc(visible, func(o schema.Option) bool { return o.Value == id }) {
			continue
		}
		if scope.All {
			return schema.Invalid("department_ids", "there is no department %q", id)
		}
		return schema.Errorf(schema.CodeForbidden, "department_ids: %q is not among the departments of this token", id)
	}
	return nil
}

// visibleDepartments lists the departments in scope, by name.
func (t *tx) visibleDepartments(scope schema.Scope) ([]schema.Option, error) {
	query := `SELECT d.id, d.name FROM department d`
	switch {
	case scope.All:
	case scope.ProfileID != "":
		query += ` JOIN profile_department pd ON pd.department_key = d.key JOIN profile p ON p.key = pd.profile_key WHERE p.id = :scope_person`
	default:
		query += ` WHERE d.id IN (SELECT value FROM json_each(:scope_departments))`
	}
	p := inScope(scope)
	options := []schema.Option{}
	err := t.Query(func(scan func(...any) error) error {
		var o schema.Option
		err := scan(&o.Value, &o.Label)
		options = append(options, o)
		return err
	}, query+` ORDER BY d.name, d.id`, p.args...)
	return options, err
}

// narrowTo narrows people to one person, who must be in scope.
func (t *tx) narrowTo(p *personFilter, scope schema.Scope, profileID string) error {
	if _, err := t.personKey(scope, profileID); err != nil {
		return err
	}
	p.andPersonID("person", profileID)
	return nil
}

// personKey finds a person whom the caller may see.
func (t *tx) personKey(scope schema.Scope, profileID string) (key int64, err error) {
	p := inScope(scope)
	p.andPersonID("person", profileID)
	err = t.QueryRow([]any{&key}, `SELECT p.key FROM profile p WHERE `+p.cond(), p.args...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, schema.Errorf(schema.CodeNotFound, "there is no person %q", profileID)
	}
	return key, err
}

// unknownTerm says that a term is not known, and which are, the latest first.
func (t *tx) unknownTerm(id string) error {
	var known []string
	err := t.Query(func(scan func(...any) error) error {
		var one string
		err := scan(&one)
		known = append(known, strconv.Quote(one))
		return err
	}, `SELECT id FROM term ORDER BY starts_on DESC, id`)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		return schema.Invalid("term", "there is no term %q, and none at all yet; import them as terms.csv", id)
	}
	return schema.Invalid("term", "there is no term %q; there are %s", id, schema.JoinFirst(known))
}

// window reads the dates and the term of a filter.
func (s *Store) window(t *tx, f schema.Filter) (schema.Window, error) {
	w, err := f.Window(s.o.Zone)
	if err != nil || f.Term == "" {
		return w, err
	}
	var first, last schema.Day
	err = t.QueryRow([]any{&first, &last}, `SELECT starts_on, ends_on FROM term WHERE id = ?`, f.Term)
	if errors.Is(err, sql.ErrNoRows) {
		return w, t.unknownTerm(f.Term)
	}
	return w.Intersect(schema.DayWindow(first, last, s.o.Zone)), err
}
