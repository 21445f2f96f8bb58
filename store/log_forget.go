package store

import (
	"fmt"

	"glow/schema"
)

// forgetLogRows takes a person out of the rows of logs. Their own rows go. Rows of others
// who acted as them become what those did as themselves; other rows lose whom they
// affected. Names that no row has any more go, too.
func (t *tx) forgetLogRows(profile int64) error {
	const ofProfile = `SELECT t.key || ' ' || substr(p.id, length(t.name) + 2) FROM log_site t CROSS JOIN profile p ON p.key = ?1 WHERE p.id LIKE t.name || '-%'`
	for _, q := range []string{
		// Only rows of a person acting as themselves tell which names are theirs.
		`CREATE TABLE IF NOT EXISTS temp.forgotten_name (key INTEGER PRIMARY KEY)`,
		`DELETE FROM temp.forgotten_name`,
	} {
		if err := t.exec(q); err != nil {
			return err
		}
	}
	for _, q := range []string{
		`INSERT OR IGNORE INTO temp.forgotten_name SELECT name_key FROM log_row WHERE profile_key = ?1 AND viewed_key IS NULL AND name_key <> 0`,
		`INSERT OR IGNORE INTO temp.forgotten_name SELECT n.key FROM log_name n JOIN profile p ON p.name = n.name WHERE p.key = ?1`,
		`INSERT OR IGNORE INTO log_name (site_key, name) SELECT DISTINCT r.site_key, o.name FROM log_row r CROSS JOIN profile o ON o.key = r.profile_key
			WHERE r.viewed_key = ?1 AND r.profile_key <> ?1 AND r.name_key <> 0`,
		`UPDATE log_row AS r SET
			user = CASE WHEN real <> 0 THEN real WHEN (SELECT t.name || '-' || r.user FROM log_site t WHERE t.key = r.site_key) = (SELECT o.id FROM profile o WHERE o.key = r.profile_key) THEN user ELSE -1 END,
			name_key = CASE WHEN name_key = 0 THEN 0 ELSE ifnull((SELECT n.key FROM log_name n JOIN profile o ON o.name = n.name WHERE o.key = r.profile_key AND n.site_key = r.site_key), 0) END,
			real = 0, related = 0, affected_key = 0, viewed_key = NULL
			WHERE viewed_key = ?1 AND profile_key <> ?1`,
		`UPDATE log_row SET affected_key = 0, related = 0 WHERE affected_key IN (SELECT key FROM temp.forgotten_name) OR related <> 0 AND site_key || ' ' || related IN (` + ofProfile + `)`,
		`DELETE FROM log_row WHERE profile_key = ?1 OR user > 0 AND site_key || ' ' || user IN (` + ofProfile + `)`,
		`DELETE FROM log_name WHERE key NOT IN (SELECT name_key FROM log_row) AND key NOT IN (SELECT affected_key FROM log_row) AND ?1 IS NOT NULL`,
		`DELETE FROM log_record WHERE profile_key = ?1`,
	} {
		if err := t.exec(q, profile); err != nil {
			return fmt.Errorf("rows of logs: %w", err)
		}
	}
	return nil
}

// retainLogRows removes the rows of logs that are older than an instant, as what was
// made of them.
func (t *tx) retainLogRows(before schema.Instant) error {
	for _, q := range []string{
		`DELETE FROM log_row WHERE at < ?1`,
		`DELETE FROM waiting_row WHERE created_at < ?1`,
		`DELETE FROM log_name WHERE key NOT IN (SELECT name_key FROM log_row) AND key NOT IN (SELECT affected_key FROM log_row) AND ?1 IS NOT NULL`,
	} {
		if err := t.exec(q, before); err != nil {
			return err
		}
	}
	return nil
}
