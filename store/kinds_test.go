package store

import (
	"strings"
	"testing"

	"glow/schema"
)

// computed are the columns that hold no field of the kind.
var computed = map[string][]string{
	schema.KindProfile: {"name_folded", "role_folded", "cohort_key"},
	schema.KindSession: {"owned_at"},
	schema.KindProblem: {"reported_by"},
}

// The tables of a new database, as SQLite describes them, have a column for each field
// and no other beside those that are computed.
func TestTablesHoldAColumnForEveryField(t *testing.T) {
	s := openStore(t, Options{})
	for _, k := range schema.Kinds {
		got, want := columnsOf(t, s, k.Name), map[string]string{"key": "INTEGER PRIMARY KEY", "id": "TEXT NOT NULL UNIQUE"}
		for i := 1; i < len(k.Fields); i++ {
			name, column := columnFor(&k.Fields[i])
			want[name] = column
		}
		for _, name := range computed[k.Name] {
			if want[name] = got[name]; got[name] == "" {
				t.Errorf("%s.%s: there is no such column", k.Name, name)
			}
		}
		for name, column := range want {
			if got[name] != column {
				t.Errorf("%s.%s: the table has %q, want %q", k.Name, name, got[name], column)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("%s.%s is a column of no field", k.Name, name)
			}
		}
	}
}

// columnsOf asks SQLite what the columns of a table are.
func columnsOf(t *testing.T, s *Store, table string) (columns map[string]string) {
	t.Helper()
	columns = map[string]string{}
	err := s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(dest ...any) error) error {
			var name, column string
			var required, key bool
			var unique, reference *string
			if err := scan(&name, &column, &required, &key, &unique, &reference); err != nil {
				return err
			}
			if key {
				column += " PRIMARY KEY"
			}
			if required {
				column += " NOT NULL"
			}
			if unique != nil {
				column += " UNIQUE"
			}
			if reference != nil {
				column += " REFERENCES " + *reference
			}
			columns[name] = column
			return nil
		}, `SELECT c.name, c.type, c."notnull", c.pk,
			(SELECT i.name FROM pragma_index_list(?1) i WHERE i.origin = 'u' AND (SELECT group_concat(name) FROM pragma_index_info(i.name)) = c.name),
			(SELECT f."table" FROM pragma_foreign_key_list(?1) f WHERE f."from" = c.name)
			FROM pragma_table_info(?1) c`, table)
	})
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

func columnFor(f *schema.Field) (name, column string) {
	name, column = f.Name, "INTEGER"
	switch f.Type {
	case schema.ID:
		name = strings.TrimSuffix(f.Name, "_id") + "_key"
		if f.Required {
			column += " NOT NULL"
		}
		return name, column + " REFERENCES " + f.Ref
	case schema.Text, schema.IDs:
		column = "TEXT"
	}
	if f.Required || f.Default != "" {
		column += " NOT NULL"
	}
	return name, column
}

func TestEveryPersonCountHasACounterAndAColumnOfEverySummary(t *testing.T) {
	s := openStore(t, Options{})
	if len(counters) != len(schema.PersonCounts) {
		t.Fatalf("%d counters of %d counts", len(counters), len(schema.PersonCounts))
	}
	for i, c := range schema.PersonCounts {
		if counters[i].column != c.Column {
			t.Errorf("counter %d is %s, the count %s", i, counters[i].column, c.Column)
		}
	}
	for _, l := range levels { // rows are inserted without names of columns
		for table, last := range map[string]string{l.table: "first_at, last_at", l.cohort: "active_profiles"} {
			var columns string
			err := s.read(ctx, func(t *tx) error {
				return t.QueryRow([]any{&columns}, `SELECT group_concat(name, ', ') FROM pragma_table_info(?) WHERE cid > 1`, table)
			})
			if want := counterColumns("%s") + ", " + last; err != nil || columns != want {
				t.Errorf("%s has the columns %s, want %s; %v", table, columns, want, err)
			}
		}
	}
}
