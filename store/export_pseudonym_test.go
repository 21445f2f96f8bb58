package store

import (
	"fmt"
	"strings"
	"testing"

	"glow/schema"
)

// Every text of every kind is closed unless the table of kinds says otherwise, and
// every time is cut to the minute: a record of each kind with a secret in every text.
func TestEveryTextIsClosedUnlessTheTableSaysOtherwise(t *testing.T) {
	s := openStore(t, Options{})
	var records []schema.Record
	const at = "2025-03-14T09:26:53.589793Z"
	for _, kind := range schema.Kinds {
		args := []string{}
		for _, f := range kind.Fields {
			switch {
			case f.Ref != "" && f.Type == schema.IDs:
				args = append(args, f.Name, "x-"+f.Ref)
			case f.Type == schema.ID && f.Ref != "":
				args = append(args, f.Name, "x-"+f.Ref)
			case f.Type == schema.ID:
				args = append(args, f.Name, "x-"+kind.Name)
			case f.Check != nil:
				args = append(args, f.Name, fmt.Sprintf(`{"columns":["secret of %s %s"],"records":[{"kind":"profile","fields":{"id":"a"}}]}`, kind.Name, f.Name))
			case f.Type == schema.Text:
				args = append(args, f.Name, fmt.Sprintf("secret of %s %s", kind.Name, f.Name))
			case f.Type == schema.Time:
				args = append(args, f.Name, at)
			case f.Type == schema.Date:
				args = append(args, f.Name, "2025-03-14")
			}
		}
		records = append(records, rec(kind.Name, args...))
	}
	mustPut(t, s, PutOptions{}, records...)
	open := map[string]bool{"secret of term name": true, "secret of department name": true}
	for _, departments := range []bool{false, true} {
		text := exportText(readExport(t, s, everyone, schema.ExportRequest{Pseudonymize: true, PseudonymizeDepartments: departments}))
		for _, kind := range schema.Kinds {
			for _, f := range kind.Fields {
				secret := fmt.Sprintf("secret of %s %s", kind.Name, f.Name)
				want := open[secret] && (kind.Name == schema.KindTerm || !departments)
				if f.Type == schema.Text && strings.Contains(text, secret) != want {
					t.Errorf("departments %v: that %q is in it is %v", departments, secret, !want)
				}
			}
		}
		if strings.Contains(text, "x-department") == departments || strings.Contains(text, "09:26:53") || !strings.Contains(text, "09:26:00") {
			t.Errorf("departments %v: got\n%s", departments, text)
		}
	}
}

// What is everybody's word stays, and only that very word.
func TestWordsOfTheVocabularyStay(t *testing.T) {
	role := schema.KindNamed(schema.KindProfile).Fields[3]
	for word, stays := range map[string]bool{"ta": true, "admin": true, "ta of Prof. Lee": false, "Lecturer": false} {
		if role.Stays(word) != stays {
			t.Errorf("%q: %v", word, !stays)
		}
	}
}

// A group of a department and a role counts as small below five people.
func TestSmallGroupsAreCounted(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, rec("department", "id", "big", "name", "Big"), rec("department", "id", "small", "name", "Small"))
	for i := range 5 {
		mustPut(t, s, PutOptions{}, rec("profile", "id", fmt.Sprintf("p%d", i), "name", "N", "department_ids", "big"))
	}
	count := func(req schema.ExportRequest) (n int64) {
		t.Helper()
		if _, err := s.Export(ctx, everyone, req, func(tables []Table) error { n = tables[0].SmallGroups; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(schema.ExportRequest{Pseudonymize: true}); n != 0 {
		t.Errorf("%d small groups of five people", n)
	}
	for i := range 4 {
		mustPut(t, s, PutOptions{}, rec("profile", "id", fmt.Sprintf("q%d", i), "name", "N", "department_ids", "small", "role", []string{"TA", "ta"}[i%2]))
	}
	mustPut(t, s, PutOptions{}, rec("profile", "id", "r", "name", "N"))
	if n := count(schema.ExportRequest{Pseudonymize: true}); n != 2 {
		t.Errorf("%d small groups, want those of small and of nobody's", n)
	}
	if n := count(schema.ExportRequest{}); n != 0 {
		t.Errorf("%d without pseudonyms", n)
	}
}
