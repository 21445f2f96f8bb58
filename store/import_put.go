package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// PutOptions say how records are taken in.
type PutOptions struct {
	DryRun      bool // count and check, change nothing
	SkipInvalid bool // take the good records, list the bad ones
	Live        bool // a single posted record: it gets a UUIDv7 when it has no id

	Keep *Keep // not nil: the input is a log, which says little of people

	Covers *Covers // not nil: the input says how far records reach

	// Spans, if set, says that sessions are made of the rows that name them, and is
	// asked, once all records are read, when the row was that says whose each is.
	Spans func() map[string]schema.Instant

	// Waiting, if set, is asked, once all records are read, for the rows that wait from
	// now on, in the place of those that did. Such imports come one at a time.
	Waiting func() []schema.WaitingRow

	// Caller and Detail, if set, put what was taken on the audit list, in the
	// transaction that takes it. Detail may return nil: then there is no entry.
	Caller schema.Caller
	Detail func(schema.ImportResponse) map[string]any
}

// Put takes records in, all or nothing, and is on the disk when it returns. The
// sequence yields one reused record at a time, a schema.Fault for a bad one, or
// any other error, which ends it.
//
// Records are first staged outside of any transaction of the file, so that a
// slow input holds up nobody; then references are resolved, rows are upserted
// and marked, and summaries refreshed in one transaction. Live records share
// their commit, and a moment later their refresh, with others.
//
// Where records are at fault and SkipInvalid is not set, nothing is taken: the
// answer then holds the counts of the try, and the error is a schema.Error with
// the first schema.MaxFaults faults.
func (s *Store) Put(ctx context.Context, records iter.Seq2[*schema.Record, error], o PutOptions) (schema.ImportResponse, error) {
	p := s.newPut(o)
	records = p.watch(records)
	var err error
	if o.Live {
		if err = s.putLive(ctx, p, records); err == nil {
			s.watch.fellBehind(time.Now())
		}
	} else {
		err = s.putBulk(ctx, p, records)
	}
	return p.end(err)
}

func (s *Store) newPut(o PutOptions) *put {
	p := &put{store: s, staged: s.newStaged(o), o: o, guarded: map[*table]int64{}}
	if o.Covers != nil {
		p.coverage = newCoverage(o.Covers, s.instant())
	}
	return p
}

// end makes the answer of what became of the import.
func (p *put) end(err error) (schema.ImportResponse, error) {
	switch {
	case errors.Is(err, errRefused):
		return p.refuse()
	case errors.Is(err, errDryRun):
		err = nil
	}
	return p.answer, err
}

func (s *Store) putLive(ctx context.Context, p *put, records iter.Seq2[*schema.Record, error]) error {
	return s.write(ctx, func(t *tx) error { return p.stageAndMerge(t, records) })
}

func (p *put) stageAndMerge(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := p.stageReady(t, records); err != nil {
		return err
	}
	if err := p.merge(t); err != nil {
		return err
	}
	return p.clear(t)
}

// putBulk stages on a connection of its own, so that an input that trickles
// holds up no other, and takes its turn at writing only to merge.
func (s *Store) putBulk(ctx context.Context, p *put, records iter.Seq2[*schema.Record, error]) error {
	return s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		if p.o.Waiting != nil {
			leave, err := s.logs.Acquire(ctx)
			if err != nil {
				return err
			}
			defer leave()
		}
		stage := func(t *tx) error { return p.stageReady(t, records) }
		if err := p.within(s.tx(ctx, c), stage); err != nil {
			return sqlite.Translate(err)
		}
		return s.writeOn(ctx, c, whileWanted(ctx, p.merge))
	})
}

// within runs fn in a transaction that is of the temporary tables alone and locks
// nothing of the file.
func (p *put) within(t *tx, fn func(*tx) error) error {
	if err := t.Exec(`BEGIN`); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	return t.Exec(`COMMIT`)
}

// put is an import between staging and commit.
type put struct {
	*staged
	store    *Store
	o        PutOptions
	log      *logPut          // not nil: the records are made of rows of a log
	coverage *coverage        // nil: the input says nothing of how far records reach
	guarded  map[*table]int64 // records that stay as they are, since the caller may not change them
	answer   schema.ImportResponse
}

// Reasons to roll back that are not failures.
var (
	errRefused = errors.New("faults")
	errDryRun  = errors.New("dry run")
)

func (p *put) refuse() (schema.ImportResponse, error) {
	noun := "faults"
	if p.rejected == 1 {
		noun = "fault"
	}
	p.answer = schema.ImportResponse{
		Tally: schema.Tally{Rejected: p.rejected}, ByKind: map[string]schema.Tally{}, Errors: p.faults, DryRun: p.o.DryRun,
	}
	return p.answer, &schema.Error{Code: schema.CodeInvalid, Message: fmt.Sprintf("nothing was taken: %d %s", p.rejected, noun), Fields: p.faults}
}

// stageReady stages all records and does to them what needs no look at those that are
// there: for that nobody has to wait.
func (p *put) stageReady(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := p.readAll(t, records); err != nil {
		return err
	}
	if p.full() {
		return errRefused
	}
	for _, table := range tables {
		if p.derived[table] {
			if err := t.numberRepeats(table); err != nil {
				return err
			}
		}
		if err := p.checkAgreement(t, table); err != nil {
			return err
		}
	}
	return nil
}

// merge moves what is staged into the records, parents before those that refer
// to them. All others who write wait meanwhile.
func (p *put) merge(t *tx) error {
	p.answer = schema.ImportResponse{ByKind: map[string]schema.Tally{}, DryRun: p.o.DryRun}
	if err := p.noteLastKeys(t); err != nil {
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
	if err := p.settleLog(t); err != nil {
		return err
	}
	if err := p.keepWaiting(t); err != nil {
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
		if err := p.cover(t); err != nil {
			return err
		}
		return errDryRun
	}
	if err := p.cover(t); err != nil {
		return err
	}
	if err := p.audit(t); err != nil || p.o.Live {
		return err
	}
	_, err := t.refresh()
	return err
}

func (p *put) audit(t *tx) error {
	if p.o.Detail == nil {
		return nil
	}
	detail := p.o.Detail(p.answer)
	if detail == nil {
		return nil
	}
	records, err := p.records(t)
	if err != nil {
		return err
	}
	if len(records) > 0 {
		detail["records"] = records
	}
	return t.audit(p.o.Caller, schema.ActionImport, detail)
}

// mergeTable moves the staged records of one kind into their table.
func (p *put) mergeTable(t *tx, table *table) error {
	if err := p.guard(t, table); err != nil {
		return err
	}
	if p.o.Keep != nil && table.kind.Name == schema.KindProfile {
		if err := t.keepProfileFields(table, p.o.Keep); err != nil {
			return err
		}
	}
	if p.partial[table] {
		if err := p.completeStaged(t, table); err != nil {
			return err
		}
	}
	spans := p.o.Spans != nil && table.kind.Name == schema.KindSession
	if spans {
		if err := t.spanSessions(table, micros(p.o.Spans())); err != nil {
			return err
		}
	}
	before, err := t.QueryCount(`SELECT ifnull(max(key), 0) FROM ` + table.name)
	if err != nil {
		return err
	}
	if err := t.Exec(`DELETE FROM temp.changed`); err != nil {
		return err
	}
	if before > 0 { // rows of before may change: mark what they counted for
		if err := t.Exec(table.changing()); err != nil {
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
	tally.Known = p.guarded[table]
	p.answer.ByKind[table.kind.Name] = tally
	p.answer.Tally.Add(tally)
	if spans {
		if err := t.ownSessions(micros(p.o.Spans())); err != nil {
			return err
		}
	}
	if tally.Inserted+tally.Updated == 0 {
		return nil
	}
	if err := p.markMerged(t, table, before); err != nil || !p.o.Live {
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
	if err := t.QueryRow(into, table.countChanging()); err != nil {
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
	if changed < p.counts[table] { // the rest is as it was, or at fault
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

// markChanged marks what rows count for that are about to change, or just have.
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
		return t.Exec(`INSERT OR IGNORE INTO stale_day SELECT ` + dayOf("g.created_at") +
			` FROM "grant" g WHERE g.session_key IN (SELECT key FROM temp.changed)`)
	}
	return nil
}

// markMerged marks what the rows count for as they are now.
func (p *put) markMerged(t *tx, table *table, before int64) error {
	for day := range p.days[table] {
		if err := t.addDay(day, p.store.o.Zone); err != nil {
			return err
		}
		if err := t.Exec(`INSERT OR IGNORE INTO stale_day VALUES (?)`, day); err != nil {
			return err
		}
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

// listPeopleAnew makes what is derived from the profiles from all of them.
func (t *tx) listPeopleAnew() error {
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

// indexDepartments brings profile_department in line with profile.
func (t *tx) indexDepartments(before int64) error {
	if err := t.Exec(`DELETE FROM profile_department WHERE profile_key IN (SELECT key FROM temp.changed)`); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO profile_department (department_key, profile_key)
		SELECT d.key, k.key FROM profile k JOIN json_each(k.department_ids) j JOIN department d ON d.id = j.value
		WHERE k.key > ?1 OR k.key IN (SELECT key FROM temp.changed)`, before)
}
