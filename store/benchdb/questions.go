package benchdb

import (
	"fmt"
	"strings"

	"glow/schema"
)

// CountRecords is the question of /system/activity asked of the record tables in
// plain SQL: each person's counts, and the five totals, between two instants and,
// unless it is empty, in one department.
func CountRecords(w schema.Window, department string) string {
	people := "profile"
	if department != "" {
		people = fmt.Sprintf(`(SELECT p.* FROM profile p JOIN profile_department pd ON pd.profile_key = p.key
			JOIN department d ON d.key = pd.department_key WHERE d.id = '%s')`, department)
	}
	inside := fmt.Sprintf("created_at >= %d AND created_at < %d", w.From, w.Until)
	columns := []string{"sessions", "completed", "logins", "emulations", "grants", "problems", "open_problems", "activity"}
	count := func(from string, counts map[string]string) string {
		parts := make([]string, len(columns))
		for i, c := range columns {
			if parts[i] = "0"; counts[c] != "" {
				parts[i] = counts[c]
			}
		}
		return fmt.Sprintf("SELECT profile_key, %s FROM %s WHERE %s GROUP BY profile_key", strings.Join(parts, ", "), from, inside)
	}
	all := "count(*)"
	kinds := []string{
		count("session", map[string]string{"sessions": all, "completed": "count(ended_at)"}),
		count("login", map[string]string{"logins": all}),
		count("emulation", map[string]string{"emulations": all}),
		count(`(SELECT s.profile_key, g.created_at FROM "grant" g JOIN session s ON s.key = g.session_key)`, map[string]string{"grants": all}),
		count("problem", map[string]string{"problems": all, "open_problems": "sum(resolved = 0)"}),
		count("activity", map[string]string{"activity": all}),
	}
	sums := make([]string, len(columns))
	names := make([]string, len(columns))
	for i, c := range columns {
		sums[i] = fmt.Sprintf("coalesce(sum(n.c%d), 0) AS %s", i+1, c)
		names[i] = fmt.Sprintf("c%d", i+1)
	}
	return fmt.Sprintf(`CREATE TEMP TABLE person AS WITH n (profile_key, %s) AS (%s)
		SELECT p.id, p.name, %s FROM %s p LEFT JOIN n ON n.profile_key = p.key GROUP BY p.key;
		SELECT sum(sessions), sum(completed), sum(logins), sum(emulations), count(CASE WHEN sessions + logins + activity > 0 THEN 1 END) FROM temp.person;
		SELECT id, name, sessions, logins, grants, problems, open_problems, activity FROM temp.person;`,
		strings.Join(names, ", "), strings.Join(kinds, " UNION ALL "), strings.Join(sums, ", "), people)
}

// Rows is the rows of every file of an export, ids and names looked up, in plain
// SQL; times and costs stay numbers.
func Rows() string {
	var script strings.Builder
	script.WriteString(".mode csv\n.headers on\n")
	for _, kind := range kinds {
		columns, joins := []string{}, ""
		for i, f := range kind.Fields {
			if f.Ref == "" || f.Type != schema.ID {
				columns = append(columns, "k."+f.Name)
				continue
			}
			joins += fmt.Sprintf(" LEFT JOIN %q r%d ON r%[2]d.key = k.%s", f.Ref, i, strings.TrimSuffix(f.Name, "_id")+"_key")
			columns = append(columns, fmt.Sprintf("r%d.id", i))
			if f.Ref == schema.KindProfile {
				columns = append(columns, fmt.Sprintf("r%d.name", i))
			}
		}
		order := "k.id"
		if kind.Field("created_at") >= 0 {
			order = "k.created_at, k.id"
		}
		fmt.Fprintf(&script, "SELECT %s FROM %q k%s ORDER BY %s;\n", strings.Join(columns, ", "), kind.Name, joins, order)
	}
	script.WriteString(`SELECT s.id, p.id, p.name, p.department_ids, s.created_at, s.ended_at, m.* FROM session s
		JOIN profile p ON p.key = s.profile_key JOIN session_summary m ON m.session_key = s.key ORDER BY s.created_at, s.id;
		SELECT p.id, p.name, p.department_ids, t.* FROM profile p LEFT JOIN profile_total t ON t.profile_key = p.key ORDER BY p.id;
		`)
	return script.String()
}
