package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	kindList  = "department, term, profile, session, login, grant, emulation, activity, problem, group, run, attempt, chat, message, mapping"
	loginLine = `{"kind":"login","profile_id":"p","created_at":"2025-03-14T15:09:26Z"}`
)

func TestReadNDJSON(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"a record a line; blank lines are counted", "\ufeff" + loginLine + "\r\n\n \n" + loginLine, []string{
			"f:1 login ,p,,2025-03-14T15:09:26Z", "f:4 login ,p,,2025-03-14T15:09:26Z"}},
		{"kind may stand anywhere, keys in any order", `{"name":"N","id":"d","kind":"department"}`, []string{"f:1 department d,N"}},
		{"null and empty text are left out", `{"kind":"profile","id":"p","name":"N","email":"","role":null,"active":null,"department_ids":null}`,
			[]string{"f:1 profile p,N,,ta,,true"}},
		{"arrays and bools", `{"kind":"profile","id":"p","name":"N","department_ids":["b","a|x","b"],"active":false}` + "\n" +
			`{"kind":"profile","id":"q","name":"N","department_ids":[]}`,
			[]string{`f:1 profile p,N,,ta,a\|x|b,false`, "f:2 profile q,N,,ta,,true"}},
		{"numbers; a cost also as text", `{"kind":"run","group_id":"g","input_tokens":12,"cost":0.25,"created_at":"2025-01-01T00:00:00Z"}` + "\n" +
			`{"kind":"run","group_id":"g","output_tokens":0,"cost":"1e-06","created_at":"2025-01-01T00:00:00Z"}`,
			[]string{"f:1 run ,g,,12,,,0.25,2025-01-01T00:00:00Z", "f:2 run ,g,,,0,,0.000001,2025-01-01T00:00:00Z"}},
		{"escapes", `{"kind":"department","\u0069d":"d\n\u00e9","name":"a\"\\\/\ud83d\ude00"}` + "\n" + `{"kind":"department","id":"d\u00e9","name":"a\"\\\/\ud83d\ude00"}`,
			[]string{"f:1: id: \"d\\né\" contains the unprintable character U+000A", "f:2 department dé,a\"\\/😀"}},
		{"a text that looks like a guarded one stays", `{"kind":"department","id":"d","name":"'=1"}`, []string{"f:1 department d,'=1"}},
		{"a bad line does not end the reading", "{\n" + loginLine + "\nx\n", []string{
			"f:1: is cut off: the JSON object is not closed", "f:2 login ,p,,2025-03-14T15:09:26Z", "f:3: is not valid JSON: invalid character 'x' at start of value at byte 1"}},
		{"unknown key", `{"kind":"department","id":"d","name":"N","nam":"x"}`, []string{"f:1: nam: is not a field of department; its fields are id, name"}},
		{"a column that only exports have is no key", `{"kind":"message","chat_name":"c"}`, []string{"f:1: chat_name: is not a field of message; its fields are id, chat_id, role, created_at"}},
		{"duplicate key", `{"kind":"department","id":"d","name":"N","id":"e"}`, []string{"f:1: id: the key is there twice"}},
		{"duplicate key in other writing", `{"kind":"department","id":"d","name":"N","\u0069d":null}`, []string{"f:1: id: the key is there twice"}},
		{"duplicate kind", `{"kind":"department","kind":"term"}`, []string{"f:1: kind: the key is there twice"}},
		{"missing kind", `{"id":"d"}`, []string{"f:1: kind: is missing; it is one of " + kindList}},
		{"wrong kind", `{"kind":"Login"}`, []string{`f:1: kind: "Login" is not a kind; it is one of ` + kindList}},
		{"kind of a wrong type", `{"kind":1}`, []string{"f:1: kind: must be a string, not a number"}},
		{"missing field of a record that may be known", `{"kind":"department","id":"d"}`, []string{"f:1 department d,"}},
		{"null for a required field", `{"kind":"department","id":"d","name":null}`, []string{"f:1: name: is missing; every department needs one"}},
		{"missing field of a new record", `{"kind":"message","chat_id":"c"}`, []string{"f:1: created_at: is missing; every message needs one"}},
		{"not an object", "[1]\n\"x\"\nnull", []string{
			`f:1: must be a JSON object, as in {"kind": "department", …}, not an array`,
			`f:2: must be a JSON object, as in {"kind": "department", …}, not a string`,
			`f:3: must be a JSON object, as in {"kind": "department", …}, not null`}},
		{"number for text", `{"kind":"department","id":4711,"name":"N"}`, []string{"f:1: id: must be a string, not a number"}},
		{"text for a bool", `{"kind":"profile","id":"p","name":"N","active":"yes"}`, []string{"f:1: active: must be true or false, not a string"}},
		{"text for a count", `{"kind":"run","input_tokens":"1"}`, []string{"f:1: input_tokens: must be a whole number, not a string"}},
		{"fraction for a count", `{"kind":"run","input_tokens":1.5}`, []string{`f:1: input_tokens: "1.5" is not a whole number; write digits alone, as in 1200`}},
		{"negative count", `{"kind":"run","input_tokens":-1}`, []string{`f:1: input_tokens: "-1" is negative; a count is 0 or more`}},
		{"numbers as programs compute them", `{"kind":"run","id":"r","group_id":"g","model":null,"input_tokens":1200.0,"output_tokens":null,"cached_input_tokens":null,"cost":1.2345678901234567e-05,"created_at":"2025-03-14T15:09:26Z"}`, []string{"f:1 run r,g,,1200,,,0.000012346,2025-03-14T15:09:26Z"}},
		{"text for many ids", `{"kind":"profile","department_ids":"a"}`, []string{"f:1: department_ids: must be an array of strings, not a string"}},
		{"number among ids", `{"kind":"profile","department_ids":["a",1]}`, []string{"f:1: department_ids: an array holds strings alone; one of its elements is a number"}},
		{"empty id among ids", `{"kind":"profile","department_ids":["a",""]}`, []string{`f:1: department_ids: has the id "", which is empty; an id has 1 to 128 characters`}},
		{"a time that does not exist", `{"kind":"login","created_at":"2025-02-30T00:00:00Z"}`, []string{`f:1: created_at: "2025-02-30T00:00:00Z" is a date that does not exist`}},
		{"long id", `{"kind":"department","id":"` + strings.Repeat("é", 10_000) + `"}`, []string{`f:1: id: "` + strings.Repeat("é", 60) + `…" has 10000 characters; an id has at most 128`}},
		{"invalid UTF-8", "{\"kind\":\"department\",\"id\":\"\xff\"}", []string{"f:1: is not valid UTF-8; save the file as UTF-8"}},
		{"half a surrogate pair", `{"kind":"department","id":"\ud83d"}`, []string{`f:1: is not valid JSON: invalid surrogate pair ` + "`\\ud83d\"}`" + ` in string at byte 28`}},
		{"NUL", "{\"kind\":\"department\"\x00}", []string{"f:1: contains a NUL byte"}},
		{"escaped NUL", `{"kind":"department","id":"d","name":"a\u0000"}`, []string{`f:1: name: "a\x00" contains a NUL byte`}},
		{"deep arrays", `{"kind":"profile","department_ids":` + strings.Repeat("[", 100_000) + "}", []string{"f:1: department_ids: an array holds strings alone; one of its elements is an array"}},
		{"deep objects", strings.Repeat(`{"a":`, 100_000) + "}", []string{"f:1: a: must be a plain value, not an object"}},
		{"trailing text", loginLine + " " + loginLine, []string{"f:1: there is text after the object; write one object a line, or all in one array"}},
		{"trailing comma", `{"kind":"department",}`, []string{"f:1: is not valid JSON: invalid character ',' at start of value at byte 21"}},
		{"UTF-16", "\xfe\xff\x00{", []string{"f:1: the file is in UTF-16; save it as UTF-8"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			expect(t, texts(ReadNDJSON(strings.NewReader(c.in), Options{Name: "f"})), c.want)
		})
	}
}

func TestReadNDJSONLongLines(t *testing.T) {
	fits := loginLine + strings.Repeat(" ", 200_000-len(loginLine)-2) + "\t"
	in := loginLine + "\n" + fits + "\r\n" + fits + "xx\n" + strings.Repeat("x", 500_000) + "\n" + loginLine
	got := texts(ReadNDJSON(strings.NewReader(in), Options{Limits: Limits{MaxLine: 200_000}}))
	expect(t, got, []string{
		":1 login ,p,,2025-03-14T15:09:26Z", ":2 login ,p,,2025-03-14T15:09:26Z",
		"line 3: the line is longer than 200000 bytes", "line 4: the line is longer than 200000 bytes",
		":5 login ,p,,2025-03-14T15:09:26Z",
	})
}

func TestReadNDJSONEndsWithTheReadersError(t *testing.T) {
	in := io.MultiReader(strings.NewReader(loginLine+"\n{"), iotest.ErrReader(errors.New("connection reset")))
	expect(t, texts(ReadNDJSON(in, Options{Name: "f"})), []string{"f:1 login ,p,,2025-03-14T15:09:26Z", "read f: connection reset"})
}

func FuzzReadNDJSON(f *testing.F) {
	for _, seed := range []string{"", loginLine, "\ufeff{}\n[]\r\n", `{"kind":"profile","department_ids":["a","\u00e9"],"id":"p","name":"\ud83d\ude00"}`, `{"kind":"run","cost":1e-9}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := texts(ReadNDJSON(bytes.NewReader(in), Options{}))
		pieces := texts(ReadNDJSON(iotest.OneByteReader(bytes.NewReader(in)), Options{}))
		expect(t, pieces, whole)
		if n := bytes.Count(in, []byte("\n")) + 1; len(whole) > n {
			t.Errorf("%d records on %d lines", len(whole), n)
		}
	})
}

func BenchmarkReadNDJSON(b *testing.B) {
	var in []byte
	const rows = 10_000
	for i := range rows {
		in = fmt.Appendf(in, `{"kind":"login","id":"0195e3f0-7c3e-7d2a-9d3e-%012d","profile_id":"profile-1234","session_id":"session-5678","created_at":"2025-03-14T15:09:26Z"}`+"\n", i)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range ReadNDJSON(bytes.NewReader(in), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkReadJSON(b *testing.B) {
	in := []byte("[")
	const rows = 10_000
	for i := range rows {
		in = fmt.Appendf(in, `{"kind":"login","id":"%d","profile_id":"profile-1234","session_id":"session-5678","created_at":"2025-03-14T15:09:26Z"},`+"\n", i)
	}
	in = append(in[:len(in)-2], ']')
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		records, _, err := ReadJSON(bytes.NewReader(in), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range records {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "records/s")
}
