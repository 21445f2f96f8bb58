package server

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
)

func unzip(t *testing.T, body string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestAnExportTakesInElsewhereAndComesOutTheSame(t *testing.T) {
	here, there := withPeople(t, Options{}), newInstance(t, Options{})
	out := here.want(http.StatusOK, here.post(schema.RoleAdmin, "/system/export", `{}`))
	there.want(http.StatusOK, there.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeZIP, out.body))
	again := there.want(http.StatusOK, there.post(schema.RoleAdmin, "/system/export", `{}`))
	first, second := unzip(t, out.body), unzip(t, again.body)
	if len(first) != len(schema.Kinds)-1+3 { // there are no mappings
		t.Errorf("%d files", len(first))
	}
	for name, content := range first {
		if name != schema.ManifestName && content != second[name] {
			t.Errorf("%s:\n%s\nthen\n%s", name, content, second[name])
		}
	}
	var m schema.Manifest
	if err := json.Unmarshal([]byte(first[schema.ManifestName]), &m); err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		if sum := sha256.Sum256([]byte(first[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 || f.Rows != int64(strings.Count(first[f.Name], "\n")-1) {
			t.Errorf("the manifest says %+v", f)
		}
	}
	if got := out.Header.Get("Content-Disposition"); got != `attachment; filename="glow-export-2025-06-15.zip"` {
		t.Error(got)
	}
}

func TestAnExportIsOnTheAuditListWithItsDigest(t *testing.T) {
	in := withPeople(t, Options{})
	a := in.want(http.StatusOK, in.post(schema.RoleCoordinator, "/system/export", `{"kind":"profile"}`))
	if !strings.HasPrefix(a.body, "id,name,email,role,department_ids,active,department_names\n") || strings.Contains(a.body, "Bob") || !strings.Contains(a.body, "'=Cat") {
		t.Error(a.body)
	}
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="glow-profile-2025-06-15.csv"` {
		t.Error(got)
	}
	var list schema.AuditResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/audit", `{"action":"export"}`)), &list)
	sum := sha256.Sum256([]byte(a.body))
	d := list.Data[0].Detail
	if d["sha256"] != hex.EncodeToString(sum[:]) || d["complete"] != true || fmt.Sprint(d["rows"]) != "map[profiles.csv:2]" || list.Data[0].TokenName != "c" {
		t.Errorf("%+v", list.Data[0])
	}
}

func TestPseudonymsHideNames(t *testing.T) {
	in := withPeople(t, Options{})
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/export", `{"pseudonymize":true}`))
	for name, content := range unzip(t, a.body) {
		for _, secret := range []string{"Ann", "Bob", "ann@", "It broke"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s has %q", name, secret)
			}
		}
	}
}

// Strict pseudonyms are pseudonyms; the manifest says that times were moved, and holds no
// date that tells by how much.
func TestStrictPseudonymsInTheManifest(t *testing.T) {
	in := withPeople(t, Options{})
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/export", `{"pseudonymize_strict":true,"date_from":"2025-03-01","date_to":"2025-03-01","term":"t1"}`))
	if got := a.Header.Get("Content-Disposition"); !strings.Contains(got, "-pseudonymized-") {
		t.Error(got)
	}
	files := unzip(t, a.body)
	for name, content := range files {
		for _, secret := range []string{"Ann", "Bob", "ann@", "It broke", "2025-03-01"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s has %q", name, secret)
			}
		}
	}
	var m schema.Manifest
	if err := json.Unmarshal([]byte(files[schema.ManifestName]), &m); err != nil {
		t.Fatal(err)
	}
	if !m.Pseudonymized || !m.TimesMoved || m.DataUntil != nil || m.Filters.Term != "" {
		t.Errorf("got %+v", m)
	}
	for _, wrong := range []string{`{"kind":"audit","pseudonymize_strict":true}`, `{"pseudonymize_departments":true}`} {
		in.refusal(http.StatusUnprocessableEntity, in.post(schema.RoleAdmin, "/system/export", wrong))
	}
}

func TestTheDataPageTellsOfSmallGroups(t *testing.T) {
	in := withPeople(t, Options{})
	groups, err := in.store.SmallGroups(t.Context(), schema.Scope{All: true})
	if err != nil || groups < 2 {
		t.Fatalf("%d groups, %v", groups, err)
	}
	in.shows(in.signedIn(schema.RoleAdmin).open("/data"), 200, fmt.Sprintf("there are %d such groups", groups))
	in.shows(in.signedIn(schema.RoleCoordinator).open("/data"), 200, "there is one such group")
}

func TestABackupIsADatabaseThatOpens(t *testing.T) {
	in := withPeople(t, Options{})
	a := in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/backup", ``))
	list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: schema.ActionBackup})
	sum := sha256.Sum256([]byte(a.body))
	if err != nil || list.Data[0].Detail["sha256"] != hex.EncodeToString(sum[:]) || list.Data[0].Detail["bytes"] != float64(len(a.body)) {
		t.Errorf("of %d bytes with the digest %x the audit list says %v, %v", len(a.body), sum, list.Data[0].Detail, err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, []byte(a.body), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if got, err := st.Activity(t.Context(), schema.Scope{All: true}, schema.ActivityRequest{}); err != nil || got.Sessions != 2 {
		t.Errorf("%+v, %v", got.Counts, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(in.store.TempPath("")), ".glow-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// hangingUp is a connection whose client takes some bytes and then hangs up.
type hangingUp struct {
	http.ResponseWriter
	left int
	gone func()
}

func (w *hangingUp) Write(p []byte) (int, error) {
	if w.left < len(p) {
		n := w.left
		w.left = 0
		w.gone()
		return n, errors.New("gone")
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

// A download that breaks off does not look whole, and what left of it is on the audit
// list: that it began, and how much went.
func TestADownloadThatBreaksOffIsAccountedFor(t *testing.T) {
	in := withPeople(t, Options{})
	browser := in.signedIn(schema.RoleAdmin)
	downloads := map[string]func() *http.Request{
		schema.ActionExport: func() *http.Request { return in.request(schema.RoleAdmin, "POST", schema.Export.Path, "", "") },
		schema.ActionBackup: func() *http.Request { return in.request(schema.RoleAdmin, "POST", schema.Backup.Path, "", "") },
		schema.ActionExport + " on a page": func() *http.Request {
			form := url.Values{"csrf": {browser.csrf}}.Encode()
			r := in.request("", "POST", "/data/export", "application/x-www-form-urlencoded", form)
			browser.dress(r)
			return r
		},
	}
	for name, ask := range downloads {
		for _, left := range []int{0, 1000} {
			ctx, cancel := context.WithCancel(t.Context())
			func() {
				defer func() {
					if p := recover(); p != http.ErrAbortHandler {
						t.Errorf("%s after %d bytes: panic is %v", name, left, p)
					}
				}()
				in.server.ServeHTTP(&hangingUp{httptest.NewRecorder(), left, cancel}, ask().WithContext(ctx))
			}()
			action, _, _ := strings.Cut(name, " ")
			list := in.audit(`{"page_size":2}`).Data
			if list[1].Action != action+"_begin" || list[0].Action != action || list[0].RequestID != list[1].RequestID {
				t.Fatalf("%s after %d bytes: the list says %+v", name, left, list)
			}
			if d := list[0].Detail; d["complete"] != false || d["bytes"] != float64(left) || len(d["sha256"].(string)) != 64 {
				t.Errorf("%s after %d bytes: the list says %v", name, left, d)
			}
		}
	}
}

// No byte leaves before the entry that says so is on the disk.
func TestADownloadBeginsWithItsEntry(t *testing.T) {
	in := withPeople(t, Options{})
	for action, path := range map[string]string{schema.ActionExport: schema.Export.Path, schema.ActionBackup: schema.Backup.Path} {
		begun := int64(0)
		first := func() {
			list, err := in.store.AuditList(t.Context(), schema.AuditRequest{Action: action + "_begin"})
			if begun = list.TotalCount; err != nil || begun != 1 {
				t.Errorf("%s: %d entries, %v", action, begun, err)
			}
		}
		func() {
			defer func() { _ = recover() }()
			in.server.ServeHTTP(&hangingUp{httptest.NewRecorder(), 0, first}, in.request(schema.RoleAdmin, "POST", path, "", ""))
		}()
		if begun == 0 {
			t.Errorf("%s: nothing was sent", action)
		}
	}
}

func TestAReaderThatStallsIsCut(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Stall: 100 * time.Millisecond}})
	var rows bytes.Buffer
	for i := range 16_000 { // more than the buffers of a connection hold
		fmt.Fprintf(&rows, `{"kind":"department","id":"d%d","name":"%s"}`+"\n", i, strings.Repeat("n", 1000))
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", "/system/import", schema.TypeNDJSON, rows.String()))
	_, r := in.raw("POST /system/export HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + adminSecret + "\r\nContent-Length: 21\r\n\r\n" + `{"kind":"department"}`)
	for in.server.metrics.count("/system/export") == 0 { // until the server has given up
		time.Sleep(10 * time.Millisecond)
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("the file looks whole after %d bytes", n)
	}
	var list schema.AuditResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/audit", `{"action":"export"}`)), &list)
	if list.TotalCount != 1 || list.Data[0].Detail["complete"] != false {
		t.Errorf("%+v", list.Data)
	}
}

// count is how many requests of a route have ended.
func (m *metrics) count(route string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.latency[fmt.Sprintf("route=%q", route)]; h != nil {
		return h.Count
	}
	return 0
}
