package store

import (
	"fmt"

	"glow/schema"
)

// An id that was merged into a person stays known as an alias (profile_alias). Every
// input that names it means that person.

// meant selects the ids of the people whom aliases mean, with the alias.
const meant = `SELECT p.id FROM profile_alias a CROSS JOIN profile p ON p.key = a.profile_key WHERE a.id = `

// followAliases puts the people who are meant in the place of aliases in all staged
// references to people. It does nothing if no profile has changed since it last ran.
func (p *put) followAliases(t *tx) error {
	version, err := t.peopleVersion()
	if err != nil || version == p.followed {
		return err
	}
	p.followed = version
	there, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM profile_alias)`)
	if err != nil || there == 0 {
		return err
	}
	for table := range p.counts {
		for _, c := range table.columns {
			if c.ref == nil || c.ref.kind.Name != schema.KindProfile {
				continue
			}
			err := t.Exec(fmt.Sprintf(`UPDATE %s SET %[2]s = (`+meant+`%[2]s) WHERE %[2]s IN (SELECT id FROM profile_alias)`, table.stage, c.staged))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// passOverAliases takes staged profiles out whose ids are aliases: what a file says of an
// id that was merged says nothing of the person who stays. Only a log of another program,
// which adds its departments to those of everybody in it, adds them to that person.
func (p *put) passOverAliases(t *tx, people *table) (passed int64, err error) {
	if p.o.PreserveProfiles != nil {
		err := t.Exec(`UPDATE ` + people.stage + ` AS t SET (id, name, name_folded, role, role_folded) =
				(SELECT p.id, p.name, p.name_folded, p.role, p.role_folded FROM profile_alias a CROSS JOIN profile p ON p.key = a.profile_key WHERE a.id = t.id)
			WHERE id IN (SELECT id FROM profile_alias) AND (` + meant + `t.id) NOT IN (SELECT id FROM ` + people.stage + `)`)
		if err != nil {
			return 0, err
		}
	}
	passed, err = t.ExecCount(`DELETE FROM ` + people.stage + ` WHERE id IN (SELECT id FROM profile_alias)`)
	p.counts[people] -= passed
	return passed, err
}

// personMeant returns the id of the person whom an id means: the same, unless it is an
// alias.
func (t *tx) personMeant(id string) (person string, err error) {
	err = t.QueryRow([]any{&person}, `SELECT ifnull((`+meant+`?1), ?1)`, id)
	return person, err
}
