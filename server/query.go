package server

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"glow/schema"
)

// decodeQuery reads a query string as strictly as decode reads a body. Lists
// are given by repeating their key.
func decodeQuery[Req schema.Request](raw string) (req Req, err error) {
	if raw == "" {
		return req, req.Validate()
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return req, schema.Errorf(schema.CodeInvalid, "the query string is not valid: write it as key=value&key=value")
	}
	fields := map[string]reflect.Value{}
	into := reflect.ValueOf(&req).Elem()
	for _, f := range reflect.VisibleFields(into.Type()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = into.FieldByIndex(f.Index)
		}
	}
	for _, key := range sortedKeys(values) {
		field, ok := fields[key]
		if !ok {
			return req, schema.Invalid(schema.Clip(key), "%s", unknownKey(key, "query", keysOf(into.Type())))
		}
		if err := setParameter(field, key, values[key]); err != nil {
			return req, err
		}
	}
	return req, req.Validate()
}

func setParameter(field reflect.Value, key string, values []string) error {
	for _, v := range values {
		if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
			return schema.Invalid(key, "is not valid UTF-8 text")
		}
		if v == "" && field.Kind() != reflect.Bool {
			return schema.Invalid(key, "%s", schema.EmptyText)
		}
	}
	if field.Kind() == reflect.Slice {
		field.Set(reflect.ValueOf(values))
		return nil
	}
	if len(values) > 1 {
		return schema.Invalid(key, "the key is there twice")
	}
	if field.Kind() == reflect.String {
		field.SetString(values[0])
		return nil
	}
	if field.Type() == reflect.TypeFor[*int]() {
		n, err := strconv.Atoi(values[0])
		if err != nil {
			return schema.Invalid(key, "%q is not a whole number", schema.Clip(values[0]))
		}
		field.Set(reflect.ValueOf(&n))
		return nil
	}
	if values[0] != "true" && values[0] != "false" {
		return schema.Invalid(key, "%q is not true or false", schema.Clip(values[0]))
	}
	field.SetBool(values[0] == "true")
	return nil
}

func sortedKeys(v url.Values) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
