package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"hash"
	"slices"

	"glow/schema"
)

// A pseudonymized export names nobody: ids of everything but departments and
// terms, people's names and emails, and all free text are replaced by keyed
// hashes. The key belongs to the instance and never leaves it, so the same
// person has the same pseudonym in every export of this instance and in none of
// another. Roles, types and models stay.

type pseudonyms struct{ mac hash.Hash }

func newPseudonyms(key []byte) *pseudonyms { return &pseudonyms{hmac.New(sha256.New, key)} }

// pseudonymKey returns the instance's key, made on first use.
func (s *Store) pseudonymKey(ctx context.Context) (key []byte, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.one([]any{&key}, `SELECT value FROM setting WHERE name = 'pseudonym_key'`)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		return t.set("pseudonym_key", key)
	})
	return key, err
}

func (p *pseudonyms) of(what, text string) string {
	p.mac.Reset()
	p.mac.Write([]byte(what))
	p.mac.Write([]byte{0})
	p.mac.Write([]byte(text))
	return hex.EncodeToString(p.mac.Sum(nil)[:12])
}

// openKinds keep their ids and names: they are no persons.
var openKinds = map[string]bool{schema.KindDepartment: true, schema.KindTerm: true}

// openText are the text fields that say nothing of a person.
var openText = map[string]bool{"role": true, "type": true, "model": true, "total_cost": true, schema.ColumnDepartmentNames: true}

// value replaces one value of a field of a table.
func (p *pseudonyms) value(table string, i int, f *schema.Field, v schema.Value) schema.Value {
	if !v.Set {
		return v
	}
	switch {
	case f.Type == schema.ID:
		kind := f.Ref
		if kind == "" && i == 0 {
			kind = table
		}
		v.Text = p.of(kind, v.Text)
	case f.Type != schema.Text || openText[f.Name]:
	case f.Name == "email":
		v.Text = p.of(f.Name, v.Text) + "@example.invalid"
	case f.Name == schema.ColumnProfileName || (table == schema.KindProfile && f.Name == "name"):
		v.Text = "Person " + p.of("person", v.Text)[:8]
	default:
		v.Text = "Text " + p.of("text", v.Text)[:8]
	}
	return v
}

// table replaces the values of a table and puts rows of the same time into the
// order of their new ids: the old order would tell something of the old ids.
func (p *pseudonyms) table(t Table) Table {
	if openKinds[t.Name] {
		return t
	}
	timeField := slices.IndexFunc(t.Fields, func(f schema.Field) bool { return f.Name == "created_at" || f.Name == "session_created_at" })
	rows := t.Rows
	t.Rows = func(yield func([]schema.Value, error) bool) {
		var tied [][]schema.Value
		for values, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(tied) > 0 && timeField >= 0 && tied[0][timeField].Int != values[timeField].Int {
				if !yieldSorted(tied, yield) {
					return
				}
				tied = tied[:0]
			}
			row := slices.Clone(values)
			for i := range row {
				row[i] = p.value(t.Name, i, &t.Fields[i], row[i])
			}
			tied = append(tied, row)
		}
		yieldSorted(tied, yield)
	}
	return t
}

func yieldSorted(rows [][]schema.Value, yield func([]schema.Value, error) bool) bool {
	slices.SortFunc(rows, func(a, b []schema.Value) int { return cmp.Compare(a[0].Text, b[0].Text) })
	for _, r := range rows {
		if !yield(r, nil) {
			return false
		}
	}
	return true
}
