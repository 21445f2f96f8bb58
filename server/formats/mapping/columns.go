package mapping

import (
	"regexp"
	"strings"

	"glow/server/formats/dates"
)

// What the cells of a column are.
const (
	HoldsNothing   = "nothing"
	HoldsTimes     = "times"
	HoldsAddresses = "addresses" // of e-mail
	HoldsNumbers   = "numbers"
	HoldsTexts     = "texts"
)

var numeral = regexp.MustCompile(`^[-+]?[$€£]?\s?[\d.,' ]*\d\s?[%$€£]?$`)

// Holds tells for each column of a table what its cells are, by the first rows: what at least
// nine of ten of those that are not empty are.
func Holds(header []string, rows [][]string) []string {
	isTime := dates.Teller(header)
	all := make([]string, len(header))
	for i := range header {
		counts, filled := map[string]int{}, 0
		for _, row := range rows {
			if i < len(row) && row[i] != "" {
				filled++
				counts[cellHolds(row[i], isTime)]++
			}
		}
		switch all[i] = HoldsTexts; {
		case filled == 0:
			all[i] = HoldsNothing
		default:
			for what, n := range counts {
				if n*10 >= filled*9 {
					all[i] = what
				}
			}
		}
	}
	return all
}

func cellHolds(text string, isTime func(string) bool) string {
	switch {
	case isEmail(strings.TrimPrefix(strings.ToLower(text), "mailto:")):
		return HoldsAddresses
	case numeral.MatchString(text) && !(strings.Count(text, ".") == 2 && isTime(text)): // 3.3.2025
		return HoldsNumbers
	case isTime(text):
		return HoldsTimes
	}
	return HoldsTexts
}

// distinct counts the texts of a column in the first rows, and how many cells have one.
func distinct(column int, rows [][]string) (texts map[string]int, filled int) {
	texts = map[string]int{}
	for _, row := range rows {
		if 0 <= column && column < len(row) && row[column] != "" {
			texts[row[column]]++
			filled++
		}
	}
	return texts, filled
}
