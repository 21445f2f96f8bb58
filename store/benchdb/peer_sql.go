package benchdb

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"glow/schema"
)

// dialect is what differs from one peer's SQL to another's.
type dialect struct {
	prepare   string                          // what a connection begins with
	key       string                          // what an id is declared as
	checked   bool                            // references must be there
	indexed   bool                            // it finds rows through indexes
	load      string                          // fills a table from a CSV with a header: table, path
	view      string                          // keeps what a statement selects: name, statement; empty: no summaries
	again     func(name, query string) string // keeps it anew
	settle    string                          // what a server does by itself after a load; not counted
	micros    string                          // a timestamp as microseconds since 1970
	print     string                          // prints what a statement selects as CSV with a header
	size      string                          // to be asked before the size is known
	answering string                          // asks for the process that answers; empty: the program does
}

var postgreSQL = dialect{
	key: " PRIMARY KEY", checked: true, indexed: true,
	load:      "\\copy %q FROM '%s' CSV HEADER\n",
	view:      "CREATE MATERIALIZED VIEW %s AS %s;\n",
	again:     func(name, _ string) string { return "REFRESH MATERIALIZED VIEW " + name + ";\n" },
	settle:    "VACUUM ANALYZE;\n",
	micros:    "CAST(extract(epoch FROM %s) * 1000000 AS bigint)",
	print:     "COPY (%s) TO STDOUT CSV HEADER;\n",
	size:      "SELECT pg_database_size(current_database());",
	answering: "SELECT pg_backend_pid();",
}

var duckDB = dialect{
	load:   "COPY %q FROM '%s' (FORMAT csv, HEADER);\n",
	view:   "CREATE TABLE %s AS %s;\n",
	again:  func(name, query string) string { return "CREATE OR REPLACE TABLE " + name + " AS " + query + ";\n" },
	micros: "epoch_us(%s)",
	print:  "COPY (%s) TO '/dev/stdout' (FORMAT csv, HEADER);\n",
	size:   "CHECKPOINT;",
}

// sqlite3 takes the text of the files as it stands: no checks, no summaries.
var sqlite3 = dialect{
	key: " PRIMARY KEY", indexed: true,
	prepare: "PRAGMA journal_mode = WAL;\nPRAGMA synchronous = FULL;\n",
	load:    ".import --csv --skip 1 %[2]s %[1]s\n",
	size:    "PRAGMA wal_checkpoint(TRUNCATE);",
}

var columnTypes = map[schema.Type]string{
	schema.ID: "text", schema.IDs: "text", schema.Text: "text", schema.Time: "timestamp", schema.Date: "date",
	schema.Bool: "boolean", schema.Int: "bigint", schema.Cost: "numeric(18, 9)",
}

// TakeIn fills the empty database with the files of a folder, each named after its
// kind, and makes what later questions ask: indexes and summaries.
func (p *Peer) TakeIn(folder string) time.Duration {
	p.tb.Helper()
	var script, after strings.Builder
	for _, kind := range kinds {
		var columns []string
		for i, f := range kind.Fields {
			column := f.Name + " " + columnTypes[f.Type]
			if i == 0 {
				column += p.key
			}
			columns = append(columns, column)
			if f.Ref != "" && f.Type == schema.ID && p.checked {
				fmt.Fprintf(&after, "ALTER TABLE %q ADD FOREIGN KEY (%s) REFERENCES %q;\n", kind.Name, f.Name, f.Ref)
			}
			if f.Ref != "" && f.Type == schema.ID && p.indexed {
				fmt.Fprintf(&after, "CREATE INDEX %s_%s ON %q (%[2]s);\n", kind.Name, f.Name, kind.Name)
			}
		}
		if kind.Timed() && p.indexed {
			fmt.Fprintf(&after, "CREATE INDEX %s_time ON %q (created_at, id);\n", kind.Name, kind.Name)
		}
		fmt.Fprintf(&script, "CREATE TABLE %q (%s);\n", kind.Name, strings.Join(columns, ", "))
		fmt.Fprintf(&script, p.load, kind.Name, filepath.Join(folder, kind.File))
	}
	if p.view != "" {
		for _, s := range summaries {
			fmt.Fprintf(&after, p.view, s.name, s.query)
			if p.indexed {
				after.WriteString(s.index)
			}
		}
	}
	_, took := p.Ask(script.String() + after.String())
	p.Ask(p.settle)
	return took
}

// Add fills a table with more records.
func (p *Peer) Add(kind *schema.Kind, path string) {
	p.tb.Helper()
	p.Ask(fmt.Sprintf(p.load, kind.Name, path))
}

// Refresh computes the summaries anew: there is no other way to make them current.
func (p *Peer) Refresh() time.Duration {
	p.tb.Helper()
	var script strings.Builder
	for _, s := range summaries {
		script.WriteString(p.again(s.name, s.query))
	}
	_, took := p.Ask(script.String())
	return took
}

// summaries are what a dashboard on such a database would ask instead of the records.
var summaries = []struct{ name, query, index string }{
	{"profile_day", profileDays(), `CREATE UNIQUE INDEX profile_day_key ON profile_day (profile_id, day);
CREATE INDEX profile_day_day ON profile_day (day);
`},
	{"session_summary", sessionSummaries(), `CREATE UNIQUE INDEX session_summary_key ON session_summary (session_id);
`},
}

// source is what the records of one kind add to the rows of a summary.
type source struct {
	from, at string
	adds     map[string]string
}

// union selects, for each source, its value of every column, or the one for none.
func union(key string, sources []source, columns []string, none func(column string) string) string {
	parts := make([]string, len(sources))
	for i, s := range sources {
		values := []string{key, s.at + " AS happened_at"}
		for _, c := range columns {
			value, ok := s.adds[c]
			if !ok {
				value = none(c)
			}
			values = append(values, value+" AS "+c)
		}
		parts[i] = "SELECT " + strings.Join(values, ", ") + " FROM " + s.from
	}
	return strings.Join(parts, " UNION ALL ")
}

var personCounts = []string{"sessions", "completed", "logins", "emulations", "grants", "problems", "open_problems", "activity"}

func profileDays() string {
	rows := union("profile_id", []source{
		{"session", "created_at", map[string]string{"sessions": "1", "completed": "CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END"}},
		{"login", "created_at", map[string]string{"logins": "1"}},
		{"emulation", "created_at", map[string]string{"emulations": "1"}},
		{`"grant" g JOIN session s ON s.id = g.session_id`, "g.created_at", map[string]string{"grants": "1"}},
		{"problem WHERE profile_id IS NOT NULL", "created_at", map[string]string{"problems": "1", "open_problems": "CASE WHEN resolved THEN 0 ELSE 1 END"}},
		{"activity", "created_at", map[string]string{"activity": "1"}},
	}, personCounts, func(string) string { return "0" })
	return "SELECT profile_id, CAST(happened_at AS date) AS day, " + sums(personCounts) + " FROM (" + rows + ") n GROUP BY 1, 2"
}

func sums(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("CAST(coalesce(sum(%s), 0) AS bigint) AS %[1]s", c)
	}
	return strings.Join(list, ", ")
}

var sessionCounts = []string{"group_count", "run_count", "total_tokens", "chat_count", "attempt_count", "message_count", "problem_count", "open_problem_count"}

func sessionSummaries() string {
	const latest = "greatest(created_at, %s)"
	columns := append([]string{"run_at", "total_cost"}, sessionCounts...)
	none := func(column string) string {
		switch column {
		case "run_at":
			return "CAST(NULL AS timestamp)"
		case "total_cost":
			return "CAST(0 AS numeric(18, 9))"
		}
		return "0"
	}
	inSession := func(from string) string { return from + " WHERE session_id IS NOT NULL" }
	rows := union("session_id", []source{
		{"(SELECT id AS session_id, greatest(created_at, updated_at, ended_at) AS created_at FROM session) s", "created_at", nil},
		{inSession("login"), "created_at", nil},
		{`"grant"`, "created_at", nil},
		{inSession("emulation"), "created_at", nil},
		{inSession("activity"), "created_at", nil},
		{inSession("problem"), fmt.Sprintf(latest, "updated_at"), map[string]string{"problem_count": "1", "open_problem_count": "CASE WHEN resolved THEN 0 ELSE 1 END"}},
		{`"group"`, "created_at", map[string]string{"group_count": "1"}},
		{`run r JOIN "group" g ON g.id = r.group_id`, "r.created_at", map[string]string{
			"run_at": "r.created_at", "run_count": "1", "total_cost": "coalesce(cost, 0)",
			"total_tokens": "coalesce(input_tokens, 0) + coalesce(output_tokens, 0)",
		}},
		{"attempt", fmt.Sprintf(latest, "completed_at"), map[string]string{"attempt_count": "1"}},
		{"chat", "created_at", map[string]string{"chat_count": "1"}},
		{"message m JOIN chat c ON c.id = m.chat_id", "m.created_at", map[string]string{"message_count": "1"}},
	}, columns, none)
	return `SELECT session_id, max(happened_at) AS updated_at, min(run_at) AS first_run_at, max(run_at) AS last_run_at,
		sum(total_cost) AS total_cost, ` + sums(sessionCounts) + ` FROM (` + rows + `) n GROUP BY 1`
}

// Activity asks what the people, or those of a department, did in a window.
func (p *Peer) Activity(w schema.Filter) string {
	days := fmt.Sprintf("SELECT profile_id, %s FROM profile_day WHERE day >= DATE '%s' AND day <= DATE '%s'", sums(personCounts), w.DateFrom, w.DateTo)
	people := "profile"
	if len(w.DepartmentIDs) > 0 {
		people = "(SELECT * FROM profile WHERE department_ids LIKE '%" + w.DepartmentIDs[0] + "%') p"
		days += " AND profile_id IN (SELECT id FROM " + people + ")"
	}
	days += " GROUP BY 1"
	return fmt.Sprintf(`SELECT sum(sessions), sum(completed), sum(logins), sum(emulations), count(CASE WHEN sessions + logins + activity > 0 THEN 1 END) FROM (%s) n;
SELECT id, name, coalesce(sessions, 0), coalesce(logins, 0), coalesce(grants, 0), coalesce(problems, 0), coalesce(open_problems, 0), coalesce(n.activity, 0)
	FROM %s LEFT JOIN (%[1]s) n ON n.profile_id = id;`, days, people)
}

// History asks for a page of the sessions, the latest first, and how many there are.
func (p *Peer) History(size, offset int) string {
	at := func(column string) string { return fmt.Sprintf(p.micros, column) }
	return fmt.Sprintf(`SELECT count(*) FROM session;
SELECT s.id, p.id, p.name, %s, group_count, run_count, total_tokens, total_cost, chat_count, attempt_count, message_count, problem_count, open_problem_count
	FROM (SELECT * FROM session ORDER BY created_at DESC, id DESC LIMIT %d OFFSET %d) s
	JOIN profile p ON p.id = s.profile_id JOIN session_summary m ON m.session_id = s.id ORDER BY s.created_at DESC, s.id DESC;`,
		strings.Join([]string{at("s.created_at"), at("m.updated_at"), at("s.ended_at"), at("first_run_at"), at("last_run_at")}, ", "), size, offset)
}

// Usage asks when the sessions of a window began and what their runs took.
func (p *Peer) Usage(w schema.Filter) string {
	from := fmt.Sprintf("FROM session s JOIN session_summary m ON m.session_id = s.id WHERE s.created_at >= DATE '%s' AND CAST(s.created_at AS date) <= DATE '%s'", w.DateFrom, w.DateTo)
	return "SELECT CAST(extract(isodow FROM s.created_at) AS bigint), CAST(extract(hour FROM s.created_at) AS bigint), count(*) " + from + " GROUP BY 1, 2;\n" +
		"SELECT sum(run_count), sum(total_tokens), sum(total_cost) " + from + ";"
}

// Holdings asks how many records there are of each kind.
func (p *Peer) Holdings() string {
	parts := make([]string, len(kinds))
	for i, kind := range kinds {
		parts[i] = fmt.Sprintf("SELECT '%s', count(*) FROM %q", kind.Name, kind.Name)
	}
	return strings.Join(parts, " UNION ALL ") + ";"
}

// everything prints the rows of every file of an export.
func (p *Peer) everything() string {
	if p.print == "" {
		return Rows()
	}
	var script strings.Builder
	for _, kind := range kinds {
		query := fmt.Sprintf("SELECT k.* FROM %q k ORDER BY k.id", kind.Name)
		if kind.Timed() {
			query = fmt.Sprintf("SELECT k.*, p.name AS profile_name, p.department_ids FROM %q k %s ORDER BY k.created_at, k.id", kind.Name, personOf(kind))
		}
		fmt.Fprintf(&script, p.print, query)
	}
	fmt.Fprintf(&script, p.print, `SELECT p.id, p.name, p.department_ids, s.created_at, s.ended_at, m.* FROM session s
		JOIN profile p ON p.id = s.profile_id JOIN session_summary m ON m.session_id = s.id ORDER BY s.created_at, s.id`)
	fmt.Fprintf(&script, p.print, `SELECT p.id, p.name, p.department_ids, t.* FROM profile p
		LEFT JOIN (SELECT profile_id, `+sums(personCounts)+` FROM profile_day GROUP BY 1) t ON t.profile_id = p.id ORDER BY p.id`)
	return script.String()
}

// personOf joins the person p of a record k.
func personOf(kind *schema.Kind) string {
	const bySession = "JOIN session s ON s.id = %s.session_id JOIN profile p ON p.id = s.profile_id"
	switch {
	case kind.Field("profile_id") >= 0:
		return "LEFT JOIN profile p ON p.id = k.profile_id"
	case kind.Field("group_id") >= 0:
		return `JOIN "group" g ON g.id = k.group_id ` + fmt.Sprintf(bySession, "g")
	case kind.Field("chat_id") >= 0:
		return "JOIN chat c ON c.id = k.chat_id " + fmt.Sprintf(bySession, "c")
	}
	return fmt.Sprintf(bySession, "k")
}
