package store

import (
	"fmt"

	"glow/schema"
)

// forgetLogRows removes a person from the rows of logs. Their own rows are deleted. Rows of
// others who acted as them become rows of those others; rows that affected them lose that
// reference. Names that no row has any more are deleted.
func (t *tx) forgetLogRows(profile int64) error {
	const (
		ids       = `(SELECT id, name FROM profile WHERE key = ?1 UNION ALL SELECT id, name FROM profile_alias WHERE profile_key = ?1) p`
		ofProfile = `SELECT t.key || ' ' || substr(p.id, length(t.name) + 2) FROM log_site t CROSS JOIN ` + ids + ` WHERE substr(p.id, 1, length(t.name) + 1) = t.name || '-'`
	)
	for _, q := range []string{
		// Only rows of a person acting as themselves show which names are theirs.
		`CREATE TABLE IF NOT EXISTS temp.forgotten_name (key INTEGER PRIMARY KEY)`,
		`DELETE FROM temp.forgotten_name`,
	} {
		if err := t.Exec(q); err != nil {
			return err
		}
	}
	for _, q := range []string{
		`INSERT OR IGNORE INTO temp.forgotten_name SELECT name_key FROM log_row WHERE profile_key = ?1 AND viewed_key IS NULL AND name_key <> 0`,
		`INSERT OR IGNORE INTO temp.forgotten_name SELECT n.key FROM ` + ids + ` CROSS JOIN log_name n ON n.name = p.name CROSS JOIN log_site t ON t.key = n.site_key
			WHERE substr(p.id, 1, length(t.name) + 1) = t.name || '-'`,
		`INSERT OR IGNORE INTO log_name (site_key, name) SELECT DISTINCT r.site_key, o.name FROM log_row r CROSS JOIN profile o ON o.key = r.profile_key
			WHERE r.viewed_key = ?1 AND r.profile_key <> ?1 AND r.name_key <> 0`,
		`UPDATE log_row AS r SET
			user = CASE WHEN profile_key IS NULL THEN user WHEN real <> 0 THEN ?2 WHEN (SELECT t.name || '-' || r.user FROM log_site t WHERE t.key = r.site_key)
				IN (SELECT o.id FROM profile o WHERE o.key = r.profile_key UNION ALL SELECT id FROM profile_alias WHERE profile_key = r.profile_key) THEN user ELSE -1 END,
			name_key = CASE WHEN name_key = 0 THEN 0 ELSE ifnull((SELECT n.key FROM log_name n JOIN profile o ON o.name = n.name WHERE o.key = r.profile_key AND n.site_key = r.site_key), 0) END,
			related = 0, affected_key = 0, viewed_key = NULL
			WHERE viewed_key = ?1 AND profile_key IS NOT ?1`,
		`UPDATE log_row SET affected_key = 0, related = 0 WHERE related = 0 AND affected_key IN (SELECT key FROM temp.forgotten_name) OR related <> 0 AND site_key || ' ' || related IN (` + ofProfile + `)`,
		`DELETE FROM log_row WHERE profile_key = ?1 OR user > 0 AND site_key || ' ' || user IN (` + ofProfile + `) OR real > 0 AND site_key || ' ' || real IN (` + ofProfile + `)`,
		`DELETE FROM log_name WHERE key NOT IN (SELECT name_key FROM log_row) AND key NOT IN (SELECT affected_key FROM log_row) AND ?1 IS NOT NULL`,
		`DELETE FROM log_record WHERE profile_key = ?1`,
		`DELETE FROM log_row_deleted AS d WHERE ?1 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM log_row r WHERE r.site_key = d.site_key AND r.id = d.id
			AND r.digest_high = d.digest_high AND r.digest_low = d.digest_low AND r.position = d.position)`,
	} {
		if err := t.Exec(q, profile, schema.UserForgotten); err != nil {
			return fmt.Errorf("rows of logs: %w", err)
		}
	}
	return nil
}

// removeOldLogRows removes rows of logs before an instant. Rows of a session that went on
// after it stay: without them the session would start later when it is derived again, and
// so have another id.
func (t *tx) removeOldLogRows(before schema.Instant) error {
	const lasts = `EXISTS (SELECT 1 FROM session s CROSS JOIN log_record l ON l.kind = 'session' AND l.key = s.key
		WHERE s.profile_key = log_row.profile_key AND s.created_at <= log_row.at AND s.ended_at >= log_row.at)`
	for _, q := range []string{
		`DELETE FROM log_row WHERE at < ?1 AND NOT ` + lasts,
		`DELETE FROM waiting_row WHERE created_at < ?1`,
	} {
		if err := t.Exec(q, before); err != nil {
			return err
		}
	}
	return t.deleteUnusedNames()
}

// chooseDerived chooses the records that were derived from the rows of a log that made a
// session, and remembers these rows: no import makes anything of them again. Each of them
// made an activity record, whose id is made of the row's.
func (r *removal) chooseDerived(session int64) error {
	for _, d := range derivedKinds {
		if d.kind == schema.KindSession {
			continue
		}
		_, err := r.choose(d.kind, `SELECT k.key FROM `+quote(d.kind)+` k CROSS JOIN log_record l ON l.kind = ?1 AND l.key = k.key WHERE k.session_key = ?2`, d.kind, session)
		if err != nil {
			return err
		}
	}
	return r.Exec(`INSERT OR IGNORE INTO log_row_deleted SELECT r.site_key, r.id, r.digest_high, r.digest_low, r.position
		FROM session s CROSS JOIN log_row r CROSS JOIN log_site t ON t.key = r.site_key
		WHERE s.key = ? AND r.profile_key = s.profile_key AND r.at BETWEEN s.created_at AND s.ended_at
		AND EXISTS (SELECT 1 FROM activity a WHERE a.session_key = s.key AND a.id = t.name || CASE WHEN r.id <> 0 THEN printf('-%u', r.id)
			ELSE printf('-row-%016x%016x', r.digest_high, r.digest_low) || CASE WHEN r.position > 0 THEN printf('-%u', r.position + 1) ELSE '' END END)`, session)
}

// deletedLogRows returns the rows of a site of which nothing is made.
func (t *tx) deletedLogRows(site int64) (map[schema.LogRowKey]bool, error) {
	deleted := map[schema.LogRowKey]bool{}
	return deleted, t.Query(func(scan func(...any) error) error {
		var id, high, low, position int64
		err := scan(&id, &high, &low, &position)
		deleted[schema.LogRowKey{ID: uint64(id), Digest: [2]uint64{uint64(high), uint64(low)}, Position: uint32(position)}] = true
		return err
	}, `SELECT id, digest_high, digest_low, position FROM log_row_deleted WHERE site_key = ?`, site)
}

// deleteUnusedNames deletes the names that no row of a log has.
func (t *tx) deleteUnusedNames() error {
	return t.Exec(`DELETE FROM log_name WHERE key NOT IN (SELECT name_key FROM log_row) AND key NOT IN (SELECT affected_key FROM log_row)`)
}
