package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/server/formats"
)

func textFile(content string) formats.File {
	return formats.File{Name: "f.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// printed reads a file by a mapping and prints the records, or the faults.
func printed(t testing.TB, m *schema.Mapping, o Options, content string) []string {
	t.Helper()
	o.TempDir, o.Table.TempDir = t.TempDir(), t.TempDir()
	in, err := Read([]formats.File{textFile(content)}, m, o)
	if err != nil {
		return []string{err.Error()}
	}
	defer in.Close()
	var out []string
	for rec, err := range in.Records() {
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		text := rec.Kind.Name
		for i := range rec.Kind.Fields {
			if rec.Values[i].Set && !rec.Lacks(i) {
				text += fmt.Sprintf(" %s=%s", rec.Kind.Fields[i].Name, rec.Kind.Fields[i].Append(nil, rec.Values[i]))
			}
		}
		out = append(out, text)
	}
	return out
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestBuiltinMappingsSayWhereTheirColumnsWereSeen(t *testing.T) {
	names := map[string]bool{}
	for _, m := range Builtin() {
		if names[m.Name] || !strings.HasPrefix(m.Seen, "https://") || m.Title == "" || m.Prefix == "" {
			t.Errorf("%s: name, title, prefix or source is missing, or the name is there twice", m.Name)
		}
		names[m.Name] = true
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again schema.Mapping
		if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(*m, again) {
			t.Errorf("%s does not come back as it was: %v\n%+v\n%+v", m.Name, err, *m, again)
		}
		if unknown := Unknown(m, m.Uses()); len(unknown) > 0 {
			t.Errorf("%s reads %v and does not know them", m.Name, unknown)
		}
	}
	if len(names) == 0 || Named("canvas-course-access") == nil || Named("nothing") != nil {
		t.Errorf("the built-in mappings are %v", names)
	}
}

func TestSynonymsAreOfFieldsAndOfOneFieldEach(t *testing.T) {
	for kind, fields := range synonyms() {
		k := schema.KindNamed(kind)
		if k == nil {
			t.Errorf("%s is no kind", kind)
			continue
		}
		of := map[string]string{}
		for field, names := range fields {
			if k.Field(field) < 0 && field != "first" && field != "last" {
				t.Errorf("%s has no field %s", kind, field)
			}
			for _, name := range names {
				if name == "" || of[name] != "" && of[name] != field {
					t.Errorf("%s: %q is %s and %s", kind, name, of[name], field)
				}
				of[name] = field
			}
		}
	}
}

func TestMappingsThatCannotBeAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                           "name",
		`{"name":"x"}`:                 "columns",
		`{"name":"x","columns":["a"]}`: "records: is missing, and so is events",
		`{"name":"x","columns":["a"],"events":[{"time":"a"}]}`:                                                  "prefix",
		`{"name":"x","columns":["a"],"prefix":"p","events":[{"time":"a"}]}`:                                     "person",
		`{"name":"x","columns":["a"],"prefix":"moodle","person":{"id":"a"},"events":[{"time":"a"}]}`:            "is that of the people in logs of Moodle",
		`{"name":"x","columns":["a"],"prefix":"p","person":{"id":"a"},"events":[{}]}`:                           "events[0].time",
		`{"name":"x","columns":["a"],"records":[{"kind":"people"}]}`:                                            `"people" is no kind of record`,
		`{"name":"x","columns":["a"],"records":[{"kind":"profile","fields":{"phone":"a"}}]}`:                    `"phone" is no field of profile`,
		`{"name":"x","columns":["a"],"records":[{"kind":"profile","fields":{"id":{}}}]}`:                        "names neither a column nor a value",
		`{"name":"x","columns":["a"],"records":[{"kind":"profile","fields":{"id":{"column":"a","form":"x"}}}]}`: "has the form",
	} {
		var m schema.Mapping
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func own(t *testing.T, kind string, header string) *schema.Mapping {
	t.Helper()
	m, lacks := Own(schema.KindNamed(kind), strings.Split(header, ","))
	if len(lacks) > 0 {
		t.Fatalf("%s lacks %v", header, lacks)
	}
	return m
}

func TestPeopleInTheFormsOfOffices(t *testing.T) {
	const header = "ID,First name,Last name,Department,Active"
	expect(t, "a roster", printed(t, own(t, "profile", header), Options{
		Known: Known{Departments: func() (map[string]string, error) { return map[string]string{"cs": "cs", "computer science": "cs"}, nil }},
	}, header+"\n007,Ana,One,Computer Science;Theatre Studies,oui\n8,Ben,,cs,nein\n9,Cy,Two,,perhaps\n,Dee,X,,\n"), []string{
		"department id=department-theatre-studies name=Theatre Studies",
		"profile id=007 name=Ana One department_ids=cs|department-theatre-studies active=true",
		"profile id=8 name=Ben department_ids=cs active=false",
		`f.csv:4: Active: "perhaps" is not a bool; write true or false`,
		"f.csv:5: id: is missing; every profile needs one",
	})
}

func TestValuesOfMappings(t *testing.T) {
	m := &schema.Mapping{Name: "x", Title: "X", Columns: []string{"who", "when"}, Prefix: "x",
		Person: &schema.MappedPerson{Name: schema.MappedValue{Column: "who", Form: schema.FormLastFirst}},
		Records: []schema.MappedRecord{{Kind: "problem", When: map[string][]string{"state": {"open*"}}, Fields: map[string]schema.MappedValue{
			"id": {Column: "url", Form: schema.FormPath}, "profile_id": {Column: "who", Form: schema.FormLastFirst}, "type": {Column: "sort", Values: map[string]string{"1": "bug"}, Value: "other"},
			"message": {Column: "text", And: []string{"more"}, Or: []string{"title"}}, "created_at": {Column: "when"},
		}}}}
	expect(t, "problems", printed(t, m, Options{}, "who,when,state,url,sort,text,more,title\n"+
		"\"One, Ana\",2025-03-03 10:00,Open again,https://x/7,1,a,b,t\n"+
		"Ben,2025-03-03 11:00,open,https://x/8,,,,t\nBen,2025-03-03 12:00,closed,https://x/9,2,a,,\n"), []string{
		"profile id=x-Ana One name=Ana One role=ta active=true", "profile id=x-Ben name=Ben role=ta active=true",
		"problem id=x-7 profile_id=x-Ana One type=bug message=a b created_at=2025-03-03T10:00:00Z",
		"problem id=x-8 profile_id=x-Ben type=other message=t created_at=2025-03-03T11:00:00Z",
	})
}

// Numbers come out the same in either way to write them, whatever they are.
func TestNumbersAreReadAsTheyAreWritten(t *testing.T) {
	header := "id,group_id,input_tokens,cost,created_at"
	rapid.Check(t, func(rt *rapid.T) {
		tokens := rapid.Int64Range(0, 999_999_999).Draw(rt, "tokens")
		cost := rapid.Int64Range(0, 99_999_999).Draw(rt, "cost") // in hundredths of a cent
		grouped := func(n int64, separator string) string {
			text := fmt.Sprint(n)
			for i := len(text) - 3; i > 0; i -= 3 {
				text = text[:i] + separator + text[i:]
			}
			return text
		}
		want := printed(t, own(t, "run", header), Options{}, fmt.Sprintf("%s\nr,g,%d,%d.%04d,2025-03-03T10:00:00Z\nq,g,0,0.5,2025-03-03T10:00:00Z\n", header, tokens, cost/10_000, cost%10_000))
		for _, form := range [][2]string{{".", ","}, {",", "."}} {
			text := fmt.Sprintf("%s\nr;g;%s;%s%s%04d;2025-03-03T10:00:00Z\nq;g;0;0%s5;2025-03-03T10:00:00Z\n",
				strings.ReplaceAll(header, ",", ";"), grouped(tokens, form[0]), grouped(cost/10_000, form[0]), form[1], cost%10_000, form[1])
			if got := printed(t, own(t, "run", header), Options{}, text); !slices.Equal(got, want) {
				rt.Fatalf("%s: got %v, want %v", text, got, want)
			}
		}
	})
}

// Whatever rows come, a mapping yields records that are right or faults, and does not panic.
func FuzzRead(f *testing.F) {
	for _, m := range Builtin() {
		f.Add(m.Name, []byte(strings.Join(m.Uses(), ",")+"\n"+strings.Repeat("1,", max(0, len(m.Uses())-1))+"2025-03-03T10:00:00Z\n"))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		m := Named(name)
		if m == nil {
			return
		}
		in, err := Read([]formats.File{{Name: "f", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}}, m, Options{})
		if err != nil {
			return
		}
		defer in.Close()
		for rec, err := range in.Records() {
			if err == nil && rec.Values[0].Text == "" && rec.Kind.Fields[0].Required {
				t.Fatalf("a %s without an id", rec.Kind.Name)
			}
		}
		if log, err := in.Log(); err == nil && log != nil {
			for row, err := range log.Rows() {
				if err == nil && row.Digest == [2]uint64{} {
					t.Fatal("an event without a name")
				}
			}
		}
	})
}
