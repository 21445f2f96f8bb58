package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"glow/schema"
)

// A recorder adds records and changes what goes on; what is known of people, problems,
// departments and terms stays as it is, and nothing tells a right guess from a wrong one.
func TestARecorderNeitherRewritesNorReads(t *testing.T) {
	in := withPeople(t, Options{})
	take := func(query, body string) schema.ImportResponse {
		t.Helper()
		var answer schema.ImportResponse
		in.decode(in.want(http.StatusOK, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+query, schema.TypeNDJSON, body)), &answer)
		return answer
	}
	whole := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`)).body
	for _, guess := range []string{"ann@example.org", "other@example.org"} {
		line := `{"kind":"profile","id":"ann","name":"Ann","email":"` + guess + `","department_ids":["cs"]}`
		for _, query := range []string{"?dry_run=true", ""} {
			a := take(query, line)
			if a.Tally != (schema.Tally{Known: 1}) || a.ByKind["profile"] != a.Tally || a.Changed != nil {
				t.Errorf("%s%s: got %+v", guess, query, a)
			}
		}
		in.want(http.StatusOK, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path, schema.TypeJSON, line))
	}
	for _, ended := range []string{"2025-03-01T10:00:00Z", "2025-03-01T11:00:00Z"} {
		if a := take("", `{"kind":"session","id":"s-ann","ended_at":"`+ended+`"}`); a.Tally != (schema.Tally{Known: 1}) || a.Changed != nil {
			t.Errorf("%s: got %+v", ended, a)
		}
	}
	take("", `
{"kind":"profile","id":"bob","name":"Bob","department_ids":["cs"]}
{"kind":"profile","id":"new","name":"New","department_ids":["cs"]}
{"kind":"problem","id":"p-ann","profile_id":"ann","type":"bug","message":"It broke","resolved":true,"created_at":"2025-03-01T09:30:00Z"}
{"kind":"department","id":"cs","name":"Renamed"}
{"kind":"term","id":"t1","name":"Moved","starts_on":"2020-01-01","ends_on":"2025-06-30"}
`)
	after := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`)).body
	if without := dropLine(after, "new,"); without != whole {
		t.Errorf("people were changed:\n%s\nbefore:\n%s", without, whole)
	}
	for kind, word := range map[string]string{"department": "Renamed", "term": "Moved", "problem": ",true,"} {
		if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"`+kind+`"}`)); strings.Contains(a.body, word) {
			t.Errorf("%s was changed: %s", kind, a.body)
		}
	}
	if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"session"}`)); !strings.Contains(a.body, "11:00:00") {
		t.Errorf("the session did not go on: %s", a.body)
	}
}

func dropLine(text, start string) string {
	lines := strings.SplitAfter(text, "\n")
	kept := ""
	for _, line := range lines {
		if !strings.HasPrefix(line, start) {
			kept += line
		}
	}
	return kept
}

// What a recorder may change beside that is chosen when its token is made, and is shown.
func TestARecorderChangesWhatItsTokenSays(t *testing.T) {
	in := withPeople(t, Options{})
	var made schema.TokenCreateResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"sync","role":"recorder","may_change":["people"]}`)), &made)
	if len(made.MayChange) != 1 || made.MayChange[0] != "people" {
		t.Errorf("got %+v", made)
	}
	in.tokens["sync"] = made.Secret
	body := `{"kind":"profile","id":"ann","name":"Ann","email":"new@example.org","department_ids":["cs"]}
{"kind":"department","id":"cs","name":"Renamed"}`
	in.want(http.StatusOK, in.ask("sync", http.MethodPost, schema.Import.Path, schema.TypeNDJSON, body))
	if a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`)); !strings.Contains(a.body, "new@example.org") || strings.Contains(a.body, "Renamed") {
		t.Errorf("got %s", a.body)
	}
	for _, wrong := range []string{`{"name":"x","role":"recorder","may_change":["sessions"]}`, `{"name":"x","role":"admin","may_change":["people"]}`} {
		in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, schema.CreateToken.Path, wrong))
	}
	g := in.signedIn(schema.RoleAdmin)
	in.shows(g.open("/access"), 200, "may change people")
	g.send("/access/create", "name", "by form", "role", "recorder", "may_change", "terms")
	in.shows(g.open("/access"), 200, "may change terms")
}

// A recorder's dry runs are on the audit list, and every import says which records it brought.
func TestTheAuditListNamesWhatAnImportBrought(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+"?dry_run=true", schema.TypeNDJSON, `{"kind":"department","id":"cs","name":"Computing"}`))
	in.want(http.StatusUnprocessableEntity, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+"?dry_run=true", schema.TypeNDJSON, `{"kind":"department","id":"zz"}`))
	entries := in.audit(`{"action":"import"}`).Data
	for i, refused := range []bool{true, false} { // the latest first
		if e := entries[i]; e.TokenName != "r" || e.Detail["dry_run"] != true || e.Detail["refused"] != refused {
			t.Errorf("got %+v", e)
		}
	}
	var many strings.Builder
	for i := range 51 {
		fmt.Fprintf(&many, `{"kind":"department","id":"d%02d","name":"D"}`+"\n", i)
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path, schema.TypeNDJSON, many.String()+`{"kind":"profile","id":"zoe","name":"Zoe"}`))
	records := in.audit(`{"action":"import","page_size":1}`).Data[0].Detail["records"].(map[string]any)
	departments := records["department"].(map[string]any)
	if fmt.Sprint(records["profile"]) != "[zoe]" || departments["count"] != 51.0 || departments["sha256"] != sortedDigest(51) {
		t.Errorf("got %v", records)
	}
}

func sortedDigest(n int) string {
	h := sha256.New()
	for i := range n {
		fmt.Fprintf(h, "d%02d\n", i)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// An import of a recorder that is refused is on the list, too, whole files and single
// records alike: it is a way to guess.
func TestTheAuditListHasARecordersRefusedImports(t *testing.T) {
	in := withPeople(t, Options{})
	const faulty = `{"kind":"department","id":"zz"}`
	for _, try := range []struct {
		query, contentType string
		status             int
	}{
		{"", schema.TypeNDJSON, http.StatusUnprocessableEntity}, {"", schema.TypeJSON, http.StatusUnprocessableEntity}, {"?skip_invalid=true", schema.TypeJSON, http.StatusOK},
	} {
		before := in.audit(`{"action":"import"}`).TotalCount
		in.want(try.status, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+try.query, try.contentType, faulty))
		list := in.audit(`{"action":"import"}`)
		if e := list.Data[0]; list.TotalCount != before+1 || e.TokenName != "r" || e.Detail["rejected"] != 1.0 {
			t.Errorf("%+v: %d more entries, the last %+v", try, list.TotalCount-before, e)
		}
		if d := list.Data[0].Detail; try.status != http.StatusOK && (d["dry_run"] != false || d["refused"] != true) {
			t.Errorf("%+v: got %v", try, d)
		}
	}
	before := in.audit(`{"action":"import"}`).TotalCount
	in.want(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path, schema.TypeNDJSON, faulty))
	if n := in.audit(`{"action":"import"}`).TotalCount; n != before {
		t.Errorf("an admin's refused import makes %d entries", n-before)
	}
}

// Whether a guessed end lies before the known beginning is not told: such a part of a
// record changes nothing and counts as known, like any other. What contradicts itself is
// a fault.
func TestARecorderIsNotToldOnWhichSideAGuessLies(t *testing.T) {
	in := withPeople(t, Options{})
	sessions := func() string {
		return in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"session"}`)).body
	}
	before := sessions()
	const early = `{"kind":"session","id":"s-ann","ended_at":"1999-01-01T00:00:00Z"}`
	for _, contentType := range []string{schema.TypeNDJSON, schema.TypeJSON} {
		for _, query := range []string{"?dry_run=true", ""} {
			told := func(body string) schema.Tally {
				var a schema.ImportResponse
				in.decode(in.want(http.StatusOK, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path+query, contentType, body)), &a)
				if len(a.Errors) > 0 || a.ByKind["session"] != a.Tally {
					t.Errorf("got %+v", a)
				}
				return a.Tally
			}
			if got := told(early); got != (schema.Tally{Known: 1}) {
				t.Errorf("%s%s: got %+v", contentType, query, got)
			}
		}
	}
	if after := sessions(); after != before {
		t.Errorf("the session was changed:\n%s\nbefore:\n%s", after, before)
	}
	itself := `{"kind":"session","id":"s-ann","profile_id":"ann","created_at":"2025-03-01T09:00:00Z","ended_at":"1999-01-01T00:00:00Z"}`
	in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path, schema.TypeNDJSON, itself))
	in.refusal(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path, schema.TypeNDJSON, early))
}
