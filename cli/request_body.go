package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"glow/schema"
)

// query is the part of a command that becomes its request: the fields of the
// request type as flags, over what --body holds.
type query[Req schema.Request] struct {
	Body string `placeholder:"JSON" help:"The request as JSON, @FILE or - for stdin. Flags win over it."`
	Req  Req    `embed:""`
}

// body returns the request to send: the object of --body as it stands, with
// each flag that was given in the place of its key. Keys that are unknown or
// double stay, so that the instance refuses them.
func (q *query[Req]) body(a *app) ([]byte, error) {
	text, err := a.readArgument("--body", q.Body)
	if err != nil {
		return nil, err
	}
	given := flagsGiven(a.parsed, reflect.TypeFor[Req]())
	merged := text
	if len(given) > 0 || len(bytes.TrimSpace(text)) == 0 {
		object, err := parseObject(text)
		if err != nil {
			return nil, err
		}
		if merged, err = object.with(given).marshal(); err != nil {
			return nil, err
		}
	}
	return merged, checkFlags[Req](merged, text)
}

// readArgument returns what an argument of the form TEXT, @FILE or - holds.
func (a *app) readArgument(flag, argument string) ([]byte, error) {
	var (
		text []byte
		err  error
	)
	switch {
	case argument == "-":
		text, err = io.ReadAll(a.in)
	case strings.HasPrefix(argument, "@"):
		text, err = os.ReadFile(argument[1:])
	default:
		return []byte(argument), nil
	}
	if err != nil {
		return nil, usagef("%s: %v", flag, err)
	}
	return text, nil
}

// member is one key of an object with its value.
type member struct {
	key   string
	value json.RawMessage
}

// object is a JSON object in the order it was written.
type object []member

// parseObject reads an object without judging its keys; empty text is {}.
func parseObject(text []byte) (object, error) {
	var o object
	if len(bytes.TrimSpace(text)) == 0 {
		return o, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, usagef("--body: is not a JSON object, as in {\"date_from\": \"2025-06-30\"}")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, usagef("--body: is not valid JSON: %v", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, usagef("--body: is not valid JSON: %v", err)
		}
		o = append(o, member{key.(string), value})
	}
	if _, err := d.Token(); err != nil {
		return nil, usagef("--body: is not valid JSON: the object does not end")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, usagef("--body: there is something behind the object")
	}
	return o, nil
}

// with returns o with the members given in the place of those of their keys.
func (o object) with(given object) object {
	replaced := map[string]bool{}
	for _, m := range given {
		replaced[m.key] = true
	}
	var out object
	for _, m := range o {
		if !replaced[m.key] {
			out = append(out, m)
		}
	}
	return append(out, given...)
}

func (o object) marshal() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// flagsGiven returns the members of a request for which flags were given, or an
// argument of the same name.
func flagsGiven(parsed *kong.Context, request reflect.Type) object {
	keys := jsonKeys(request)
	var given object
	for _, argument := range parsed.Selected().Positional {
		if key := keyOf(argument.Name); argument.Set && keys[key] && argument.Target.Kind() == reflect.String {
			given = append(given, member{key, marshalFlag(argument.Target)})
		}
	}
	for _, flag := range parsed.Selected().Flags {
		if key := keyOf(flag.Name); flag.Set && keys[key] {
			given = given.with(object{{key, marshalFlag(flag.Target)}})
		}
	}
	return given
}

func marshalFlag(value reflect.Value) json.RawMessage {
	if value.Kind() == reflect.Slice && value.IsNil() {
		return json.RawMessage("[]")
	}
	text, err := json.Marshal(value.Interface())
	if err != nil { // requests are texts, numbers, bools and lists of texts
		panic(err)
	}
	return text
}

// jsonKeys lists the keys of a request type, embedded ones included.
func jsonKeys(t reflect.Type) map[string]bool {
	keys := map[string]bool{}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			keys[name] = true
		}
	}
	return keys
}

// A flag bears the name of its key, with dashes.
func keyOf(flag string) string { return strings.ReplaceAll(flag, "-", "_") }
func flagOf(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }

// checkFlags finds what is wrong with the flags before anything is sent. What
// stands in the body text is the instance's to judge.
func checkFlags[Req schema.Request](merged, text []byte) error {
	var req Req
	if json.Unmarshal(merged, &req) != nil {
		return nil
	}
	var e *schema.Error
	if err := req.Validate(); !errors.As(err, &e) || len(e.Fields) == 0 {
		return nil
	}
	fault := e.Fields[0]
	fromBody, err := parseObject(text)
	if err != nil {
		return nil
	}
	all, err := parseObject(merged)
	if err != nil {
		return nil
	}
	if fromBody.has(fault.Field) && bytes.Equal(fromBody.get(fault.Field), all.get(fault.Field)) {
		return nil
	}
	return usagef("%s: %s", flagOf(fault.Field), fault.Message)
}

func (o object) has(key string) bool { return o.get(key) != nil }

// get returns the last value of a key, as most readers of JSON do.
func (o object) get(key string) json.RawMessage {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].key == key {
			return o[i].value
		}
	}
	return nil
}

// values returns the object as a query string.
func (o object) values() (url.Values, error) {
	out := url.Values{}
	for _, m := range o {
		var value any
		d := json.NewDecoder(bytes.NewReader(m.value))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			return nil, usagef("--body: is not valid JSON: %v", err)
		}
		switch value := value.(type) {
		case nil:
		case []any:
			for _, element := range value {
				out.Add(m.key, fmt.Sprint(element))
			}
		default:
			out.Add(m.key, fmt.Sprint(value))
		}
	}
	return out, nil
}
