package server

import (
	"archive/zip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/store"
)

type glowFile struct{ name, header string }

// glowFiles are the files of an export of the full Glow.
var glowFiles = []glowFile{
	{"sessions.csv", "session_id,profile,created_at,active"},
	{"activity.csv", "id,profile,session_id,created_at"},
	{"logins.csv", "id,profile,session_id,created_at"},
	{"problems.csv", "id,profile,session_id,type,message,resolved,created_at"},
	{"grants.csv", "id,session_id,expires_at,created_at"},
	{"groups.csv", "group_id,session_id,group_name,created_at"},
	{"runs.csv", "run_id,group_id,run_date,input_tokens,output_tokens,cached_input_tokens,models,cost"},
	{"emulations.csv", "id,profile,grant_id,session_id,created_at"},
}

// glowRows draws the rows of an export, by file.
func glowRows(t *rapid.T) [][]string {
	rows := make([][]string, len(glowFiles))
	person := func() string {
		return rapid.SampledFrom([]string{"Ann Lee", "ann lee", "Ann-Lee", "Bo", "Đỗ An", ""}).Draw(t, "person")
	}
	at := func() string {
		return fmt.Sprintf("2025-03-%02d 10:%02d:00+00:00", rapid.IntRange(10, 12).Draw(t, "day"), rapid.IntRange(0, 5).Draw(t, "minute"))
	}
	session := func() string { return fmt.Sprint("s", rapid.IntRange(1, 4).Draw(t, "session")) }
	for i, f := range glowFiles {
		for n := range rapid.IntRange(0, 5).Draw(t, f.name) {
			id := fmt.Sprint(strings.TrimSuffix(f.name, ".csv"), n)
			row := ""
			switch f.name {
			case "sessions.csv":
				row = fmt.Sprintf("s%d,%s,%s,No", n+1, person(), at())
			case "activity.csv", "logins.csv":
				row = fmt.Sprintf("%s,%s,%s,%s", id, person(), session(), at())
			case "problems.csv":
				row = fmt.Sprintf("%s,%s,%s,bug,broken,No,%s", id, person(), session(), at())
			case "grants.csv":
				row = fmt.Sprintf("%s,%s,,%s", id, session(), at())
			case "groups.csv":
				row = fmt.Sprintf("%s,%s,,%s", id, session(), at())
			case "runs.csv":
				row = fmt.Sprintf("%s,groups%d,%s,10,5,2,m,0.01", id, rapid.IntRange(0, 4).Draw(t, "group"), at())
			case "emulations.csv":
				row = fmt.Sprintf("%s,%s,grants%d,%s,%s", id, person(), rapid.IntRange(0, 4).Draw(t, "grant"), session(), at())
			}
			rows[i] = append(rows[i], row)
		}
	}
	return rows
}

// cutGlow splits rows into pieces, some rows into two.
func cutGlow(rt *rapid.T, rows [][]string) [][][]string {
	cuts := rapid.IntRange(1, 6).Draw(rt, "pieces")
	split := make([][][]string, cuts)
	for c := range split {
		split[c] = make([][]string, len(glowFiles))
	}
	for i := range glowFiles {
		for _, row := range rapid.Permutation(rows[i]).Draw(rt, "order") {
			first := rapid.IntRange(0, cuts-1).Draw(rt, "piece")
			split[first][i] = append(split[first][i], row)
			if again := rapid.IntRange(0, cuts-1).Draw(rt, "again"); again != first {
				split[again][i] = append(split[again][i], row)
			}
		}
	}
	return split
}

// Pieces of an export, in any order, with overlaps and repeats, give what one import
// of all gives.
func TestPiecesOfAFullGlowExportCountLikeTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := glowRows(rt)
		whole := newGlowServer(t)
		whole.take(rt, rows)
		pieces := newGlowServer(t)
		for _, piece := range cutGlow(rt, rows) {
			pieces.take(rt, piece)
		}
		if got, want := pieces.export(rt), whole.export(rt); got != want {
			rt.Fatalf("in pieces:\n%s\nas a whole:\n%s", got, want)
		}
		before := whole.export(rt)
		whole.take(rt, rows)
		if got := whole.export(rt); got != before {
			rt.Fatalf("a second time:\n%s\nonce:\n%s", got, before)
		}
	})
}

// An older version gave a plain id to every name whose slug no other of its input
// had: who is there by that name stays who they are.
func TestPeopleOfAnOlderDatabaseAreKept(t *testing.T) {
	in := newInstance(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON,
		`{"kind":"profile","id":"glow-do-an","name":"Đỗ An"}`+"\n"+`{"kind":"profile","id":"glow-bo","name":"Bo the Elder"}`+"\n"+`{"kind":"profile","id":"glow-ann-lee","name":"Ann Lee"}`))
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import?from=glow&file=activity.csv", schema.TypeCSV,
		"id,profile,session_id,created_at\n1,Đỗ An,s1,2025-03-10 10:00:00\n2,Bo,s2,2025-03-10 10:00:00\n3,ann lee,s3,2025-03-10 10:00:00\n"))
	var got schema.SessionsResponse
	in.decode(in.post(schema.RoleAdmin, "/system/sessions", `{}`), &got)
	var people []string
	for _, s := range got.Data {
		people = append(people, s.SessionID+" "+s.ProfileID)
	}
	slices.Sort(people)
	if len(people) != 3 || people[0] != "s1 glow-do-an" || people[1] != "s2 glow-bo" || !strings.HasPrefix(people[2], "s3 glow-ann-lee-") {
		t.Errorf("got %v", people)
	}
}

type glowServer struct{ *Server }

func newGlowServer(t *testing.T) glowServer {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/glow.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	srv, err := New(st, Options{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	return glowServer{srv}
}

func (s glowServer) ask(t *rapid.T, path, contentType, body string) string {
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (s glowServer) take(t *rapid.T, rows [][]string) {
	var files []string
	for i, f := range glowFiles {
		if len(rows[i]) > 0 {
			files = append(files, f.name, f.header+"\n"+strings.Join(rows[i], "\n")+"\n")
		}
	}
	if files != nil {
		s.ask(t, "/system/import?from=glow", schema.TypeZIP, zipText(t, files))
	}
}

// export returns all that goes out.
func (s glowServer) export(t *rapid.T) string {
	var b strings.Builder
	for _, kind := range schema.KindNames() {
		b.WriteString(s.ask(t, "/system/export", schema.TypeJSON, fmt.Sprintf(`{"kind":%q}`, kind)))
	}
	b.WriteString(s.ask(t, "/system/export", schema.TypeJSON, `{"kind":"session_history"}`))
	return b.String()
}

func zipText(t *rapid.T, files []string) string {
	var b strings.Builder
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
