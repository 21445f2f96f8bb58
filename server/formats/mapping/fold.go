package mapping

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"glow/schema"
)

// Fold returns what the name of a column counts as: its letters and digits, small and
// without accents.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(name))
}

// missing lists the columns of a mapping that a header lacks.
func missing(m *schema.Mapping, header []string) (lacks []string) {
	there := map[string]bool{}
	for _, name := range header {
		there[Fold(name)] = true
	}
	for _, column := range m.Columns {
		if !there[Fold(column)] {
			lacks = append(lacks, column)
		}
	}
	return lacks
}

// Beside returns the columns of the file beside the mapping's own that a header has; nil where it is none.
func Beside(m *schema.Mapping, header []string) []string {
	for _, columns := range m.Beside {
		if len(missing(&schema.Mapping{Columns: columns}, header)) == 0 {
			return columns
		}
	}
	return nil
}

// Unknown lists the columns of a header that a mapping neither reads nor knows.
func Unknown(m *schema.Mapping, header []string) (unknown []string) {
	known := map[string]bool{"": true}
	for _, names := range slices.Concat(m.Beside, [][]string{m.Columns, m.Others, m.Uses()}) {
		for _, name := range names {
			known[Fold(name)] = true
		}
	}
	for _, name := range header {
		if !known[Fold(name)] {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
