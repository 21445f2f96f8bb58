package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"unicode"

	"glow/schema"
)

// The history of imports holds what each import brought, so that it can be taken back: see
// history_note.go for what is noted, and history_takeback.go for how it is used.

// Imports lists the imports of the history, the newest first.
func (s *Store) Imports(ctx context.Context) ([]schema.PastImport, error) {
	return s.latestImports(ctx, schema.KeptImports)
}

// LastImport returns the latest import of the history, nil where there is none.
func (s *Store) LastImport(ctx context.Context) (*schema.PastImport, error) {
	list, err := s.latestImports(ctx, 1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func (s *Store) latestImports(ctx context.Context, limit int) (list []schema.PastImport, err error) {
	list = []schema.PastImport{}
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			one, err := scanImport(scan)
			list = append(list, one)
			return err
		}, `SELECT `+importColumns+` FROM import WHERE created_at >= ? ORDER BY key DESC LIMIT ?`, t.keptSince(), limit)
	})
	return list, err
}

const importColumns = `id, created_at, token_name, file, size, sha256, taken_for, counts, faults, ifnull(permanent, ''), taken_back_at`

func scanImport(scan func(...any) error) (one schema.PastImport, err error) {
	var takenFor, counts, faults string
	err = scan(&one.ImportID, &one.CreatedAt, &one.TokenName, &one.File, &one.Size, &one.SHA256, &takenFor, &counts, &faults, &one.Permanent, &one.TakenBackAt)
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(takenFor), &one.TakenFor), json.Unmarshal([]byte(counts), &one.ImportCounts), json.Unmarshal([]byte(faults), &one.Faults))
	}
	return one, err
}

// PastImport returns an import of the history. The error is CodeNotFound if it has none of the id.
func (s *Store) PastImport(ctx context.Context, id string) (one schema.PastImport, err error) {
	err = s.read(ctx, func(t *tx) error {
		one, _, err = t.importNamed(id)
		return err
	})
	return one, err
}

// importNamed returns an import of the history and its key.
func (t *tx) importNamed(id string) (one schema.PastImport, key int64, err error) {
	scan := func(into ...any) error {
		return t.QueryRow(append([]any{&key}, into...), `SELECT key, `+importColumns+` FROM import WHERE id = ? AND created_at >= ?`, id, t.keptSince())
	}
	one, err = scanImport(scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = schema.Errorf(schema.CodeNotFound, "there is no import %q among the latest %d, of at most %.0f days ago", id, schema.KeptImports, schema.KeptImportsFor.Hours()/24)
	}
	return one, key, err
}

func (t *tx) keptSince() schema.Instant {
	return t.now - schema.Instant(schema.KeptImportsFor.Microseconds())
}

// noted are the tables of what imports brought.
var noted = []string{"import_added", "import_held", "import_changed", "import_horizon", "import_repeated"}

// pruneHistory drops imports that are too old, or too many, from the history.
func (t *tx) pruneHistory() error {
	const old = `SELECT key FROM import WHERE created_at < ?1 OR key NOT IN (SELECT key FROM import ORDER BY key DESC LIMIT ?2)`
	gone, err := t.QueryCount(`SELECT count(*) FROM (`+old+`)`, t.keptSince(), schema.KeptImports)
	if err != nil || gone == 0 {
		return err
	}
	for _, table := range noted {
		if err := t.Exec(`DELETE FROM `+table+` WHERE import_key IN (`+old+`)`, t.keptSince(), schema.KeptImports); err != nil {
			return err
		}
	}
	if err := t.Exec(`DELETE FROM import_repeated WHERE of_key IN (`+old+`)`, t.keptSince(), schema.KeptImports); err != nil {
		return err
	}
	if err := t.Exec(`DELETE FROM import WHERE key IN (`+old+`)`, t.keptSince(), schema.KeptImports); err != nil {
		return err
	}
	return t.Exec(`DELETE FROM changed_by_hand WHERE import_key < ifnull((SELECT min(key) FROM import), import_key + 1)`)
}

// forgetKeys takes the keys of the removed rows of a table out of the history. Keys above the
// greatest that is left may be given again.
func (r *removal) forgetKeys(table *table) error {
	there, err := r.QueryCount(`SELECT EXISTS (SELECT 1 FROM import)`)
	if there == 0 || err != nil {
		return err
	}
	last, err := r.QueryCount(`SELECT ifnull(max(key), 0) FROM ` + table.name)
	if err != nil {
		return err
	}
	for _, q := range []string{
		`UPDATE import_added SET last_key = ?2 WHERE kind = ?1 AND last_key > ?2`,
		`UPDATE import_held SET last_key = ?2 WHERE kind = ?1 AND last_key > ?2`,
		`DELETE FROM import_added WHERE kind = ?1 AND first_key > ?2`,
		`DELETE FROM import_held WHERE kind = ?1 AND first_key > ?2`,
	} {
		if err := r.Exec(q, table.kind.Name, last); err != nil {
			return err
		}
	}
	for _, of := range []string{"import_changed", "changed_by_hand"} {
		if err := r.Exec(`DELETE FROM `+of+` WHERE kind = ? AND key IN (SELECT key FROM `+table.removalKeys()+`)`, table.kind.Name); err != nil {
			return err
		}
	}
	return nil
}

// permanentForgotten is why an import stays in which somebody was who was forgotten.
const permanentForgotten = "somebody in it was forgotten since"

// forgetInHistory removes a person, who is still there, from the history: what else imports
// changed of records that named them, the name of a file that names them, and that they
// imported. What faults say may have been theirs, however it was written.
func (t *tx) forgetInHistory(profile int64) error {
	const theirs = `(SELECT id FROM profile WHERE key = ?1 UNION ALL SELECT id FROM profile_alias WHERE profile_key = ?1)`
	const naming = `EXISTS (SELECT 1 FROM ` + theirs + ` p WHERE instr(c.former, json_quote(p.id)) > 0)`
	for _, q := range []string{
		`UPDATE import SET permanent = '` + permanentForgotten + `' WHERE key IN (SELECT c.import_key FROM import_changed c WHERE ` + naming + `)`,
		`UPDATE import SET permanent = '` + permanentForgotten + `' WHERE key IN (SELECT import_key FROM log_row WHERE profile_key = ?1 OR viewed_key = ?1)`,
		`DELETE FROM import_changed AS c WHERE ` + naming,
		`UPDATE import SET token_id = NULL, token_name = '` + blankName + `' WHERE token_id IN (SELECT k.id FROM token k WHERE k.profile_id IN ` + theirs + `)`,
	} {
		if err := t.Exec(q, profile); err != nil {
			return err
		}
	}
	if err := t.Exec(`UPDATE import SET faults = '[]'`); err != nil {
		return err
	}
	return t.forgetFileNames(profile)
}

// forgetFileNames removes the names of files that name a person.
func (t *tx) forgetFileNames(profile int64) error {
	names, err := t.textSet(`SELECT id FROM profile WHERE key = ?1 UNION SELECT name FROM profile WHERE key = ?1 UNION SELECT ifnull(email, '') FROM profile WHERE key = ?1
		UNION SELECT id FROM profile_alias WHERE profile_key = ?1 UNION SELECT name FROM profile_alias WHERE profile_key = ?1`, profile)
	if err != nil {
		return err
	}
	var theirs []int64
	err = t.Query(func(scan func(...any) error) error {
		var (
			key  int64
			text string
		)
		err := scan(&key, &text)
		for name := range names {
			if words := wordsOf(name); words != "  " && strings.Contains(wordsOf(text), words) {
				theirs = append(theirs, key)
			}
		}
		return err
	}, `SELECT key, file || ' ' || taken_for FROM import`)
	if err != nil {
		return err
	}
	return t.Exec(`UPDATE import SET file = '', sha256 = '', taken_for = '[]' WHERE key IN (SELECT value FROM json_each(?))`, jsonList(theirs))
}

// wordsOf are the folded words of a text with a blank around each.
func wordsOf(text string) string {
	return " " + strings.Join(strings.FieldsFunc(schema.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

// forgetHorizons drops what is known of how far the records of departments reach. The query
// selects their keys.
func (r *removal) forgetHorizons(departments string, args ...any) error {
	for _, table := range []string{"horizon", "import_horizon"} {
		if err := r.Exec(`DELETE FROM `+table+` WHERE department_key IN (`+departments+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}
