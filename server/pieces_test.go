package server

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
	"glow/store"
)

// A log that comes in pieces counts like a log that comes at once. Any split of its
// rows into files and imports, in any order, with overlaps, gives the same records, as
// long as rows alike to the letter stay in one file.

// piece is a file of a log.
type piece struct {
	header string
	rows   []string
}

func (p piece) String() string { return p.header + "\n" + strings.Join(p.rows, "\n") + "\n" }

// logSite is a database that logs are imported into.
type logSite struct {
	t     testing.TB
	dir   string // of its own: a property test opens thousands
	store *store.Store
	srv   *Server
}

func newSite(t testing.TB) *logSite {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "glow-pieces-")
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "glow.db"), Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(st, Options{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	return &logSite{t: t, dir: dir, store: st, srv: srv}
}

func (s *logSite) close() {
	if err := errors.Join(s.store.Close(), os.RemoveAll(s.dir)); err != nil {
		s.t.Error(err)
	}
}

func (s *logSite) ask(path, contentType string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.srv.ServeHTTP(w, r)
	return w
}

// take imports the files together.
func (s *logSite) take(query string, files ...piece) {
	s.t.Helper()
	var body bytes.Buffer
	z := zip.NewWriter(&body)
	for i, f := range files {
		w, err := z.Create(fmt.Sprintf("log%d.csv", i))
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.String()); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		s.t.Fatal(err)
	}
	if w := s.ask(schema.Import.Path+"?from=moodle&department=cs"+query, schema.TypeZIP, body.Bytes()); w.Code != http.StatusOK {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// dump is everything that an export holds, by file, but for the manifest.
func (s *logSite) dump() map[string]string {
	s.t.Helper()
	w := s.ask(schema.Export.Path, schema.TypeJSON, []byte("{}"))
	if w.Code != http.StatusOK {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		s.t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if f.Name == schema.ManifestName {
			continue
		}
		r, err := f.Open()
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			s.t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// sameDump fails where two dumps differ, with the first lines that do.
func sameDump(t rapid.TB, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] == want[name] {
			continue
		}
		a, b := strings.Split(got[name], "\n"), strings.Split(want[name], "\n")
		for i := range max(len(a), len(b)) {
			var x, y string
			if i < len(a) {
				x = a[i]
			}
			if i < len(b) {
				y = b[i]
			}
			if x != y {
				t.Fatalf("%s: %d and %d lines; line %d in pieces\n\t%s\nat once\n\t%s", name, len(a), len(b), i+1, x, y)
			}
		}
	}
}

const (
	numberedTable = `id,timecreated,eventname,userid,relateduserid,objectid,contextinstanceid,origin,realuserid`
	plainTable    = `timecreated,eventname,userid,objectid,contextinstanceid,courseid`
	reportTable   = `Time,User full name,Affected user,Event context,Component,Event name,Description,Origin`
)

// drawRows draws the rows of one shape: few enough people, events and times that they
// meet in every way. A row with a number always says the same.
func drawRows(t *rapid.T, header string) []string {
	const started, submitted = `\mod_quiz\event\attempt_started`, `\mod_quiz\event\attempt_submitted`
	at := func() int { return 1_700_000_000 + rapid.IntRange(0, 40).Draw(t, "minutes")*600 }
	event := func() string {
		return rapid.SampledFrom([]string{`\core\event\course_viewed`, `\core\event\user_loggedin`, `\core\event\user_loggedinas`, `\core\event\role_assigned`, started, submitted}).Draw(t, "event")
	}
	user := func() int { return rapid.IntRange(0, 4).Draw(t, "user") }
	pick := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	var rows []string
	for i := range rapid.IntRange(0, 25).Draw(t, "rows") {
		switch header {
		case numberedTable:
			rows = append(rows, fmt.Sprintf("%d,%d,%s,%d,%s,%s,%s,%s,%s", i+1, at(), event(), user(), pick("related", "", "2", "3"),
				pick("object", "", "8", "9"), pick("module", "", "5"), pick("origin", "web", "web", "ws", "cli"), pick("real", "", "", "", "1", "2")))
		case plainTable:
			rows = append(rows, fmt.Sprintf("%d,%s,%d,%s,%s,%s", at(), event(), user(), pick("object", "", "8", "9"), pick("module", "", "5"), pick("course", "42", "670")))
		default:
			name := func() string {
				return pick("name", "-", "Ann", "Ann", "Ben", "Ann as Ben", "Ben as Ann", "Cy as Ann", "ann", "Ann as Cy as Ben", "Jörg Ümit")
			}
			when := time.Unix(int64(at()), 0).UTC().Format("02/01/06, 15:04")
			rows = append(rows, fmt.Sprintf(`"%s",%s,%s,-,-,%s,%s,%s`, when, name(), name(),
				pick("event", "Course viewed", "User logged in as another user", "Quiz attempt started", "Quiz attempt submitted", "Role assigned", "User has logged in"),
				pick("description", "nothing", "The user with id '0' x", "The user with id '1' has logged in as the user with id '3'", "The user with id '2' did",
					"The user with id '3' has started the attempt with id '8'"), pick("origin", "web", "cli")))
		}
	}
	return rows
}

// cut splits rows into files, some rows into more than one: all that are alike go into
// the same files.
func cut(t *rapid.T, header string, rows []string) []piece {
	files := make([]piece, rapid.IntRange(1, 4).Draw(t, "files"))
	where := map[string][]int{}
	for _, row := range rapid.Permutation(rows).Draw(t, "order") {
		if where[row] == nil {
			where[row] = rapid.SliceOfNDistinct(rapid.IntRange(0, len(files)-1), 1, len(files), rapid.ID[int]).Draw(t, "in")
		}
		for _, i := range where[row] {
			files[i].rows = append(files[i].rows, row)
		}
	}
	for i := range files {
		files[i].header = header
	}
	return files
}

// drawLog draws a log of all shapes, and the same in files in any order.
func drawLog(rt *rapid.T) (whole, files []piece) {
	for _, header := range []string{numberedTable, plainTable, reportTable} {
		rows := drawRows(rt, header)
		if header == reportTable { // a day above 12 says which part is the day
			rows = append(rows, `"14/11/23, 09:00",-,-,-,-,x,x,cli`)
		}
		whole = append(whole, piece{header, rows})
		files = append(files, cut(rt, header, rows)...)
	}
	for i := range files {
		if files[i].header == reportTable {
			files[i].rows = append(slices.DeleteFunc(files[i].rows, func(row string) bool { return strings.Contains(row, "14/11/23, 09:00") }), `"14/11/23, 09:00",-,-,-,-,x,x,cli`)
		}
	}
	return whole, rapid.Permutation(files).Draw(rt, "order of files")
}

func TestLogsInPiecesCountLikeLogsAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		whole, files := drawLog(rt)
		one, many := newSite(t), newSite(t)
		defer one.close()
		defer many.close()
		one.take("", whole...)
		for range rapid.IntRange(1, 6).Draw(rt, "imports") {
			n := rapid.IntRange(0, len(files)).Draw(rt, "files of the import")
			if n > 0 {
				many.take("", files[:n]...)
			}
			files = files[n:]
		}
		if len(files) > 0 {
			many.take("", files...)
		}
		sameDump(rt, many.dump(), one.dump())
		many.healthy() // sessions that grew or became one count where they are now
		many.take("", whole...)
		sameDump(rt, many.dump(), one.dump())
	})
}
