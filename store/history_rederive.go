package store

import (
	"database/sql"
	"errors"
	"maps"

	"glow/schema"
)

// rederive removes the rows of the log, and puts what the other rows give in the place of
// what they gave with them.
func (b *takeBack) rederive() error {
	if b.log == nil {
		return nil
	}
	err := b.Exec(`DELETE FROM log_record WHERE kind = ?1 AND key IN (SELECT key FROM temp.kept_record WHERE kind = ?1)`, schema.KindProfile)
	if err != nil {
		return err
	}
	if err := b.findNamed(); err != nil {
		return err
	}
	if err := b.Exec(`DELETE FROM log_row WHERE site_key = ? AND import_key = ?`, b.log.log.siteKey, b.key); err != nil {
		return err
	}
	if err := b.completeNewPeople(); err != nil {
		return err
	}
	err = b.log.merge(b.tx)
	if errors.Is(err, errRefused) {
		_, err = b.log.refusal()
	}
	if err != nil {
		return err
	}
	if err := b.log.clear(b.tx); err != nil {
		return err
	}
	maps.Copy(b.answer.Removed, b.log.answer.Removed)
	stayed, err := b.QueryCount(`SELECT count(*) FROM import_added a CROSS JOIN profile k ON k.key BETWEEN a.first_key AND a.last_key WHERE a.import_key = ? AND a.kind = ?`, b.key, schema.KindProfile)
	if err != nil {
		return err
	}
	if stayed > 0 {
		b.answer.Stayed[schema.KindProfile] = stayed
	}
	return b.deleteUnusedNames()
}

// completeNewPeople says of those who turn out to be other people without the rows what the
// other imports of the log say of everybody, or else what was known of whom they were.
func (b *takeBack) completeNewPeople() error {
	// Those who stay are as they are: what the import changed of them is restored later.
	err := b.Exec(`UPDATE temp.stage_profile AS t SET (name, name_folded, email, role, role_folded, department_ids, active) =
		(SELECT o.name, o.name_folded, o.email, o.role, o.role_folded, o.department_ids, o.active FROM profile o WHERE o.id = t.id) WHERE t.id IN (SELECT id FROM profile)`)
	if err != nil {
		return err
	}
	if err := b.refuseOthers(); err != nil {
		return err
	}
	err = b.Exec(`UPDATE temp.stage_profile AS t SET department_ids = o.department_ids, role = o.role, role_folded = o.role_folded, active = o.active
		FROM temp.log_moved m CROSS JOIN profile o ON o.id = m.old_id WHERE m.new_id = t.id AND t.id NOT IN (SELECT id FROM profile)`)
	if err != nil {
		return err
	}
	return b.Exec(`UPDATE temp.stage_profile SET department_ids = d.ids FROM (
			SELECT json_group_array(value) AS ids, count(*) AS n FROM (SELECT DISTINCT j.value FROM import i CROSS JOIN json_each(i.departments) j
				WHERE i.site_key = ? AND i.key <> ? AND i.taken_back_at IS NULL AND j.value IN (SELECT id FROM department) ORDER BY 1)
		) d WHERE d.n > 0 AND id NOT IN (SELECT id FROM profile)`, b.log.log.siteKey, b.key)
}

// refuseOthers returns an error if somebody turns out to be another person without the rows, of
// whom the import, or anything since, says more than the rows do.
func (b *takeBack) refuseOthers() error {
	var id string
	err := b.QueryRow([]any{&id}, `SELECT m.old_id FROM temp.log_moved m CROSS JOIN profile o ON o.id = m.old_id
		WHERE m.new_id IN (SELECT id FROM temp.stage_profile) AND m.new_id NOT IN (SELECT id FROM profile)
		AND (EXISTS (SELECT 1 FROM import i WHERE i.key = ?1 AND i.departments <> '[]')
			OR EXISTS (SELECT 1 FROM import i WHERE i.site_key = ?2 AND i.taken_back_at IS NULL AND i.said_role = 1)
			OR EXISTS (SELECT 1 FROM import_added a CROSS JOIN import i ON i.key = a.import_key
				WHERE a.kind = 'profile' AND o.key BETWEEN a.first_key AND a.last_key AND i.site_key IS NOT ?2)
			OR EXISTS (SELECT 1 FROM import_changed c WHERE c.kind = 'profile' AND c.key = o.key AND c.import_key <> ?1)
			OR EXISTS (SELECT 1 FROM changed_by_hand c WHERE c.kind = 'profile' AND c.key = o.key)) LIMIT 1`, b.key, b.log.log.siteKey)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return schema.Errorf(schema.CodeConflict, "nothing was taken back: without it, %q is several people, and their role and departments are not known", id)
}

// findNamed finds the people whom only rows that go name.
func (b *takeBack) findNamed() error {
	b.named = map[string]string{}
	return b.Query(func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		b.named[id] = name
		return err
	}, `SELECT t.id, t.name FROM temp.stage_profile t CROSS JOIN profile k ON k.id = t.id CROSS JOIN log_record l ON l.kind = 'profile' AND l.key = k.key
		WHERE `+unnamed+` AND k.name IN (SELECT n.name FROM log_name n WHERE n.key IN (SELECT name_key FROM log_row WHERE site_key = ?1 AND import_key = ?2
			UNION SELECT affected_key FROM log_row WHERE site_key = ?1 AND import_key = ?2))`, b.log.log.siteKey, b.key)
}
