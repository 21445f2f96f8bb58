package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
)

// exported is one table of an export: its rows in order, each value as text.
type exported struct {
	name string
	rows [][]string
}

// export answers as Store.Export should.
func (m *model) export(scope schema.Scope, req schema.ExportRequest) (tables []exported) {
	x := &modelExport{m: m, scope: scope, filter: req.Filter, people: m.people(scope, req.Filter), window: m.span(req.Filter)}
	x.whole = scope.All && len(req.DepartmentIDs) == 0 && len(req.Roles) == 0 && x.window == (span{})
	for _, d := range m.visibleDepartments(scope) {
		if len(req.DepartmentIDs) == 0 || slices.Contains(req.DepartmentIDs, d.Value) {
			x.departments = append(x.departments, d)
		}
	}
	for _, kind := range schema.Kinds {
		if rows := x.rowsOf(kind); !kind.Rare || req.Kind != "" || len(rows) > 0 {
			tables = append(tables, exported{kind.Name, rows})
		}
	}
	tables = append(tables, exported{schema.ViewSessionHistory, x.sessionHistory()}, exported{schema.ViewProfileSummary, x.profileSummary()})
	if req.Kind != "" {
		tables = slices.DeleteFunc(tables, func(t exported) bool { return t.name != req.Kind })
	}
	return tables
}

type modelExport struct {
	m           *model
	scope       schema.Scope
	filter      schema.Filter
	people      map[string]*schema.Record
	window      span
	whole       bool
	departments []schema.Option
}

// holds reports whether a record is in the export: it is in the window and of the
// people, and everything that it cannot do without is in it too.
func (x *modelExport) holds(r *schema.Record) bool {
	switch r.Kind.Name {
	case schema.KindDepartment:
		return seen(x.departments, idOf(r))
	case schema.KindProfile:
		return x.people[idOf(r)] != nil
	}
	if r.Kind.Name == schema.KindProblem && !x.m.concerns(x.scope, x.filter, r) {
		return false
	}
	if r.Kind.Timed() && !x.window.has(created(r)) {
		return false
	}
	for i, f := range r.Kind.Fields {
		if f.Ref != "" && f.Required && !x.holds(x.m.rows[f.Ref][r.Values[i].Text]) {
			return false
		}
	}
	return true
}

func (x *modelExport) rowsOf(kind *schema.Kind) (rows [][]string) {
	var list []*schema.Record
	for _, r := range x.m.all(kind.Name) {
		if x.holds(r) {
			list = append(list, r)
		}
	}
	if kind.Timed() {
		slices.SortStableFunc(list, func(a, b *schema.Record) int { return cmp.Compare(created(a), created(b)) })
	}
	for _, r := range list {
		var row []string
		for i := range kind.Fields {
			row = append(row, string(kind.Fields[i].Append(nil, x.value(r, i))))
		}
		for _, name := range kind.Readable {
			row = append(row, x.readable(r, name))
		}
		rows = append(rows, row)
	}
	return rows
}

// value leaves out references to what is not in the export.
func (x *modelExport) value(r *schema.Record, i int) schema.Value {
	v, f := r.Values[i], r.Kind.Fields[i]
	switch {
	case f.Ref == "" || !v.Set:
	case f.Type == schema.IDs:
		v.List = slices.DeleteFunc(slices.Clone(v.List), func(id string) bool { return !seen(x.departments, id) })
		v.Set = len(v.List) > 0
	case !x.holds(x.m.rows[f.Ref][v.Text]):
		return schema.Value{}
	}
	return v
}

func (x *modelExport) readable(r *schema.Record, column string) string {
	owner := idOf(r)
	if r.Kind.Name != schema.KindProfile {
		if owner = x.m.ownerOf(r); owner == "" {
			return ""
		}
	}
	switch column {
	case schema.ColumnProfileName:
		return text(x.people[owner], "name")
	case schema.ColumnDepartmentNames:
		return x.departmentNames(owner)
	case schema.ColumnGroupName:
		return text(x.m.rows[schema.KindGroup][text(r, "group_id")], "name")
	}
	return text(x.m.rows[schema.KindChat][text(r, "chat_id")], "name")
}

func (x *modelExport) departmentNames(profile string) string {
	var names []string
	for _, id := range x.people[profile].Get("department_ids").List {
		if seen(x.departments, id) {
			names = append(names, text(x.m.rows[schema.KindDepartment][id], "name"))
		}
	}
	return strings.Join(names, ", ")
}

func (x *modelExport) sessionHistory() (rows [][]string) {
	var list []schema.SessionListItem
	for _, r := range x.m.all(schema.KindSession) {
		if x.holds(r) {
			list = append(list, x.m.sessionItem(x.scope, r))
		}
	}
	slices.SortStableFunc(list, func(a, b schema.SessionListItem) int { return cmp.Compare(a.SessionCreatedAt, b.SessionCreatedAt) })
	for _, s := range list {
		rows = append(rows, []string{
			s.SessionID, s.ProfileID, s.ProfileName, x.departmentNames(s.ProfileID), s.SessionCreatedAt.String(), s.SessionUpdatedAt.String(),
			timeOrEmpty(s.SessionEndedAt), yesNo(s.Active), number(s.GroupCount), number(s.RunCount), timeOrEmpty(s.FirstRunAt), timeOrEmpty(s.LastRunAt),
			number(s.TotalTokens), s.TotalCost, number(s.ChatCount), number(s.AttemptCount), number(s.MessageCount), number(s.ProblemCount), number(s.OpenProblemCount),
		})
	}
	return rows
}

func (x *modelExport) profileSummary() (rows [][]string) {
	list, _ := x.m.profileSummary(x.scope, x.people, x.window, schema.ActivityRequest{SortBy: "profile_id"})
	for _, p := range list {
		rows = append(rows, []string{
			p.ProfileID, p.Name, x.departmentNames(p.ProfileID), number(p.Sessions), number(p.Logins), number(p.Grants),
			number(p.Problems), number(p.OpenProblems), number(p.Activity), timeOrEmpty(p.LastActiveAt), timeOrEmpty(p.DataUntil),
		})
	}
	return rows
}

func timeOrEmpty(at *schema.Instant) string {
	if at == nil {
		return ""
	}
	return at.String()
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// readExport reads all tables of an export as text.
func readExport(t fataler, s *Store, scope schema.Scope, req schema.ExportRequest) (tables []exported) {
	t.Helper()
	_, err := s.Export(ctx, scope, req, func(list []Table) error {
		for _, table := range list {
			out := exported{name: table.Name}
			for values, err := range table.Rows {
				if err != nil {
					return err
				}
				row := make([]string, len(values))
				for i, v := range values {
					row[i] = string(table.Fields[i].Append(nil, v))
				}
				out.rows = append(out.rows, row)
			}
			tables = append(tables, out)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// text prints tables for comparing.
func exportText(tables []exported) string {
	var b strings.Builder
	for _, t := range tables {
		b.WriteString("== " + t.name + "\n")
		for _, row := range t.rows {
			b.WriteString(strings.Join(row, " ‖ ") + "\n")
		}
	}
	return b.String()
}

// ofKinds are the tables of an export that hold records of a kind.
func ofKinds(all []exported) (tables []exported) {
	for _, table := range all {
		if schema.KindNamed(table.name) != nil {
			tables = append(tables, table)
		}
	}
	return tables
}
