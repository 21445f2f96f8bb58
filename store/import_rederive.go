package store

import (
	"fmt"
	"time"

	"glow/schema"
)

type derivedKind struct{ kind, owner string }

// derivedKinds are the kinds of records derived from rows of a log, beside profiles.
// owner is the expression for the person of the record k.
var derivedKinds = []derivedKind{
	{schema.KindSession, `k.profile_key`},
	{schema.KindLogin, `k.profile_key`},
	{schema.KindActivity, `k.profile_key`},
	{schema.KindGrant, sessionOwner("k")},
	{schema.KindEmulation, sessionOwner("k")},
	{schema.KindAttempt, sessionOwner("k")},
}

// replaceDerived removes records that the rows of a log no longer give. Records that came
// otherwise but refer to a removed session or person move to the one that replaced it.
func (p *put) replaceDerived(t *tx) error {
	if p.log == nil || p.log.result == nil || p.rejected > 0 && p.strict {
		return nil
	}
	if err := p.storeLogRows(t); err != nil {
		return err
	}
	if err := p.recordDerived(t); err != nil {
		return err
	}
	if err := p.findSessionsWithoutRows(t); err != nil {
		return err
	}
	r, err := t.newRemoval()
	if err != nil {
		return err
	}
	for _, step := range []func(*removal) error{p.chooseOutdated, p.checkChosen, p.chooseSessionsWithoutRows, p.saveDerived, p.moveToNewSessions, p.moveToNewPeople} {
		if err := step(r); err != nil {
			return err
		}
	}
	if len(r.chosen) == 0 {
		return nil
	}
	if err := r.recount(); err != nil {
		return err
	}
	p.answer.Removed = r.removed
	return r.remove()
}

// checkChosen has the chosen records checked by whoever takes an import back.
func (p *put) checkChosen(r *removal) error {
	if p.log.checkOutdated == nil {
		return nil
	}
	return p.log.checkOutdated(r)
}

// recount counts the chosen records again, after some were unchosen.
func (r *removal) recount() error {
	clear(r.removed)
	for table := range r.chosen {
		n, err := r.QueryCount(`SELECT count(*) FROM ` + table.removalKeys())
		if err != nil {
			return err
		}
		if n > 0 {
			r.removed[table.kind.Name] = n
		}
	}
	return nil
}

// noteLastKeys remembers the last person and session before the import.
func (p *put) noteLastKeys(t *tx) (err error) {
	if p.log == nil {
		return nil
	}
	if p.log.lastProfile, err = t.QueryCount(`SELECT ifnull(max(key), 0) FROM profile`); err != nil {
		return err
	}
	p.log.lastSession, err = t.QueryCount(`SELECT ifnull(max(key), 0) FROM session`)
	return err
}

// recordDerived lists the records derived from the rows in temp.log_made.
func (p *put) recordDerived(t *tx) error {
	for _, d := range derivedKinds {
		table := tableOf(d.kind)
		if p.counts[table] == 0 {
			continue
		}
		err := t.Exec(fmt.Sprintf(`INSERT OR IGNORE INTO temp.log_made SELECT ?, k.key, %s FROM %s t CROSS JOIN %s k ON k.id = t.id`, d.owner, table.stage, table.name), d.kind)
		if err != nil {
			return err
		}
	}
	return t.Exec(`INSERT INTO temp.log_made SELECT ?1, key, key FROM profile WHERE key > ?2`, schema.KindProfile, p.log.lastProfile)
}

// findSessionsWithoutRows finds sessions derived from the same log but not from stored
// rows: by a version that did not store rows, or in another database from which they were
// imported as records. If one holds activity that the stored rows do not give, the import
// is rejected unless it may replace it, because both would be counted.
func (p *put) findSessionsWithoutRows(t *tx) error {
	gap := sessionGap.Microseconds()
	err := t.Exec(`INSERT INTO temp.log_rowless SELECT s.key FROM temp.log_touched w CROSS JOIN profile o ON o.id = w.id CROSS JOIN session s ON s.profile_key = o.key
		WHERE s.id = o.id || '-' || strftime('%Y%m%dT%H%M%SZ', s.created_at / 1000000, 'unixepoch')
		AND s.key <= ?2 AND s.key NOT IN (SELECT key FROM log_record WHERE kind = 'session')
		AND EXISTS (SELECT 1 FROM session n CROSS JOIN temp.log_made m ON m.kind = 'session' AND m.key = n.key WHERE n.profile_key = s.profile_key
			AND n.created_at <= ifnull(s.ended_at, s.created_at) + ?1 AND n.ended_at >= s.created_at - ?1)`, gap, p.log.lastSession)
	if err != nil || p.log.Replace {
		return err
	}
	var id string
	n, err := t.QueryCount(`SELECT count(*) FROM ` + sessionsWithoutRows)
	if err != nil || n == 0 {
		return err
	}
	if err := t.QueryRow([]any{&id}, `SELECT min(s.id) FROM `+sessionsWithoutRows); err != nil {
		return err
	}
	return schema.Errorf(schema.CodeConflict, "%s of this site, %s first, %s made by an earlier version of glow or came as records, without the rows of the log that they are made of; "+
		"to count nothing twice, import all logs of the site together with --replace, which makes them anew from these rows", countOf(n, "session"), id, wasWere(n))
}

// sessionsWithoutRows selects those of temp.log_rowless, as s, that hold activity which
// the stored rows do not give.
const sessionsWithoutRows = `temp.log_rowless w CROSS JOIN session s ON s.key = w.key
	WHERE EXISTS (SELECT 1 FROM activity a WHERE a.session_key = s.key AND NOT EXISTS (SELECT 1 FROM temp.log_made m WHERE m.kind = 'activity' AND m.key = a.key))`

func countOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func wasWere(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// chooseOutdated chooses records once derived from the rows that the import touches which
// these rows no longer give. Sessions and their records are found by time; attempts, which
// may span sessions, and people by person.
func (p *put) chooseOutdated(r *removal) error {
	if p.log.newSite {
		return nil
	}
	const notMade = ` AND NOT EXISTS (SELECT 1 FROM temp.log_made m WHERE m.kind = ?1 AND m.key = l.key)`
	for _, d := range derivedKinds {
		in := `k.session_key = s.key`
		if d.kind == schema.KindSession {
			in = `k.key = s.key`
		}
		query := fmt.Sprintf(`SELECT l.key FROM temp.log_span c CROSS JOIN profile o ON o.id = c.id
			CROSS JOIN session s ON s.profile_key = o.key AND s.created_at BETWEEN c.from_at AND c.until_at
			CROSS JOIN %s k ON %s
			CROSS JOIN log_record l ON l.kind = ?1 AND l.key = k.key AND l.profile_key = o.key WHERE true`, quote(d.kind), in)
		if d.kind == schema.KindAttempt {
			query = `SELECT l.key FROM temp.log_touched w CROSS JOIN profile o ON o.id = w.id CROSS JOIN log_record l ON l.profile_key = o.key AND l.kind = ?1 WHERE true`
		}
		if _, err := r.choose(d.kind, query+notMade, d.kind); err != nil {
			return err
		}
	}
	_, err := r.choose(schema.KindProfile, `SELECT l.key FROM temp.log_touched w CROSS JOIN profile o ON o.id = w.id CROSS JOIN log_record l ON l.kind = 'profile' AND l.key = o.key
		WHERE NOT EXISTS (SELECT 1 FROM `+tableOf(schema.KindProfile).stage+` t WHERE t.id = o.id)
		AND NOT EXISTS (SELECT 1 FROM temp.log_made m WHERE m.kind = 'profile' AND m.key = o.key)`)
	return err
}

// chooseSessionsWithoutRows chooses the sessions of temp.log_rowless and their records.
func (p *put) chooseSessionsWithoutRows(r *removal) error {
	for _, d := range derivedKinds {
		in := `k.session_key`
		if d.kind == schema.KindSession {
			in = `k.key`
		}
		_, err := r.choose(d.kind, fmt.Sprintf(`SELECT k.key FROM %s k WHERE %s IN (SELECT key FROM temp.log_rowless)
			AND NOT EXISTS (SELECT 1 FROM temp.log_made m WHERE m.kind = ? AND m.key = k.key)`, quote(d.kind), in), d.kind)
		if err != nil {
			return err
		}
	}
	return nil
}

// saveDerived stores which records are derived from rows.
func (p *put) saveDerived(r *removal) error {
	return r.Exec(`INSERT OR REPLACE INTO log_record (kind, key, profile_key) SELECT kind, key, profile_key FROM temp.log_made`)
}

// moveToNewSessions moves records that stay from a removed session to the first session
// that overlaps it, of the same person or of the person the rows turned out to belong to.
// A session without such a successor stays if a record still needs it.
func (p *put) moveToNewSessions(r *removal) error {
	if !r.chosen[tableOf(schema.KindSession)] {
		return nil
	}
	const sessionAt = `(SELECT n.key FROM session n CROSS JOIN log_record l ON l.kind = 'session' AND l.key = n.key
		WHERE n.profile_key = %s AND n.created_at <= ifnull(s.ended_at, s.created_at) AND n.ended_at >= s.created_at AND n.key NOT IN (SELECT key FROM temp.gone_session) ORDER BY n.created_at LIMIT 1)`
	const movedTo = `(SELECT q.key FROM profile o CROSS JOIN temp.log_moved m ON m.old_id = o.id CROSS JOIN profile q ON q.id = m.new_id WHERE o.key = s.profile_key)`
	err := r.Exec(`INSERT INTO temp.log_follow SELECT s.key, coalesce(` + fmt.Sprintf(sessionAt, `s.profile_key`) + `, ` + fmt.Sprintf(sessionAt, movedTo) + `)
		FROM temp.gone_session g CROSS JOIN session s ON s.key = g.key`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref != nil && c.ref.kind.Name == schema.KindSession {
				if err := r.moveReferences(table, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// moveReferences changes references of a table from removed sessions to their successors
// in temp.log_follow.
func (r *removal) moveReferences(table *table, c column) error {
	stays := fmt.Sprintf(`k.%s IN (SELECT old_key FROM temp.log_follow WHERE new_key IS %%s NULL) AND k.key NOT IN (SELECT key FROM %s)`, c.name, table.removalKeys())
	if err := r.unchoose(schema.KindSession, fmt.Sprintf(`SELECT k.%s FROM %s k WHERE `+stays, c.name, table.name, "")); err != nil {
		return err
	}
	if err := r.Exec(`DELETE FROM temp.changed`); err != nil {
		return err
	}
	n, err := r.ExecCount(fmt.Sprintf(`INSERT INTO temp.changed SELECT k.key FROM %s k WHERE `+stays, table.name, "NOT"))
	if err != nil || n == 0 {
		return err
	}
	if err := r.markChanged(table); err != nil {
		return err
	}
	err = r.Exec(fmt.Sprintf(`UPDATE %s SET %[2]s = (SELECT new_key FROM temp.log_follow WHERE old_key = %[2]s) WHERE key IN (SELECT key FROM temp.changed)`, table.name, c.name))
	if err != nil {
		return err
	}
	return r.markChanged(table)
}

// unchoose keeps records that were chosen for removal. From now on they are ordinary
// records, not derived from rows.
func (r *removal) unchoose(kind, query string) error {
	for _, q := range []string{
		`DELETE FROM log_record WHERE kind = '` + kind + `' AND key IN (` + query + `)`,
		`DELETE FROM ` + tableOf(kind).removalKeys() + ` WHERE key IN (` + query + `)`,
	} {
		if err := r.Exec(q); err != nil {
			return err
		}
	}
	return nil
}

// moveToNewPeople moves records that stay from a removed person to the person the rows
// turned out to belong to. A person whom other records or a token still need stays.
func (p *put) moveToNewPeople(r *removal) error {
	if !r.chosen[tableOf(schema.KindProfile)] {
		return nil
	}
	const movedKey = `(SELECT q.key FROM profile o CROSS JOIN temp.log_moved m ON m.old_id = o.id CROSS JOIN profile q ON q.id = m.new_id WHERE o.key = %s)`
	for _, table := range tables {
		for _, c := range table.columns {
			if c.ref == nil || c.ref.kind.Name != schema.KindProfile {
				continue
			}
			stays := fmt.Sprintf(`k.%s IN (SELECT key FROM temp.gone_profile) AND k.key NOT IN (SELECT key FROM %s)`, c.name, table.removalKeys())
			if err := r.Exec(`DELETE FROM temp.changed`); err != nil {
				return err
			}
			n, err := r.ExecCount(fmt.Sprintf(`INSERT INTO temp.changed SELECT k.key FROM %s k WHERE %s AND `+movedKey+` IS NOT NULL`, table.name, stays, "k."+c.name))
			if err != nil {
				return err
			}
			if n > 0 {
				if err := r.markChanged(table); err != nil {
					return err
				}
				err := r.Exec(fmt.Sprintf(`UPDATE %s SET %[2]s = `+fmt.Sprintf(movedKey, `%[1]s.%[2]s`)+` WHERE key IN (SELECT key FROM temp.changed)`, table.name, c.name))
				if err != nil {
					return err
				}
				if err := r.markChanged(table); err != nil {
					return err
				}
			}
			if err := r.unchoose(schema.KindProfile, fmt.Sprintf(`SELECT k.%s FROM %s k WHERE %s`, c.name, table.name, stays)); err != nil {
				return err
			}
		}
	}
	return r.unchoose(schema.KindProfile, `SELECT o.key FROM profile o JOIN token k ON k.profile_id = o.id`)
}

// sessionGap is the longest pause within a session of a log.
const sessionGap = 30 * time.Minute
