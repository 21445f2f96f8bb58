package schema

import (
	"slices"
	"strings"
)

// A many-valued CSV cell joins its ids by "|". Ids may contain that character,
// so inside an id "|" is written `\|`, and a backslash that could be mistaken
// for the start of such a pair is doubled.

func appendList(b []byte, ids []string) []byte {
	for i, id := range ids {
		if i > 0 {
			b = append(b, '|')
		}
		for j := 0; j < len(id); j++ {
			switch {
			case id[j] == '|', id[j] == '\\' && (j+1 == len(id) || id[j+1] == '\\' || id[j+1] == '|'):
				b = append(b, '\\', id[j])
			default:
				b = append(b, id[j])
			}
		}
	}
	return b
}

func splitList(s string) []string {
	if !strings.Contains(s, `\`) {
		return strings.Split(s, "|")
	}
	var (
		ids []string
		id  []byte
	)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
			id = append(id, s[i])
		case s[i] == '|':
			ids, id = append(ids, string(id)), nil
		default:
			id = append(id, s[i])
		}
	}
	return append(ids, string(id))
}

// sortedSet returns the ids in the order of their bytes, each once.
func sortedSet(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
