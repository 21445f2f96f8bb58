package moodle

import (
	"strings"
	"unicode"

	ids "glow/server/formats/slug"
)

// maxSlug keeps ids that are made of slugs within schema.MaxIDLength; with a
// slug that is longer goes a hash of the name.
const maxSlug = 32

// slug returns a name in lower case, without accents where letters can be parted
// from them, and with a hyphen for all that is neither letter nor digit. It is
// empty when nothing is left, and may be longer than maxSlug by one character.
func slug(name string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range ids.Letters(name) {
		if !unicode.In(r, unicode.L, unicode.Nd, unicode.Mc) {
			gap = n > 0
			continue
		}
		if n > maxSlug {
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

// isPlainSlug tells whether a slug can stand alone: it is there, whole, no user
// id, and not like one that a hash was put to.
func isPlainSlug(s string) bool {
	if s == "" || len([]rune(s)) > maxSlug || strings.Trim(s, "0123456789") == "" {
		return false
	}
	hyphen := strings.LastIndexByte(s, '-')
	end := s[hyphen+1:]
	return len(end) != 8 || strings.Trim(end, "0123456789abcdef") != ""
}

// hashOf is FNV-1a. Ids are made of it, so it must never change.
func hashOf[T string | []byte](text T) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(text); i++ {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}
