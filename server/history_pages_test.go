package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"glow/schema"
)

// An admin finds an import on the page, is told what taking it back does, and takes it back.
func TestAnImportIsTakenBackOnThePage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	text := "id,name,active\nada,Ada,1\nbea,Bea,1\nann,Ann Lee-Jones,1\nbad,Bad,perhaps\n"
	done := g.send("/data/import", "upload", held(t, g.upload(nil, "people.csv", text)), "skip_invalid", "yes")
	found := regexp.MustCompile(`"(/data/imports/[^"]+)"`).FindStringSubmatch(done.body)
	if found == nil {
		t.Fatal(textOf(done.body))
	}
	path := found[1]
	if list := textOf(in.want(http.StatusOK, g.open("/data/imports")).body); !strings.Contains(list, "people.csv profiles first 2 1 0 1") {
		t.Error(list)
	}
	if data := textOf(in.want(http.StatusOK, g.open("/data")).body); !strings.Contains(data, "The last one") || !strings.Contains(data, "people.csv") {
		t.Error(data)
	}
	one := textOf(in.want(http.StatusOK, g.open(path)).body)
	for _, said := range []string{"Import of people.csv", "SHA-256", `profiles 2 1 0 1`, "people.csv:5: active:", "See what would happen"} {
		if !strings.Contains(one, said) {
			t.Errorf("the page does not say %q: %s", said, one)
		}
	}
	id := path[strings.LastIndex(path, "/")+1:]
	tried := textOf(in.want(http.StatusOK, g.send("/data/imports/take-back", "import_id", id)).body)
	if !strings.Contains(tried, "profiles 2 1 0 Take it back") {
		t.Error(tried)
	}
	if n := in.count(schema.KindProfile); n != int64(5) {
		t.Errorf("%d people after a try", n)
	}
	asked := in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path+"?from=moodle&file=log.csv", schema.TypeCSV, "timecreated,eventname,userid\n1700003600,\\core\\event\\course_viewed,7\n")
	in.want(http.StatusOK, asked)
	if list := textOf(g.open("/data/imports").body); !strings.Contains(list, "log.csv a Moodle log first") {
		t.Error(list)
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.SetProfiles.Path, `{"profile_ids":["bea"],"active":false}`))
	refused := textOf(in.want(http.StatusConflict, g.send("/data/imports/take-back", "import_id", id, "sure", "yes")).body)
	if !strings.Contains(refused, `nothing was taken back, since something stands in the way profile "bea" was changed since`) {
		t.Error(refused)
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Delete.Path, `{"kind":"profile","id":"bea"}`))
	in.want(http.StatusSeeOther, g.send("/data/imports/take-back", "import_id", id, "sure", "yes"))
	if page := textOf(g.open(path).body); !strings.Contains(page, "The import was taken back.") || strings.Contains(page, "See what") {
		t.Error(page)
	}
	if list := textOf(g.open("/data/imports").body); !strings.Contains(list, "2 1 0 1 taken back") {
		t.Error(list)
	}
	if n := in.count(schema.KindProfile); n != 4 {
		t.Errorf("%d people are left", n)
	}
}
