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
			one, many := nounsOf(k)
			parts = append(parts, Count(n, one, many))
		}
	}
	return strings.Join(parts, ", ")
}

// nounsOf are what one record of a kind, and several, are called in a sentence.
func nounsOf(k *schema.Kind) (one, many string) {
	switch k.Name {
	case schema.KindProfile:
		return "person", "people"
	case schema.KindActivity:
		return "activity record", "activity records"
	}
	return k.Name, kindName(k.Name)
}
