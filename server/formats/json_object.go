package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"glow/schema"
)

// objectReader turns JSON objects into records. An object is flat: its values are
// strings, numbers, bools, null, and arrays of strings.
type objectReader struct {
	Options
	kinds map[string]*kindParsers

	decoder  jsontext.Decoder
	source   bytes.Buffer
	members  []member // of the object at hand
	elements [][]byte // of its arrays
	text     []byte   // strings that had to be unescaped
}

type kindParsers struct {
	kind   *schema.Kind
	fields []fieldParser
}

// member is one key with its value, both cut out of the object's bytes.
type member struct {
	name     []byte
	kind     jsontext.Kind
	value    []byte // without quotes and escapes if it is a string
	elements [][]byte
}

// The reader finds duplicate keys itself, which costs it one bit a field.
var decoderOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true)}

func newObjectReader(o Options) *objectReader {
	return &objectReader{Options: o, kinds: map[string]*kindParsers{}}
}

// parsersOf returns the parsers of a kind, which are made with its first record, since
// most bodies have one record; nil when there is no such kind.
func (r *objectReader) parsersOf(name []byte) *kindParsers {
	kc := r.kinds[string(name)]
	if kc != nil {
		return kc
	}
	kind := schema.KindNamed(string(name))
	if kind == nil {
		return nil
	}
	kc = &kindParsers{kind, fieldParsers(kind)}
	r.kinds[kind.Name] = kc
	return kc
}

const keyKind = "kind"

// read makes a record of one JSON object that starts on the given line. Its
// error is a schema.Fault.
func (r *objectReader) read(rec *schema.Record, object []byte, line int) error {
	rec.Kind, rec.File, rec.Line = nil, r.Name, line
	if err := r.split(rec, object); err != nil {
		return err
	}
	kc, err := r.kindOf(rec)
	if err != nil {
		return err
	}
	rec.Reset(kc.kind)
	var seen uint64
	next := 0 // keys mostly come in the order of the fields
	for i := range r.members {
		m := &r.members[i]
		if string(m.name) == keyKind {
			continue
		}
		at := next
		if at >= len(kc.fields) || kc.fields[at].field.Name != string(m.name) {
			at = kc.find(m.name)
		}
		if at < 0 {
			return rec.Fault(printable(schema.Clip(string(m.name))), "is not a field of %s; its fields are %s", kc.kind.Name, strings.Join(kc.kind.Header(), ", "))
		}
		next = at + 1
		col := &kc.fields[at]
		if seen&(1<<at) != 0 {
			return rec.Fault(col.field.Name, "the key is there twice")
		}
		seen |= 1 << at
		if rec.Values[at], err = r.value(col, m); err != nil {
			return rec.Fault(col.field.Name, "%v", err)
		}
	}
	rec.Absent = (1<<len(kc.fields) - 1) &^ seen
	return rec.Finish()
}

func (kc *kindParsers) find(name []byte) int {
	for i := range kc.fields {
		if kc.fields[i].field.Name == string(name) {
			return i
		}
	}
	return -1
}

// kindOf finds the record's kind among the members.
func (r *objectReader) kindOf(rec *schema.Record) (*kindParsers, error) {
	var found *member
	for i := range r.members {
		if string(r.members[i].name) != keyKind {
			continue
		}
		if found != nil {
			return nil, rec.Fault(keyKind, "the key is there twice")
		}
		found = &r.members[i]
	}
	if found == nil {
		return nil, rec.Fault(keyKind, "is missing; it is one of %s", strings.Join(schema.KindNames(), ", "))
	}
	if found.kind != '"' {
		return nil, rec.Fault(keyKind, "must be a string, not %s", nameOf(found.kind))
	}
	kc := r.parsersOf(found.value)
	if kc == nil {
		return nil, rec.Fault(keyKind, "%q is not a kind; it is one of %s", schema.Clip(string(found.value)), strings.Join(schema.KindNames(), ", "))
	}
	return kc, nil
}

// value reads a member by the JSON types that its field takes.
func (r *objectReader) value(col *fieldParser, m *member) (schema.Value, error) {
	var want string
	switch t := col.field.Type; {
	case m.kind == 'n':
		return schema.Value{}, nil
	case t == schema.IDs:
		if m.kind == '[' {
			return col.list(m.value, m.elements)
		}
		want = "an array of strings"
	case t == schema.Bool:
		if m.kind == 't' || m.kind == 'f' {
			return col.parse(m.value, r.Zone)
		}
		want = "true or false"
	case t == schema.Int:
		if m.kind == '0' {
			return col.parse(m.value, r.Zone)
		}
		want = "a whole number"
	case t == schema.Cost:
		if m.kind == '0' || m.kind == '"' {
			return col.parse(m.value, r.Zone)
		}
		want = "a number or a string"
	default:
		if m.kind == '"' {
			return col.parse(m.value, r.Zone)
		}
		want = "a string"
	}
	return schema.Value{}, fmt.Errorf("must be %s, not %s", want, nameOf(m.kind))
}

// split cuts an object into its members.
func (r *objectReader) split(rec *schema.Record, object []byte) error {
	r.members, r.elements, r.text = r.members[:0], r.elements[:0], r.text[:0]
	r.source = *bytes.NewBuffer(object)
	d := &r.decoder
	d.Reset(&r.source, decoderOptions...)
	if k := d.PeekKind(); k != '{' && k != jsontext.KindInvalid {
		return rec.Fault("", `must be a JSON object, as in {"kind": "department", …}, not %s`, nameOf(k))
	}
	if _, err := d.ReadToken(); err != nil {
		return invalidJSON(rec, object, err)
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			return invalidJSON(rec, object, err)
		}
		m := member{name: r.unquote(name), kind: d.PeekKind()}
		switch m.kind {
		case '{':
			return rec.Fault(printable(schema.Clip(string(m.name))), "must be a plain value, not an object")
		case '[':
			if err := r.splitArray(rec, object, &m); err != nil {
				return err
			}
		default:
			if m.value, err = d.ReadValue(); err != nil {
				return invalidJSON(rec, object, err)
			}
			if m.kind == '"' {
				m.value = r.unquote(m.value)
			}
		}
		r.members = append(r.members, m)
	}
	if _, err := d.ReadToken(); err != nil {
		return invalidJSON(rec, object, err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return rec.Fault("", "there is text after the object; write one object a line, or all in one array")
	}
	return nil
}

func (r *objectReader) splitArray(rec *schema.Record, object []byte, m *member) error {
	d := &r.decoder
	if _, err := d.ReadToken(); err != nil {
		return invalidJSON(rec, object, err)
	}
	start, first := d.InputOffset()-1, len(r.elements)
	for {
		switch k := d.PeekKind(); k {
		case '"':
			v, err := d.ReadValue()
			if err != nil {
				return invalidJSON(rec, object, err)
			}
			r.elements = append(r.elements, r.unquote(v))
		case ']', jsontext.KindInvalid:
			if _, err := d.ReadToken(); err != nil {
				return invalidJSON(rec, object, err)
			}
			m.value = object[start:d.InputOffset()]
			m.elements = r.elements[first:]
			return nil
		default:
			return rec.Fault(printable(schema.Clip(string(m.name))), "an array holds strings alone; one of its elements is %s", nameOf(k))
		}
	}
}

// unquote returns the content of a JSON string, valid until the next object.
func (r *objectReader) unquote(quoted []byte) []byte {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	start := len(r.text)
	r.text, _ = jsontext.AppendUnquote(r.text, quoted) // the decoder has found it valid
	return r.text[start:]
}

func nameOf(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a bool"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	return "that"
}

// invalidJSON says in plain words what is wrong with the text of an object.
func invalidJSON(rec *schema.Record, object []byte, err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case bytes.IndexByte(object, 0) >= 0:
		return rec.Fault("", faultNUL)
	case !utf8.Valid(object):
		return rec.Fault("", faultUTF8)
	case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
		return rec.Fault("", "is cut off: the JSON object is not closed")
	case errors.As(err, &syntax):
		return rec.Fault("", "is not valid JSON: %v at byte %d", syntax.Err, syntax.ByteOffset+1)
	}
	return rec.Fault("", "is not valid JSON: %v", err)
}
