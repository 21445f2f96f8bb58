package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"glow/schema"
)

// readRequest reads the body of a request. It is strict: what is not understood
// is refused by name, for a misspelt filter would answer for everybody.
func readRequest[Req schema.Request](s *Server, w *reply, r *http.Request) (req Req, err error) {
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return req, schema.Errorf(schema.CodeInvalid, "this route has no query parameters; send them as a JSON object in the body")
	}
	text, err := readAll(w, r, s.o.Limits.Query)
	if err != nil {
		return req, err
	}
	if len(text) > 0 {
		if _, err := contentType(r, schema.TypeJSON); err != nil {
			return req, err
		}
	}
	return decode[Req](text)
}

// decode reads a JSON object strictly and checks it. Nothing is an empty object.
func decode[Req schema.Request](text []byte) (req Req, err error) {
	if len(bytes.TrimSpace(text)) > 0 {
		if err := checkText(text); err != nil {
			return req, err
		}
		if err := json.Unmarshal(text, &req, json.RejectUnknownMembers(true)); err != nil {
			return req, fieldError(err, reflect.TypeFor[Req]())
		}
	}
	if err := req.Validate(); err != nil {
		return req, err
	}
	schema.MergeNames(&req)
	return req, nil
}

// maxDepth is how deep a request may be nested; none needs more than an array
// in its object.
const maxDepth = 16

// checkText checks what can be said of a body without knowing the request: that
// it is one JSON object, whose text is fit to be kept.
func checkText(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	if kind := d.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		if _, err := d.ReadValue(); err != nil {
			return malformed(err)
		}
		return bodyFault("the body must be a JSON object, not %s", jsonName(kind))
	}
	for first := true; first || d.StackDepth() > 0; first = false {
		token, err := d.ReadToken()
		switch {
		case err != nil:
			return textError(text, err)
		case d.StackDepth() > maxDepth:
			return schema.Invalid(fieldName(d.StackPointer()), "is nested too deeply")
		case token.Kind() == '"' && strings.IndexByte(token.String(), 0) >= 0:
			return schema.Invalid(fieldName(d.StackPointer()), "contains a NUL character")
		case token.Kind() == '"' && token.String() == "" && !isKey(d):
			return schema.Invalid(fieldName(d.StackPointer()), "%s", schema.EmptyText)
		case token.Kind() == 'n' && d.StackDepth() > 1:
			return schema.Invalid(fieldName(d.StackPointer()), "must not be null")
		}
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return bodyFault("there is more after the JSON object")
	}
	return nil
}

// isKey reports whether the token that was just read is the key of a member.
func isKey(d *jsontext.Decoder) bool {
	kind, length := d.StackIndex(d.StackDepth())
	return kind == '{' && length%2 == 1
}

// textError tells text that is not JSON from JSON that must not be like this.
func textError(text []byte, err error) error {
	var e *jsontext.SyntacticError
	if !errors.As(err, &e) {
		return malformed(err)
	}
	field := fieldName(e.JSONPointer)
	switch {
	case errors.Is(e.Err, jsontext.ErrDuplicateName):
		return schema.Invalid(field, "the key is there twice")
	case !utf8.Valid(text):
		return schema.Invalid(field, "is not valid UTF-8")
	case bytes.IndexByte(text, 0) >= 0:
		return schema.Invalid(field, "contains a NUL byte")
	}
	return malformed(err)
}

func malformed(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return schema.Errorf(schema.CodeMalformed, "the body is not JSON: it ends too early")
	}
	var e *jsontext.SyntacticError
	if errors.As(err, &e) {
		return schema.Errorf(schema.CodeMalformed, "the body is not JSON: %v, at byte %d", e.Err, e.ByteOffset)
	}
	return schema.Errorf(schema.CodeMalformed, "the body is not JSON")
}

func bodyFault(format string, args ...any) error {
	return &schema.Error{Code: schema.CodeInvalid, Message: "the request is not valid", Fields: []schema.Fault{{Message: fmt.Sprintf(format, args...)}}}
}

// fieldError names what does not fit the request's type.
func fieldError(err error, request reflect.Type) error {
	var e *json.SemanticError
	if !errors.As(err, &e) {
		return textError(nil, err)
	}
	field := fieldName(e.JSONPointer)
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		return schema.Invalid(field, "%s", unknownKey(field, "request", keysOf(request)))
	case errors.Is(e.Err, strconv.ErrRange):
		return schema.Invalid(field, "is out of range")
	}
	return schema.Invalid(field, "must be %s, not %s", typeName(e.GoType), valueName(e))
}

// fieldName writes a JSON pointer as people write it: department_ids[1].
func fieldName(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		if _, err := strconv.Atoi(token); err == nil && b.Len() > 0 {
			b.WriteString("[" + token + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(schema.Clip(token))
	}
	return b.String()
}

func typeName(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "an array of strings"
	case reflect.String:
		return "a string"
	}
	return "something else"
}

func valueName(e *json.SemanticError) string {
	if e.JSONKind == '0' && len(e.JSONValue) > 0 {
		return schema.Clip(string(e.JSONValue))
	}
	return jsonName(e.JSONKind)
}

func jsonName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "this"
}
