package store

import (
	"fmt"

	"glow/schema"
)

// merge moves the staged records into their tables, parents before children. All other
// writers wait meanwhile.
func (p *put) merge(t *tx) error {
	p.answer = schema.ImportResponse{ByKind: map[string]schema.Tally{}, DryRun: p.o.DryRun}
	if err := p.noteLastKeys(t); err != nil {
		return err
	}
	if err := p.noteImport(t); err != nil {
		return err
	}
	if err := p.followAliases(t); err != nil { // again, because somebody may have been merged since
		return err
	}
	for _, table := range tables {
		if p.counts[table] == 0 {
			continue
		}
		if err := p.mergeTable(t, table); err != nil {
			return err
		}
	}
	if err := p.replaceDerived(t); err != nil {
		return err
	}
	if err := p.replaceWaitingRows(t); err != nil {
		return err
	}
	p.answer.Rejected, p.answer.Errors = p.rejected, p.faults
	for kind, n := range p.faulty {
		tally := p.answer.ByKind[kind.Name]
		tally.Rejected = n
		p.answer.ByKind[kind.Name] = tally
	}
	switch {
	case p.rejected > 0 && p.strict:
		return errRefused
	case p.o.DryRun:
		if err := p.recordCoverage(t); err != nil {
			return err
		}
		return errDryRun
	}
	if err := p.recordCoverage(t); err != nil {
		return err
	}
	if err := p.noteCounts(t); err != nil {
		return err
	}
	if err := p.audit(t); err != nil || p.o.Live {
		return err
	}
	_, err := t.refresh()
	return err
}

// mergeTable moves the staged records of one kind into their table.
func (p *put) mergeTable(t *tx, table *table) error {
	var passed int64
	if table.kind.Name == schema.KindProfile {
		if err := p.countPeople(t, table); err != nil {
			return err
		}
		var err error
		if passed, err = p.passOverAliases(t, table); err != nil {
			return err
		}
	}
	if err := p.skipProtected(t, table); err != nil {
		return err
	}
	if p.o.PreserveProfiles != nil && table.kind.Name == schema.KindProfile {
		if err := t.keepProfileFields(table, p.o.PreserveProfiles); err != nil {
			return err
		}
	}
	if p.partial[table] {
		if err := p.completeStaged(t, table); err != nil {
			return err
		}
	}
	if p.o.GroupsOfRuns && table.kind.Name == schema.KindGroup {
		if err := t.extendGroups(table); err != nil {
			return err
		}
	}
	spans := p.o.SessionOwnedAt != nil && table.kind.Name == schema.KindSession
	if spans {
		if err := t.extendSessions(table, micros(p.o.SessionOwnedAt())); err != nil {
			return err
		}
	}
	if err := p.noteRenamed(t, table); err != nil {
		return err
	}
	before, err := t.QueryCount(`SELECT ifnull(max(key), 0) FROM ` + table.name)
	if err != nil {
		return err
	}
	if err := t.Exec(`DELETE FROM temp.changed`); err != nil {
		return err
	}
	if before > 0 { // stored rows may change: mark the summaries that count them
		if err := t.Exec(table.collectChanged()); err != nil {
			return err
		}
		if err := p.noteStored(t, table); err != nil {
			return err
		}
		if err := t.markChanged(table); err != nil {
			return err
		}
		if err := p.countChanged(t, table); err != nil {
			return err
		}
	}
	tally, err := p.upsertStaged(t, table, before)
	if err != nil {
		return err
	}
	if err := t.addRecords(table, tally.Inserted); err != nil {
		return err
	}
	if err := p.noteNewPeople(t, table, before); err != nil {
		return err
	}
	if err := p.noteAdded(t, table, before, tally.Inserted); err != nil {
		return err
	}
	tally.Known, tally.Unchanged = p.skipped[table], tally.Unchanged+passed
	p.answer.ByKind[table.kind.Name] = tally
	p.answer.Tally.Add(tally)
	if spans {
		if err := t.recordOwnedAt(micros(p.o.SessionOwnedAt())); err != nil {
			return err
		}
	}
	if tally.Inserted+tally.Updated == 0 {
		return nil
	}
	if err := p.markUpserted(t, table, before); err != nil || !p.o.Live {
		return err
	}
	return t.notePosted(table, before)
}

// countChanged counts by field what the upsert will change.
func (p *put) countChanged(t *tx, table *table) error {
	rows, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM temp.changed)`)
	if rows == 0 || err != nil {
		return err
	}
	fields := table.kind.Fields[1:]
	counts := make([]int64, len(fields))
	into := make([]any, len(fields))
	for i := range into {
		into[i] = &counts[i]
	}
	if err := t.QueryRow(into, table.countChangedFields()); err != nil {
		return err
	}
	changed := map[string]int64{}
	for i, n := range counts {
		if n > 0 {
			changed[fields[i].Name] = n
		}
	}
	if p.answer.Changed == nil {
		p.answer.Changed = map[string]map[string]int64{}
	}
	p.answer.Changed[table.kind.Name] = changed
	return nil
}

func (p *put) upsertStaged(t *tx, table *table, before int64) (tally schema.Tally, err error) {
	changed, err := t.ExecCount(table.upsert())
	if err != nil {
		return tally, err
	}
	after, err := t.QueryCount(`SELECT ifnull(max(key), 0) FROM ` + table.name)
	if err != nil {
		return tally, err
	}
	unresolved := int64(0)
	if changed < p.counts[table] { // the rest is unchanged or unresolved
		if unresolved, err = p.rejectUnresolved(t, table); err != nil {
			return tally, err
		}
	}
	tally.Inserted = after - before
	tally.Updated = changed - tally.Inserted
	tally.Unchanged = p.counts[table] - unresolved - changed
	return tally, nil
}

// rejectUnresolved turns records whose references are missing into faults.
func (p *put) rejectUnresolved(t *tx, table *table) (rejected int64, err error) {
	if table.missing() == "" {
		return 0, nil
	}
	from := table.stage + " t"
	which, what := "CASE", "CASE"
	for i, c := range table.columns {
		switch {
		case c.ref != nil:
			from += fmt.Sprintf(" LEFT JOIN %s r%d ON r%d.id = t.%s", c.ref.name, i, i, c.staged)
			missing := fmt.Sprintf(" WHEN t.%s IS NOT NULL AND r%d.key IS NULL THEN ", c.staged, i)
			which += missing + fmt.Sprint(c.field)
			what += missing + "t." + c.staged
		case c.field >= 0 && table.kind.Fields[c.field].Type == schema.IDs:
			missing := " WHEN (" + table.missingElement(c) + ") IS NOT NULL THEN "
			which += missing + fmt.Sprint(c.field)
			what += missing + "(" + table.missingElement(c) + ")"
		}
	}
	query := fmt.Sprintf("SELECT t.file, t.line, %s END, %s END FROM %s WHERE %s ORDER BY t.seq", which, what, from, table.missing())
	err = t.Query(func(scan func(...any) error) error {
		var (
			file, line, field int
			id                string
		)
		if err := scan(&file, &line, &field, &id); err != nil {
			return err
		}
		rejected++
		f := &table.kind.Fields[field]
		p.reject(schema.Fault{
			Kind: table.kind, File: p.files[file], Line: line, Field: f.Name,
			Message: fmt.Sprintf("there is no %s %q, neither in the database nor among the good records of this input", f.Ref, id),
		})
		return nil
	}, query)
	return rejected, err
}
