package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"glow/schema"
)

// cases are files of the kinds that departments were found to have.
const cases = "formats/table/testdata/cases"

// taken prints what an import took: for what, and how many records of each kind are new.
func taken(r schema.ImportResponse) string {
	var text []string
	for _, one := range r.TakenFor {
		text = append(text, one.As)
		if len(one.PassedOver) > 0 {
			text = append(text, "without "+strings.Join(one.PassedOver, ", "))
		}
	}
	for _, kind := range schema.KindNames() {
		if n := r.ByKind[kind].Inserted; n > 0 {
			text = append(text, fmt.Sprint(kind, " ", n))
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(r.SkippedReasons)) {
		text = append(text, fmt.Sprint(reason, " ", r.SkippedReasons[reason]))
	}
	return strings.Join(text, "; ")
}

// Every file does what is right, told by its content alone, and the same file again changes
// nothing.
func TestFilesOfDepartmentsAreTakenForWhatTheyAre(t *testing.T) {
	const log = "moodle; profile 1; session 1; activity 1"
	for name, want := range map[string]string{
		"k01-canvas-course-access-report.csv": "canvas-course-access; profile 1; session 2; activity 2",
		"k02-brightspace-session-history.csv": "brightspace-sessions; profile 1; session 1",
		"k03-xapi.json":                       "xapi; profile 1; session 1; login 1; activity 1",
		"k05-litellm-spend.csv":               "litellm-spend; profile 1; session 1; group 1; run 1",
		"p01-profiles-excel-de.csv":           "profile; department 1; profile 1",
		"p01b-profiles-cp1252.csv":            "profile; department 1; profile 1",
		"p02-profiles-human-headers.csv":      "profile; department 1; profile 1",
		"p05-profiles-blank-rows.csv":         "profile; profile 1",
		"p06-profiles-quoted-newline.csv":     "profile; profile 1",
		"p09-profiles-extra-col.csv":          "profile; without Phone; profile 1",
		"r01-en_us-month-first.csv":           "moodle; profile 1; session 3; activity 3",
		"r01b-en_us-month-first-silent.csv":   "! say which with --date-order dmy or mdy",
		"r02-moodle-de.csv":                   "moodle; profile 1; session 1; login 1; activity 2",
		"r02b-moodle-de-old.csv":              log,
		"r03-moodle-fr.csv":                   log,
		"r07-moodle-no-names.csv":             log,
		"r08-moodle.xlsx":                     "moodle; profile 1; session 1; activity 4",
		"r09-moodle-log.json":                 log,
		"r10-attendance-no-names.csv":         "moodle; profile 1; session 1; activity 2",
		"r11-utf16.csv":                       log,
		"r11b-excel-unicode-text.txt":         log,
		"r12-title-lines.csv":                 log,
		"r13-excel-de.csv":                    log,
		"r14-excel-us-ampm.csv":               log,
		"r14b-excel-us-24h.csv":               "! say which with --date-order dmy or mdy",
		"r15-excel-serial.csv":                log,
		"r15b-excel-serial-int.csv":           log,
		"r16-trailing-empty.csv":              log,
		"r16b-trailing-blank-rows.csv":        log,
		"r17-total-row.csv":                   log + "; totals line 1",
		"r19-name-as.csv":                     "moodle; profile 2; session 2; activity 2",
	} {
		content, err := os.ReadFile(filepath.Join(cases, name))
		if err != nil {
			t.Fatal(err)
		}
		in := newInstance(t, Options{})
		send := func(file string) answer {
			return in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto&file="+file, schema.TypeAny, string(content))
		}
		if refusal, refused := strings.CutPrefix(want, "! "); refused {
			if a := in.want(http.StatusUnprocessableEntity, send(name)); !strings.Contains(a.body, refusal) {
				t.Errorf("%s: %s", name, a.body)
			}
			continue
		}
		var got, again schema.ImportResponse
		in.decode(in.want(http.StatusOK, send("whatever")), &got)
		if text := taken(got); text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
		in.decode(in.want(http.StatusOK, send("another")), &again)
		if again.Inserted+again.Updated > 0 {
			t.Errorf("%s, again: %s, %d updated", name, taken(again), again.Updated)
		}
	}
}

// imported takes a body in and returns what was taken.
func (in *instance) imported(query, body string) schema.ImportResponse {
	in.t.Helper()
	var got schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?"+query, schema.TypeAny, body)), &got)
	return got
}

// The values of cells are read as people and spreadsheet programs write them.
func TestValuesOfFilesAreReadAsPeopleWriteThem(t *testing.T) {
	in := newInstance(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON,
		`{"kind":"department","id":"cs","name":"Computer Science"}
{"kind":"profile","id":"p","name":"P"}
{"kind":"session","id":"s","profile_id":"p","created_at":"2025-03-03T10:00:00Z"}
{"kind":"group","id":"g1","session_id":"s","created_at":"2025-03-03T10:00:00Z"}
`))
	runs, err := os.ReadFile(filepath.Join(cases, "p03-runs-excel-de.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := taken(in.imported("as=auto", string(runs))); got != "run; run 1" {
		t.Errorf("runs: %s", got)
	}
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"run"}`))
	if !strings.Contains(a.body, "r1,g1,m,1234,56,0,0.012345,2025-03-03T14:05:00Z") {
		t.Errorf("the run: %s", a.body)
	}
	in.imported("as=auto", "Nachname;Vorname;E-Mail-Adresse;Fachbereich;Aktiv\r\nMüller;Jörg;jm@example.org;Computer Science|Theatre Studies;Nein\r\n")
	a = in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"profile"}`))
	if !strings.Contains(a.body, "jm@example.org,Jörg Müller,jm@example.org,ta,cs|department-theatre-studies,false,") {
		t.Errorf("the person: %s", a.body)
	}
	for query, body := range map[string]string{
		"as=run": "id,group,model,input tokens,cost,time\nr2,g1,m,1.234,0,2025-03-03T14:05:00Z\n",
	} {
		if a := in.want(http.StatusUnprocessableEntity, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?"+query, schema.TypeAny, body)); !strings.Contains(a.body, "say which with --decimal comma or point") {
			t.Errorf("%s: %s", query, a.body)
		}
		if got := in.imported(query+"&decimal=comma", body); got.Inserted != 1 {
			t.Errorf("%s with a decimal comma: %+v", query, got)
		}
	}
}

// People whom a report knows by their address alone are those whom the database has.
func TestPeopleOfAReportAreThoseOfTheRoster(t *testing.T) {
	in := newInstance(t, Options{})
	in.imported("as=auto", "ID,Full Name,E-mail\n7,Ana One,ANA@example.edu\n")
	content, err := os.ReadFile(filepath.Join(cases, "k05-litellm-spend.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := taken(in.imported("as=auto", string(content))); got != "litellm-spend; session 1; group 1; run 1" {
		t.Errorf("got %s", got)
	}
	var sessions schema.SessionsResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Sessions.Path, `{}`)), &sessions)
	if len(sessions.Data) != 1 || sessions.Data[0].ProfileID != "7" || sessions.Data[0].TotalCost != "0.0123" || sessions.Data[0].TotalTokens != 1500 {
		t.Errorf("%+v", sessions.Data)
	}
}

// However the rows of a report are split into files, the same comes out: sessions by a gap, and
// sessions that rows name.
func TestReportsComeInPieces(t *testing.T) {
	header := "request_id,user,model,prompt_tokens,completion_tokens,spend,startTime,endTime,session_id\n"
	var runs, logins []string
	for i := range 12 {
		at := fmt.Sprintf("2025-03-%02dT1%d:05:00.000Z", 1+i%4, i%10)
		runs = append(runs, fmt.Sprintf("a%d,u%d@example.edu,m,%d,3,0.001,%s,%[4]s,%s\n", i, i%3, i, at, []string{"s1", "s2", ""}[i%3]))
		logins = append(logins, fmt.Sprintf("%d,%s\n", 1+i%3, at))
	}
	for _, c := range []struct {
		header string
		rows   []string
	}{{header, runs}, {"UserId,LoginDate\n", logins}} {
		all := func(parts ...[]string) string {
			in := newInstance(t, Options{})
			for _, rows := range parts {
				in.imported("as=auto", c.header+strings.Join(rows, ""))
			}
			var text string
			for _, kind := range []string{schema.KindProfile, schema.KindSession, schema.KindLogin, schema.KindRun, schema.KindGroup} {
				text += in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, fmt.Sprintf(`{"kind":%q}`, kind))).body
			}
			return text
		}
		whole := all(c.rows)
		backwards := slices.Clone(c.rows)
		slices.Reverse(backwards)
		for name, parts := range map[string][][]string{
			"halves": {c.rows[:6], c.rows[6:]}, "halves, the later first": {c.rows[6:], c.rows[:6]}, "overlapping": {c.rows[3:], c.rows[:9]}, "backwards": {backwards},
		} {
			if got := all(parts...); got != whole {
				t.Errorf("%s in %s:\n%s\nwant\n%s", c.header, name, got, whole)
			}
		}
	}
}

// The page takes any file, says what it was taken for, and keeps it through a question.
func TestThePageSaysWhatAFileIs(t *testing.T) {
	in := newInstance(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	content, err := os.ReadFile(filepath.Join(cases, "p09-profiles-extra-col.csv"))
	if err != nil {
		t.Fatal(err)
	}
	a := in.want(http.StatusOK, g.upload(url.Values{}, "People of the department.txt", string(content)))
	for _, want := range []string{"was taken for <strong>profiles</strong>", "passed over: <bdi>Phone</bdi>", "Take them in"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
