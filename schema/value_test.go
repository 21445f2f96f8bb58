package schema

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

func init() { // a failed case is told by its seed; no file of it is left
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
}

// idGen makes ids of all shapes, the signs of lists among them.
var idGen = rapid.Map(rapid.OneOf(
	rapid.StringMatching(`[a|\\]{1,6}`),
	rapid.StringOfN(rapid.SampledFrom([]rune{'|', '\\', '"', '\'', ',', ' ', 'a', 'ü', '日', '='}), 1, 12, -1),
	rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.S), 1, 128, -1),
), NormalID).Filter(func(s string) bool { return checkID(s) == nil })

func TestListOfAnyIDsSurvivesACell(t *testing.T) {
	f := &Field{Name: "department_ids", Type: IDs}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(idGen, 0, 5).Draw(t, "ids")
		v, err := f.List(ids)
		if err != nil {
			t.Fatal(err)
		}
		cell := string(f.Append(nil, v))
		again, err := f.Parse(cell, time.UTC)
		if err != nil || again.Set != v.Set || !slices.Equal(again.List, v.List) {
			t.Fatalf("%q went out as %q and came back as %q, %v", v.List, cell, again.List, err)
		}
	})
}

func TestListsAreSetsInTheOrderOfBytes(t *testing.T) {
	f := &Field{Name: "department_ids", Type: IDs}
	for in, want := range map[string][]string{
		"b|a|b":       {"a", "b"},
		"a":           {"a"},
		"é|z|Z|a":     {"Z", "a", "z", "é"},
		`a\|b|c`:      {"a|b", "c"},
		`a\b`:         {`a\b`},
		`a\\|b`:       {`a\`, "b"},
		`C:\x`:        {`C:\x`},
		`a\`:          {`a\`},
		`\\`:          {`\`},
		`dept-1|4711`: {"4711", "dept-1"},
	} {
		v, err := f.Parse(in, time.UTC)
		if err != nil || !slices.Equal(v.List, want) {
			t.Errorf("%q: got %q, %v, want %q", in, v.List, err, want)
		}
	}
	for _, in := range []string{"a||b", "|a", "a|", "|", "a|\x01", "a|" + strings.Repeat("x", 129)} {
		if v, err := f.Parse(in, time.UTC); err == nil {
			t.Errorf("%q was read as %q", in, v.List)
		}
	}
}

func TestValueOfEveryTypeSurvivesACell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(Kinds).Draw(t, "kind")
		f := &k.Fields[rapid.IntRange(0, len(k.Fields)-1).Draw(t, "field")]
		v := Value{Set: true}
		switch f.Type {
		case Text:
			v.Text = rapid.StringN(1, f.Max, -1).Filter(func(s string) bool { return f.checkText(s) == nil }).Draw(t, "text")
		case ID:
			v.Text = idGen.Draw(t, "id")
		case IDs:
			v, _ = f.List(rapid.SliceOfN(idGen, 1, 3).Draw(t, "ids"))
		case Time:
			v.Int = rapid.Int64Range(int64(minInstant), int64(maxInstant)).Draw(t, "time")
		case Date:
			v.Int = rapid.Int64Range(0, int64(DayOf(9999, 12, 31))).Draw(t, "date")
		case Bool:
			v.Int = rapid.Int64Range(0, 1).Draw(t, "bool")
		case Int:
			v.Int = rapid.Int64Range(0, MaxInt).Draw(t, "int")
		case Cost:
			v.Int = rapid.Int64Range(0, 1<<63-1).Draw(t, "cost")
		}
		cell := string(f.Append(nil, v))
		again, err := f.Parse(cell, time.FixedZone("", 3600))
		if err != nil || again.Set != v.Set || again.Int != v.Int || again.Text != v.Text || !slices.Equal(again.List, v.List) {
			t.Fatalf("%s.%s: %v went out as %q and came back as %v, %v", k.Name, f.Name, v, cell, again, err)
		}
	})
}

func TestEmptyCellIsLeftOut(t *testing.T) {
	for _, k := range Kinds {
		for i := range k.Fields {
			if v, err := k.Fields[i].Parse("", time.UTC); v.Set || err != nil {
				t.Errorf("%s.%s: got %v, %v", k.Name, k.Fields[i].Name, v, err)
			}
			if out := k.Fields[i].Append(nil, Value{}); len(out) > 0 {
				t.Errorf("%s.%s: goes out as %q", k.Name, k.Fields[i].Name, out)
			}
		}
	}
}

func TestIDsAreOneTo128PrintableCharacters(t *testing.T) {
	f := &Field{Name: "id", Type: ID}
	for _, s := range []string{"dept-cs", "4711", "0199a5b8-4c1f-7d1e-a6e6-000000000001", "ü", "a b", "a|b", strings.Repeat("日", 128), "=1+1", "'"} {
		if v, err := f.Parse(s, time.UTC); err != nil || v.Text != s {
			t.Errorf("%q: got %v, %v", s, v, err)
		}
	}
	for name, s := range map[string]string{
		"129 characters": strings.Repeat("日", 129), "10,000 characters": strings.Repeat("x", 10_000), "NUL": "a\x00b", "tab": "a\tb", "line end": "a\nb",
		"DEL": "a\x7f", "invalid UTF-8": "a\xff", "zero-width": "a\u200bb", "right-to-left override": "a\u202eb", "no-break space": "a\u00a0b",
	} {
		if _, err := f.Parse(s, time.UTC); err == nil {
			t.Errorf("an id with %s was taken", name)
		}
	}
}

func TestIDsAreTrimmedAndComposed(t *testing.T) {
	composed, decomposed := "Zo\u00eb", "Zoe\u0308"
	id := &Field{Name: "profile_id", Type: ID}
	for in, want := range map[string]string{" a": "a", "a  ": "a", "\u00a0a b\t": "a b", decomposed: composed, "  ": ""} {
		if v, err := id.Parse(in, time.UTC); err != nil || v.Text != want || v.Set != (want != "") {
			t.Errorf("%q: got %v, %v, want %q", in, v, err, want)
		}
	}
	ids := &Field{Name: "department_ids", Type: IDs}
	v, err := ids.Parse(" b | "+decomposed+"|b|"+composed, time.UTC)
	if err != nil || !slices.Equal(v.List, []string{composed, "b"}) {
		t.Errorf("a list: got %q, %v", v.List, err)
	}
	if _, err := ids.List([]string{"a", " "}); err == nil {
		t.Error("an empty id in a list was taken")
	}
}

func TestNamesCanBeSeen(t *testing.T) {
	for _, k := range Kinds {
		at := k.Field("name")
		if at < 0 {
			continue
		}
		f := &k.Fields[at]
		for _, s := range []string{"A", " a ", "日本", "ليلى", "1", "-", "\U0001F600", "e\u0301"} {
			if v, err := f.Parse(s, time.UTC); err != nil || v.Text != s {
				t.Errorf("%s %q: got %v, %v", k.Name, s, v, err)
			}
		}
		for _, s := range []string{" ", "\t\n", "\u00a0\u3000", "\u200b", "\u200d\ufeff", "\u0301", "\u2800", "\u3164", "\u00ad", "\x07", "\u202e "} {
			if _, err := f.Parse(s, time.UTC); err == nil {
				t.Errorf("%s: the name %q was taken", k.Name, s)
			}
		}
	}
}

func TestTextsHaveAtMostTheirCharacters(t *testing.T) {
	k := KindNamed(KindProblem)
	for field, most := range map[string]int{"type": 64, "message": 1000} {
		f := &k.Fields[k.Field(field)]
		if _, err := f.Parse(strings.Repeat("日", most), time.UTC); err != nil {
			t.Errorf("%s of %d characters: %v", field, most, err)
		}
		if _, err := f.Parse(strings.Repeat("日", most+1), time.UTC); err == nil {
			t.Errorf("%s of %d characters was taken", field, most+1)
		}
		for _, bad := range []string{"a\xffb", "a\x00b", "\xed\xa0\x80"} {
			if _, err := f.Parse(bad, time.UTC); err == nil {
				t.Errorf("%s %q was taken", field, bad)
			}
		}
		if v, err := f.Parse("line\nline\t=x", time.UTC); err != nil || v.Text != "line\nline\t=x" {
			t.Errorf("%s: got %v, %v", field, v, err)
		}
	}
}

func TestBoolsAreReadInAnyCase(t *testing.T) {
	f := &Field{Name: "active", Type: Bool}
	for want, texts := range [][]string{{"false", "FALSE", "no", "No", "0"}, {"true", "True", "yes", "YES", "1"}} {
		for _, s := range texts {
			if v, err := f.Parse(s, time.UTC); err != nil || !v.Set || v.Int != int64(want) {
				t.Errorf("%s: got %v, %v", s, v, err)
			}
		}
	}
	for _, s := range []string{"t", "y", "on", "2", " true", "truе"} {
		if _, err := f.Parse(s, time.UTC); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestCountsAreWholeAndNotNegative(t *testing.T) {
	f := &Field{Name: "input_tokens", Type: Int}
	for s, want := range map[string]int64{"0": 0, "1200": 1200, "1000000000000": MaxInt, "007": 7, "1200.0": 1200, "1200.000": 1200, "0.0": 0, "-0": 0, "-0.0": 0, "1.2e3": 1200, "1e+06": 1_000_000, "1200e-2": 12} {
		if v, err := f.Parse(s, time.UTC); err != nil || v.Int != want {
			t.Errorf("%s: got %v, %v", s, v, err)
		}
	}
	for s, want := range map[string]string{
		"-1": "negative", "-99999999999999999999": "negative", "1000000000001": "out of range", "99999999999999999999": "out of range",
		"1.5": "whole number", "1.": "whole number", "1e-1": "whole number", "1e": "whole number", "1e300": "out of range", "-1.0": "negative", "+1": "whole number", " 1": "whole number", "0x10": "whole number", "1_000": "whole number", "١": "whole number",
	} {
		if v, err := f.Parse(s, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %q", s, v, err, want)
		}
	}
}

func TestNamesAreSearchedWithoutCaseAndAccents(t *testing.T) {
	for _, same := range [][]string{
		{"Đặng Thị Hồng", "dang thi hong", "ĐẶNG THỊ HỒNG", " Đặng Thị Hồng "},
		{"Zoë", "zoe", "ZOË", "Zoe\u0308"},
		{"Łukasz Ørsted", "lukasz orsted"},
		{"Straße", "straße"},
	} {
		for _, s := range same[1:] {
			if Fold(s) != Fold(same[0]) {
				t.Errorf("%q is %q, %q is %q", same[0], Fold(same[0]), s, Fold(s))
			}
		}
	}
	for _, s := range []string{"", "  ", "\u0301"} {
		if Fold(s) != "" {
			t.Errorf("%q is %q", s, Fold(s))
		}
	}
}

func TestRolesAreComparedWithoutCaseOnly(t *testing.T) {
	if FoldCase("TA") != FoldCase("ta") || FoldCase("RÉSUMÉ") != FoldCase("résumé") {
		t.Error("roles that differ in case only are told apart")
	}
	if FoldCase("resume") == FoldCase("résumé") || FoldCase(" ta") == FoldCase("ta") {
		t.Error("roles that differ in more than case are one")
	}
}
