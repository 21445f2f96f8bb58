package formats

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"glow/schema"
)

func TestTablesOfStructsHaveTheirJSONKeys(t *testing.T) {
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
	table := TableOfSlice("", list)
	if _, err := WriteCSV(&b, table.Fields, table.Rows); err != nil {
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
		if got := string(AppendGuarded(nil, in)); got != want {
			t.Errorf("guarded(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHeadingsAreWords(t *testing.T) {
	table := Table{Fields: []schema.Field{{Name: "profile_id"}, {Name: "open_problems_count"}, {Name: "last_active_at"}, {Name: "department_ids"}, {Name: "total_cost"}}}
	table.UseHeadings()
	var got []string
	for _, f := range table.Fields {
		got = append(got, f.Name)
	}
	expect(t, got, []string{"Profile ID", "Open problems", "Last active", "Department IDs", "Total cost"})
}

// Excel opens what is written for its language in columns, with numbers and times that it
// calculates with.
func TestExcelCSVFollowsTheLanguage(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	list := []struct {
		Name string         `json:"name"`
		At   schema.Instant `json:"at"`
		Cost string         `json:"cost" column:"cost"`
		N    int64          `json:"n"`
	}{{"Ann; \"A\", B", schema.InstantOf(time.Date(2025, 3, 14, 23, 30, 0, 0, time.UTC)), "1234.5", 1000}, {"=1", 0, "0", 0}}
	for lang, want := range map[string]string{
		"en": "\ufeffname,at,cost,n\r\n\"Ann; \"\"A\"\", B\",2025-03-15 00:30:00,1234.5,1000\r\n'=1,1970-01-01 01:00:00,0,0\r\n",
		"de": "\ufeffname;at;cost;n\r\n\"Ann; \"\"A\"\", B\";2025-03-15 00:30:00;1234,5;1000\r\n'=1;1970-01-01 01:00:00;0;0\r\n",
	} {
		for _, tag := range map[string][]string{"en": {"en", "en-GB", "zh", "ja", "es-MX"}, "de": {"de", "fr", "es", "vi", "pt-BR", "pl", "ru"}}[lang] {
			var b strings.Builder
			if err := WriteExcelCSV(&b, language.MustParse(tag), berlin, TableOfSlice("", list)); err != nil {
				t.Fatal(err)
			}
			if b.String() != want {
				t.Errorf("%s: got\n%q\nwant\n%q", tag, b.String(), want)
			}
		}
	}
}
