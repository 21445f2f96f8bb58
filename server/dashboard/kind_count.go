package dashboard

import (
	"strings"

	"glow/schema"
)

// KindCount counts records of a kind.
type KindCount struct {
	Name    string
	Records int64
}

// countsByKind lists counts that are not 0, in the order of the kinds.
func countsByKind(counts map[string]int64) (rows []KindCount) {
	for _, k := range schema.Kinds {
		if n := counts[k.Name]; n > 0 {
			rows = append(rows, KindCount{kindName(k.Name), n})
		}
	}
	return rows
}

// kindsInWords counts records in words, such as "1 session, 12 logins"; "" where there are none.
func kindsInWords(counts map[string]int64) string {
	var parts []string
	for _, k := range schema.Kinds {
		if n := counts[k.Name]; n > 0 {
			parts = append(parts, Count(n, oneOf(k), manyOf(k)))
		}
	}
	return strings.Join(parts, ", ")
}

// oneOf and manyOf name records of a kind in a sentence.
func oneOf(k *schema.Kind) string {
	switch k.Name {
	case schema.KindProfile:
		return "person"
	case schema.KindActivity:
		return "activity record"
	}
	return k.Name
}

func manyOf(k *schema.Kind) string {
	switch k.Name {
	case schema.KindProfile:
		return "people"
	case schema.KindActivity:
		return "activity records"
	}
	return kindName(k.Name)
}
