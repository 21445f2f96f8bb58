package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	engine "zombiezen.com/go/sqlite"
)

// Values go into statements and come out of rows by the rules of database/sql.

// bind gives every parameter of a statement its value: one that has a name that of the
// sql.NamedArg, one that has none that in its place. Other values are left.
func bind(s *engine.Stmt, args []any) error {
	for i := 1; i <= s.BindParamCount(); i++ {
		value, err := argument(s.BindParamName(i), i, args)
		if err != nil {
			return err
		}
		if err := bindValue(s, i, value); err != nil {
			return err
		}
	}
	return nil
}

func argument(name string, place int, args []any) (any, error) {
	if name == "" || name[0] == '?' { // as ?2, which has the second place
		if place <= len(args) {
			return args[place-1], nil
		}
		return nil, fmt.Errorf("parameter %d has no value", place)
	}
	for _, arg := range args {
		if named, ok := arg.(sql.NamedArg); ok && named.Name == name[1:] { // without its colon
			return named.Value, nil
		}
	}
	return nil, fmt.Errorf("parameter %s has no value", name)
}

func bindValue(s *engine.Stmt, i int, value any) error {
	switch v := value.(type) {
	case nil:
		s.BindNull(i)
	case int64:
		s.BindInt64(i, v)
	case int:
		s.BindInt64(i, int64(v))
	case string:
		s.BindText(i, v)
	case bool:
		s.BindBool(i, v)
	case float64:
		s.BindFloat(i, v)
	case []byte:
		if v == nil {
			s.BindNull(i)
		} else {
			s.BindBytes(i, v)
		}
	default: // a pointer, a driver.Valuer or a type of ours: it becomes one of those above
		plain, err := driver.DefaultParameterConverter.ConvertValue(v)
		if err != nil {
			return err
		}
		if !driver.IsValue(plain) || reflect.TypeOf(plain) == reflect.TypeOf(v) { // a time.Time, which has no text of ours
			return fmt.Errorf("a %T cannot be stored", v)
		}
		return bindValue(s, i, plain)
	}
	return nil
}

// Row is what a query has found; it is valid until the next is.
type Row struct{ s *engine.Stmt }

// Null reports whether a column is not set. Columns are counted from 0.
func (r Row) Null(column int) bool { return r.s.ColumnType(column) == engine.TypeNull }

// Text is a column as text, empty when it is not set.
func (r Row) Text(column int) string { return r.s.ColumnText(column) }

// Int is a column that holds a whole number, 0 when it is not set.
func (r Row) Int(column int) int64 { return r.s.ColumnInt64(column) }

// Scan reads all columns into pointers.
func (r Row) Scan(dest ...any) error {
	if n := r.s.ColumnCount(); n != len(dest) {
		return fmt.Errorf("%d columns are read into %d variables", n, len(dest))
	}
	for i, to := range dest {
		var err error
		if scanner, ok := to.(sql.Scanner); ok {
			err = scanner.Scan(r.value(i))
		} else {
			err = r.set(i, reflect.ValueOf(to).Elem())
		}
		if err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// value is a column as database/sql would have it.
func (r Row) value(column int) any {
	switch r.s.ColumnType(column) {
	case engine.TypeInteger:
		return r.s.ColumnInt64(column)
	case engine.TypeFloat:
		return r.s.ColumnFloat(column)
	case engine.TypeText:
		return r.s.ColumnText(column)
	case engine.TypeBlob:
		return r.bytes(column)
	}
	return nil
}

func (r Row) bytes(column int) []byte {
	b := make([]byte, r.s.ColumnLen(column))
	r.s.ColumnBytes(column, b)
	return b
}

var errNull = errors.New("NULL is read into a variable that has no NULL")

// set reads a column into a variable. Where the column is of another type it is converted
// as database/sql does.
func (r Row) set(column int, to reflect.Value) error {
	found := r.s.ColumnType(column)
	if found == engine.TypeNull {
		switch to.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Slice:
			to.SetZero()
			return nil
		}
		return errNull
	}
	switch kind := to.Kind(); {
	case kind == reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return r.set(column, to.Elem())
	case kind == reflect.Interface:
		to.Set(reflect.ValueOf(r.value(column)))
	case kind == reflect.String && found == engine.TypeText:
		to.SetString(r.s.ColumnText(column))
	case kind == reflect.String:
		text, err := converted[string](r.value(column))
		to.SetString(text)
		return err
	case to.CanInt():
		n, err := r.s.ColumnInt64(column), error(nil)
		if found != engine.TypeInteger {
			n, err = converted[int64](r.value(column))
		}
		if to.OverflowInt(n) {
			return fmt.Errorf("%d does not fit a %s", n, to.Type())
		}
		to.SetInt(n)
		return err
	case to.CanUint():
		n, err := converted[int64](r.value(column))
		if n < 0 || to.OverflowUint(uint64(n)) {
			return fmt.Errorf("%d does not fit a %s", n, to.Type())
		}
		to.SetUint(uint64(n))
		return err
	case to.CanFloat():
		f, err := converted[float64](r.value(column))
		to.SetFloat(f)
		return err
	case kind == reflect.Bool:
		b, err := converted[bool](r.value(column))
		to.SetBool(b)
		return err
	case kind == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint8:
		to.SetBytes(r.bytes(column))
	default:
		return fmt.Errorf("a %s cannot be read into", to.Type())
	}
	return nil
}

func converted[T any](value any) (T, error) {
	var n sql.Null[T]
	err := n.Scan(value)
	return n.V, err
}
