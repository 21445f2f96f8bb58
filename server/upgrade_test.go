package server

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
	"glow/store"
)

// remembered is what the program of an older schema answered.
type remembered struct {
	Asked []struct {
		Path         string
		Body, Answer json.RawMessage
	}
	Files []schema.ManifestFile
}

// Every answer about a file of an older schema is the one that it gave before, and
// every file of its export the same to the byte. They are of testdata/schema/make.sh.
func TestAnswersAreTheSameAfterAnUpgrade(t *testing.T) {
	files, err := filepath.Glob("../testdata/schema/*.answers.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are none: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var before remembered
			if err := json.Unmarshal(text, &before); err != nil || len(before.Asked) == 0 || len(before.Files) == 0 {
				t.Fatalf("%d answers and %d files: %v", len(before.Asked), len(before.Files), err)
			}
			srv := localServer(t, strings.TrimSuffix(file, ".answers.json")+".db.gz")
			ask := func(path string, body []byte) []byte {
				r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, bytes.NewReader(body))
				r.Header.Set("Content-Type", schema.TypeJSON)
				w := httptest.NewRecorder()
				srv.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Fatalf("%s %s: %d %s", path, body, w.Code, w.Body)
				}
				return w.Body.Bytes()
			}
			for _, a := range before.Asked {
				if got, want := lasting(t, ask(a.Path, a.Body)), lasting(t, a.Answer); got != want {
					t.Errorf("%s %s:\ngot  %s\nwant %s", a.Path, a.Body, got, want)
				}
			}
			got := manifestOf(t, ask(schema.Export.Path, []byte("{}")))
			for i, want := range before.Files {
				if want.Name == schema.ViewProfileSummary+".csv" && i < len(got) { // it has a column more
					want.SHA256 = got[i].SHA256
				}
				if i >= len(got) || got[i] != want {
					t.Errorf("the export has %+v, not %+v", got, want)
				}
			}
		})
	}
}

// localServer serves an unpacked database to whoever asks.
func localServer(t *testing.T, packed string) *Server {
	t.Helper()
	f, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "glow.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	srv, err := New(st, Options{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// lasting prints an answer without what is of its moment, or was not told before.
func lasting(t *testing.T, answer []byte) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(answer, &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"refreshed_at", "compared", "data_until", "data_until_described", "horizons", "in_future", "in_future_count", "open_problems_count", "open_problems_outside_count",
		"session_exists", "next_cursor", "timeline_total", "timeline_next_cursor",
	} {
		delete(v, name)
	}
	if previous, ok := v["previous"].(map[string]any); ok {
		for _, name := range []string{"date_from", "date_to", "described"} {
			delete(previous, name)
		}
	}
	people, _ := v["profile_summary"].([]any)
	for _, row := range people {
		delete(row.(map[string]any), "data_until")
	}
	rows, _ := v["data"].([]any)
	for _, row := range rows {
		if e, ok := row.(map[string]any); ok {
			delete(e, "may_change")
		}
		if e, ok := row.(map[string]any); ok && e["audit_id"] != nil {
			delete(e, "hash")
			delete(e, "token_id")
			if e["action"] == schema.ActionUpgrade { // it came last
				v["data"], v["total_count"] = rows[1:], v["total_count"].(float64)-1
			}
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func manifestOf(t *testing.T, export []byte) []schema.ManifestFile {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(export), int64(len(export)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(schema.ManifestName)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m schema.Manifest
	if err := json.NewDecoder(f).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m.Files
}
