// Package slug makes ids out of names, for inputs that know people by name alone.
package slug

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxLength keeps ids that are made of slugs within schema.MaxIDLength; with a
// slug that is longer goes a hash of the name.
const maxLength = 32

// ID makes the id of a profile out of a name. It depends on nothing but the two, so
// that an input gives the same ids whatever else is in it. The slug stands alone for
// a name that can be read back from it: words of ASCII letters, each in small ones
// after a capital, as in Anna Berg. Any other goes with a short hash of the name.
func ID(prefix, name string) string {
	s := Of(name)
	if isPlain(s) && title(s) == name {
		return prefix + "-" + s
	}
	return HashedID(prefix, name)
}

// HashedID is the id of a name whose slug does not stand alone.
func HashedID(prefix, name string) string {
	return fmt.Sprintf("%s-%s-%08x", prefix, cmp.Or(Of(name), "name"), uint32(Hash(name)))
}

// PlainID is the id that a name once got when no other name of the same input had
// the same slug; "" where it never got one.
func PlainID(prefix, name string) string {
	if s := Of(name); isPlain(s) {
		return prefix + "-" + s
	}
	return ""
}

// title writes a slug as a name.
func title(s string) string {
	words := strings.Split(s, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// Of returns a name in lower case, without accents where letters can be parted
// from them, and with a hyphen for all that is neither letter nor digit. It is
// empty when nothing is left, and may be longer than maxLength by one character.
func Of(name string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range Letters(name) {
		if !unicode.In(r, unicode.L, unicode.Nd, unicode.Mc) {
			gap = n > 0
			continue
		}
		if n > maxLength {
			break
		}
		if gap {
			b.WriteByte('-')
			n++
			gap = false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// isPlain reports whether a slug can stand alone: it is there, whole, no user
// id, and not like one that a hash was put to.
func isPlain(s string) bool {
	if s == "" || len([]rune(s)) > maxLength || strings.Trim(s, "0123456789") == "" {
		return false
	}
	hyphen := strings.LastIndexByte(s, '-')
	end := s[hyphen+1:]
	return len(end) != 8 || strings.Trim(end, "0123456789abcdef") != ""
}

// Letters returns a name in small letters without marks. It is not the form in
// which names are searched: ids are made of it, so it must never change.
func Letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		if plain, ok := undecomposed[r]; ok {
			return plain
		}
		return r
	}, norm.NFKD.String(strings.ToLower(name)))
}

// undecomposed are letters with strokes, which Unicode does not take apart.
var undecomposed = map[rune]rune{'đ': 'd', 'ð': 'd', 'ø': 'o', 'ł': 'l', 'ħ': 'h', 'ı': 'i', 'ŧ': 't'}

// Hash is FNV-1a. Ids are made of it, so it must never change.
func Hash[T string | []byte](text T) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(text); i++ {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}
