package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"glow/schema"
	"glow/server/formats"
)

// printCSV writes a list as writeCSV does. On a terminal what would move the cursor
// or break a line shows as an escape; a file and a pipe get it to the byte.
func (a *app) printCSV(list any) error {
	if isTerminal(a.out) {
		return writeCSV(a.out, list, clean)
	}
	return writeCSV(a.out, list, func(cell string) string { return cell })
}

// writeCSV writes a slice of structs, one row each, under the names of their
// JSON keys, and each cell as shown makes it. Times are in UTC, as in JSON.
func writeCSV(w io.Writer, list any, shown func(cell string) string) error {
	rows := reflect.ValueOf(list)
	fields := csvFields(rows.Type().Elem())
	out := csv.NewWriter(w)
	record := make([]string, len(fields))
	for i, f := range fields {
		record[i], _, _ = strings.Cut(f.Tag.Get("json"), ",")
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range rows.Len() {
		for j, f := range fields {
			cell, err := csvCell(rows.Index(i).FieldByIndex(f.Index))
			if err != nil {
				return err
			}
			record[j] = shown(cell)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvFields lists the fields of a struct that JSON shows, embedded ones included.
func csvFields(t reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields = append(fields, f)
		}
	}
	return fields
}

func csvCell(v reflect.Value) (string, error) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", nil
		}
		v = v.Elem()
	}
	switch value := v.Interface().(type) {
	case string:
		return guarded(value), nil
	case []string:
		ids := schema.Field{Type: schema.IDs}
		return guarded(string(ids.Append(nil, schema.Value{Set: true, List: value}))), nil
	case fmt.Stringer: // times
		return value.String(), nil
	}
	if v.IsZero() && v.Kind() == reflect.Map {
		return "", nil
	}
	text, err := json.Marshal(v.Interface())
	if v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
		return guarded(string(text)), err
	}
	return string(text), err
}

// guarded keeps a spreadsheet from running text as a formula, as an export does.
func guarded(s string) string { return string(formats.AppendGuarded(nil, s)) }
