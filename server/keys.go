package server

import (
	"reflect"
	"strings"
)

// unknownKey says that a key is not one of those known, and which was probably meant.
func unknownKey(key, of string, known []string) string {
	if len(known) == 0 {
		return "is not a key of this " + of + ", which has none"
	}
	if near := nearest(key, known); near != "" {
		return "is not a key of this " + of + `; did you mean "` + near + `"?`
	}
	return "is not a key of this " + of + "; its keys are " + strings.Join(known, ", ")
}

// keysOf lists the JSON keys of a struct type, in the order of its fields.
func keysOf(t reflect.Type) (keys []string) {
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

// nearest returns the known word that a misspelt one resembles most, or "".
func nearest(word string, known []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
	}
	best, least := "", 3 // two slips at most
	for _, k := range known {
		if d := distance(plain(word), plain(k)); d < least && d < len(k)/2 {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's: how many letters must be changed, added or taken away.
func distance(a, b string) int {
	if len(a) > 64 { // no key is that long
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := above
			if a[i] != b[j] {
				cost = 1 + min(above, row[j], row[j+1])
			}
			above, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
