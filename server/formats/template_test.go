package formats

import (
	"testing"

	"glow/schema"
)

// Every field of every kind has an example, and the example is right.
func TestEveryFieldHasAnExample(t *testing.T) {
	for _, kind := range schema.Kinds {
		for row, err := range Template(kind).Rows {
			if err != nil {
				t.Fatal(kind.Name, err)
			}
			r := kind.NewRecord()
			copy(r.Values, row)
			for i := range kind.Fields {
				if !row[i].Set {
					t.Errorf("%s.%s has no example", kind.Name, kind.Fields[i].Name)
				}
			}
			if err := r.Finish(); err != nil {
				t.Error(err)
			}
		}
		if facts := TemplateFacts(kind); len(facts) != len(kind.Fields)+1 {
			t.Errorf("%s: %d facts", kind.Name, len(facts))
		}
	}
}
