package mapping

import (
	"slices"

	"glow/schema"
)

// Candidate is what a table may be, and how well it fits.
type Candidate struct {
	Mapping *schema.Mapping
	Known   int // columns of the table that the mapping reads or knows
}

// Recognize lists the mappings that a header fits, the best first: those of which it has all
// columns. Two that fit alike are for a person to choose from.
func Recognize(header []string, mappings []*schema.Mapping) (fits []Candidate) {
	for _, m := range mappings {
		if len(missing(m, header)) == 0 {
			fits = append(fits, Candidate{m, len(header) - len(Unknown(m, header))})
		}
	}
	slices.SortStableFunc(fits, func(a, b Candidate) int { return b.Known - a.Known })
	return fits
}
