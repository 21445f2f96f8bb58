package store

import (
	"context"
	"iter"
	"maps"
	"slices"

	"glow/schema"
)

// Covers says up to when an import makes the records of departments complete.
type Covers struct {
	Until       *schema.Instant // set by a person; nil: not set
	Log         bool            // the input is a log: the records of any one person show how far it reaches
	Departments []string        // ids; empty: the departments of the people in the input
}

// coverage collects the people in an input, and whether any record is not of the future.
type coverage struct {
	*Covers
	limit  schema.Instant // rows after it are of the future
	people map[string]bool
	timed  bool
}

func newCoverage(c *Covers, now schema.Instant) *coverage {
	return &coverage{Covers: c, limit: futureAfter(now), people: map[string]bool{}}
}

// futureAfter is the latest time at which a record is not of the future.
func futureAfter(now schema.Instant) schema.Instant {
	return now + schema.Instant(schema.FutureAfter.Microseconds())
}

// observe passes records on and collects their coverage.
func (p *put) observe(records iter.Seq2[*schema.Record, error]) iter.Seq2[*schema.Record, error] {
	w := p.coverage
	if w == nil {
		return records
	}
	return func(yield func(*schema.Record, error) bool) {
		for r, err := range records {
			if err == nil {
				w.note(r)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (w *coverage) note(r *schema.Record) {
	person := r.Kind.Field("profile_id")
	if r.Kind.Name == schema.KindProfile {
		person = 0
	}
	if person >= 0 && r.Values[person].Set && !w.people[r.Values[person].Text] {
		w.people[r.Values[person].Text] = true
	}
	if !r.Kind.Timed() {
		return
	}
	w.timed = w.timed || schema.Instant(r.Get("created_at").Int) <= w.limit
}

// recordCoverage stores up to when the import makes the records of departments complete.
func (p *put) recordCoverage(t *tx) error {
	w := p.coverage
	if w == nil {
		return nil
	}
	if w.Log && w.timed {
		if err := p.noteHorizon(t, true, nil, w.departments()); err != nil {
			return err
		}
		if _, err := t.setHorizon("from_log", 1, w.departments()); err != nil {
			return err
		}
	}
	if w.Until == nil {
		return nil
	}
	if err := p.noteHorizon(t, false, w.Until, w.departments()); err != nil {
		return err
	}
	n, err := t.setHorizon("covers_until", *w.Until, w.departments())
	if err == nil && n == 0 {
		err = schema.Invalid("covers_until", "is said of the departments of the people whom the input names, and it names nobody who is there")
	}
	return err
}

// departmentChoice selects keys of departments; 0 means the people without one.
type departmentChoice struct {
	query string
	args  []any
}

func (w *coverage) departments() departmentChoice {
	if len(w.Departments) > 0 {
		return departmentsNamed(w.Departments, false)
	}
	return departmentChoice{`SELECT DISTINCT ifnull(pd.department_key, 0) FROM profile p LEFT JOIN profile_department pd ON pd.profile_key = p.key
		WHERE p.key IN (WITH named AS (SELECT value FROM json_each(?))
			SELECT key FROM profile WHERE id IN named UNION ALL SELECT profile_key FROM profile_alias WHERE id IN named)`, []any{jsonList(slices.Sorted(maps.Keys(w.people)))}}
}

// departmentsNamed chooses departments by their ids and, with others, the people
// without one.
func departmentsNamed(ids []string, others bool) departmentChoice {
	return departmentChoice{`SELECT d.key FROM department d WHERE d.id IN (SELECT value FROM json_each(?)) UNION ALL SELECT 0 WHERE ?`, []any{jsonList(ids), others}}
}

// setHorizon writes a column of the table horizon for departments. A value that a person
// sets replaces the old one; for the other columns the latest value wins.
func (t *tx) setHorizon(column string, until schema.Instant, of departmentChoice) (departments int64, err error) {
	value := "max(ifnull(" + column + ", 0), excluded." + column + ")"
	if column == "covers_until" {
		value = "excluded." + column
	}
	return t.ExecCount(`WITH chosen (key) AS (`+of.query+`) INSERT INTO horizon (department_key, `+column+`) SELECT key, ? FROM chosen WHERE true
		ON CONFLICT (department_key) DO UPDATE SET `+column+` = `+value, append(of.args, until)...)
}

// notePosted stores that records of a table were posted as they happened. That counts for
// the departments of their people, because a program that posts these records would post
// others. Records older than a day were imported later and do not count.
func (t *tx) notePosted(table *table, before int64) error {
	if !table.marks.day && table.marks.session == "" {
		return nil
	}
	owner, join := ownerOf(table.kind.Name)
	if table.kind.Field("profile_id") < 0 {
		owner, join = "o.profile_key", table.marks.join+" JOIN session o ON o.key = "+table.marks.session
	}
	_, err := t.setHorizon("pending_at", t.now, departmentChoice{`SELECT DISTINCT ifnull(pd.department_key, 0)
		FROM (SELECT key FROM ` + table.name + ` WHERE key > ? UNION ALL SELECT key FROM temp.changed) n CROSS JOIN ` + table.name + ` k ON k.key = n.key ` + join + `
		LEFT JOIN profile_department pd ON pd.profile_key = ` + owner + ` WHERE ` + owned(table.kind.Name) + ` AND k.created_at BETWEEN ? AND ?`, []any{before, 2*t.now - futureAfter(t.now), futureAfter(t.now)}})
	return err
}

// showPosted makes posts count once the summaries include them. Earlier, the department
// would reach up to a post that the person's numbers do not show yet, and the person would
// be listed as inactive.
func (t *tx) showPosted() error {
	return t.Exec(`UPDATE horizon SET posted_at = max(ifnull(posted_at, 0), pending_at), pending_at = NULL WHERE pending_at IS NOT NULL`)
}

// SetHorizon stores up to when the records of departments are complete, if the request
// has such a time, and returns how far they reach.
func (s *Store) SetHorizon(ctx context.Context, caller schema.Caller, req schema.HorizonRequest) (answer schema.HorizonResponse, err error) {
	scope := caller.Scope()
	if req.WithoutDepartment && !scope.All {
		return answer, schema.Errorf(schema.CodeForbidden, "without_department: people without a department are for admins only")
	}
	if req.CoversUntil != "" {
		err = s.write(ctx, func(t *tx) error { return s.setHorizons(t, caller, req) })
	}
	if err == nil {
		answer, err = s.Horizons(ctx, scope, req)
	}
	return answer, err
}

func (s *Store) setHorizons(t *tx, caller schema.Caller, req schema.HorizonRequest) error {
	until, err := schema.ParseCovers(req.CoversUntil, s.o.Zone, t.now)
	if err != nil {
		return err
	}
	ids, others, err := t.horizonChoice(caller.Scope(), req)
	if err != nil {
		return err
	}
	of := departmentsNamed(ids, others)
	if err := t.overruleHorizon(false, true, of); err != nil {
		return err
	}
	if _, err := t.setHorizon("covers_until", until, of); err != nil {
		return err
	}
	return t.audit(caller, schema.ActionHorizon, map[string]any{"department_ids": ids, "without_department": others, "covers_until": until.String()})
}

// horizonChoice lists the departments of a request, and reports whether it includes the
// people without one.
func (t *tx) horizonChoice(scope schema.Scope, req schema.HorizonRequest) (ids []string, others bool, err error) {
	if len(req.DepartmentIDs) > 0 || req.WithoutDepartment {
		return req.DepartmentIDs, req.WithoutDepartment, t.checkDepartments(scope, req.DepartmentIDs)
	}
	visible, err := t.visibleDepartments(scope)
	for _, o := range visible {
		ids = append(ids, o.Value)
	}
	return ids, scope.All, err
}
