package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// Table is one table of an export: a kind, or one of the two views.
type Table struct {
	Name   string         // kind name or view name
	File   string         // CSV file name
	Fields []schema.Field // columns, readable ones included

	// Rows yields the values of each row in a reused slice, in export order. It may be
	// ranged over once, before the function that got the table returns.
	Rows iter.Seq2[[]schema.Value, error]

	SmallGroups int64 // with pseudonyms: see schema.Manifest

	DataUntil *schema.Instant // of the profile summary: how far the records reach; nil: unknown
}

// maxExports is how many exports run at once; more wait. A running export holds a
// snapshot, which keeps the write-ahead log from being emptied.
const maxExports = 4

// Export calls fn with the tables of an export, all read from one snapshot.
//
// A filtered or scoped export omits references to records that are not in it, and rows
// that require such a reference.
//
// Export returns how many people the rows belong to that fn has ranged over. The audit
// list is only for callers who may see everything; the error is CodeForbidden otherwise.
func (s *Store) Export(ctx context.Context, scope schema.Scope, req schema.ExportRequest, fn func([]Table) error) (people int, err error) {
	if req.Kind == schema.ViewAudit && !scope.All {
		return 0, schema.Errorf(schema.CodeForbidden, "kind: the audit list is for admins only")
	}
	release, err := s.exports.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	var mask *pseudonyms
	if req.Pseudonymized() {
		key, err := s.pseudonymKey(ctx)
		if err != nil {
			return 0, err
		}
		mask = newPseudonyms(key)
	}
	c, err := s.db.OpenReader(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	err = s.readFreshOn(ctx, c, func(t *tx) error {
		x, err := s.newExport(t, scope, req, mask)
		if err != nil {
			return err
		}
		defer func() { people = x.namedPeople() }()
		tables, err := x.tables()
		if err != nil {
			return err
		}
		if mask != nil {
			small := x.smallGroups()
			for i := range tables {
				tables[i] = mask.table(tables[i], req.PseudonymizeDepartments)
				tables[i].SmallGroups = small
			}
		}
		return fn(tables)
	})
	return people, err
}

// export is what a request selects, with the people in it.
type export struct {
	store   *Store
	t       *tx
	req     schema.ExportRequest
	visible personFilter // whom the caller may see
	people  personFilter
	window  schema.Window
	whole   bool            // nothing is left out
	chosen  map[string]bool // departments that are in it
	persons map[int64]*exportPerson
	shifts  *dayShifts // of a strictly pseudonymized export; else nil

	dataUntil *schema.Instant // how far the records of these people reach; nil: unknown
}

type exportPerson struct {
	person
	departmentNames string
	named           bool // one of their rows was exported
}

// namedPeople counts the people whose rows were exported.
func (x *export) namedPeople() (n int) {
	for _, p := range x.persons {
		if p.named {
			n++
		}
	}
	return n
}

// smallGroups counts the groups of a department and a role with so few people that one
// might be recognised: fewer than schema.SmallGroup.
func (x *export) smallGroups() (n int64) {
	type group struct{ department, role string }
	sizes := map[group]int{}
	for _, p := range x.persons {
		departments := p.DepartmentIDs
		if len(departments) == 0 {
			departments = []string{""}
		}
		for _, id := range departments {
			sizes[group{id, schema.FoldCase(p.Role)}]++
		}
	}
	for _, size := range sizes {
		if size < schema.SmallGroup {
			n++
		}
	}
	return n
}

// SmallGroups counts the groups of a department and a role with fewer people than
// schema.SmallGroup, among the people in the scope.
func (s *Store) SmallGroups(ctx context.Context, scope schema.Scope) (n int64, err error) {
	err = s.read(ctx, func(t *tx) error {
		x, err := s.newExport(t, scope, schema.ExportRequest{}, nil)
		if err == nil {
			n = x.smallGroups()
		}
		return err
	})
	return n, err
}

func (s *Store) newExport(t *tx, scope schema.Scope, req schema.ExportRequest, mask *pseudonyms) (*export, error) {
	x := &export{store: s, t: t, req: req, visible: inScope(scope), chosen: map[string]bool{}, persons: map[int64]*exportPerson{}}
	var err error
	if x.people, err = t.choose(scope, req.Filter); err != nil {
		return nil, err
	}
	if x.window, err = s.window(t, req.Filter); err != nil {
		return nil, err
	}
	x.whole = x.people.where == "" && x.window.Open()
	departments, err := t.visibleDepartments(scope)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, d := range departments {
		if len(req.DepartmentIDs) == 0 || slices.Contains(req.DepartmentIDs, d.Value) {
			x.chosen[d.Value] = true
			names[d.Value] = d.Label
			if req.PseudonymizeDepartments {
				names[d.Value] = mask.department(d.Value)
			}
		}
	}
	list, reach, err := s.persons(t, scope, x.people)
	if !req.PseudonymizeStrict {
		x.dataUntil = latestUntil(reach)
	}
	for _, one := range list {
		if req.PseudonymizeStrict {
			one = mask.strict(one)
		}
		one.DepartmentIDs = slices.DeleteFunc(slices.Clone(one.DepartmentIDs), func(id string) bool { return !x.chosen[id] })
		labels := make([]string, len(one.DepartmentIDs))
		for i, id := range one.DepartmentIDs {
			labels[i] = names[id]
		}
		x.persons[one.key] = &exportPerson{person: one, departmentNames: strings.Join(labels, ", ")}
	}
	if req.PseudonymizeStrict {
		x.shifts = mask.shifts(x.persons)
	}
	return x, err
}

// tables returns the requested table, or all.
func (x *export) tables() ([]Table, error) {
	if x.req.Kind == schema.ViewAudit {
		return []Table{x.auditTable()}, nil
	}
	var all []Table
	for _, table := range tables {
		if table.kind.Rare && x.req.Kind == "" {
			n, err := x.t.QueryCount(`SELECT EXISTS (SELECT 1 FROM ` + table.name + ` k WHERE ` + x.included(table, "k") + `)`)
			if err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
		}
		all = append(all, x.kindTable(table))
	}
	all = append(all, x.sessionHistory(), x.profileSummary())
	if x.req.Kind == "" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(t Table) bool { return t.Name == x.req.Kind })
	return all[i : i+1], nil
}

// inWindow is the condition that a time lies in the window.
func (x *export) inWindow(alias string) string {
	if x.window.Open() {
		return "true"
	}
	return "(" + inWindow(alias, x.window).sql + ")"
}

// included is the condition that the record of a kind under an alias is in the
// export. It follows the required references up to the person.
func (x *export) included(table *table, alias string) string {
	if table.kind.Name == schema.KindMapping && (!x.whole || x.req.Pseudonymized()) { // may name people
		return "false"
	}
	if x.whole {
		return "true"
	}
	var conds []string
	switch table.kind.Name {
	case schema.KindDepartment:
		conds = append(conds, alias+`.id IN (SELECT value FROM json_each(:exported_departments))`)
	case schema.KindProfile:
		conds = append(conds, x.people.keys(alias+".key"))
	case schema.KindProblem:
		conds = append(conds, x.people.problems(alias))
	}
	if table.kind.Timed() {
		conds = append(conds, x.inWindow(alias))
	}
	for _, c := range table.columns {
		if c.ref == nil || !table.kind.Fields[c.field].Required {
			continue
		}
		if c.ref.kind.Name == schema.KindProfile {
			conds = append(conds, x.people.keys(alias+"."+c.name))
			continue
		}
		conds = append(conds, "EXISTS ("+x.reference(c, alias)+")")
	}
	if len(conds) == 0 {
		return "true"
	}
	return strings.Join(conds, " AND ")
}

// reference selects the id of the record that a column refers to, if it is in the export.
func (x *export) reference(c column, alias string) string {
	to := "to_" + c.ref.kind.Name
	return fmt.Sprintf("SELECT %[1]s.id FROM %[2]s %[1]s WHERE %[1]s.key = %[3]s.%[4]s AND %[5]s", to, c.ref.name, alias, c.name, x.included(c.ref, to))
}

// args are the values that the statements of an export ask for.
func (x *export) args() []any {
	args := x.people.with(windowArgs(x.window)...)
	args = append(args, sql.Named("exported_departments", jsonList(slices.Sorted(maps.Keys(x.chosen)))))
	if x.shifts != nil {
		args = append(args, sql.Named("day_shifts", x.shifts.digits))
	}
	return args
}

// kindTable exports the records of a kind. People are looked up in x.persons, not joined,
// because they are few and in every row.
func (x *export) kindTable(table *table) Table {
	out := Table{Name: table.kind.Name, File: table.kind.File, Fields: slices.Clone(table.kind.Fields)}
	q := &exportQuery{x: x, from: table.name + " k"}
	owner := q.owner(table)
	whose := owner
	if table.kind.Name == schema.KindProblem {
		whose = subject("k")
	}
	q.add("k.id", textCell)
	for _, c := range table.columns {
		switch {
		case c.field < 0:
		case c.ref != nil && c.ref.kind.Name == schema.KindProfile:
			q.add("k."+c.name, x.personCell(func(p *exportPerson) schema.Value { return textValue(p.id) }))
		case c.ref != nil:
			expr := x.reference(c, "k")
			if x.shifts != nil && !table.kind.Fields[c.field].Required {
				expr += " AND " + ownedBy(c.ref, "to_"+c.ref.kind.Name, whose)
			}
			q.add("("+expr+")", textCell)
		case table.kind.Fields[c.field].Type == schema.IDs:
			q.add("k.key", x.personCell(func(p *exportPerson) schema.Value {
				return schema.Value{Set: len(p.DepartmentIDs) > 0, List: p.DepartmentIDs}
			}))
		case table.kind.Fields[c.field].Type == schema.Text:
			q.add("k."+c.name, textCell)
		case table.kind.Fields[c.field].Type == schema.Time:
			q.addTime("k."+c.name, whose)
		default:
			q.add("k."+c.name, numberCell)
		}
	}
	for _, name := range table.kind.Readable {
		out.Fields = append(out.Fields, schema.Field{Name: name, Type: schema.Text})
		switch name {
		case schema.ColumnProfileName:
			q.add(owner, x.personCell(func(p *exportPerson) schema.Value { return textValue(p.Name) }))
		case schema.ColumnDepartmentNames:
			q.add(owner, x.personCell(func(p *exportPerson) schema.Value { return textValue(p.departmentNames) }))
		default: // the name of the group or chat that the record belongs to
			q.add("parent.name", textCell)
		}
	}
	q.where = x.included(table, "k")
	q.order = "k.id"
	if table.kind.Timed() {
		q.orderByTime(whose)
	}
	out.Rows = q.rows()
	return out
}

// owner returns the expression for the person of the record k, adding the joins it needs.
func (q *exportQuery) owner(table *table) string {
	has := func(name string) bool { return table.kind.Field(name) >= 0 }
	switch {
	case table.kind.Name == schema.KindProfile:
		return "k.key"
	case has("profile_id"):
		return "k.profile_key"
	case has("session_id"):
		q.from += " CROSS JOIN session o ON o.key = k.session_key"
		return "o.profile_key"
	case has("group_id"):
		q.from += ` CROSS JOIN "group" parent ON parent.key = k.group_key CROSS JOIN session o ON o.key = parent.session_key`
		return "o.profile_key"
	case has("chat_id"):
		q.from += " CROSS JOIN chat parent ON parent.key = k.chat_key CROSS JOIN session o ON o.key = parent.session_key"
		return "o.profile_key"
	}
	return "NULL"
}

const (
	textual cellKind = iota
	numeric
)

// personCell looks up the person whose key a column holds.
func (x *export) personCell(of func(*exportPerson) schema.Value) cell {
	return cell{numeric, func(c content) schema.Value {
		if p := x.persons[c.number]; c.set && p != nil {
			p.named = true
			return of(p)
		}
		return schema.Value{}
	}}
}
