package server

import (
	"net/http"
	"strings"
	"testing"

	"glow/schema"
)

// A look says what files are, and takes nothing.
func TestALookTakesNothing(t *testing.T) {
	in := newInstance(t, Options{})
	looked := func(query, contentType, body string) []schema.LookedAt {
		t.Helper()
		var answer schema.LookResponse
		in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import/look"+query, contentType, body)), &answer)
		return answer.Files
	}
	const usage = "When,Who\n2025-03-03 10:15,ana@uni.de\n"
	one := looked("?as=auto&file=usage.csv", schema.TypeCSV, usage)[0]
	if one.TakenFor != nil || !one.Proposed || one.Mapping.Name != "usage" || len(one.Why) == 0 || !strings.Contains(one.Question, "cannot be told") ||
		one.Columns[1].Means != "person's e-mail" || one.Columns[1].Holds != "addresses" || len(one.Rows) != 1 || len(one.Records) != 1 || one.Records[0]["kind"] != "activity" {
		t.Errorf("a proposal: %+v", one)
	}
	one = looked("?as=auto", schema.TypeCSV, "Full Name;E-mail\nAna;ana@uni.de\n")[0]
	if one.TakenFor == nil || one.TakenFor.As != "profile" || one.Records[0]["email"] != "ana@uni.de" || one.Columns[0].Gives[0] != "profile.name" {
		t.Errorf("a list of people: %+v", one)
	}
	one = looked("?as=moodle", schema.TypeCSV, "a,b\n1,2\n")[0]
	if one.TakenFor == nil || one.TakenFor.As != "moodle" {
		t.Errorf("as it was said: %+v", one)
	}
	one = looked("?as=auto&file=x.xls", schema.TypeAny, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")[0]
	if one.Question == "" || one.TakenFor != nil || one.Proposed {
		t.Errorf("no table: %+v", one)
	}
	together := looked("?as=auto", schema.TypeZIP, zipOf(t, "departments.csv", "id,name\ncs,CS\n", "profiles.csv", "id,name\na,Ana\n"))
	if len(together) != 2 || together[0].TakenFor == nil || together[0].TakenFor.As != "department" || together[1].TakenFor.As != "profile" {
		t.Errorf("an export: %+v", together)
	}
	if n := in.count(schema.KindProfile) + in.count(schema.KindDepartment); n != 0 {
		t.Errorf("%d records were taken", n)
	}
	if len(in.audit(`{"action":"import"}`).Data) != 0 {
		t.Error("a look is on the audit list as an import")
	}
}

// A mapping is read where it is named, and refused from whoever is no admin.
func TestMappingsOfRequests(t *testing.T) {
	in := withPeople(t, Options{})
	before := in.count(schema.KindActivity)
	const record = `{"kind":"mapping","id":"usage","definition":"{\"columns\":[\"When\",\"Who\"],\"prefix\":\"u\",\"person\":{\"email\":\"Who\"},\"events\":[{\"time\":\"When\"}]}"}`
	refused := in.ask(schema.RoleRecorder, "POST", "/system/import", schema.TypeJSON, record)
	if refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(refused.body, "only admins bring mappings in") {
		t.Errorf("a recorder: %d %s", refused.StatusCode, refused.body)
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeJSON, record))
	var list schema.MappingsResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Mappings.Path, ``)), &list)
	if len(list.Mappings) < 7 || list.Mappings[0].Name != "usage" || list.Mappings[0].BuiltIn || !list.Mappings[1].BuiltIn {
		t.Errorf("the list is %+v", list.Mappings)
	}
	const usage = "When,Who\n2025-03-03 10:15,ana@uni.de\n"
	in.want(http.StatusOK, in.ask(schema.RoleRecorder, "POST", "/system/import?map=usage", schema.TypeCSV, usage))
	if n := in.count(schema.KindActivity); n != before+1 {
		t.Errorf("%d records of activity", n)
	}
	wrong := in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeJSON, `{"kind":"mapping","id":"x","definition":"{}"}`)
	if wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "definition") {
		t.Errorf("a definition that cannot be: %d %s", wrong.StatusCode, wrong.body)
	}
}
