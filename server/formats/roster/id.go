package roster

import (
	"cmp"
	"fmt"
	"hash/fnv"
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
	s := slug(name)
	if isPlain(s) && title(s) == name {
		return prefix + "-" + s
	}
	return HashedID(prefix, name)
}

// HashedID is the id of a name whose slug does not stand alone.
func HashedID(prefix, name string) string {
	hash := fnv.New64a() // ids are made of it, so it must never change
	hash.Write([]byte(name))
	return fmt.Sprintf("%s-%s-%08x", prefix, cmp.Or(slug(name), "name"), uint32(hash.Sum64()))
}

// PlainID is the id that a name once got when no other name of the same input had
// the same slug; "" where it never got one.
func PlainID(prefix, name string) string {
	if s := slug(name); isPlain(s) {
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

// slug returns a name in lower case, without accents where letters can be parted
// from them, and with a hyphen for all that is neither letter nor digit. It is
// empty when nothing is left, and may be longer than maxLength by one character.
func slug(name string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range letters(name) {
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

// letters returns a name in small letters without marks. It is not the form in
// which names are searched: ids are made of it, so it must never change.
func letters(name string) string {
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
