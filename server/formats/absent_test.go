package formats

import (
	"iter"
	"strings"
	"testing"

	"glow/schema"
)

// A field that has no column or no key is absent; one that is empty or null is not.
func TestReadersTellAbsentFieldsFromEmptyOnes(t *testing.T) {
	profile := schema.KindNamed(schema.KindProfile)
	for _, c := range []struct {
		rule    string
		records iter.Seq2[*schema.Record, error]
		want    string
	}{
		{"CSV", ReadCSV(strings.NewReader("email,id,department_ids\n,p,\nx,p,d\n"), profile, Options{}), "name role active; name role active"},
		{"a whole CSV", ReadCSV(strings.NewReader("id,name,email,role,department_ids,active\np,P,,,,\n"), profile, Options{}), ""},
		{"NDJSON", ReadNDJSON(strings.NewReader(`{"kind":"profile","id":"p","email":null,"department_ids":[]}`+"\n"+`{"id":"p","name":"P","kind":"profile"}`), Options{}),
			"name role active; email role department_ids active"},
	} {
		var got []string
		for r, err := range c.records {
			if err != nil {
				t.Fatalf("%s: %v", c.rule, err)
			}
			var names []string
			for i := range r.Kind.Fields {
				if r.Lacks(i) {
					names = append(names, r.Kind.Fields[i].Name)
				}
			}
			got = append(got, strings.Join(names, " "))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: absent are %q, want %q", c.rule, text, c.want)
		}
	}
}
