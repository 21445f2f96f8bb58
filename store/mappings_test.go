package store

import (
	"strings"
	"testing"

	"glow/schema"
)

func TestMappingsAreKeptInExportsOfAllAlone(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	const definition = `{"title":"Usage","columns":["When","Who"],"prefix":"u","person":{"email":"Who"},"events":[{"time":"When"}]}`
	mustPut(t, s, PutOptions{}, rec(schema.KindMapping, "id", "usage", "definition", definition))
	kept, err := s.Mappings(ctx)
	if err != nil || len(kept) != 1 || kept[0].Name != "usage" || kept[0].Title != "Usage" || kept[0].Person.Email.Column != "Who" {
		t.Fatalf("got %+v: %v", kept, err)
	}
	for want, asked := range map[bool][]schema.ExportRequest{
		true:  {{}},
		false: {{Pseudonymize: true}, {PseudonymizeStrict: true}, {Filter: schema.Filter{DepartmentIDs: []string{"cs"}}}},
	} {
		for _, req := range asked {
			if got := strings.Contains(exportText(readExport(t, s, everyone, req)), "Usage"); got != want {
				t.Errorf("%+v: that it is in the export is %v", req, got)
			}
		}
	}
	scope := schema.Scope{DepartmentIDs: []string{"cs"}}
	if strings.Contains(exportText(readExport(t, s, scope, schema.ExportRequest{})), "Usage") {
		t.Error("somebody who sees a department sees the mapping")
	}
	answer, err := s.Delete(ctx, schema.Caller{Role: schema.RoleAdmin}, schema.DeleteRequest{Kind: schema.KindMapping, ID: "usage"})
	if kept, _ := s.Mappings(ctx); err != nil || answer.Removed[schema.KindMapping] != 1 || len(kept) != 0 {
		t.Errorf("it was deleted: %+v, %v; %d are left", answer, err, len(kept))
	}
}
