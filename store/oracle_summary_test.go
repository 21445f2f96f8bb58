package store

import (
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

// The same summaries, each counted by one statement of SQL from all records. Tests compare
// what the program has counted with them; benchmarks give them to the sqlite3 shell.

// sqlSessionSources say what the records of each kind contribute to a session. Columns that are not named
// get nothing; updated_at is the latest created_at unless it is named, and
// own_updated_at is the same for kinds whose records are the session's person's.
var sqlSessionSources = []struct {
	kind    string
	columns map[string]string
}{
	{schema.KindSession, map[string]string{
		"updated_at": "max(k.created_at, ifnull(k.updated_at, 0), ifnull(k.ended_at, 0))",
		"open":       "k.ended_at IS NULL",
	}},
	{schema.KindLogin, map[string]string{"own_updated_at": ownLatest("k.created_at")}},
	{schema.KindGrant, nil},
	{schema.KindEmulation, map[string]string{"own_updated_at": ownLatest("k.created_at")}},
	{schema.KindActivity, map[string]string{"own_updated_at": ownLatest("k.created_at")}},
	{schema.KindProblem, map[string]string{
		"updated_at":         "max(max(k.created_at, ifnull(k.updated_at, 0)))",
		"own_updated_at":     ownLatest("max(k.created_at, ifnull(k.updated_at, 0))"),
		"problem_count":      "count(*)",
		"open_problem_count": "count(CASE WHEN k.resolved = 0 THEN 1 END)",
	}},
	{schema.KindGroup, map[string]string{"group_count": "count(*)"}},
	{schema.KindRun, map[string]string{
		"run_count":    "count(*)",
		"first_run_at": "min(k.created_at)",
		"last_run_at":  "max(k.created_at)",
		"total_tokens": "sum(ifnull(k.input_tokens, 0) + ifnull(k.output_tokens, 0))",
		"cost_dollars": fmt.Sprintf("sum(ifnull(k.cost, 0) / %d)", schema.NanosPerDollar),
		"cost_nanos":   fmt.Sprintf("sum(ifnull(k.cost, 0) %% %d)", schema.NanosPerDollar),
	}},
	{schema.KindAttempt, map[string]string{
		"updated_at":    "max(max(k.created_at, ifnull(k.completed_at, 0)))",
		"attempt_count": "count(*)",
	}},
	{schema.KindChat, map[string]string{"chat_count": "count(*)"}},
	{schema.KindMessage, map[string]string{"message_count": "count(*)"}},
}

// ownLatest is the latest of a time among records k that are of the person of
// their session o. NULL, where there is none, is no maximum.
func ownLatest(at string) string {
	return "max(CASE WHEN k.profile_key = o.profile_key THEN " + at + " END)"
}

// sessionsInSQL counts the records of the stale sessions, each kind through
// its index on the session.
var sessionsInSQL = func() string {
	names := make([]string, len(sessionColumns))
	merged := make([]string, len(sessionColumns))
	for i, c := range sessionColumns {
		names[i] = c.name
		merged[i] = c.merge + "(" + c.name + ")"
	}
	var parts []string
	for _, source := range sqlSessionSources {
		m := marksOf[source.kind]
		values := make([]string, len(names))
		for i, name := range names {
			values[i] = sqlValue(source.columns, name)
		}
		from := fmt.Sprintf("FROM stale_session s CROSS JOIN %s k ON %s = s.session_key GROUP BY s.session_key", quote(source.kind), m.session)
		if slices.Contains(othersKinds, source.kind) {
			from = strings.Replace(from, "s CROSS JOIN", "s CROSS JOIN session o ON o.key = s.session_key CROSS JOIN", 1)
		}
		switch source.kind {
		case schema.KindSession:
			from = "FROM stale_session s CROSS JOIN session k ON k.key = s.session_key"
		case schema.KindRun:
			from = `FROM stale_session s CROSS JOIN "group" g ON g.session_key = s.session_key CROSS JOIN run k ON k.group_key = g.key GROUP BY s.session_key`
		case schema.KindMessage:
			from = `FROM stale_session s CROSS JOIN chat c ON c.session_key = s.session_key CROSS JOIN message k ON k.chat_key = c.key GROUP BY s.session_key`
		}
		parts = append(parts, fmt.Sprintf("SELECT s.session_key, %s %s", named(values, names), from))
	}
	return fmt.Sprintf("INSERT INTO session_summary (session_key, %s) SELECT session_key, %s FROM (%s) GROUP BY session_key",
		strings.Join(names, ", "), strings.Join(merged, ", "), strings.Join(parts, " UNION ALL "))
}()

func sqlValue(columns map[string]string, name string) string {
	if v, ok := columns[name]; ok {
		return v
	}
	switch name {
	case "updated_at":
		return "max(k.created_at)"
	case "own_updated_at":
		return sqlValue(columns, "updated_at")
	case "first_run_at", "last_run_at":
		return "NULL"
	}
	return "0"
}

// daysInSQL counts the records of the stale days through the index on time.
var daysInSQL = func() string {
	names := strings.Split(levelColumns(""), ", ")
	var parts []string
	for _, kind := range countedKinds() {
		owner, join := ownerOf(kind)
		parts = append(parts, fmt.Sprintf(`SELECT %s AS profile_key, c.day AS day, %s
			FROM stale_day d CROSS JOIN calendar c ON c.day = d.day
			CROSS JOIN %s k ON k.created_at >= c.starts_at AND k.created_at < c.ends_at AND %s %s GROUP BY c.day, %s`,
			owner, named(countColumns(kind), names), quote(kind), owned(kind), join, owner))
	}
	return fmt.Sprintf(`INSERT INTO temp.fresh SELECT profile_key, day, %s FROM (%s) GROUP BY profile_key, day`,
		levelSums(""), strings.Join(parts, " UNION ALL "))
}()
