package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
)

// The views of an export: the session history, the summary of the people and the audit
// list, as tables.

// sessionHistory has one row per session, with its numbers.
func (x *export) sessionHistory() Table {
	out := Table{Name: schema.ViewSessionHistory, File: schema.ViewSessionHistory + ".csv"}
	q := &exportQuery{x: x, from: "session k JOIN session_summary m ON m.session_key = k.key"}
	add := func(name string, kind schema.Type, ref, expr string, c cell) {
		out.Fields = append(out.Fields, schema.Field{Name: name, Type: kind, Ref: ref})
		q.add(expr, c)
	}
	addTime := func(name, expr string) {
		out.Fields = append(out.Fields, schema.Field{Name: name, Type: schema.Time})
		q.addTime(expr, "k.profile_key")
	}
	add("session_id", schema.ID, schema.KindSession, "k.id", textCell)
	add("profile_id", schema.ID, schema.KindProfile, "k.profile_key", x.personCell(func(p *exportPerson) schema.Value { return textValue(p.id) }))
	add(schema.ColumnProfileName, schema.Text, "", "k.profile_key", x.personCell(func(p *exportPerson) schema.Value { return textValue(p.Name) }))
	add(schema.ColumnDepartmentNames, schema.Text, "", "k.profile_key", x.personCell(func(p *exportPerson) schema.Value { return textValue(p.departmentNames) }))
	addTime("session_created_at", "k.created_at")
	updated := updatedAt(x.visible)
	addTime("session_updated_at", updated)
	addTime("session_ended_at", "k.ended_at")
	if x.shifts == nil {
		add("active", schema.Bool, "", "iif(k.ended_at IS NULL, "+updated+", -1)", x.activeCell())
	} else {
		add("active", schema.Bool, "", "NULL", numberCell)
	}
	add("group_count", schema.Int, "", "m.group_count", numberCell)
	add("run_count", schema.Int, "", "m.run_count", numberCell)
	addTime("first_run_at", "m.first_run_at")
	addTime("last_run_at", "m.last_run_at")
	add("total_tokens", schema.Int, "", "m.total_tokens", numberCell)
	add("total_cost", schema.Text, "", "m.cost_dollars || ' ' || m.cost_nanos", costCell)
	out.Fields[len(out.Fields)-1].Open = true // a number
	for _, name := range []string{"chat_count", "attempt_count", "message_count"} {
		add(name, schema.Int, "", "m."+name, numberCell)
	}
	problems, open := problemCounts(x.visible)
	add("problem_count", schema.Int, "", problems, numberCell)
	add("open_problem_count", schema.Int, "", open, numberCell)
	q.where = x.included(tableOf(schema.KindSession), "k")
	q.orderByTime("k.profile_key")
	out.Rows = q.rows()
	return out
}

// activeCell reports whether a session last updated at the value of the column is active.
func (x *export) activeCell() cell {
	since := x.t.now - schema.Instant(x.store.o.SessionIdle.Microseconds())
	return cell{numeric, func(c content) schema.Value {
		active := schema.Value{Set: true}
		if schema.Instant(c.number) >= since {
			active.Int = 1
		}
		return active
	}}
}

// costCell prints a sum that is stored as dollars and nano-dollars.
var costCell = cell{textual, func(c content) schema.Value {
	dollars, nanos, _ := strings.Cut(c.text, " ")
	whole, _ := strconv.ParseInt(dollars, 10, 64) // SQLite has printed it
	part, _ := strconv.ParseInt(nanos, 10, 64)
	return textValue(schema.MoneyText(whole, part))
}}

// profileSummary has one row per person, ordered by id.
func (x *export) profileSummary() Table {
	out := Table{Name: schema.ViewProfileSummary, File: schema.ViewProfileSummary + ".csv", DataUntil: x.dataUntil, Fields: []schema.Field{
		{Name: "profile_id", Type: schema.ID, Ref: schema.KindProfile},
		{Name: schema.ColumnProfileName, Type: schema.Text},
		{Name: schema.ColumnDepartmentNames, Type: schema.Text},
	}}
	for _, count := range schema.RowCounts() {
		out.Fields = append(out.Fields, schema.Field{Name: count.Key, Type: schema.Int})
	}
	out.Fields = append(out.Fields, schema.Field{Name: "last_active_at", Type: schema.Time}, schema.Field{Name: "data_until", Type: schema.Time})
	out.Rows = func(yield func([]schema.Value, error) bool) {
		counted, err := x.t.countPeople(x.people, x.window, x.store.o.Zone)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, p := range x.personsByID() {
			n := counted[p.key]
			if n == nil {
				n = new(counts)
			}
			if !p.Active && !n.any() {
				continue
			}
			if p.named = true; !yield(summaryValues(p, n), nil) {
				return
			}
		}
	}
	return out
}

func (x *export) personsByID() []*exportPerson {
	list := make([]*exportPerson, 0, len(x.persons))
	for _, p := range x.persons {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *exportPerson) int { return cmp.Compare(a.id, b.id) })
	return list
}

func summaryValues(p *exportPerson, n *counts) []schema.Value {
	values := []schema.Value{textValue(p.id), textValue(p.Name), textValue(p.departmentNames)}
	for i, count := range schema.PersonCounts {
		if count.InRow != nil {
			values = append(values, schema.Value{Set: true, Int: n[i]})
		}
	}
	return append(values, timeValue(p.lastActive), timeValue(p.dataUntil))
}

func timeValue(at *schema.Instant) schema.Value {
	if at == nil {
		return schema.Value{}
	}
	return schema.Value{Set: true, Int: int64(*at)}
}

// auditTable is the audit list as a table of an export, in the order of writing.
func (x *export) auditTable() Table {
	out := Table{Name: schema.ViewAudit, File: schema.ViewAudit + ".csv"}
	q := &exportQuery{x: x, from: "audit k", order: "k.key"}
	add := func(name string, kind schema.Type, expr string, c cell) {
		out.Fields = append(out.Fields, schema.Field{Name: name, Type: kind})
		q.add(expr, c)
	}
	add("audit_id", schema.Int, "k.key", numberCell)
	add("created_at", schema.Time, "k.created_at", numberCell)
	for _, name := range []string{"action", "token_id", "token_name", "role", "remote", "request_id", "detail"} {
		add(name, schema.Text, "k."+name, textCell)
	}
	add("hash", schema.Text, "lower(hex(k.hash))", textCell)
	q.where = x.inWindow("k")
	out.Rows = q.rows()
	return out
}
