package schema

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNamesThatAreFoundAlike(t *testing.T) {
	for _, same := range [][]string{
		{"dang thi hong", "Đặng Thị Hồng", "ĐẶNG THỊ HỒNG", " Đặng  Thị\u00a0Hồng ", "Đặng\tThị\nHồng", norm.NFD.String("Đặng Thị Hồng")},
		{"zoe", "Zoë", "ZOË", "Zoe\u0308"},
		{"lukasz orsted", "Łukasz Ørsted", "ŁUKASZ ØRSTED"},
		{"strasse", "Straße", "STRASSE", "STRAẞE"},
		{"γιωργοσ", "Γιώργος", "ΓΙΏΡΓΟΣ", "γιωργος"},
		{"obrien", "O’Brien", "O'Brien", "OʼBrien", "O`Brien", "O´Brien", "O′Brien", "OBrien", "O＇Brien"},
		{"smith jones", "Smith-Jones", "Smith\u2010Jones", "Smith\u2011Jones", "Smith–Jones", "Smith Jones", "Smith\u2212Jones", "Smith - Jones", "Smith, Jones", "Smith－Jones"},
		{"aebelo oe thor", "Æbelø Œ Þór", "ÆBELØ œ þÓR"},
		{"fiona", "ﬁona", "Ｆｉｏｎａ", "Fi\u00adona", "F\u200biona"},
		{"istanbul isik", "İstanbul Işık", "ISTANBUL ISIK", "ıstanbul ışık"},
	} {
		for _, s := range same {
			if got := Fold(s); got != same[0] {
				t.Errorf("%q is folded to %q, want %q", s, got, same[0])
			}
		}
	}
}

func TestSearchFindsWordsInAnyOrder(t *testing.T) {
	name := Fold("Anna-Lena O’Brien Müller")
	for _, s := range []string{"", " ", "anna", "muller anna", "OBRIEN", "o'brien", "Anna‑Lena", "lena  ANNA", "Müller, Anna", "nn ull"} {
		if !ParseSearch(s).Finds(name) {
			t.Errorf("%q does not find %q", s, name)
		}
	}
	for _, s := range []string{"anne", "anna bob", "mueller", "-", "'", "%"} {
		if ParseSearch(s).Finds(name) {
			t.Errorf("%q finds %q", s, name)
		}
	}
}

// texts draws texts of letters, marks and signs of many sorts.
var texts = rapid.StringOf(rapid.OneOf(
	rapid.RuneFrom(nil, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian), rapid.RuneFrom([]rune(" -'’‑–ßςΣİıÆøĐﬁŉ\u00ad\u0345\u0301´,")), rapid.Rune(),
))

func TestFoldingIsDoneOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := texts.Draw(t, "text")
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Fatalf("%q is %q, and that is %q", s, folded, again)
		}
		if role := FoldCase(s); FoldCase(role) != role {
			t.Fatalf("the role %q is %q, and that is %q", s, role, FoldCase(role))
		}
		for _, form := range []string{norm.NFC.String(s), norm.NFD.String(s)} {
			if Fold(form) != folded || FoldCase(form) != FoldCase(s) {
				t.Fatalf("%q is %q, and in another form %q", s, folded, Fold(form))
			}
		}
		for word := range strings.FieldsSeq(s) {
			if Fold(word) != "" && !ParseSearch(word).Finds(folded) {
				t.Fatalf("%q does not find %q", word, s)
			}
		}
	})
}

func TestFoldingDoesWithoutCase(t *testing.T) {
	letters := rapid.StringOf(rapid.OneOf(rapid.RuneFrom(nil, unicode.Latin, unicode.Greek, unicode.Cyrillic), rapid.RuneFrom([]rune(" ßςΣÆøĐ"))))
	rapid.Check(t, func(t *rapid.T) {
		s := letters.Draw(t, "name")
		if upper := strings.ToUpper(s); Fold(upper) != Fold(s) {
			t.Fatalf("%q is %q, %q is %q", s, Fold(s), upper, Fold(upper))
		}
	})
}
