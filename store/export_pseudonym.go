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
	"time"

	"glow/schema"
)

// A pseudonymized export names nobody. All ids except those of departments and terms,
// names, e-mails and all free text are replaced by keyed hashes, and times are cut to the
// minute, so that they cannot be joined with another log. The key never leaves the
// instance: a person has the same pseudonym in every export of it, and another one
// elsewhere. A text is exported unchanged only if schema.Kinds says so.

type pseudonyms struct{ mac hash.Hash }

func newPseudonyms(key []byte) *pseudonyms { return &pseudonyms{hmac.New(sha256.New, key)} }

// pseudonymKey returns the key of the instance, created on first use.
func (s *Store) pseudonymKey(ctx context.Context) (key []byte, err error) {
	err = s.write(ctx, func(t *tx) error {
		err := t.QueryRow([]any{&key}, `SELECT value FROM setting WHERE name = 'pseudonym_key'`)
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

const minute = int64(time.Minute / time.Microsecond)

// value replaces one value of a field of a table.
func (p *pseudonyms) value(table string, i int, f *schema.Field, v schema.Value, departments bool) schema.Value {
	if !v.Set {
		return v
	}
	switch {
	case f.Type == schema.Time:
		v.Int -= v.Int % minute
	case f.Type == schema.IDs: // of departments
		if departments {
			v.List = slices.Clone(v.List)
			for at, id := range v.List {
				v.List[at] = p.of(f.Ref, id)
			}
			slices.Sort(v.List)
		}
	case f.Type == schema.ID:
		kind := f.Ref
		if kind == "" && i == 0 {
			kind = table
		}
		v.Text = p.of(kind, v.Text)
	case f.Type != schema.Text || f.Stays(v.Text):
	case f.Name == schema.ColumnDepartmentNames: // made of pseudonyms already, if requested
	case f.Name == "email":
		v.Text = p.of(f.Name, v.Text) + "@example.invalid"
	case f.Name == schema.ColumnProfileName || (table == schema.KindProfile && f.Name == "name"):
		v.Text = "Person " + p.of("person", v.Text)[:8]
	default:
		v.Text = "Text " + p.of("text", v.Text)[:8]
	}
	return v
}

// department returns the pseudonymous name of a department.
func (p *pseudonyms) department(id string) string {
	return "Department " + p.of(schema.KindDepartment, id)[:8]
}

// row replaces the values of a row. Terms are kept, and departments unless their
// pseudonyms are requested.
func (p *pseudonyms) row(t *Table, row []schema.Value, departments bool) {
	switch {
	case t.Name == schema.KindTerm || t.Name == schema.KindDepartment && !departments:
		return
	case t.Name == schema.KindDepartment:
		row[1].Text = p.department(row[0].Text)
		row[0].Text = p.of(schema.KindDepartment, row[0].Text)
		return
	}
	for i := range row {
		row[i] = p.value(t.Name, i, &t.Fields[i], row[i], departments)
	}
}

// table replaces the values of a table and sorts rows of the same time by their new ids,
// because their old order would reveal something about the old ids.
func (p *pseudonyms) table(t Table, departments bool) Table {
	if t.DataUntil != nil {
		cut := *t.DataUntil - *t.DataUntil%schema.Instant(minute)
		t.DataUntil = &cut
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
			row := slices.Clone(values)
			p.row(&t, row, departments)
			if len(tied) > 0 && timeField >= 0 && tied[0][timeField].Int != row[timeField].Int {
				if !yieldSorted(tied, yield) {
					return
				}
				tied = tied[:0]
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
