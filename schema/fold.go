package schema

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns a name in the form in which names are searched and sorted, wherever
// that is done:
//
//   - case is folded in full (ß is ss, ς is σ), and compatibility forms are what
//     they stand for (the ligature ﬁ is fi, full-width Ａ is a);
//   - marks go, and letters that have one inside or are two in one are written
//     plainly (đ is d, ø is o, æ is ae, þ is th);
//   - apostrophes of any kind go (O’Brien, O'Brien and OBrien are alike), and so
//     does what nobody sees, such as a soft hyphen;
//   - hyphens and dashes of any kind, commas and blanks are one blank between
//     words, and none at the ends.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	s = norm.NFKD.String(withoutCase(norm.NFKD.String(apostrophes.Replace(norm.NFD.String(s)))))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch plain, known := plainLetters[r]; {
		case known:
			b.WriteString(plain)
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || isApostrophe(r):
		case unicode.In(r, unicode.Z, unicode.Cc, unicode.Pd) || strings.ContainsRune(",،、\u2212\u2043\u02d7", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// FoldCase returns s in the form in which roles are compared: without case, and
// in Unicode's composed form.
func FoldCase(s string) string {
	return norm.NFC.String(withoutCase(norm.NFD.String(s)))
}

// withoutCase folds case in full. Small letters come first, because the library
// turns a few (of Cherokee) round each time.
func withoutCase(s string) string { return cases.Fold().String(strings.ToLower(s)) }

// NameSearch is what somebody looks for in names: words, each of which must be in
// the name, in any order.
type NameSearch []string

// ParseSearch returns the words of a search. A text of blanks has none, and finds
// everybody; one of nothing but signs that names are folded without finds nobody.
func ParseSearch(text string) NameSearch {
	words := strings.Fields(Fold(text))
	if rest := strings.TrimSpace(text); len(words) == 0 && rest != "" {
		return NameSearch{rest}
	}
	return words
}

// Finds reports whether the search finds a name that is folded.
func (s NameSearch) Finds(folded string) bool {
	for _, word := range s {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return true
}

// apostrophes makes apostrophes of those signs that Unicode takes for a blank with
// a mark.
var apostrophes = strings.NewReplacer("\u00b4", "'", "\u1ffd", "'", "\u1fbd", "'", "\u1fbf", "'", "\u1ffe", "'")

func isApostrophe(r rune) bool {
	return strings.ContainsRune("'`\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\ua78b\ua78c\u055a\u05f3", r)
}

// plainLetters are letters that Unicode does not take apart.
var plainLetters = map[rune]string{
	'đ': "d", 'ð': "d", 'ø': "o", 'ł': "l", 'ħ': "h", 'ı': "i", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k",
	'æ': "ae", 'œ': "oe", 'þ': "th", 'ƀ': "b", 'ɨ': "i", 'ƶ': "z", 'ɖ': "d",
}

// isFolded reports whether s is words of small letters and digits of ASCII with
// one blank between them.
func isFolded(s string) bool {
	gap := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			gap = false
		case c == ' ' && !gap:
			gap = true
		default:
			return false
		}
	}
	return !gap || s == ""
}
