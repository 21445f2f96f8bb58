package formats

import (
	"cmp"
	"strings"
	"time"

	"glow/schema"
)

// Template is a table of records of a kind with one row as an example. Those of all kinds refer to
// each other, so that they can be imported as they are.
func Template(kind *schema.Kind) Table {
	t := Table{Name: strings.TrimSuffix(kind.File, ".csv"), Fields: kind.Fields}
	t.Rows = func(yield func([]schema.Value, error) bool) {
		row := make([]schema.Value, len(kind.Fields))
		for i := range kind.Fields {
			f := &kind.Fields[i]
			var err error
			if row[i], err = f.Parse(exampleOf(kind, f), time.UTC); err != nil {
				yield(nil, err)
				return
			}
		}
		yield(row, nil)
	}
	return t
}

// TemplateFacts say what the columns of a template are.
func TemplateFacts(kind *schema.Kind) []Fact {
	facts := []Fact{{Name: kind.File, Text: kind.Doc}}
	for i := range kind.Fields {
		f := &kind.Fields[i]
		words := []string{map[bool]string{true: "needed", false: "may be empty"}[f.Required], meaningOf(f)}
		if f.Default != "" {
			words = append(words, "when empty: "+f.Default)
		}
		facts = append(facts, Fact{Name: f.Name, Text: strings.Join(words, "; ")})
	}
	return facts
}

// meaningOf is what a field holds, in words.
func meaningOf(f *schema.Field) string {
	of := map[schema.Type]string{
		schema.Text: "text", schema.ID: "an id, as a text", schema.IDs: "ids with | between them", schema.Time: "a time, as 2026-02-03T09:00:00Z",
		schema.Date: "a day, as 2026-02-03", schema.Bool: "true or false", schema.Int: "a whole number", schema.Cost: "dollars, as 0.0125",
	}[f.Type]
	if f.Ref != "" {
		of = "the id of a " + f.Ref + map[bool]string{true: ", or several with | between them", false: ""}[f.Type == schema.IDs]
	}
	return strings.Join(append([]string{of}, strings.Fields(f.Doc)...), " ")
}

// examples are the values of example rows, by field, and by kind and field where kinds differ.
var examples = map[string]string{
	"name": "Example", "department.name": "Computer Science", "term.name": "Spring 2026", "profile.name": "Ana One",
	"email": "ana.one@example.edu", "profile.role": "ta", "role": "user", "active": "true",
	"starts_on": "2026-02-01", "ends_on": "2026-06-30",
	"created_at": "2026-02-03T09:00:00Z", "updated_at": "2026-02-03T09:40:00Z", "ended_at": "2026-02-03T09:45:00Z",
	"completed_at": "2026-02-03T09:30:00Z", "expires_at": "2026-02-03T18:00:00Z",
	"type": "bug", "message": "The exercise does not load", "resolved": "false",
	"model": "gpt-4o", "input_tokens": "1200", "output_tokens": "300", "cached_input_tokens": "200", "cost": "0.0125",
	"definition": `{"columns":["When","Who"],"prefix":"usage","person":{"email":"Who"},"events":[{"time":"When"}]}`,
}

func exampleOf(kind *schema.Kind, f *schema.Field) string {
	switch {
	case f.Name == "id":
		return "example-" + kind.Name
	case f.Ref != "":
		return "example-" + f.Ref
	}
	return cmp.Or(examples[kind.Name+"."+f.Name], examples[f.Name])
}
