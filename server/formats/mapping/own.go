package mapping

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"glow/schema"
)

//go:embed synonyms.json
var synonymsText []byte

// synonyms are the usual names of the fields of our own kinds, folded, in many languages.
// "first" and "last" are the parts of a profile's name.
var synonyms = sync.OnceValue(func() map[string]map[string][]string {
	var names map[string]map[string][]string
	if err := json.Unmarshal(synonymsText, &names); err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	for _, fields := range names {
		for _, list := range fields {
			for i := range list {
				list[i] = Fold(list[i])
			}
		}
	}
	return names
})

// Own returns the mapping of a table whose rows are records of a kind under the usual names of
// its fields, and which required fields have no column.
func Own(kind *schema.Kind, header []string) (m *schema.Mapping, lacks []string) {
	named := columnsOf(kind, header)
	r := schema.MappedRecord{Kind: kind.Name, Fields: map[string]schema.MappedValue{}}
	for field, column := range named {
		if kind.Field(field) >= 0 {
			r.Fields[field] = schema.MappedValue{Column: column}
		}
	}
	if kind.Name == schema.KindProfile {
		completeProfile(r.Fields, named)
	}
	for _, f := range kind.Fields {
		if _, ok := r.Fields[f.Name]; f.Required && !ok {
			lacks = append(lacks, f.Name)
		}
	}
	m = &schema.Mapping{Name: kind.Name, Title: strings.TrimSuffix(kind.File, ".csv"), Records: []schema.MappedRecord{r}}
	for _, column := range named {
		m.Columns = append(m.Columns, column)
	}
	slices.Sort(m.Columns)
	m.Others = kind.Readable
	return m, lacks
}

// completeProfile makes the name of its parts, and the id of the address, where these have no
// column.
func completeProfile(fields map[string]schema.MappedValue, named map[string]string) {
	if _, ok := fields["name"]; !ok {
		switch first, last := named["first"], named["last"]; {
		case first != "" && last != "":
			fields["name"] = schema.MappedValue{Column: first, And: []string{last}}
		case first+last != "":
			fields["name"] = schema.MappedValue{Column: first + last}
		}
	}
	if _, ok := fields["id"]; !ok && named["email"] != "" {
		fields["id"] = schema.MappedValue{Column: named["email"], Form: schema.FormLower}
	}
}

// columnsOf finds the columns of the fields of a kind: by the field's own name, else by the first of
// its synonyms that the header has. A column is of one field.
func columnsOf(kind *schema.Kind, header []string) map[string]string {
	named, taken := map[string]string{}, map[string]bool{}
	fields := []string{}
	for _, f := range kind.Fields {
		fields = append(fields, f.Name)
	}
	if kind.Name == schema.KindProfile {
		fields = append(fields, "first", "last")
	}
	find := func(field string, names ...string) {
		for _, name := range names {
			for _, column := range header {
				if named[field] == "" && Fold(withoutNote(column)) == name && !taken[column] {
					named[field], taken[column] = column, true
				}
			}
		}
	}
	for _, field := range fields {
		find(field, Fold(field))
	}
	for _, field := range fields {
		find(field, synonyms()[kind.Name][field]...)
	}
	return named
}

// withoutNote takes the note off the name of a column that programs put there in brackets, as in
// Email Address [Required].
func withoutNote(column string) string {
	name, _, _ := strings.Cut(column, " [")
	return name
}

// ownKinds are those whose files people write by hand.
var ownKinds = []string{schema.KindProfile, schema.KindDepartment, schema.KindTerm, schema.KindSession, schema.KindLogin, schema.KindRun, schema.KindProblem}

// Nearest returns the kind of ours of which a header names at least two fields, and more than of any
// other, with the required ones that it lacks; nil where there is none.
func Nearest(header []string) (kind *schema.Kind, lacks []string) {
	most := 1
	for _, name := range ownKinds {
		m, missing := Own(schema.KindNamed(name), header)
		if len(m.Columns) > most {
			kind, lacks, most = schema.KindNamed(name), missing, len(m.Columns)
		}
	}
	return kind, lacks
}

// RecognizeOwn returns the mapping of the kind of ours that a header names. It is nil where there is
// none; where several fit alike, the question lists them.
func RecognizeOwn(header []string) (m *schema.Mapping, question string) {
	type fit struct {
		mapping *schema.Mapping
		columns int
	}
	var best []fit
	for _, name := range ownKinds {
		mapping, lacks := Own(schema.KindNamed(name), header)
		if len(lacks) > 0 {
			continue
		}
		columns := len(mapping.Columns)
		if name == schema.KindProfile {
			columns += personal(header)
		}
		if len(best) > 0 && columns < best[0].columns {
			continue
		}
		if len(best) > 0 && columns > best[0].columns {
			best = nil
		}
		best = append(best, fit{mapping, columns})
	}
	switch len(best) {
	case 0:
		return nil, ""
	case 1:
		return best[0].mapping, ""
	}
	var names []string
	for _, f := range best {
		names = append(names, f.mapping.Name)
	}
	return nil, fmt.Sprintf("the columns %s may be those of %s", strings.Join(header, ", "), strings.Join(names, " or of "))
}

// personalWords are parts of the names of columns that only lists of people have.
var personalWords = []string{"phone", "mobile", "telefon", "handy", "telephone", "telefono", "telefone", "cell", "birth", "geburt", "gender", "geschlecht", "address", "adresse", "direccion", "title", "anrede", "advisor", "supervisor", "major", "studiengang", "office", "buro", "raum", "room", "year", "hired", "电话", "手机", "電話", "dien thoai"}

// personal counts the columns that only lists of people have.
func personal(header []string) (n int) {
	for _, column := range header {
		if slices.ContainsFunc(personalWords, func(word string) bool { return strings.Contains(Fold(column), Fold(word)) }) {
			n++
		}
	}
	return n
}
