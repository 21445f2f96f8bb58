package server

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/schema/testenv"
)

// held is the id of the upload that a page offers to take.
func held(t *testing.T, a answer) string {
	t.Helper()
	found := heldID.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("nothing is held: %s", textOf(a.body))
	}
	return found[1]
}

// scratchFiles counts the scratch files that are open.
func (in *instance) scratchFiles() (n int) {
	in.t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, fs.ErrNotExist) {
		testenv.Lacking(in.t, "open files are counted where /proc is: %v", err)
	}
	if err != nil {
		in.t.Fatal(err)
	}
	stem, _, _ := strings.Cut(in.store.TempPath("scratch"), "-scratch-")
	for _, fd := range open {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, stem+"-scratch-") {
			n++
		}
	}
	return n
}

func (in *instance) count(kind string) int64 {
	in.t.Helper()
	records, err := in.store.Holdings(in.t.Context())
	if err != nil {
		in.t.Fatal(err)
	}
	return records[kind]
}

const (
	newDepartments = "id,name\nd1,One\nd2,Two\n"
	newProfiles    = "id,name,department_ids\np1,Ph\xc6\xb0\xc6\xa1ng,d1|d2\np2,Zo\xc3\xab,d1\n"
)

func TestFilesAreTriedBeforeTheyAreTaken(t *testing.T) {
	for name, c := range map[string]struct {
		fields url.Values
		files  []string
		shows  []string
		people int64
	}{
		"CSV by its name":      {nil, []string{"departments.csv", newDepartments}, []string{"departments 2 0 0 0"}, 0},
		"CSV by its kind":      {url.Values{"kind": {"department"}}, []string{"mine.csv", newDepartments}, []string{"departments 2 0 0 0"}, 0},
		"what changes":         {nil, []string{"profiles (1).csv", "id,name,email\nann,Ann Other,\n"}, []string{"profiles 0 1 0 0", "profiles: 1 value of name"}, 0},
		"several as one":       {nil, []string{"profiles.csv", newProfiles, "departments.csv", newDepartments}, []string{"departments 2", "profiles 2", "all 4 0 0 0"}, 2},
		"NDJSON":               {nil, []string{"x.ndjson", `{"kind":"profile","id":"p9","name":"P"}` + "\n"}, []string{"profiles 1"}, 1},
		"CSV beside NDJSON":    {nil, []string{"departments.csv", newDepartments, "x.jsonl", `{"kind":"profile","id":"p9","name":"P","department_ids":["d1"]}`}, []string{"departments 2", "profiles 1"}, 1},
		"JSON of one record":   {nil, []string{"x.json", `{"kind":"profile","id":"p9","name":"P"}`}, []string{"profiles 1"}, 1},
		"ZIP":                  {nil, []string{"all.zip", zipOf(t, "departments.csv", newDepartments, "profiles.csv", newProfiles)}, []string{"departments 2", "profiles 2"}, 2},
		"from a folder":        {nil, []string{`C:\Users\me\departments.csv`, newDepartments}, []string{"departments.csv", "!Users"}, 0},
		"a log of Moodle":      {url.Values{"from": {"moodle"}, "site": {"hust"}, "department": {"cs, new"}, "kind": {"login"}}, []string{"log.csv", moodleLog}, []string{"profiles 1", "1 row of the log is nobody"}, 1},
		"the month first":      {url.Values{"from": {"moodle"}, "date_order": {"mdy"}}, []string{"log.csv", moodleReport}, []string{"profiles 1"}, 1},
		"two logs of Moodle":   {url.Values{"from": {"moodle"}}, []string{"a.csv", moodleLog, "b.csv", moodleLog}, []string{"profiles 1"}, 1},
		"the full Glow":        {url.Values{"from": {"glow"}}, []string{"export.zip", zipOf(t, "logins.csv", "id,profile,session_id,created_at,active,mcp,generated\n1,Zoe,s9,2025-03-14 15:09:26.123456+00:00,Yes,No,No\n")}, []string{"profiles 1"}, 1},
		"a zone without times": {url.Values{"timezone": {"Asia/Ho_Chi_Minh"}}, []string{"departments.csv", newDepartments}, []string{"departments 2"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := withPeople(t, Options{})
			people := in.count(schema.KindProfile)
			before := in.everything()
			role, entries, who := schema.RoleRecorder, int64(5), "r" // a recorder's tries are on the list, too
			if name == "what changes" {
				role, entries, who = schema.RoleAdmin, 3, "first" // a recorder changes nobody
			}
			g := in.signedIn(role)
			a := g.upload(c.fields, c.files...)
			in.shows(a, 200, append(c.shows, "This would happen", "Take them in")...)
			if in.everything() != before {
				t.Error("something was taken before it was said so")
			}
			in.shows(g.send("/data/import", "upload", held(t, a)), 200, append(c.shows, "Taken in", "!Take them in")...)
			if got := in.count(schema.KindProfile) - people; got != c.people {
				t.Errorf("%d people came, want %d", got, c.people)
			}
			in.shows(g.send("/data/import", "upload", held(t, a)), http.StatusConflict, "not held any more")
			after := in.everything()
			again := g.upload(c.fields, c.files...) // again it changes nothing
			in.shows(again, 200, "all 0 0")
			in.shows(g.send("/data/import", "upload", held(t, again)), 200, "Taken in")
			if in.everything() != after {
				t.Error("the same files again changed something")
			}
			if n := in.scratchFiles(); n != 0 {
				t.Errorf("%d scratch files are left", n)
			}
			list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: schema.ActionImport})
			if err != nil || list.TotalCount != entries || list.Data[0].TokenName != who {
				t.Errorf("%d imports on the audit list, %v", list.TotalCount, err)
			}
		})
	}
}

const moodleLog = "id,eventname,component,action,target,userid,relateduserid,realuserid,origin,timecreated\n" +
	`1,\core\event\user_loggedin,core,loggedin,user,7,,,web,1700000000` + "\n" +
	`2,\core\event\course_viewed,core,viewed,course,0,,,web,1700000001` + "\n"

// moodleReport is a log of which nothing tells whether the day or the month is first.
const moodleReport = "Time,User full name,Affected user,Event context,Component,Event name,Description\n" +
	`"03/04/25, 12:30",Ann,-,-,System,Course viewed,The user with id '7' viewed it.` + "\n"

func TestFaultsAreShownByLineAndTheGoodOnesCanBeTaken(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	faulty := "id,name,department_ids\np1,Good,cs\np2,,cs\np3,Nowhere,none\n"
	a := g.upload(nil, "profiles.csv", faulty)
	in.shows(a, 200, "2 records have faults; nothing was taken", "profiles.csv:3: name", "profiles.csv:4: department_ids: there is no department \"none\"", "Take the 1 good one")
	in.shows(g.send("/data/import", "upload", held(t, a)), http.StatusUnprocessableEntity, "nothing was taken", "Take the")
	if n := in.count(schema.KindProfile); n != 3 {
		t.Errorf("%d people", n)
	}
	in.shows(g.send("/data/import", "upload", held(t, a), "skip_invalid", "yes"), 200, "Taken in", "profiles 1 0 0 2")
	if n := in.count(schema.KindProfile); n != 4 {
		t.Errorf("%d people", n)
	}
	in.shows(in.ask("", "GET", "/metrics", "", ""), 200) // and the metrics know
	if metrics := in.ask("", "GET", "/metrics", "", "").body; !strings.Contains(metrics, `glow_import_records_total{kind="",outcome="rejected"} 4`) {
		t.Error(metrics)
	}
	all := g.upload(nil, "profiles.csv", "id,name\n"+strings.Repeat(",x\n", 250))
	if in.shows(all, 200, "250 records have faults", "the first 100", "150 more are not listed", "!Take the"); !strings.Contains(all.body, "(100 times, at profiles.csv:2, profiles.csv:3, profiles.csv:4 …)") {
		t.Error("not the first 100 faults, as one")
	}
}

func TestWhatIsNoImportIsSaidOnThePage(t *testing.T) {
	in := withPeople(t, Options{Limits: Limits{Import: 400 << 10}})
	g := in.signedIn(schema.RoleAdmin)
	many := make([]string, 0, 2*2000)
	for range 2000 {
		many = append(many, "", "x")
	}
	for name, c := range map[string]struct {
		status int
		says   string
		fields url.Values
		files  []string
	}{
		"nothing chosen":      {422, "no file was chosen", nil, nil},
		"an empty field":      {422, "no file was chosen", nil, []string{"", ""}},
		"a name without kind": {422, "cannot be told by its columns x", nil, []string{"notes.txt", "x"}},
		"a CSV without kind":  {422, "may be those of profile or of department", nil, []string{"notes.csv", "id,name\n1,x\n"}},
		"kind with several":   {422, "kind", url.Values{"kind": {"login"}}, []string{"departments.csv", newDepartments, "x.json", "[]"}},
		"a ZIP that is none":  {422, "x.zip", nil, []string{"x.zip", "not a zip"}},
		"a ZIP beside others": {422, "a ZIP comes alone", nil, []string{"departments.csv", newDepartments, "x.ZIP", "x"}},
		"the same name twice": {422, "two files are named", nil, []string{"a/departments.csv", newDepartments, "b/Departments.csv", newDepartments}},
		"not a source":        {422, "from", url.Values{"from": {"canvas"}}, []string{"x.csv", "x"}},
		"not a zone":          {422, "is not a time zone", url.Values{"timezone": {"Nowhere"}}, []string{"x.csv", "x"}},
		"dates of two kinds":  {422, "is 3 April or 4 March 2025. Say below how they are meant", url.Values{"from": {"moodle"}}, []string{"log.csv", moodleReport}},
		"not an order":        {422, `date_order: "ydm" is not one of`, url.Values{"from": {"moodle"}, "date_order": {"ydm"}}, []string{"log.csv", moodleReport}},
		"not a year":          {422, "is not a year", url.Values{"from": {"moodle"}, "year": {"next"}}, []string{"log.csv", moodleReport}},
		"a year out of range": {422, "year", url.Values{"from": {"moodle"}, "year": {"25"}}, []string{"log.csv", moodleReport}},
		"Glow as NDJSON":      {422, "such an import comes as text/csv or application/zip", url.Values{"from": {"glow"}}, []string{"x.ndjson", "{}"}},
		"no file of Glow":     {422, "holds none of the files of an export", url.Values{"from": {"glow"}}, []string{"x.csv", "x"}},
		"too large":           {413, "larger than 409600 bytes", nil, []string{"departments.csv", strings.Repeat("x", 410<<10)}},
		"too long a field":    {413, "too long", url.Values{"site": {strings.Repeat("x", (64 << 10))}}, []string{"x.csv", "x"}},
		"too many parts":      {413, "too many files", nil, many},
	} {
		a := g.upload(c.fields, c.files...)
		in.shows(a, c.status, c.says, "!Take them in", "!good ones")
		if n := in.scratchFiles(); n > 1 { // one is held, where a question can be answered
			t.Errorf("%s: %d scratch files are left", name, n)
		}
		if zone := c.fields.Get("timezone"); zone != "" && !strings.Contains(a.body, `value="`+zone+`"`) {
			t.Errorf("%s: what was typed is forgotten", name)
		}
	}
}

// A file that nothing recognizes stays while somebody says what its columns are, and the next one like it
// goes through by itself.
func TestWhatAFileIsIsSaidOnThePage(t *testing.T) {
	in := newInstance(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	const usage = "When,Who,What\n2025-03-03 10:15,ana@uni.de,Login\n2025-03-03 10:25,ana@uni.de,View\n"
	asked := g.upload(nil, "usage-2025-03.csv", usage)
	in.shows(asked, 422, "cannot be told by its columns When, Who, What", "What are the columns of usage-2025-03.csv?",
		`People are known by "Who"`, "2025-03-03 10:15 · 2025-03-03 10:25")
	for _, want := range []string{"<option selected>person&#39;s e-mail</option>", `name="map_name" value="usage"`} {
		if !strings.Contains(asked.body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if n := in.scratchFiles(); n != 1 {
		t.Fatalf("%d files are held", n)
	}
	again := func(who string) answer {
		return g.send("/data/again", "upload", held(t, asked), "map_name", "usage", "keep", "yes",
			"column", "When", "means", "time it happened or began", "column", "Who", "means", who, "column", "What", "means", "")
	}
	in.shows(again(""), 422, "no column says whose the rows are", "What are the columns of")
	checked := again("person's e-mail")
	in.shows(checked, 200, "This would happen", "Take them in")
	if n := in.count(schema.KindProfile); n != 0 {
		t.Fatalf("a check took %d people in", n)
	}
	in.shows(g.send("/data/import", "upload", held(t, checked)), 200, "Taken in")
	if people, logins := in.count(schema.KindProfile), in.count(schema.KindLogin); people != 1 || logins != 1 {
		t.Errorf("%d people and %d logins came of it", people, logins)
	}
	next := g.upload(nil, "usage-2025-04.csv", usage+"2025-04-03 10:25,ben@uni.de,View\n")
	in.shows(next, 200, "was taken for usage", "This would happen")
	in.shows(g.open("/data"), 200, "usage : When, Who, What (profile, session, login, activity)")
	other := g.upload(nil, "other.csv", "Day,Person\n2025-03-03 10:15,ana@uni.de\n")
	in.shows(g.send("/data/again", "upload", held(t, other), "map_name", "usage", "keep", "yes",
		"column", "Day", "means", "time it happened or began", "column", "Person", "means", "person's e-mail"), 422, "is the name of a mapping of other columns")
	in.want(http.StatusSeeOther, g.send("/data/mappings/delete", "name", "usage"))
	in.shows(g.open("/data"), 200, "The mapping “usage” is deleted", "!usage : When")
	in.shows(g.send("/data/again", "upload", "gone"), 409, "not held any more")
}

func TestAnUploadGoesWithItsVisitAndIsNobodyElses(t *testing.T) {
	in := withPeople(t, Options{})
	admin, recorder := in.signedIn(schema.RoleAdmin), in.signedIn(schema.RoleRecorder)
	first := held(t, admin.upload(nil, "departments.csv", newDepartments))
	in.shows(recorder.send("/data/import", "upload", first), http.StatusConflict, "not held any more")
	second := held(t, admin.upload(nil, "departments.csv", newDepartments))
	in.want(http.StatusConflict, admin.send("/data/import", "upload", first)) // the next takes its place
	held(t, recorder.upload(nil, "departments.csv", newDepartments))
	if n := in.scratchFiles(); n != 2 {
		t.Errorf("%d scratch files for two uploads", n)
	}
	in.want(200, admin.send("/data/import", "upload", second))
	in.wantLead(recorder.send("/sign-out"), pathSignIn)
	held(t, admin.upload(nil, "departments.csv", newDepartments))
	in.clock.turnOn(sessionTime)
	in.server.dashboard.EndExpired()
	if n := in.scratchFiles(); n != 0 {
		t.Errorf("%d scratch files are left", n)
	}
	if left, err := filepath.Glob(filepath.Dir(in.store.TempPath("x")) + "/.glow.db-*"); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	body := "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + g.csrf +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"departments.csv\"\r\n\r\nid,name\nd1,One\n"
	a := g.do(in.request("", http.MethodPost, "/data/check", "multipart/form-data; boundary=b", body))
	in.shows(a, http.StatusBadRequest, "did not arrive whole")
	if n := in.scratchFiles(); n != 0 || in.count(schema.KindDepartment) != 2 {
		t.Errorf("%d scratch files are left", n)
	}
}

func TestAnExportIsThatOfTheAPI(t *testing.T) {
	in := withPeople(t, Options{})
	for _, role := range []string{schema.RoleAdmin, schema.RoleCoordinator} {
		g := in.signedIn(role)
		for _, fields := range [][]string{
			{}, {"kind", "session", "from", "2025-03-01", "to", "2025-03-01"}, {"kind", "profile", "department", "cs"}, {"kind", schema.ViewProfileSummary, "term", "t1"},
			{"kind", "profile", "role", "TA", "pseudonymize", "yes"},
			{"kind", "session", "pseudonymize_strict", "yes"},
		} {
			var asked schema.ExportRequest
			for i := 0; i < len(fields); i += 2 {
				switch v := fields[i+1]; fields[i] {
				case "kind":
					asked.Kind = v
				case "from":
					asked.DateFrom = v
				case "to":
					asked.DateTo = v
				case "term":
					asked.Term = v
				case "department":
					asked.DepartmentIDs = []string{v}
				case "role":
					asked.Roles = []string{"ta"}
				case "pseudonymize":
					asked.Pseudonymize = true
				case "pseudonymize_strict":
					asked.PseudonymizeStrict = true
				}
			}
			got := in.want(200, g.send("/data/export", fields...))
			want := in.export(role, asked)
			if got.body != want.body || got.Header.Get("Content-Disposition") != want.Header.Get("Content-Disposition") || got.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
				t.Errorf("%s, %v: another file than by the API", role, fields)
			}
		}
	}
	coordinator := in.signedIn(schema.RoleCoordinator)
	for _, wrong := range [][]string{{"department", "ma"}, {"term", "none"}, {"from", "soon"}, {"kind", "none"}} {
		a := coordinator.send("/data/export", wrong...)
		if in.want(http.StatusUnprocessableEntity, a); a.Header.Get("Content-Disposition") != "" || strings.Contains(a.body, "Mathematics") {
			t.Errorf("%v: %v %s", wrong, a.Header, textOf(a.body))
		}
	}
	list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: schema.ActionExport})
	if err != nil || list.TotalCount != 24 {
		t.Errorf("%d exports on the audit list, %v", list.TotalCount, err)
	}
}

func (in *instance) export(role string, req schema.ExportRequest) answer {
	in.t.Helper()
	body, err := json.Marshal(req)
	if err != nil {
		in.t.Fatal(err)
	}
	return in.want(200, in.post(role, schema.Export.Path, string(body)))
}

func TestAnUploadIsNotHeldForTheDay(t *testing.T) {
	in := withPeople(t, Options{Limits: Limits{HoldUpload: 50 * time.Millisecond}})
	g := in.signedIn(schema.RoleAdmin)
	first := held(t, g.upload(nil, "departments.csv", newDepartments))
	for start := time.Now(); in.scratchFiles() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("it is still held")
		}
	}
	in.shows(g.send("/data/import", "upload", first), http.StatusConflict, "not held any more")
}
