package formats

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readJSON(r io.Reader, o Options) (out []string, single bool) {
	records, single, err := ReadJSON(r, o)
	if err != nil {
		return []string{err.Error()}, single
	}
	return texts(records), single
}

func TestReadJSON(t *testing.T) {
	const login = ` login ,p,,2025-03-14T15:09:26Z`
	for _, c := range []struct {
		rule, in string
		single   bool
		want     []string
	}{
		{"an empty array", " [ ] \n", false, nil},
		{"an array", "[" + loginLine + "," + loginLine + "]", false, []string{"f:1" + login, "f:1" + login}},
		{"one object", "\ufeff\n " + loginLine + "\n", true, []string{"f:2" + login}},
		{"records over several lines", "[\n  " + strings.ReplaceAll(loginLine, ",", ",\n") + ",\r\n\n" + loginLine + "\n]\n", false, []string{"f:2" + login, "f:6" + login}},
		{"brackets in strings", `[{"kind":"department","id":"]},[\"{","name":"\\"}]`, false, []string{`f:1 department ]},["{,\`}},
		{"a bad record does not end the reading", `[{"kind":"x"},` + "\n1,null," + loginLine + "]", false, []string{
			`f:1: kind: "x" is not a kind; it is one of ` + kindList,
			`f:2: must be a JSON object, as in {"kind": "department", …}, not a number`,
			`f:2: must be a JSON object, as in {"kind": "department", …}, not null`,
			"f:2" + login,
		}},
		{"nothing", " \n", false, []string{"f:1: the JSON is empty; write an array of records, or one record"}},
		{"array not closed", "[" + loginLine + ",\n", false, []string{"f:1" + login, "f:2: is cut off: the JSON array is not closed"}},
		{"record not closed", "[" + loginLine + `,{"kind":"log`, false, []string{"f:1" + login, "f:1: is cut off: the JSON array is not closed"}},
		{"object not closed", `{"kind":"login",`, true, []string{"f:1: is cut off: the JSON object is not closed"}},
		{"no comma", "[" + loginLine + loginLine + "]", false, []string{"f:1" + login, `f:1: is not valid JSON: after a record comes '{' instead of a comma or ]`}},
		{"a comma too many", "[" + loginLine + ",]", false, []string{"f:1" + login, "f:1: is not valid JSON: there is no record between the commas"}},
		{"text after the array", "[]\nx", false, []string{"f:2: there is text after the array"}},
		{"several objects", loginLine + "\n" + loginLine, true, []string{"f:1: there is text after the object; write one object a line, or all in one array"}},
		{"deep arrays", strings.Repeat("[", 50_000), false, []string{"f:1: is cut off: the JSON array is not closed"}},
		{"deep arrays, closed", strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), false, []string{
			`f:1: must be a JSON object, as in {"kind": "department", …}, not an array`}},
		{"UTF-16", "\xff\xfe[\x00", false, []string{"f:1: the file is in UTF-16; save it as UTF-8"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, single := readJSON(strings.NewReader(c.in), Options{Name: "f"})
			expect(t, got, c.want)
			if single != c.single {
				t.Errorf("single is %v", single)
			}
		})
	}
}

func TestReadJSONLongRecord(t *testing.T) {
	in := "[" + loginLine + ",\n{\"kind\":\"" + strings.Repeat("x", 200_000) + `"}]`
	got, _ := readJSON(strings.NewReader(in), Options{Limits: Limits{MaxLine: 100_000}})
	expect(t, got, []string{":1 login ,p,,2025-03-14T15:09:26Z", "line 2: the record is longer than 100000 bytes"})
}

func TestReadJSONEndsWithTheReadersError(t *testing.T) {
	in := io.MultiReader(strings.NewReader("["+loginLine+",{"), iotest.ErrReader(errors.New("connection reset")))
	got, _ := readJSON(in, Options{Name: "f"})
	expect(t, got, []string{"f:1 login ,p,,2025-03-14T15:09:26Z", "read f: connection reset"})
}

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{"", "[]", loginLine, "[\n" + loginLine + ",\n" + loginLine + "]", `[{"a":[1,{"b":"]\""}]}, null]`, "[1,,2]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, _ := readJSON(bytes.NewReader(in), Options{})
		pieces, _ := readJSON(iotest.OneByteReader(bytes.NewReader(in)), Options{})
		expect(t, pieces, whole)
		if len(whole) > len(in)+1 {
			t.Errorf("%d records from %d bytes", len(whole), len(in))
		}
	})
}
