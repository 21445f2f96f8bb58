package store

import (
	"cmp"
	"fmt"
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

// sessionSources say what a record of each kind contributes, beside its time: columns that are
// not named get nothing.
var sessionSources = []struct {
	kind    string
	updated string // the time of a record; created_at unless it is given
	columns map[string]string
}{
	{schema.KindSession, "max(k.created_at, ifnull(k.updated_at, 0), ifnull(k.ended_at, 0))", map[string]string{"open": "k.ended_at IS NULL"}},
	{schema.KindLogin, "", nil},
	{schema.KindGrant, "", nil},
	{schema.KindEmulation, "", nil},
	{schema.KindActivity, "", nil},
	{schema.KindProblem, "max(k.created_at, ifnull(k.updated_at, 0))", map[string]string{"problem_count": "1", "open_problem_count": "k.resolved = 0"}},
	{schema.KindGroup, "", map[string]string{"group_count": "1"}},
	{schema.KindRun, "", map[string]string{
		"run_count":    "1",
		"first_run_at": "k.created_at",
		"last_run_at":  "k.created_at",
		"total_tokens": "ifnull(k.input_tokens, 0) + ifnull(k.output_tokens, 0)",
		"cost_dollars": fmt.Sprintf("ifnull(k.cost, 0) / %d", schema.NanosPerDollar),
		"cost_nanos":   fmt.Sprintf("ifnull(k.cost, 0) %% %d", schema.NanosPerDollar),
	}},
	{schema.KindAttempt, "max(k.created_at, ifnull(k.completed_at, 0))", map[string]string{"attempt_count": "1"}},
	{schema.KindChat, "", map[string]string{"chat_count": "1"}},
	{schema.KindMessage, "", map[string]string{"message_count": "1"}},
}

const (
	// sessionBatch is how many sessions are counted at a time: few enough to be kept in
	// memory, enough that the statements cost little beside their rows.
	sessionBatch = 4096

	// maxKeyGap is how many sessions that are not stale are read rather than passed over: to look
	// up the next one costs as much.
	maxKeyGap = 8
)

// The places in sessionColumns of the times that every record has.
const latestColumn, ownLatestColumn = 0, 1

// sessionQuery reads what the records of one kind contribute to the sessions in a range of
// keys: the session's key, whose record it is, its time, and columns.
type sessionQuery struct {
	others  bool // a record may be of somebody else than the session's person
	columns []int
	sql     string
}

// sessionQueries go along each kind's index on the session. The rows are added up in Go: SQLite
// would look up each session in each index, and sort what the kinds give.
var sessionQueries = func() (list []sessionQuery) {
	for _, source := range sessionSources {
		q := sessionQuery{others: slices.Contains(othersKinds, source.kind)}
		from, session := sessionRecords(source.kind)
		person := "NULL"
		if q.others || source.kind == schema.KindSession {
			person = "k.profile_key"
		}
		values := []string{session, person, cmp.Or(source.updated, "k.created_at")}
		for i, c := range sessionColumns {
			if value, ok := source.columns[c.name]; ok {
				q.columns, values = append(q.columns, i), append(values, value)
			}
		}
		q.sql = fmt.Sprintf("SELECT %s FROM %s WHERE %s BETWEEN ? AND ?", strings.Join(values, ", "), from, session)
		list = append(list, q)
	}
	return list
}()

// sessionRecords returns where the records k of a kind are, and the key of their session.
func sessionRecords(kind string) (from, session string) {
	switch kind {
	case schema.KindSession:
		return "session k", "k.key"
	case schema.KindRun:
		return `"group" g CROSS JOIN run k ON k.group_key = g.key`, "g.session_key"
	case schema.KindMessage:
		return "chat c CROSS JOIN message k ON k.chat_key = c.key", "c.session_key"
	}
	return quote(kind) + " k", "k.session_key"
}

// sessionNumbers are a row of session_summary. What no record has contributed to is not set.
type sessionNumbers struct {
	person  int64 // 0: the session is gone
	columns [len(sessionColumns)]struct {
		value int64
		set   bool
	}
}

// count adds a record.
func (n *sessionNumbers) count(q sessionQuery, r sqlite.Row) {
	at := r.Int(2)
	n.add(latestColumn, at)
	if !q.others || r.Int(1) == n.person {
		n.add(ownLatestColumn, at)
	}
	for i, column := range q.columns {
		n.add(column, r.Int(i+3))
	}
}

func (n *sessionNumbers) add(column int, value int64) {
	to := &n.columns[column]
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
		if n.columns[i].set || c.merge == "sum" {
			list = append(list, n.columns[i].value)
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
	for after := int64(math.MinInt64); ; {
		keys, err := t.staleSessions(after)
		if len(keys) == 0 || err != nil {
			return rows, err
		}
		n, err := t.computeSessionBatch(keys)
		if err != nil {
			return 0, err
		}
		rows += n
		after = keys[len(keys)-1]
	}
}

// staleSessions lists the next stale sessions in the order of their keys, at most a batch.
func (t *tx) staleSessions(after int64) (keys []int64, err error) {
	return keys, t.Rows(func(r sqlite.Row) error {
		keys = append(keys, r.Int(0))
		return nil
	}, `SELECT session_key FROM stale_session WHERE session_key > ? ORDER BY session_key LIMIT ?`, after, sessionBatch)
}

// computeSessionBatch computes the rows of sessions whose keys are in order.
func (t *tx) computeSessionBatch(keys []int64) (rows int64, err error) {
	sessions := make(map[int64]*sessionNumbers, len(keys))
	slab := make([]sessionNumbers, len(keys))
	for i, key := range keys {
		sessions[key] = &slab[i]
	}
	for i, q := range sessionQueries {
		for _, keys := range keyRanges(keys) {
			err := t.Rows(func(r sqlite.Row) error {
				n := sessions[r.Int(0)]
				if n == nil { // it lies between two stale ones
					return nil
				}
				if sessionSources[i].kind == schema.KindSession {
					n.person = r.Int(1)
				}
				n.count(q, r)
				return nil
			}, q.sql, keys.first, keys.last)
			if err != nil {
				return 0, err
			}
		}
	}
	for _, key := range keys {
		if n := sessions[key]; n.person != 0 {
			if err := t.Exec(insertSession, n.values(key)...); err != nil {
				return 0, err
			}
			rows++
		}
	}
	return rows, nil
}

type keyRange struct{ first, last int64 }

// keyRanges cuts a list of keys in order into ranges with few others in them.
func keyRanges(keys []int64) (ranges []keyRange) {
	for _, key := range keys {
		if last := len(ranges) - 1; last >= 0 && key-ranges[last].last <= maxKeyGap {
			ranges[last].last = key
		} else {
			ranges = append(ranges, keyRange{key, key})
		}
	}
	return ranges
}
