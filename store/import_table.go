package store

import (
	"encoding/json"
	"fmt"
	"strings"

	"glow/schema"
)

// table is the SQL of a kind, derived from schema.Kinds and marksOf.
type table struct {
	kind    *schema.Kind
	name    string // quoted
	stage   string // its staging table
	columns []column
	marks   marks
}

// column is one column beside key and id.
type column struct {
	name   string                     // in the record table
	staged string                     // in the staging table
	field  int                        // position of the field it holds; -1: computed
	of     int                        // position of the field it holds or is computed from
	ref    *table                     // whose key it holds
	value  func(r *schema.Record) any // what is staged
}

// marks say which summary rows count a record.
type marks struct {
	day     bool   // those of the day of its created_at
	session string // those of this session: an expression over the table and join
	join    string
}

// marksOf lists every kind that a summary counts.
var marksOf = map[string]marks{
	schema.KindSession:   {day: true, session: "k.key"},
	schema.KindLogin:     {day: true, session: "k.session_key"},
	schema.KindGrant:     {day: true, session: "k.session_key"},
	schema.KindEmulation: {day: true, session: "k.session_key"},
	schema.KindActivity:  {day: true, session: "k.session_key"},
	schema.KindProblem:   {day: true, session: "k.session_key"},
	schema.KindGroup:     {session: "k.session_key"},
	schema.KindRun:       {session: "g.session_key", join: `JOIN "group" g ON g.key = k.group_key`},
	schema.KindAttempt:   {session: "k.session_key"},
	schema.KindChat:      {session: "k.session_key"},
	schema.KindMessage:   {session: "c.session_key", join: "JOIN chat c ON c.key = k.chat_key"},
}

// tables follow schema.Kinds, in its order.
var tables = makeTables()

func makeTables() []*table {
	byKind := map[string]*table{}
	var all []*table
	for _, k := range schema.Kinds {
		t := &table{kind: k, name: quote(k.Name), stage: "temp.stage_" + k.Name, marks: marksOf[k.Name]}
		for i := 1; i < len(k.Fields); i++ {
			t.columns = append(t.columns, columnOf(i, &k.Fields[i], byKind))
		}
		if k.Name == schema.KindProfile {
			t.columns = append(t.columns, folded("name_folded", k.Field("name"), schema.Fold), folded("role_folded", k.Field("role"), schema.FoldCase))
		}
		byKind[k.Name] = t
		all = append(all, t)
	}
	return all
}

func tableOf(kind string) *table {
	for _, t := range tables {
		if t.kind.Name == kind {
			return t
		}
	}
	panic("no kind " + kind)
}

func columnOf(i int, f *schema.Field, byKind map[string]*table) column {
	c := column{name: f.Name, staged: f.Name, field: i, of: i}
	switch f.Type {
	case schema.ID:
		c.name = strings.TrimSuffix(f.Name, "_id") + "_key"
		c.ref = byKind[f.Ref]
		c.value = func(r *schema.Record) any { return textOrNull(r.Values[i]) }
	case schema.IDs:
		c.value = func(r *schema.Record) any {
			if !r.Values[i].Set {
				return nil
			}
			return jsonList(r.Values[i].List)
		}
	case schema.Text:
		c.value = func(r *schema.Record) any { return textOrNull(r.Values[i]) }
	default:
		c.value = func(r *schema.Record) any {
			if !r.Values[i].Set {
				return nil
			}
			return r.Values[i].Int
		}
	}
	return c
}

func folded(name string, field int, fold func(string) string) column {
	return column{name: name, staged: name, field: -1, of: field, value: func(r *schema.Record) any {
		return fold(r.Values[field].Text)
	}}
}

func textOrNull(v schema.Value) any {
	if !v.Set {
		return nil
	}
	return v.Text
}

// jsonList prints ids as the JSON array that json_each reads.
func jsonList[T any](list []T) string {
	if list == nil {
		list = []T{}
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // of texts and numbers: cannot fail
	}
	return string(b)
}

func parseList(text string) (ids []string, err error) {
	if text == "" {
		return []string{}, nil
	}
	return ids, json.Unmarshal([]byte(text), &ids)
}

func quote(name string) string {
	switch name {
	case "group", "grant":
		return `"` + name + `"`
	}
	return name
}

// names lists the columns of the record table beside key.
func (t *table) names(prefix string) []string {
	list := []string{prefix + "id"}
	for _, c := range t.columns {
		list = append(list, prefix+c.name)
	}
	return list
}

// createStage makes the staging table: records as they came, with their place.
func (t *table) createStage() string {
	cols := []string{"seq INTEGER PRIMARY KEY", "file INTEGER", "line INTEGER", "derived INTEGER", "absent INTEGER", "id TEXT"}
	for _, c := range t.columns {
		cols = append(cols, c.staged)
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", t.stage, strings.Join(cols, ", "))
}

// resolved selects the staged records with keys in the place of ids, as r.
func (t *table) resolved() string {
	cols := []string{"t.seq AS seq", "t.id AS id"}
	from := t.stage + " t"
	for i, c := range t.columns {
		if c.ref == nil {
			cols = append(cols, fmt.Sprintf("t.%s AS %s", c.staged, c.name))
			continue
		}
		cols = append(cols, fmt.Sprintf("r%d.key AS %s", i, c.name))
		from += fmt.Sprintf(" LEFT JOIN %s r%d ON r%d.id = t.%s", c.ref.name, i, i, c.staged)
	}
	where := "true"
	if missing := t.missing(); missing != "" {
		where = "NOT (" + missing + ")"
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s", strings.Join(cols, ", "), from, where)
}

// missing is the condition that a staged record refers to something that is not there.
func (t *table) missing() string {
	var conds []string
	for i, c := range t.columns {
		switch {
		case c.ref != nil:
			conds = append(conds, fmt.Sprintf("(t.%s IS NOT NULL AND r%d.key IS NULL)", c.staged, i))
		case c.field >= 0 && t.kind.Fields[c.field].Type == schema.IDs:
			conds = append(conds, "("+t.missingElement(c)+") IS NOT NULL")
		}
	}
	return strings.Join(conds, " OR ")
}

// missingElement selects the first id of a list that is not there.
func (t *table) missingElement(c column) string {
	return fmt.Sprintf("SELECT j.value FROM json_each(t.%s) j WHERE j.value NOT IN (SELECT id FROM %s) LIMIT 1",
		c.staged, quote(t.kind.Fields[c.field].Ref))
}

// differs is the condition that the row k is not what r says.
func (t *table) differs(k, r string) string {
	var conds []string
	for _, c := range t.columns {
		conds = append(conds, fmt.Sprintf("%s.%s IS NOT %s.%s", k, c.name, r, c.name))
	}
	return strings.Join(conds, " OR ")
}

// upsert moves the staged records into the record table. Rows that are already
// there as they came do not count as changed.
func (t *table) upsert() string {
	sets := make([]string, len(t.columns))
	for i, c := range t.columns {
		sets[i] = fmt.Sprintf("%s = excluded.%s", c.name, c.name)
	}
	names := strings.Join(t.names(""), ", ")
	return fmt.Sprintf("INSERT INTO %s AS k (%s) SELECT %s FROM (%s) ORDER BY %s ON CONFLICT (id) DO UPDATE SET %s WHERE %s",
		t.name, names, names, t.resolved(), t.order(), strings.Join(sets, ", "), t.differs("k", "excluded"))
}

// order sorts staged records by time, so that rows of the same time are neighbours in the
// table and in its index by time.
func (t *table) order() string {
	if t.kind.Field("created_at") < 0 {
		return "seq"
	}
	return "created_at, seq"
}

// collectChanged selects the keys of rows that the upsert will change.
func (t *table) collectChanged() string {
	return fmt.Sprintf("INSERT OR IGNORE INTO temp.changed (key) SELECT k.key FROM (%s) r JOIN %s k ON k.id = r.id WHERE %s",
		t.resolved(), t.name, t.differs("k", "r"))
}

// countChangedFields counts by field the values that the upsert will change. Records of
// one id agree by now and count once. CROSS JOIN makes SQLite scan the staged records
// once; scanning them for each changed row would take quadratic time.
func (t *table) countChangedFields() string {
	var sums, marks []string
	for _, c := range t.columns {
		if c.field >= 0 {
			sums = append(sums, fmt.Sprintf("ifnull(sum(%s), 0)", c.name))
			marks = append(marks, fmt.Sprintf("max(k.%s IS NOT r.%s) AS %s", c.name, c.name, c.name))
		}
	}
	return fmt.Sprintf("SELECT %s FROM (SELECT %s FROM (%s) r CROSS JOIN %s k ON k.id = r.id WHERE +k.key IN (SELECT key FROM temp.changed) GROUP BY k.key)",
		strings.Join(sums, ", "), strings.Join(marks, ", "), t.resolved(), t.name)
}

// Which rows of a record table a mark is for.
const (
	rowsNew     = "k.key > ?"
	rowsChanged = "k.key IN (SELECT key FROM temp.changed)"
)

// markSessions marks the sessions that the chosen rows belong to.
func (t *table) markSessions(rows string) string {
	return fmt.Sprintf("INSERT OR IGNORE INTO stale_session SELECT %[1]s FROM %[2]s k %[3]s WHERE %[4]s AND %[1]s IS NOT NULL",
		t.marks.session, t.name, t.marks.join, rows)
}

// markDays marks the days of the chosen rows.
func (t *table) markDays(rows string) string {
	return fmt.Sprintf("INSERT OR IGNORE INTO stale_day SELECT %s FROM %s k WHERE %s", dayOf("k.created_at"), t.name, rows)
}

// sessionOwner is the expression for the person of the session that a record is in.
func sessionOwner(record string) string {
	return "(SELECT own.profile_key FROM session own WHERE own.key = " + record + ".session_key)"
}

// dayOf is the expression for the day of an instant that the calendar holds.
func dayOf(instant string) string {
	return "(SELECT c.day FROM calendar c WHERE c.starts_at <= " + instant + " ORDER BY c.starts_at DESC LIMIT 1)"
}
