package roster

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainIDsAreOfNamesThatCanBeReadBack(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Berg": "glow-anna-berg", "Ann": "glow-ann", "Deadbeef": "glow-deadbeef-",
		"anna berg": "glow-anna-berg-", "Anna-Berg": "glow-anna-berg-", "ANNA BERG": "glow-anna-berg-", "Änna Berg": "glow-anna-berg-",
		"Nguyễn Văn A": "glow-nguyen-van-a-", "Anna McGee": "glow-anna-mcgee-", "4711": "glow-4711-", "王芳": "glow-王芳-", "?": "glow-name-",
		strings.Repeat("Ab ", 15) + "Ab": "glow-ab-ab-",
	} {
		got := ID("glow", name)
		if hashed := strings.HasSuffix(want, "-"); !hashed && got != want || hashed && (!strings.HasPrefix(got, want) || got == strings.TrimSuffix(want, "-")) {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestNamesHaveIDsOfTheirOwn(t *testing.T) {
	names := rapid.StringMatching(`[Aab][AbB -]{0,4}[aB]`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := names.Draw(t, "name"), names.Draw(t, "other")
		if a != b && ID("x", a) == ID("x", b) {
			t.Fatalf("%q and %q are both %s", a, b, ID("x", a))
		}
		if plain := ID("x", a); !strings.Contains(a, " ") && title(slug(a)) == a && plain != PlainID("x", a) {
			t.Fatalf("%q is %s", a, plain)
		}
	})
}
