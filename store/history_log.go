package store

import "strings"

// The rows of a log name the import that brought them first. To take it back is to remove
// them and to derive the records of their people again from the rows that are left.

// noteLog notes which log an import is of, and whose rows it repeats.
func (p *put) noteLog(t *tx) error {
	saidRole := p.o.PreserveProfiles != nil && !p.o.PreserveProfiles.Role
	err := t.Exec(`UPDATE import SET site_key = ?2, log_gap = ?3, log_viewers = ?4, said_role = ?5 WHERE key = ?1`,
		p.importKey, p.log.siteKey, p.log.Gap.Microseconds(), p.log.Viewers, saidRole)
	if err != nil {
		return err
	}
	for of := range p.log.repeats {
		if err := t.Exec(`INSERT INTO import_repeated SELECT ?, key FROM import WHERE key = ?`, p.importKey, of); err != nil {
			return err
		}
	}
	replaced, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM temp.log_rowless)`)
	if err != nil || replaced == 0 {
		return err
	}
	return p.keepForGood(t, "it took the place of sessions that had come without the rows of the log")
}

// keepRepeated keeps the imports for good whose rows come again in one that is not listed.
func (p *put) keepRepeated(t *tx) error {
	if p.silent {
		return nil
	}
	for of := range p.log.repeats {
		if err := t.keepImports(permanentRepeated, `VALUES (?)`, of); err != nil {
			return err
		}
	}
	return nil
}

// noteChangedRows notes that the import says more of stored rows than they said; what they
// said before is not kept.
func (p *put) noteChangedRows(t *tx) error {
	if p.importKey == 0 {
		return p.keepRepeated(t)
	}
	const said = `at, repeated, event, origin, event_name, user, real, related, object, module, name_key, affected_key`
	columns := func(of string) string { return of + "." + strings.ReplaceAll(said, ", ", ", "+of+".") }
	more, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM temp.kept_log k CROSS JOIN log_row r
		ON r.site_key = ? AND r.id = k.id AND r.digest_high = k.digest_high AND r.digest_low = k.digest_low AND r.position = k.position
		WHERE k.import_key <> ? AND (`+columns("k")+`) IS NOT (`+columns("r")+`))`, p.log.siteKey, ofThisImport)
	if err != nil || more == 0 {
		return err
	}
	return p.keepForGood(t, "it says more of rows of the log that an earlier import had brought")
}
