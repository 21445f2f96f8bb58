package store

import (
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"glow/schema"
	"glow/store/sqlite"
)

// sessionColumns are the columns of session_summary after its key, with how the
// contributions of the sources come together.
var sessionColumns = [...]struct{ name, merge string }{
	{"updated_at", "max"},
	{"own_updated_at", "max"},
	{"open", "sum"},
	{"group_count", "sum"},
	{"run_count", "sum"},
	{"first_run_at", "min"},
	{"last_run_at", "max"},
	{"total_tokens", "sum"},
	{"cost_dollars", "sum"},
	{"cost_nanos", "sum"},
	{"chat_count", "sum"},
	{"attempt_count", "sum"},
	{"message_count", "sum"},
	{"problem_count", "sum"},
	{"open_problem_count", "sum"},
}

// sessionSources say what each kind contributes. Columns that are not named
// get nothing; updated_at is the latest created_at unless it is named, and
// own_updated_at is the same for kinds whose records are the session's person's.
var sessionSources = []struct {
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

// sessionBatch is how many sessions are counted at a time: few enough to be kept in
// memory, enough that the statements cost little beside their rows.
const sessionBatch = 4096

// sessionQuery counts what one kind contributes to the stale sessions in a range of keys.
type sessionQuery struct {
	columns []int // the place in sessionColumns of each that the query gives, after the session's key
	sql     string
}

// sessionQueries go through each kind's index on the session. One statement for all of
// them would sort what every kind gives, which took half of the time of a rebuild.
var sessionQueries = func() (list []sessionQuery) {
	for _, source := range sessionSources {
		q, values := sessionQuery{}, []string{"s.session_key"}
		for i, c := range sessionColumns {
			if value := sourceValue(source.columns, c.name); value != "" {
				q.columns, values = append(q.columns, i), append(values, value)
			}
		}
		q.sql = fmt.Sprintf("SELECT %s FROM stale_session s %s WHERE s.session_key BETWEEN :first AND :last GROUP BY s.session_key",
			strings.Join(values, ", "), joinToSession(source.kind))
		list = append(list, q)
	}
	return list
}()

// joinToSession joins the records k of a kind to the sessions s.
func joinToSession(kind string) string {
	switch kind {
	case schema.KindSession:
		return `CROSS JOIN session k ON k.key = s.session_key`
	case schema.KindRun:
		return `CROSS JOIN "group" g ON g.session_key = s.session_key CROSS JOIN run k ON k.group_key = g.key`
	case schema.KindMessage:
		return `CROSS JOIN chat c ON c.session_key = s.session_key CROSS JOIN message k ON k.chat_key = c.key`
	}
	join := fmt.Sprintf("CROSS JOIN %s k ON %s = s.session_key", quote(kind), marksOf[kind].session)
	if slices.Contains(othersKinds, kind) {
		return "CROSS JOIN session o ON o.key = s.session_key " + join
	}
	return join
}

// sourceValue is what a kind contributes to a column; empty for nothing.
func sourceValue(columns map[string]string, name string) string {
	if v, ok := columns[name]; ok {
		return v
	}
	switch name {
	case "updated_at":
		return "max(k.created_at)"
	case "own_updated_at":
		return sourceValue(columns, "updated_at")
	}
	return ""
}

// sessionNumbers are a row of session_summary. What no record has contributed to is not set.
type sessionNumbers [len(sessionColumns)]struct {
	value int64
	set   bool
}

func (n *sessionNumbers) add(column int, value int64) {
	to := &n[column]
	switch sessionColumns[column].merge {
	case "sum":
		to.value += value
	case "min":
		if !to.set || value < to.value {
			to.value = value
		}
	case "max":
		if !to.set || value > to.value {
			to.value = value
		}
	}
	to.set = true
}

// values are those of insertSession. A sum of nothing is 0.
func (n *sessionNumbers) values(key int64) []any {
	list := []any{key}
	for i, c := range sessionColumns {
		if n[i].set || c.merge == "sum" {
			list = append(list, n[i].value)
		} else {
			list = append(list, nil)
		}
	}
	return list
}

var insertSession = func() string {
	names := []string{"session_key"}
	for _, c := range sessionColumns {
		names = append(names, c.name)
	}
	return fmt.Sprintf("INSERT INTO session_summary (%s) VALUES (?%s)", strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1))
}()

// refreshSessions computes session_summary for the stale sessions, and usage_day, which adds
// it up.
func (t *tx) refreshSessions() (rows int64, err error) {
	usage := usageChange{tx: t, day: dayFinder{zone: t.options.Zone}, clock: wallClock{zone: t.options.Zone}, rows: map[usageRow]*usageCounts{}}
	if err := usage.add(-1); err != nil {
		return 0, err
	}
	if err := t.Exec(`DELETE FROM counted_session`); err != nil {
		return 0, err
	}
	if err := t.Exec(`DELETE FROM session_summary WHERE session_key IN (SELECT session_key FROM stale_session)`); err != nil {
		return 0, err
	}
	if rows, err = t.computeSessions(); err != nil {
		return 0, err
	}
	if err := usage.add(1); err != nil {
		return 0, err
	}
	if err := usage.write(); err != nil {
		return 0, err
	}
	return rows, t.Exec(`DELETE FROM stale_session`)
}

// computeSessions counts the records of the stale sessions.
func (t *tx) computeSessions() (rows int64, err error) {
	for first := int64(math.MinInt64); ; {
		last, err := t.endOfSessionBatch(first)
		if last == nil || err != nil {
			return rows, err
		}
		n, err := t.computeSessionBatch(first, *last)
		if err != nil {
			return 0, err
		}
		rows += n
		first = *last + 1
	}
}

// endOfSessionBatch is the last key of the batch that begins at a key; nil when none is left.
func (t *tx) endOfSessionBatch(first int64) (last *int64, err error) {
	return last, t.QueryRow([]any{&last}, `SELECT max(session_key) FROM
		(SELECT session_key FROM stale_session WHERE session_key >= ? ORDER BY session_key LIMIT ?)`, first, sessionBatch)
}

// computeSessionBatch computes the rows of the stale sessions from one key to another.
func (t *tx) computeSessionBatch(first, last int64) (rows int64, err error) {
	sessions := map[int64]*sessionNumbers{}
	for _, q := range sessionQueries {
		err := t.Rows(func(r sqlite.Row) error {
			n := sessions[r.Int(0)]
			if n == nil {
				n = &sessionNumbers{}
				sessions[r.Int(0)] = n
			}
			for i, column := range q.columns {
				if !r.Null(i + 1) {
					n.add(column, r.Int(i+1))
				}
			}
			return nil
		}, q.sql, sql.Named("first", first), sql.Named("last", last))
		if err != nil {
			return 0, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(sessions)) { // in the order of the table
		if err := t.Exec(insertSession, sessions[key].values(key)...); err != nil {
			return 0, err
		}
	}
	return int64(len(sessions)), nil
}
