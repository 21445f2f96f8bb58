package formats

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"glow/schema"
)

// TableOf makes a table of structs like row: a row each, a column for each field that JSON
// shows, embedded ones included, under its JSON key. The tag `column:"cost"` says that a text
// is an amount of US dollars.
func TableOf(name string, row any, rows iter.Seq2[any, error]) Table {
	columns := columnsOf(reflect.TypeOf(row))
	t := Table{Name: name, Fields: make([]schema.Field, len(columns))}
	for i, c := range columns {
		t.Fields[i] = c.Field
	}
	t.Rows = func(yield func([]schema.Value, error) bool) {
		values := make([]schema.Value, len(columns))
		for row, err := range rows {
			if err == nil {
				err = fillRow(values, columns, reflect.ValueOf(row))
			}
			if !yield(values, err) || err != nil {
				return
			}
		}
	}
	return t
}

// TableOfSlice makes a table of a slice of structs, as TableOf does.
func TableOfSlice(name string, list any) Table {
	rows := reflect.ValueOf(list)
	return TableOf(name, reflect.Zero(rows.Type().Elem()).Interface(), func(yield func(any, error) bool) {
		for i := range rows.Len() {
			if !yield(rows.Index(i).Interface(), nil) {
				return
			}
		}
	})
}

func fillRow(values []schema.Value, columns []column, row reflect.Value) (err error) {
	for i, c := range columns {
		if values[i], err = c.value(row.FieldByIndex(c.index)); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// column is a field of a struct as the column of a table.
type column struct {
	schema.Field
	index []int
}

func columnsOf(t reflect.Type) []column {
	var columns []column
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			columns = append(columns, column{schema.Field{Name: name, Type: columnType(f)}, f.Index})
		}
	}
	return columns
}

func columnType(f reflect.StructField) schema.Type {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case f.Tag.Get("column") == "cost":
		return schema.Cost
	case t == reflect.TypeFor[schema.Instant]():
		return schema.Time
	case t == reflect.TypeFor[schema.Day]():
		return schema.Date
	case t == reflect.TypeFor[[]string]():
		return schema.IDs
	case t.Kind() == reflect.Bool:
		return schema.Bool
	case reflect.Int <= t.Kind() && t.Kind() <= reflect.Int64:
		return schema.Int
	}
	return schema.Text
}

// value returns what a field holds. What is neither a text, a number nor a list of ids is
// shown as JSON.
func (c *column) value(v reflect.Value) (schema.Value, error) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return schema.Value{}, nil
		}
		v = v.Elem()
	}
	switch c.Type {
	case schema.Cost:
		return c.Parse(v.String(), nil)
	case schema.Time, schema.Date, schema.Int:
		return schema.Value{Set: true, Int: v.Int()}, nil
	case schema.Bool:
		if v.Bool() {
			return schema.Value{Set: true, Int: 1}, nil
		}
		return schema.Value{Set: true}, nil
	case schema.IDs:
		return schema.Value{Set: true, List: v.Interface().([]string)}, nil
	}
	text := v.String()
	if v.Kind() != reflect.String {
		if v.IsZero() {
			return schema.Value{}, nil
		}
		b, err := json.Marshal(v.Interface())
		if err != nil {
			return schema.Value{}, err
		}
		text = string(b)
	}
	return schema.Value{Set: text != "", Text: text}, nil
}

// UseHeadings puts words for people in the place of the keys that head the columns:
// "Open problems" for open_problems_count.
func (t *Table) UseHeadings() {
	for i := range t.Fields {
		t.Fields[i].Name = Heading(t.Fields[i].Name)
	}
}

// Heading returns a key as words for people.
func Heading(key string) string {
	key = strings.TrimSuffix(key, "_at")
	if counted, isCount := strings.CutSuffix(key, "_count"); isCount {
		if key = counted; !strings.HasSuffix(key, "s") && key != "activity" {
			key += "s"
		}
	}
	words := strings.Split(key, "_")
	for i, word := range words {
		switch {
		case word == "id":
			words[i] = "ID"
		case word == "ids":
			words[i] = "IDs"
		case i == 0 && word != "":
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, " ")
}
