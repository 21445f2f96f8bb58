package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// Doctor looks at all of the database: whether every page and index is as it
// should be, whether every reference leads somewhere, whether the summaries are
// what the records say, whether the audit list is as it was written. It changes nothing
// and blocks neither readers nor writers, but reads everything, some of it several times.
func (s *Store) Doctor(ctx context.Context) (answer schema.DoctorResponse, err error) {
	started := time.Now()
	answer.Timezone, answer.Size = s.o.Zone.String(), s.db.Size()
	err = s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		t := s.tx(ctx, c)
		if err := s.beginFresh(t); err != nil {
			return err
		}
		defer func() { // also after a call that was broken off
			t.SetContext(context.WithoutCancel(ctx))
			_ = t.Exec(`ROLLBACK`)
		}()
		for _, check := range []func(*Store, *tx) (schema.Check, error){checkIntegrity, checkReferences, checkPeople, checkSummaries, checkAudit} {
			found, err := check(s, t)
			if err != nil {
				return err
			}
			answer.Checks = append(answer.Checks, found)
			if found.Name == schema.CheckIntegrity && !found.OK {
				return nil // nothing that is read from a damaged file can be relied on
			}
		}
		return s.describe(t, &answer)
	})
	answer.Healthy = err == nil
	for _, c := range answer.Checks {
		answer.Healthy = answer.Healthy && c.OK
	}
	answer.DurationMS = float64(time.Since(started).Microseconds()) / 1000
	return answer, sqlite.Translate(err)
}

// beginFresh begins to read at a moment when nothing waits for a refresh.
func (s *Store) beginFresh(t *tx) error {
	const tries = 100
	for range tries {
		if err := t.Exec(`BEGIN`); err != nil {
			return err
		}
		stale, err := t.stale()
		if err == nil && !stale {
			return nil
		}
		if err := t.Exec(`ROLLBACK`); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if _, err := s.Refresh(t.Context(), schema.RefreshRequest{}); err != nil {
			return err
		}
	}
	return schema.Errorf(schema.CodeUnavailable, "records come in faster than they can be looked at; try again")
}

// maxFindings is how many findings a check reports; it does not look for more.
const maxFindings = 10

func checkIntegrity(_ *Store, t *tx) (schema.Check, error) {
	var findings []string
	err := t.Query(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		if text != "ok" {
			findings = append(findings, strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "))
		}
		return err
	}, fmt.Sprintf(`PRAGMA main.integrity_check(%d)`, maxFindings))
	if err != nil && sqlite.Code(err) == schema.CodeInvalid {
		findings, err = append(findings, err.Error()), nil
	}
	if len(findings) > 0 {
		return schema.Check{Name: schema.CheckIntegrity, Detail: "the file is damaged: " + strings.Join(findings, "; ") +
			"; restore a backup with `glow restore`"}, nil
	}
	return schema.Check{Name: schema.CheckIntegrity, OK: true, Detail: "every page can be read and every index agrees with its table"}, err
}

func checkReferences(_ *Store, t *tx) (schema.Check, error) {
	c := schema.Check{Name: schema.CheckReferences, OK: true, Detail: "every reference leads to a record"}
	found, err := t.QueryCount(`SELECT count(*) FROM pragma_foreign_key_check`)
	if found > 0 {
		c.OK, c.Detail = false, fmt.Sprintf("%d references lead nowhere; restore a backup with `glow restore`", found)
	}
	return c, err
}

// checkPeople compares what filters and scopes choose people by with what the
// profiles say.
func checkPeople(_ *Store, t *tx) (schema.Check, error) {
	c := schema.Check{Name: schema.CheckPeople, OK: true, Detail: "everybody is found in the departments and the role that their profile says"}
	const said = `SELECT d.key, p.key FROM profile p JOIN json_each(p.department_ids) j JOIN department d ON d.id = j.value`
	const found = `SELECT department_key, profile_key FROM profile_department`
	wrong, err := t.QueryCount(`SELECT (SELECT count(*) FROM (` + said + ` EXCEPT ` + found + `)) + (SELECT count(*) FROM (` + found + ` EXCEPT ` + said + `))
		+ (SELECT count(*) FROM profile p LEFT JOIN cohort c ON c.key = p.cohort_key WHERE (` + sameCohort + `) IS NOT TRUE)`)
	if wrong > 0 {
		c.OK, c.Detail = false, fmt.Sprintf("%d entries of the lists by department and role are not what the profiles say; `glow system refresh --full` makes them anew", wrong)
	}
	return c, err
}

// checkSummaries computes all summaries anew, beside those that are there, and
// compares the two row by row.
func checkSummaries(s *Store, t *tx) (schema.Check, error) {
	c := schema.Check{Name: schema.CheckSummaries, OK: true}
	if err := t.shadow(); err != nil {
		return c, err
	}
	defer func() { _ = t.unshadow() }()
	if err := t.markAll(s.o.Zone); err != nil {
		return c, err
	}
	if _, err := t.addNewRows(); err != nil {
		return c, err
	}
	if _, err := t.refreshSessions(); err != nil {
		return c, err
	}
	if _, err := t.refreshLevels(); err != nil {
		return c, err
	}
	var wrong []string
	rows := int64(0)
	for _, name := range SummaryTables() {
		n, err := t.QueryCount(`SELECT count(*) FROM temp.` + name)
		if err != nil {
			return c, err
		}
		rows += n
		differ, err := t.QueryCount(fmt.Sprintf(`SELECT (SELECT count(*) FROM (SELECT * FROM main.%[1]s EXCEPT SELECT * FROM temp.%[1]s))
			+ (SELECT count(*) FROM (SELECT * FROM temp.%[1]s EXCEPT SELECT * FROM main.%[1]s))`, name))
		if err != nil {
			return c, err
		}
		if differ > 0 {
			wrong = append(wrong, fmt.Sprintf("%s (%d)", name, differ))
		}
	}
	// A day whose records have all moved stays in the calendar; none may be missing.
	missing, err := t.QueryCount(`SELECT count(*) FROM (SELECT * FROM temp.calendar EXCEPT SELECT * FROM main.calendar)`)
	if err != nil {
		return c, err
	}
	if missing > 0 {
		wrong = append(wrong, fmt.Sprintf("calendar (%d)", missing))
	}
	c.Detail = fmt.Sprintf("all %d rows are what the records say", rows)
	if len(wrong) > 0 {
		c.OK = false
		c.Detail = "rows differ from the records: " + strings.Join(wrong, ", ") + "; `glow system refresh --full` computes them anew"
	}
	return c, nil
}

// shadowed are the tables that a refresh reads its orders from and writes to. A
// temporary table of the same name hides each of them, so that the statements of a
// refresh do not change the file.
func shadowed() []string {
	return append(SummaryTables(), "calendar", "stale_day", "stale_session", "stale_cohort", "counted_session")
}

func (t *tx) shadow() error {
	if err := t.ExecAll(`PRAGMA temp.cache_size = -8192`); err != nil {
		return err
	}
	for _, name := range shadowed() {
		var definition string
		if err := t.QueryRow([]any{&definition}, `SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?`, name); err != nil {
			return err
		}
		if err := t.ExecAll(strings.Replace(definition, "CREATE TABLE", "CREATE TEMP TABLE", 1)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) unshadow() error {
	defer t.SetContext(t.Context())
	t.SetContext(context.WithoutCancel(t.Context()))
	for _, name := range shadowed() {
		if err := t.ExecAll(`DROP TABLE IF EXISTS temp.` + name); err != nil {
			return err
		}
	}
	return nil
}

// describe says what the file holds.
func (s *Store) describe(t *tx, answer *schema.DoctorResponse) (err error) {
	if answer.Records, err = t.holdings(); err != nil {
		return err
	}
	if answer.SchemaVersion, err = t.QueryCount(`SELECT max(version_id) FROM goose_db_version WHERE is_applied`); err != nil {
		return err
	}
	if answer.RefreshedAt, err = t.refreshedAt(); err != nil {
		return err
	}
	head, err := t.auditHead()
	if err != nil {
		return err
	}
	answer.Audit = schema.AuditHead{Entries: head.key, Hash: hex.EncodeToString(head.hash)}
	if answer.Backups, err = s.BackupState(); err != nil {
		return err
	}
	answer.Size.Unused, err = t.QueryCount(`SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size`)
	return err
}
