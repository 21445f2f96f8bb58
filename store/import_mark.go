package store

import "glow/schema"

// markChanged marks the summaries that count the rows of temp.changed. It runs before and
// after the change, because a row may move to another day or session.
func (t *tx) markChanged(table *table) error {
	if table.marks.session != "" {
		if err := t.Exec(table.markSessions(rowsChanged)); err != nil {
			return err
		}
	}
	if table.marks.day {
		if err := t.Exec(table.markDays(rowsChanged)); err != nil {
			return err
		}
	}
	if table.kind.Name == schema.KindSession { // grants count for the session's person
		if err := t.noteCounted(rowsChanged); err != nil {
			return err
		}
		return t.Exec(`INSERT OR IGNORE INTO stale_day SELECT ` + dayOf("g.created_at") +
			` FROM "grant" g WHERE g.session_key IN (SELECT key FROM temp.changed)`)
	}
	return nil
}

// markUpserted marks the summaries that count the new and the changed rows. New rows of an
// import mark no day, because the refresh at its end adds them; those of a live record
// wait for a later refresh, which no longer knows them and counts their day.
func (p *put) markUpserted(t *tx, table *table, before int64) error {
	for day := range p.days[table] {
		if err := t.addDay(day, p.store.o.Zone); err != nil {
			return err
		}
		if !p.o.Live {
			continue
		}
		if err := t.Exec(`INSERT OR IGNORE INTO stale_day VALUES (?)`, day); err != nil {
			return err
		}
	}
	if table.marks.day && !p.o.Live {
		t.noteAdded(table.kind.Name, before)
	}
	if table.marks.session != "" {
		if err := t.Exec(table.markSessions(rowsNew), before); err != nil {
			return err
		}
	}
	if table.kind.Name == schema.KindProfile {
		if err := t.indexDepartments(before); err != nil {
			return err
		}
		if err := t.assignCohorts(before); err != nil {
			return err
		}
		if err := t.invalidateProfiles(); err != nil {
			return err
		}
	}
	if before == 0 {
		return nil
	}
	return t.markChanged(table)
}

// rebuildPeopleIndex derives departments and cohorts from all profiles again.
func (t *tx) rebuildPeopleIndex() error {
	for _, q := range []string{`DELETE FROM temp.changed`, `DELETE FROM profile_department`} {
		if err := t.Exec(q); err != nil {
			return err
		}
	}
	if err := t.indexDepartments(0); err != nil {
		return err
	}
	if err := t.assignCohorts(0); err != nil {
		return err
	}
	return t.invalidateProfiles()
}

// indexDepartments updates profile_department for new and changed profiles.
func (t *tx) indexDepartments(before int64) error {
	if err := t.Exec(`DELETE FROM profile_department WHERE profile_key IN (SELECT key FROM temp.changed)`); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO profile_department (department_key, profile_key)
		SELECT d.key, k.key FROM profile k JOIN json_each(k.department_ids) j JOIN department d ON d.id = j.value
		WHERE k.key > ?1 OR k.key IN (SELECT key FROM temp.changed)`, before)
}
