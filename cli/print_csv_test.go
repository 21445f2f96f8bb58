package cli

import (
	"strings"
	"testing"

	"glow/schema"
)

func TestCSVHasTheKeysOfTheAnswer(t *testing.T) {
	email := "=HYPERLINK(1)"
	list := []struct {
		Name  string          `json:"name"`
		Email *string         `json:"email"`
		IDs   []string        `json:"ids"`
		At    *schema.Instant `json:"at"`
		Done  bool            `json:"done"`
		N     int64           `json:"n"`
		Other map[string]any  `json:"other"`
		schema.Tally
	}{
		{Name: "Ann, \"A\"", Email: &email, IDs: []string{"a", "b|c"}, At: new(schema.Instant), Done: true, N: -3, Other: map[string]any{"k": 1}},
		{Name: " '-1"},
	}
	var b strings.Builder
	if err := writeCSV(&b, list, func(cell string) string { return cell }); err != nil {
		t.Fatal(err)
	}
	want := "name,email,ids,at,done,n,other,inserted,updated,unchanged,rejected,known\n" +
		"\"Ann, \"\"A\"\"\",'=HYPERLINK(1),a|b\\|c,1970-01-01T00:00:00Z,true,-3,\"{\"\"k\"\":1}\",0,0,0,0,0\n" +
		"' '-1,,,,false,0,,0,0,0,0,0\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a=1": "a=1", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		"  =1": "'  =1", "''=1": "'''=1", "'a": "'a", "'": "'",
	} {
		if got := guarded(in); got != want {
			t.Errorf("guarded(%q) = %q, want %q", in, got, want)
		}
	}
}
