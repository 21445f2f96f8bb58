package schema

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in the form in which names are searched: without
// case, accents and outer spaces. "Đặng Thị Hồng" and "dang thi hong" fold alike.
func Fold(s string) string {
	if isLowerASCII(s) {
		return strings.TrimSpace(s)
	}
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		if plain, ok := undecomposed[r]; ok {
			return plain
		}
		return r
	}, norm.NFKD.String(strings.ToLower(s)))
	return strings.TrimSpace(folded)
}

// FoldCase returns s in the form in which roles are compared: without case.
func FoldCase(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// undecomposed are letters with strokes, which Unicode does not take apart.
var undecomposed = map[rune]rune{'đ': 'd', 'ð': 'd', 'ø': 'o', 'ł': 'l', 'ħ': 'h', 'ı': 'i', 'ŧ': 't'}

func isLowerASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || (s[i] >= 'A' && s[i] <= 'Z') {
			return false
		}
	}
	return true
}
