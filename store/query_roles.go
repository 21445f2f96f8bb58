package store

import (
	"database/sql"
	"strconv"

	"glow/schema"
)

// checkRoles refuses a filter that names a role that nobody in scope has: the
// answer would be about nobody, and most often the role is misspelt.
func (t *tx) checkRoles(scope schema.Scope, roles []string) error {
	p := inScope(scope)
	there := `SELECT 1 FROM cohort c WHERE c.role_folded = asked.value AND ` + p.cohortCond() + ` AND EXISTS (SELECT 1 FROM profile p WHERE p.cohort_key = c.key)`
	if p.individual {
		there = `SELECT 1 FROM profile p WHERE p.role_folded = asked.value AND ` + p.cond()
	}
	folded := make([]string, len(roles))
	for i, r := range roles {
		folded[i] = schema.FoldCase(r)
	}
	at := -1
	err := t.Query(func(scan func(...any) error) error { return scan(&at) },
		`SELECT min(asked.key) FROM json_each(:asked) asked WHERE NOT EXISTS (`+there+`) HAVING count(*) > 0`, p.with(sql.Named("asked", jsonList(folded)))...)
	if at < 0 || err != nil {
		return err
	}
	known, err := t.rolesOf(p)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		return schema.Invalid("roles", "nobody has the role %q; there are no people here", schema.Clip(roles[at]))
	}
	return schema.Invalid("roles", "nobody has the role %q; there are %s", schema.Clip(roles[at]), schema.JoinFirst(known))
}

// rolesOf lists the roles of people, in quotes. Those that differ in case only are one.
func (t *tx) rolesOf(p personFilter) (roles []string, err error) {
	err = t.Query(func(scan func(...any) error) error {
		var role string
		err := scan(&role)
		roles = append(roles, strconv.Quote(role))
		return err
	}, `SELECT min(p.role) FROM profile p WHERE `+p.cond()+` GROUP BY p.role_folded ORDER BY p.role_folded`, p.args...)
	return roles, err
}
