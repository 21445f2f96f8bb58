package server

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
)

// programs has a file of each program, or a folder of those that it puts into one ZIP.
const programs = "testdata/programs"

// program reads a file of a program; a folder as a ZIP.
func program(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(programs, name)
	if !strings.HasSuffix(name, "/") {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.AddFS(os.DirFS(path)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// send imports a file of a program as a browser or a command would, with no word on what it is.
func (in *instance) send(name string) answer {
	contentType := schema.TypeAny
	if strings.HasSuffix(name, "/") {
		contentType = schema.TypeZIP
	}
	return in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto", contentType, program(in.t, name))
}

// A file of each program is told by its content, gives what is in it, and the same file again
// changes nothing.
func TestFilesOfProgramsAreTakenForWhatTheyAre(t *testing.T) {
	for name, want := range map[string]string{
		"blackboard-activity.csv":     "blackboard-activity; profile 1; session 2; login 1; activity 5; no record 2",
		"brightspace-grades.csv":      "brightspace-grades; without Quiz 1 Points Grade <Numeric MaxPoints:10>; profile 2",
		"brightspace-logins.csv":      "brightspace-logins; profile 2; session 2; login 3; activity 3",
		"brightspace-sis.csv":         "brightspace-sis; profile 3",
		"brightspace-users.csv":       "brightspace-users; profile 2",
		"canvas-gradebook.csv":        "canvas-gradebook; without Essay 1 (101), Essay 2 (102); profile 2; no record 3",
		"canvas-gradebook-names.csv":  "canvas-gradebook-names; without Essay 1 (101); profile 1; no record 2",
		"canvas-people.csv":           "canvas-people; profile 3",
		"canvas-provisioning/":        "canvas-provisioning; canvas-provisioning; profile 3; no record 1; person not listed 1",
		"canvas-sis/":                 "canvas-sis; canvas-sis; canvas-sis; profile 2; no record 1",
		"langfuse-blob.jsonl":         "langfuse-observations; profile 1; session 1; group 1; run 2",
		"langfuse-observations.json":  "langfuse-observations; without modelParameters.temperature; profile 1; session 1; group 1; run 1; no record 1",
		"langfuse-traces.csv":         "langfuse-traces; profile 1; session 1; group 1; run 2; no record 1",
		"librechat-messages.json":     "librechat-messages; profile 1; session 2; group 2; run 1",
		"librechat-transactions.json": "librechat-transactions; profile 1; session 1; group 1; run 2; no record 1",
		"oneroster-1.1/":              "oneroster; oneroster; oneroster; oneroster; oneroster; oneroster; department 2; term 2; profile 5; no record 5",
		"oneroster-1.2/":              "oneroster; oneroster; oneroster; oneroster; department 2; profile 2",
	} {
		in := newInstance(t, Options{})
		var got, again schema.ImportResponse
		in.decode(in.want(http.StatusOK, in.send(name)), &got)
		if text := taken(got); text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
		in.decode(in.want(http.StatusOK, in.send(name)), &again)
		if again.Inserted+again.Updated > 0 {
			t.Errorf("%s, again: %s, %d updated", name, taken(again), again.Updated)
		}
	}
}

// exported lists the records of a kind, one a line, without the header.
func (in *instance) exported(kind string) string {
	in.t.Helper()
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{"kind":"`+kind+`"}`))
	_, lines, _ := strings.Cut(strings.ReplaceAll(a.body, "\r\n", "\n"), "\n")
	return lines
}

// What the files of programs say of people, tokens and costs comes out as it is.
func TestRecordsOfProgramsAreThoseOfTheirFiles(t *testing.T) {
	for name, c := range map[string]struct{ kind, want string }{
		"brightspace-grades.csv": {schema.KindProfile, `brightspace-org-400123456,John Doe,doej@example.edu,ta,,true,
brightspace-org-400123457,Ann Smith,smitha@example.edu,ta,,true,
`},
		"brightspace-sis.csv": {schema.KindProfile, `brightspace-org-sstudent1,Sammy Student,sstudent@example.com,Student,,true,
brightspace-org-tteacher1,Tammy Teacher,tteacher@example.com,Teacher,,true,
brightspace-org-wstudent1,Will van Baas,wstudent@example.com,Student,,false,
`},
		"canvas-gradebook.csv": {schema.KindProfile, `canvas-11,Ana One,,ta,,true,
canvas-12,Ben Two,,ta,,true,
`},
		"canvas-people.csv": {schema.KindProfile, `canvas-sis-9001,Ana One,,ta,,true,
canvas-sis-9002,Ben Two,,student,,true,
canvas-sis-cthree,Cy Three,,teacher,,true,
`},
		"canvas-provisioning/": {schema.KindProfile, `canvas-11,Ana One,ana@example.edu,ta,,true,
canvas-12,Ben Two,ben@example.edu,student,,false,
canvas-13,Cy Three,,ta,,true,
`},
		"langfuse-blob.jsonl": {schema.KindRun, `langfuse-o2,langfuse-s1,gpt-x,1200,300,,0.015,2025-03-03T14:05:00.1Z,,ana@example.edu,
langfuse-o3,langfuse-s1,gpt-x,100,10,,0.001,2025-03-03T14:10:00Z,,ana@example.edu,
`},
		"librechat-messages.json": {schema.KindRun, `librechat-m2,librechat-c1,gpt-x,,21,,,2025-03-03T14:05:04Z,,User 65e000000000000000000005,
`},
		"librechat-transactions.json": {schema.KindRun, `librechat-660000000000000000000001,librechat-c1,gpt-x,1200,,,0.003,2025-03-03T14:05:04Z,,User 65e000000000000000000005,
librechat-660000000000000000000002,librechat-c1,gpt-x,,300,,0.0030005,2025-03-03T14:05:04Z,,User 65e000000000000000000005,
`},
		"oneroster-1.1/": {schema.KindProfile, `oneroster-u1,Ana One,ana@example.edu,ta,bio|cs,true,"Biology, Computer Science"
oneroster-u2,Ben Two,ben@example.edu,ta,cs,true,Computer Science
oneroster-u3,Cy Three,cy@example.edu,teacher,cs,true,Computer Science
oneroster-u4,Dee Four,dee@example.edu,student,bio,false,Biology
oneroster-u5,Eve Five,eve@example.edu,student,bio,false,Biology
`},
		"oneroster-1.2/": {schema.KindProfile, `oneroster-u1,Ana One,ana@example.edu,ta,bio|cs,true,"Biology, Computer Science"
oneroster-u2,Ben Two,ben@example.edu,teacher,cs,true,Computer Science
`},
	} {
		in := newInstance(t, Options{})
		in.want(http.StatusOK, in.send(name))
		if got := in.exported(c.kind); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A list of people says who left and who changed roles; what it does not say stays as it is, and so
// do departments that somebody was put into by hand.
func TestListsOfPeopleChangeWhatTheySay(t *testing.T) {
	const header = "UserId,UserName,OrgDefinedId,FirstName,MiddleName,LastName,IsActive,Organization,ExternalEmail,SignupDate\n"
	in := newInstance(t, Options{})
	in.imported("as=auto", header+"7,ana,E7,Ana,,One,True,1,ana@example.edu,2024-01-15T10:30:00.000Z\n8,ben,E8,Ben,,Two,True,1,,2024-01-15T10:30:00.000Z\n")
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"department","id":"cs","name":"Computer Science"}
{"kind":"profile","id":"brightspace-7","role":"lead","department_ids":["cs"]}
`))
	in.imported("as=auto", header+"7,ana,E7,Ana,,Uno,False,1,,2024-01-15T10:30:00.000Z\n")
	want := `brightspace-7,Ana Uno,ana@example.edu,lead,cs,false,Computer Science
brightspace-8,Ben Two,,ta,,true,
`
	if got := in.exported(schema.KindProfile); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The departments of a OneRoster package are those that are known by their names.
func TestDepartmentsOfAListAreThoseThatAreKnown(t *testing.T) {
	in := newInstance(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"department","id":"d1","name":"Computer science"}
`))
	in.want(http.StatusOK, in.send("oneroster-1.2/"))
	if got, want := in.exported(schema.KindDepartment), "bio,Biology\nd1,Computer Science\n"; got != want {
		t.Errorf("departments: got %q, want %q", got, want)
	}
	if got := in.exported(schema.KindProfile); !strings.Contains(got, "oneroster-u2,Ben Two,ben@example.edu,teacher,d1,true") {
		t.Errorf("people: %s", got)
	}
}

// A file that cannot be taken is refused in words; one that only comes beside others is not taken
// for what they are.
func TestFilesThatSayTooLittleAreRefused(t *testing.T) {
	in := newInstance(t, Options{})
	for body, want := range map[string]string{
		program(t, "librechat-conversation.json"):         "it does not say whose it is; take the collection messages or transactions, as mongoexport writes it",
		"propertyName,value\nmanifest.version,1.0\n":      "what the input holds cannot be told",
		program(t, "canvas-sis/enrollments.csv"):          "",
		program(t, "canvas-provisioning/enrollments.csv"): "",
	} {
		a := in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto", schema.TypeAny, body)
		if in.want(http.StatusUnprocessableEntity, a); !strings.Contains(a.body, want) {
			t.Errorf("%.40s: %s", body, a.body)
		}
	}
	if got := taken(in.imported("as=auto", program(t, "canvas-sis/terms.csv"))); got != "term; without status; term 1" {
		t.Errorf("terms by themselves: %s", got)
	}
}

// An export of the full Glow needs no word on what it is: as a ZIP, and each file of it.
func TestAFullGlowExportIsToldByItsContent(t *testing.T) {
	const folder = "../testdata/fullglow"
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	told, said := newInstance(t, Options{}), newInstance(t, Options{})
	var got, want schema.ImportResponse
	told.decode(told.want(http.StatusOK, told.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?as=auto", schema.TypeZIP, out.String())), &got)
	said.decode(said.want(http.StatusOK, said.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?from=glow", schema.TypeZIP, out.String())), &want)
	if got.Inserted == 0 || got.Inserted != want.Inserted || len(got.TakenFor) != 8 || got.TakenFor[0].As != schema.FromGlow {
		t.Errorf("told: %s, said: %s", taken(got), taken(want))
	}
	for _, file := range []string{"sessions.csv", "activity.csv", "logins.csv", "problems.csv", "emulations.csv"} {
		content, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		in := newInstance(t, Options{})
		var one schema.ImportResponse
		in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path+"?file="+file, schema.TypeCSV, string(content))), &one)
		if one.Inserted == 0 || len(one.TakenFor) != 1 || one.TakenFor[0].As != schema.FromGlow {
			t.Errorf("%s: %s", file, taken(one))
		}
	}
}
