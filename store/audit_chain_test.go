package store

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"glow/schema"
)

// audited makes a closed file with five entries on its audit list.
func audited(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "glow.db")
	s := openAt(t, Options{Path: path})
	mustPut(t, s, PutOptions{}, university()...)
	for i := range 5 {
		who := schema.Caller{TokenName: fmt.Sprintf("token %d", i), Role: schema.RoleAdmin, Remote: "127.0.0.1", RequestID: fmt.Sprintf("r-%d", i)}
		if err := s.Audit(ctx, who, schema.ActionExport, map[string]any{"bytes": i}); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	return path
}

// auditCheck is what the doctor says of the audit list.
func auditCheck(t fataler, s *Store) schema.Check {
	t.Helper()
	for _, c := range doctor(t, s).Checks {
		if c.Name == schema.CheckAudit {
			return c
		}
	}
	t.Fatal("the audit list is not checked")
	return schema.Check{}
}

// Whoever works on the file by hand first takes the triggers away.
const withoutTriggers = `DROP TRIGGER audit_appends; DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays; `

func TestDoctorFindsWhatWasDoneToTheAuditList(t *testing.T) {
	alone(t)
	swap := func(columns string) string {
		return `CREATE TABLE aside AS SELECT * FROM audit;
			UPDATE audit SET (` + columns + `) = (SELECT ` + columns + ` FROM aside WHERE aside.key = 5 - audit.key) WHERE key IN (2, 3); DROP TABLE aside`
	}
	for _, test := range []struct{ name, script, found string }{
		{"what it was about", `UPDATE audit SET detail = '{"bytes":7}' WHERE key = 3`, "entry 3 was changed: by whom, from where or on what it was;"},
		{"who it was", `UPDATE audit SET token_name = 'somebody else' WHERE key = 1`, "entry 1 was changed: by whom"},
		{"from where", `UPDATE audit SET remote = '' WHERE key = 5`, "entry 5 was changed: by whom"},
		{"what was done", `UPDATE audit SET action = 'import' WHERE key = 3`, "entry 3 was changed, or stands"},
		{"when", `UPDATE audit SET created_at = created_at + 1 WHERE key = 3`, "entry 3 was changed, or stands"},
		{"in what role", `UPDATE audit SET role = 'ta' WHERE key = 3`, "entry 3 was changed, or stands"},
		{"the first", `DELETE FROM audit WHERE key = 1`, "entry 1 is missing;"},
		{"one in the middle", `DELETE FROM audit WHERE key = 3`, "entry 3 is missing;"},
		{"two in the middle", `DELETE FROM audit WHERE key IN (3, 4)`, "entries 3 to 4 are missing;"},
		{"one in the middle, closing the gap", `DELETE FROM audit WHERE key = 3; UPDATE audit SET key = key - 1 WHERE key > 3`, "entry 3 was changed, or stands where another stood"},
		{"the end", `DELETE FROM audit WHERE key > 3`, "entries 4 to 5 are missing, at the end"},
		{"all", `DELETE FROM audit`, "entries 1 to 5 are missing, at the end"},
		{"the end, and where it was", `DELETE FROM audit WHERE key > 3; DELETE FROM setting WHERE name = 'audit_head'`, "no longer written down"},
		{"the end, and where it was, wrongly", `DELETE FROM audit WHERE key > 3; UPDATE setting SET value = '3 00' WHERE name = 'audit_head'`, "entry 3 is not the one that glow wrote last"},
		{"a pair changes places", swap(`created_at, action, token_id, token_name, role, remote, request_id, detail, who_salt, who_sealed, what_salt, what_sealed, hash`), "entry 2 was changed, or stands where another stood"},
		{"a pair changes places, under its old hashes", swap(`created_at, action, token_name, role, remote, request_id, detail`), "entry 2 was changed"},
		{"one that glow never wrote", `INSERT INTO audit (key, created_at, action, token_name, role, remote, request_id, detail) VALUES (6, 1, 'export', '', '', '', '', '{}')`, "entry 6 was not written by glow; glow wrote 5 entries, and there are more"},
		{"a copy of another", `CREATE TABLE aside AS SELECT * FROM audit WHERE key = 5; UPDATE aside SET key = 6; INSERT INTO audit SELECT * FROM aside; DROP TABLE aside`, "entry 6 was changed, or stands"},
		{"by which token", `UPDATE audit SET token_id = 'another' WHERE key = 3`, "entry 3 was changed: by whom"},
		{"a blank without a reason", `UPDATE audit SET token_name = 'forgotten', remote = '', detail = '{}', who_salt = NULL, what_salt = NULL WHERE key = 2`, "2 places of entries are blank, but 0 were blanked"},
		{"half a blank without a reason", `UPDATE audit SET detail = '{}', what_salt = NULL WHERE key = 2`, "1 places of entries are blank, but 0 were blanked"},
		{"a blank that says who", `UPDATE audit SET token_name = 'x', who_salt = NULL WHERE key = 2`, "entry 2 was changed: its seal is gone"},
		{"a blank that says what", `UPDATE audit SET detail = '{"n":1}', what_salt = NULL WHERE key = 2`, "entry 2 was changed: its seal is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := audited(t)
			runScript(t, path, withoutTriggers+test.script)
			s := openStore(t, Options{Path: path})
			c := auditCheck(t, s)
			if c.OK || !strings.Contains(c.Detail, test.found) {
				t.Errorf("got %v, %q, want %q", c.OK, c.Detail, test.found)
			}
			// It shows for ever, whatever is written after it.
			if err := s.Audit(ctx, admin, schema.ActionExport, nil); err != nil {
				t.Fatal(err)
			}
			if c := auditCheck(t, s); c.OK {
				t.Errorf("one entry later nothing is found: %q", c.Detail)
			}
		})
	}
}

func TestAuditListIsOnlyEverAddedTo(t *testing.T) {
	path := audited(t)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE key = 5`,
		`UPDATE audit SET detail = '{}'`,
		`UPDATE audit SET hash = NULL`,
		`UPDATE audit SET key = 9 WHERE key = 5`,
		`UPDATE audit SET token_name = 'forgotten', remote = '', detail = '{}' WHERE key = 2`,
		`UPDATE audit SET token_name = 'forgotten', remote = '', detail = '{}', who_salt = NULL, what_salt = NULL, action = 'import' WHERE key = 2`,
		`UPDATE audit SET token_id = 'x', token_name = 'forgotten', remote = '', who_salt = NULL WHERE key = 2`,
		`UPDATE audit SET token_name = 'x' WHERE key = 2`,
		`UPDATE audit SET detail = '{"n":1}', what_salt = NULL WHERE key = 2`,
		`UPDATE audit SET who_salt = x'00', who_sealed = x'00' WHERE key = 2`,
		`UPDATE audit SET sealed = x'00' WHERE key = 2`,
		`INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE key = 5`,
		`REPLACE INTO audit (key, created_at, action, token_name, role, remote, request_id, detail) VALUES (3, 1, 'export', '', '', '', '', '{}')`,
	} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "only ever added to") {
			t.Errorf("%s: got %v", q, err)
		}
	}
	s := openStore(t, Options{Path: path})
	if c := auditCheck(t, s); !c.OK || c.Detail != "the entries, 5 of them, are as they were written" {
		t.Errorf("got %v, %q", c.OK, c.Detail)
	}
}

// Entries of writes that share a commit hang on each other; those of writes that
// are undone leave no gap.
func TestChainHoldsAmongRefusedAndConcurrentWrites(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	errUndone := errors.New("undone")
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			for j := range 20 {
				err := s.write(ctx, func(t *tx) error {
					if err := t.audit(admin, schema.ActionExport, map[string]any{"writer": i, "round": j}); err != nil || j%3 > 0 {
						return err
					}
					return errUndone
				})
				if (j%3 == 0) != errors.Is(err, errUndone) || j%3 > 0 && err != nil {
					t.Errorf("got %v", err)
				}
				if i == 0 && j%5 == 0 { // an import takes its turn between the small writes
					detail := func(schema.ImportResponse) map[string]any { return map[string]any{"inserted": 1} }
					mustPut(t, s, PutOptions{Caller: admin, Detail: detail}, rec("login", "id", fmt.Sprint(j), "profile_id", "ann", "created_at", "2025-03-14T09:00:00Z"))
				}
			}
		})
	}
	writers.Wait()
	answer := doctor(t, s)
	if want := int64(8*13 + 4); answer.Audit.Entries != want || !answer.Healthy {
		t.Errorf("got %d entries, want %d: %+v", answer.Audit.Entries, want, answer.Checks)
	}
}

func TestEndOfTheAuditListIsWhatTheListShows(t *testing.T) {
	s := openStore(t, Options{Path: audited(t)})
	list, err := s.AuditList(ctx, schema.AuditRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if head := doctor(t, s).Audit; head.Entries != 5 || len(head.Hash) != 64 || head.Hash != list.Data[0].Hash {
		t.Errorf("got %+v, and the list %s", head, asJSON(t, list.Data[0]))
	}
	seen := map[string]bool{}
	for _, e := range list.Data {
		seen[e.Hash] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d of 5 hashes differ", len(seen))
	}
	if head := doctor(t, openStore(t, Options{})).Audit; head != (schema.AuditHead{}) {
		t.Errorf("of an empty list: %+v", head)
	}
}

func TestAuditListIsFiltered(t *testing.T) {
	clock := new(movedClock)
	clock.set(clockAt("2025-02-28T10:00:00Z")())
	s := openStore(t, Options{Now: clock.now})
	for _, e := range []struct{ name, action, at string }{
		{"ann", schema.ActionExport, "2025-02-28T23:59:59.999999Z"}, {"ann", schema.ActionImport, "2025-03-01T00:00:00Z"},
		{"bob", schema.ActionExport, "2025-03-01T23:59:59.999999Z"}, {"bob", schema.ActionExport, "2025-03-02T00:00:00Z"},
	} {
		clock.set(clockAt(e.at)())
		if err := s.Audit(ctx, schema.Caller{TokenName: e.name}, e.action, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		req  schema.AuditRequest
		want string
	}{
		{schema.AuditRequest{}, "4 3 2 1"},
		{schema.AuditRequest{TokenName: "bob"}, "4 3"},
		{schema.AuditRequest{TokenName: "BOB"}, ""},
		{schema.AuditRequest{TokenName: "bob", Action: schema.ActionImport}, ""},
		{schema.AuditRequest{DateFrom: "2025-03-01"}, "4 3 2"},
		{schema.AuditRequest{DateTo: "2025-03-01"}, "3 2 1"},
		{schema.AuditRequest{DateFrom: "2025-03-01", DateTo: "2025-03-01", Action: schema.ActionExport}, "3"},
		{schema.AuditRequest{DateFrom: "2025-03-01T00:00:00.000001Z", DateTo: "2025-03-02T00:00:00Z"}, "4 3"},
	} {
		list, err := s.AuditList(ctx, test.req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list.Data {
			got = append(got, fmt.Sprint(e.AuditID))
		}
		if text := strings.Join(got, " "); text != test.want || list.TotalCount != int64(len(got)) {
			t.Errorf("%+v: got %q of %d, want %q", test.req, text, list.TotalCount, test.want)
		}
	}
	_, err := s.AuditList(ctx, schema.AuditRequest{DateFrom: "2025-03-02", DateTo: "2025-03-01"})
	refused(t, err, schema.CodeInvalid)
}

func TestAuditListGoesOutForAdminsInOrder(t *testing.T) {
	s := openStore(t, Options{Path: audited(t)})
	for _, scope := range []schema.Scope{{DepartmentIDs: []string{"cs", "bio"}}, {ProfileID: "ann"}, {}} {
		_, err := s.Export(ctx, scope, schema.ExportRequest{Kind: schema.ViewAudit}, func([]Table) error {
			t.Errorf("%+v got the list", scope)
			return nil
		})
		refused(t, err, schema.CodeForbidden)
	}
	tables := readExport(t, s, everyone, schema.ExportRequest{Kind: schema.ViewAudit})
	if len(tables) != 1 || tables[0].name != "audit" || len(tables[0].rows) != 5 {
		t.Fatalf("got %+v", tables)
	}
	for i, row := range tables[0].rows {
		if row[0] != fmt.Sprint(i+1) || row[2] != "export" || row[4] != fmt.Sprintf("token %d", i) || row[8] != fmt.Sprintf(`{"bytes":%d}`, i) {
			t.Errorf("row %d: %q", i, row)
		}
	}
	if last := tables[0].rows[4]; last[9] != doctor(t, s).Audit.Hash {
		t.Errorf("the last hash is %q", last[8])
	}
	for _, table := range readExport(t, s, everyone, schema.ExportRequest{}) {
		if table.name == "audit" {
			t.Error("the list is part of an export of the records")
		}
	}
	if tables := readExport(t, s, everyone, schema.ExportRequest{Kind: schema.ViewAudit, Filter: schema.Filter{DateTo: "2001-01-01"}}); len(tables[0].rows) != 0 {
		t.Errorf("the window was passed over: %v", tables[0].rows)
	}
}

func TestExportCountsThePeopleWhoseRowsGoOut(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	for _, test := range []struct {
		req  schema.ExportRequest
		want int
	}{
		{schema.ExportRequest{}, 3},
		{schema.ExportRequest{Kind: "profile"}, 3},
		{schema.ExportRequest{Kind: "profile", Pseudonymize: true}, 3},
		{schema.ExportRequest{Kind: "login", Filter: schema.Filter{DepartmentIDs: []string{"cs"}}}, 1},
		{schema.ExportRequest{Kind: "session"}, 2},
		{schema.ExportRequest{Kind: "department"}, 0},
		{schema.ExportRequest{Kind: "audit"}, 0},
		{schema.ExportRequest{Kind: "profile_summary"}, 2}, // who is not active and did nothing is not in it
		{schema.ExportRequest{Kind: "session", Filter: schema.Filter{DateTo: "2001-01-01"}}, 0},
	} {
		got, err := s.Export(ctx, everyone, test.req, func(tables []Table) error {
			for _, table := range tables {
				for _, err := range table.Rows {
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || got != test.want {
			t.Errorf("%+v: got %d people, %v, want %d", test.req, got, err, test.want)
		}
	}
}
