package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// windowed are the questions whose cost must follow their window, and whose
// statements a golden file each holds, with how SQLite carries them out.
func windowed() map[string]func(*Store) error {
	days := schema.Filter{DateFrom: "2025-03-10", DateTo: "2025-04-20"}
	instants := schema.Filter{DateFrom: "2025-03-10T12:00:00Z", DateTo: "2025-04-20T12:00:00Z"}
	departments := schema.Filter{DateFrom: "2025-03-10", DateTo: "2025-04-20", DepartmentIDs: []string{"cs"}, Roles: []string{"ta"}}
	inside := schema.Scope{DepartmentIDs: []string{"cs"}}
	activity := func(scope schema.Scope, req schema.ActivityRequest) func(*Store) error {
		return func(s *Store) error { _, err := s.Activity(ctx, scope, req); return err }
	}
	sessions := func(scope schema.Scope, req schema.SessionsRequest) func(*Store) error {
		return func(s *Store) error { _, err := s.Sessions(ctx, scope, req); return err }
	}
	problems := func(scope schema.Scope, req schema.ProblemsRequest) func(*Store) error {
		return func(s *Store) error { _, err := s.Problems(ctx, scope, req); return err }
	}
	on, onward := schema.SessionsRequest{Filter: days}, schema.ProblemsRequest{Filter: days}
	on.Cursor = on.CursorAt(schema.SessionListItem{SessionID: "s1", SessionCreatedAt: schema.InstantOf(time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC))})
	onward.Cursor = onward.CursorAt(schema.Problem{ProblemID: "p1", CreatedAt: schema.InstantOf(time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC))})
	return map[string]func(*Store) error{
		"sessions_cursor":      sessions(everyone, on),
		"problems_cursor":      problems(everyone, onward),
		"activity_days":        activity(everyone, schema.ActivityRequest{Filter: days}),
		"activity_instants":    activity(everyone, schema.ActivityRequest{Filter: instants}),
		"activity_departments": activity(inside, schema.ActivityRequest{Filter: departments}),
		"activity_series_day":  activity(everyone, schema.ActivityRequest{Filter: days, Interval: schema.IntervalDay}),
		"activity_series_week": activity(inside, schema.ActivityRequest{Filter: days, Interval: schema.IntervalWeek}),
		"activity_compare":     activity(everyone, schema.ActivityRequest{Filter: days, Compare: true}),
		"usage":                func(s *Store) error { _, err := s.Usage(ctx, inside, departments); return err },
		"activity_self":        activity(schema.Scope{ProfileID: "ann"}, schema.ActivityRequest{Filter: days, Interval: schema.IntervalMonth}),
		"sessions":             sessions(everyone, schema.SessionsRequest{}),
		"sessions_days":        sessions(everyone, schema.SessionsRequest{Filter: days, Paging: schema.Paging{PageSize: ptr(1), Page: ptr(2)}}),
		"sessions_departments": sessions(inside, schema.SessionsRequest{Filter: departments}),
		"sessions_person":      sessions(everyone, schema.SessionsRequest{ProfileID: "ann"}),
		"sessions_active":      sessions(everyone, schema.SessionsRequest{Active: ptr(true), HasOpenProblems: ptr(true)}),
		"session": func(s *Store) error {
			_, err := s.Session(ctx, inside, schema.SessionRequest{SessionID: "s1"})
			return err
		},
		"problems":             problems(everyone, schema.ProblemsRequest{Filter: days}),
		"problems_departments": problems(inside, schema.ProblemsRequest{Filter: departments, Resolved: ptr(false)}),
	}
}

// bigTables hold as many rows as there are records, or days of people.
var bigTables = []string{
	"session", "login", "grant", "emulation", "activity", "problem", "group", "run", "attempt", "chat", "message",
	"session_summary", "usage_day", "profile_day", "profile_month",
}

func TestWindowedQuestionsReadThroughIndexes(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university(), // records around the windows, which are cut to where records are
		rec("login", "profile_id", "ann", "created_at", "2024-12-01T09:00:00Z"),
		rec("login", "profile_id", "ann", "created_at", "2025-12-01T09:00:00Z"))...)
	if _, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil { // now the profiles are cached
		t.Fatal(err)
	}
	for name, ask := range windowed() {
		t.Run(name, func(t *testing.T) {
			plans := plansOf(t, s, ask)
			golden(t, name, plans)
			checkNoScan(t, plans)
		})
	}
}

// A refresh reads what is stale through indexes, too.
func TestRefreshReadsThroughIndexes(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	err := s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		refreshPlans(t, s, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func refreshPlans(t *testing.T, s *Store, bulk *sqlite.Conn) {
	if err := s.writeOn(ctx, bulk, func(t *tx) error { _, err := t.refreshLevels(); return err }); err != nil { // makes its temporary tables
		t.Fatal(err)
	}
	named := map[string]string{"moved days": findMovedDays, "vanished days": findVanishedDays}
	for i, q := range sessionQueries {
		named["refresh sessions: "+sessionSources[i].kind] = q.sql
	}
	for _, q := range counterQueries {
		named["count by time: "+q.kind] = q.byTime
		named["count new rows: "+q.kind] = q.byKey
	}
	for _, l := range levels {
		if l.lower != "" {
			named["refresh "+l.table] = computeLevel(l)
		}
		named["delete "+l.table] = deleteMoved(l)
		named["insert "+l.table] = insertMoved(l)
		named["refresh "+l.cohort] = computeCohorts(l)
		for i, q := range findMovedCohorts(l) {
			named[fmt.Sprintf("moved %s %d", l.cohort, i)] = q
		}
	}
	for _, l := range levels {
		named["signs of life in "+l.table] = signsBefore(l)
		named["add to "+l.table] = addToPeople(l)
		named["add to "+l.cohort] = addToCohorts(l)
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(named)) {
		fmt.Fprintf(&text, "-- %s\n%s\n%s\n", name, strings.Join(strings.Fields(named[name]), " "), explain(t, bulk, named[name]))
	}
	golden(t, "refresh", text.String())
	checkNoScan(t, text.String())
}

// plansOf runs a question on connections that have nothing prepared, and explains what
// it prepared.
func plansOf(t *testing.T, s *Store, ask func(*Store) error) string {
	t.Helper()
	everyReader(t, s, sqlite.MaxReaders, func(c *sqlite.Conn) { c.CloseStatements() })
	if err := ask(s); err != nil {
		t.Error(err)
	}
	plans := map[string]string{}
	everyReader(t, s, sqlite.MaxReaders, func(c *sqlite.Conn) {
		for _, query := range c.Statements() {
			if strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "SELECT EXISTS (SELECT 1 FROM stale_day)") {
				plans[query] = explain(t, c, query)
			}
		}
	})
	var text strings.Builder
	for _, query := range slices.Sorted(maps.Keys(plans)) {
		fmt.Fprintf(&text, "%s\n%s\n", strings.Join(strings.Fields(query), " "), plans[query])
	}
	return text.String()
}

// everyReader calls fn with each connection of the pool, all of which it holds.
func everyReader(t *testing.T, s *Store, n int, fn func(*sqlite.Conn)) {
	t.Helper()
	err := s.db.WithReader(ctx, func(c *sqlite.Conn) error {
		fn(c)
		if n > 1 {
			everyReader(t, s, n-1, fn)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// explain asks SQLite how it carries out a statement, with NULL for whatever it asks for,
// by name or by place; the driver does not mind more values than that.
func explain(t *testing.T, c *sqlite.Conn, query string) string {
	t.Helper()
	args := make([]any, 64)
	for _, name := range valueName.FindAllStringSubmatch(query, -1) {
		args = append(args, sql.Named(name[1], nil))
	}
	plan, err := explainWith(c, query, args)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return plan
}

var valueName = regexp.MustCompile(`:(\w+)`)

func explainWith(c *sqlite.Conn, query string, args []any) (string, error) {
	depth := map[int]int{0: 0}
	var text strings.Builder
	err := c.Tx(context.Background()).Query(func(scan func(...any) error) error {
		var (
			id, parent, unused int
			detail             string
		)
		if err := scan(&id, &parent, &unused, &detail); err != nil {
			return err
		}
		depth[id] = depth[parent] + 1
		text.WriteString(strings.Repeat("  ", depth[id]) + detail + "\n")
		return nil
	}, "EXPLAIN QUERY PLAN "+query, args...)
	return text.String(), err
}

// golden holds a text against its file, or writes it with -update.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", "plans", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s is not what happens; when that is meant, run the test with -update:\n%s", path, difference(text, string(want)))
	}
}

var (
	scanned   = regexp.MustCompile(`^ +SCAN (\S+)( USING INDEX (session_summary_problems|session_summary_open)$)?`)
	tableName = regexp.MustCompile(`(?:FROM|JOIN) "?(\w+)"? (\w+)`)
)

// checkNoScan fails the test when a big table is read whole. A plan names
// tables by the aliases of its statement, which stands above it.
func checkNoScan(t *testing.T, plans string) {
	t.Helper()
	aliases := map[string]string{}
	for line := range strings.Lines(plans) {
		if m := scanned.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil && m[2] == "" { // those two hold few rows
			if name := aliases[m[1]]; slices.Contains(bigTables, name) || slices.Contains(bigTables, m[1]) {
				t.Errorf("reads the whole table %s (%s): %s", name, m[1], strings.TrimSpace(line))
			}
		}
		if !strings.HasPrefix(line, " ") {
			aliases = map[string]string{}
			for _, m := range tableName.FindAllStringSubmatch(line, -1) {
				aliases[m[2]] = m[1]
			}
		}
	}
}
