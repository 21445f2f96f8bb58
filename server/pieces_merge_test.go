package server

import (
	"encoding/json"
	"net/http"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// merge makes one person of two, and reports whether both were there.
func (s *logSite) merge(from, into string) bool {
	s.t.Helper()
	body, err := json.Marshal(schema.MergeRequest{From: from, Into: into})
	if err != nil {
		s.t.Fatal(err)
	}
	w := s.ask(schema.Merge.Path, schema.TypeJSON, body)
	if w.Code != http.StatusOK && w.Code != http.StatusNotFound && w.Code != http.StatusConflict {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Code == http.StatusOK
}

// People of a log are one from whenever they are merged: what comes of the log before and
// after gives the same as all of it before.
func TestPeopleOfALogAreMergedAtAnyTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		whole, files := drawLog(rt)
		one, many := newSite(t), newSite(t)
		defer one.close()
		defer many.close()
		for _, s := range []*logSite{one, many} {
			s.put(`{"kind":"profile","id":"ann","name":"Ann of the roster","email":"ann@x.edu","role":"lead"}`)
		}
		one.take("", whole...)
		type pair struct{ from, into string }
		var merged []pair
		ids := []string{"moodle-1", "moodle-2", "moodle-3", "moodle-4", "ann"}
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			if n := rapid.IntRange(0, len(files)).Draw(rt, "files of the import"); n > 0 {
				many.take("", files[:n]...)
				files = files[n:]
			}
			p := pair{rapid.SampledFrom(ids[:4]).Draw(rt, "from"), rapid.SampledFrom(ids).Draw(rt, "into")}
			if p.from != p.into && many.merge(p.from, p.into) {
				merged = append(merged, p)
				many.healthy()
			}
		}
		if len(files) > 0 {
			many.take("", files...)
		}
		for _, p := range merged {
			if !one.merge(p.from, p.into) {
				rt.Fatalf("%s cannot be merged into %s", p.from, p.into)
			}
			one.healthy()
		}
		one.take("", whole...)
		many.take("", whole...)
		sameDump(rt, many.dump(), one.dump())
		one.healthy()
		many.healthy()
		if len(merged) == 0 {
			return
		}
		if last := merged[len(merged)-1].into; rapid.Bool().Draw(rt, "forgotten") {
			one.forget(last)
			many.forget(last)
			one.take("", whole...)
			many.take("", whole...)
			sameDump(rt, many.dump(), one.dump())
			one.healthy()
			many.healthy()
		}
	})
}
