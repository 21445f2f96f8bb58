package schema

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// document collects the schemas that an OpenAPI document refers to.
type document struct{ schemas map[string]object }

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func itoa(n int) string { return strconv.Itoa(n) }

// ref refers to the schema of a struct type, which it describes when it is met
// for the first time. In a request what is not required may be left out or null.
func (d *document) ref(t reflect.Type, request bool) object {
	if _, known := d.schemas[t.Name()]; !known {
		d.schemas[t.Name()] = nil // a type may refer to itself
		d.schemas[t.Name()] = d.structSchema(t, request)
	}
	return object{{"$ref", "#/components/schemas/" + t.Name()}}
}

func (d *document) structSchema(t reflect.Type, request bool) object {
	properties := object{}
	required := []string{}
	for _, f := range jsonFields(t) {
		name, isOptional := jsonName(f)
		s := d.fieldSchema(f, request)
		if request {
			isOptional = f.Tag.Get("required") == ""
		}
		if !isOptional {
			required = append(required, name)
		} else if request {
			s = nullable(s)
		}
		properties = properties.with(name, s)
	}
	s := object{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}}
	if len(required) > 0 {
		s = s.with("required", required)
	}
	return s
}

// required lists the keys that a request cannot do without.
func (d *document) required(t reflect.Type) (keys []string) {
	for _, f := range jsonFields(t) {
		if f.Tag.Get("required") != "" {
			name, _ := jsonName(f)
			keys = append(keys, name)
		}
	}
	return keys
}

// fieldsOf keeps what jsonFields found: every request is checked by it.
var fieldsOf sync.Map // reflect.Type → []reflect.StructField

// jsonFields lists the fields that become keys, those of embedded structs among
// them. The list is not the caller's to change.
func jsonFields(t reflect.Type) (fields []reflect.StructField) {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]reflect.StructField)
	}
	defer func() { fieldsOf.Store(t, fields) }()
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous:
			for _, inner := range jsonFields(f.Type) {
				inner.Index = append([]int{i}, inner.Index...) // as seen from t
				fields = append(fields, inner)
			}
		case f.Tag.Get("json") != "" && f.Tag.Get("json") != "-":
			fields = append(fields, f)
		}
	}
	return fields
}

func jsonName(f reflect.StructField) (name string, omitted bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, strings.Contains(options, "omit")
}

func (d *document) fieldSchema(f reflect.StructField, request bool) object {
	s := d.schema(f.Type, request)
	if words := choicesOf(f); words != nil {
		s = s.with("enum", anySlice(words))
	}
	for _, bound := range []string{"minimum", "maximum", "minLength", "maxLength"} {
		if n, err := strconv.ParseInt(f.Tag.Get(bound), 10, 64); err == nil {
			s = s.with(bound, n)
		}
	}
	if help := f.Tag.Get("help"); help != "" {
		s = s.with("description", help)
	}
	return s
}

// schema describes a type as encoding its values writes it.
func (d *document) schema(t reflect.Type, request bool) object {
	switch t {
	case typeOf[Instant]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case typeOf[Day]():
		return object{{"type", "string"}, {"format", "date"}}
	case typeOf[MappedValue](): // the name of a column alone, or an object
		return object{{"oneOf", []any{object{{"type", "string"}}, d.ref(t, request)}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := d.schema(t.Elem(), request)
		if request { // there, a pointer only tells "left out" from zero
			return inner
		}
		return nullable(inner)
	case reflect.Struct:
		return d.ref(t, request)
	case reflect.Slice:
		return object{{"type", "array"}, {"items", d.schema(t.Elem(), request)}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", d.schema(t.Elem(), request)}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.String:
		return object{{"type", "string"}}
	}
	return object{} // anything
}

// nullable lets a schema take null as well.
func nullable(s object) object {
	if len(s) > 0 && s[0].name == "$ref" {
		return object{{"oneOf", []any{s, object{{"type", "null"}}}}}
	}
	out := object{}
	for _, m := range s {
		switch m.name {
		case "type":
			if types, several := m.value.([]any); several {
				m.value = append(types, "null")
			} else {
				m.value = []any{m.value, "null"}
			}
		case "enum":
			m.value = append(m.value.([]any), nil)
		}
		out = append(out, m)
	}
	return out
}

func anySlice[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// parameters describes a request that comes as a query string.
func (d *document) parameters(t reflect.Type) (list []any) {
	for _, f := range jsonFields(t) {
		name, _ := jsonName(f)
		list = append(list, object{{"name", name}, {"in", "query"}, {"schema", d.fieldSchema(f, true)}})
	}
	return list
}

// importBody describes the bodies of an import.
func (d *document) importBody() object {
	record := d.record()
	return object{
		{"description", "The records: one on each line, an array of them, one by itself, a CSV of one kind, or a ZIP of CSVs; with from, as or map also what another program wrote, as CSV, XLSX, JSON or NDJSON."},
		{"required", true},
		{"content", object{
			{TypeNDJSON, object{{"schema", object{{"type", "string"}}}}},
			{TypeJSON, object{{"schema", object{{"oneOf", []any{record, object{{"type", "array"}, {"items", record}}}}}}}},
			{TypeCSV, object{{"schema", object{{"type", "string"}}}}},
			{TypeZIP, object{{"schema", object{{"type", "string"}, {"format", "binary"}}}}},
			{TypeXLSX, object{{"schema", object{{"type", "string"}, {"format", "binary"}}}}},
			{TypeText, object{{"schema", object{{"type", "string"}}}}},
			{TypeAny, object{{"schema", object{{"type", "string"}, {"format", "binary"}}}}},
		}},
	}
}

// record refers to the schema of a record of any kind.
func (d *document) record() object {
	var kinds []any
	for _, k := range Kinds {
		name := "record_" + k.Name
		d.schemas[name] = k.schema()
		kinds = append(kinds, object{{"$ref", "#/components/schemas/" + name}})
	}
	d.schemas["record"] = object{{"oneOf", kinds}}
	return object{{"$ref", "#/components/schemas/record"}}
}

// schema describes the JSON form of the kind's records. One of a record that is
// known needs no more than its id.
func (k *Kind) schema() object {
	properties := object{{"kind", object{{"const", k.Name}}}}
	required := []string{"kind"}
	for i := range k.Fields {
		f := &k.Fields[i]
		s := f.schema()
		if i == 0 && f.Required {
			required = append(required, f.Name)
		} else if !f.Required {
			s = nullable(s)
		}
		properties = properties.with(f.Name, s)
	}
	return object{
		{"type", "object"}, {"description", k.Doc},
		{"properties", properties}, {"required", required}, {"additionalProperties", false},
	}
}

func (f *Field) schema() object {
	var s object
	switch f.Type {
	case IDs:
		s = object{{"type", "array"}, {"items", object{{"type", "string"}, {"minLength", 1}, {"maxLength", MaxIDLength}}}}
	case Time:
		s = object{{"type", "string"}} // not always a date-time: the offset may be missing
	case Date:
		s = object{{"type", "string"}, {"format", "date"}}
	case Bool:
		s = object{{"type", "boolean"}}
	case Int:
		s = object{{"type", "integer"}, {"minimum", 0}, {"maximum", int64(MaxInt)}}
	case Cost:
		s = object{{"type", []any{"number", "string"}}, {"minimum", 0}}
	case ID:
		s = object{{"type", "string"}, {"maxLength", MaxIDLength}}
	default:
		s = object{{"type", "string"}, {"maxLength", f.Max}}
	}
	if f.Required && f.Type != Time && f.Type != Date {
		s = s.with("minLength", 1)
	}
	if doc := f.describe(); doc != "" {
		s = s.with("description", doc)
	}
	return s
}

func (f *Field) describe() string {
	var parts []string
	if f.Doc != "" {
		parts = append(parts, f.Doc)
	}
	if f.Ref != "" {
		parts = append(parts, "refers to a "+f.Ref)
	}
	if f.Type == Time {
		parts = append(parts, "RFC 3339; without an offset in the instance's time zone")
	}
	if f.Default != "" {
		parts = append(parts, "default "+f.Default)
	}
	if f.Required && f.Name != "id" {
		parts = append(parts, "a new record needs it")
	}
	return strings.Join(parts, "; ")
}
