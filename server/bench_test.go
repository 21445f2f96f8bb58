package server

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
	"glow/store"
)

// BenchmarkPost posts single records, each on the disk before it is answered,
// from many writers at once.
func BenchmarkPost(b *testing.B) {
	st, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "glow.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	s, err := New(st, Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := st.AdoptToken(b.Context(), "first", adminSecret); err != nil {
		b.Fatal(err)
	}
	post := func(body string) {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost"+schema.Import.Path, strings.NewReader(body))
		r.Header.Set("Content-Type", schema.TypeJSON)
		r.Header.Set("Authorization", "Bearer "+adminSecret)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Error(w.Code, w.Body)
		}
	}
	post(`{"kind":"profile","id":"p","name":"P"}`)
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			post(`{"kind":"activity","profile_id":"p","created_at":"2025-03-01T09:00:00Z"}`)
		}
	})
}
