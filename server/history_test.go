package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// imports lists the imports of a site, the newest first.
func (s *logSite) imports() []schema.PastImport {
	s.t.Helper()
	w := s.ask(schema.Imports.Path, schema.TypeJSON, []byte("{}"))
	var answer schema.ImportsResponse
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return answer.Imports
}

// takeBack takes an import back, and reports whether that could be.
func (s *logSite) takeBack(id string) bool {
	s.t.Helper()
	w := s.ask(schema.TakeBack.Path, schema.TypeJSON, []byte(`{"import_id":"`+id+`"}`))
	if w.Code != http.StatusOK && w.Code != http.StatusConflict {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Code == http.StatusOK
}

// An import of a log that is taken back leaves what the other imports alone give.
func TestALogIsTakenBackAsIfItHadNeverCome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		_, files := drawLog(rt)
		var pieces [][]piece
		for len(files) > 0 {
			n := rapid.IntRange(1, len(files)).Draw(rt, "files of the import")
			pieces, files = append(pieces, files[:n]), files[n:]
		}
		s, never := newSite(t), newSite(t)
		defer s.close()
		defer never.close()
		for _, p := range pieces {
			s.take("", p...)
		}
		list := s.imports()
		slices.Reverse(list)
		if len(list) != len(pieces) {
			rt.Fatalf("%d imports are listed of %d", len(list), len(pieces))
		}
		before := s.dump()
		at := rapid.IntRange(0, len(list)-1).Draw(rt, "taken back")
		if !s.takeBack(list[at].ImportID) {
			sameDump(rt, s.dump(), before)
			if at == len(list)-1 && list[at].Permanent == "" {
				rt.Fatal("the latest import was not taken back")
			}
			return
		}
		for i, p := range pieces {
			if i != at {
				never.take("", p...)
			}
		}
		sameDump(rt, s.dump(), never.dump())
		s.healthy()
		s.take("", pieces[at]...)
		never.take("", pieces[at]...)
		sameDump(rt, s.dump(), never.dump())
	})
}

// The list of imports says who brought which file, and what became of it.
func TestImportsAreListed(t *testing.T) {
	in := withPeople(t, Options{})
	text := "id,name,role\nada,Ada,ta\nbea,Bea,ta\n"
	var taken schema.ImportResponse
	in.decode(in.want(http.StatusOK, in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path+"?file=people.csv", schema.TypeCSV, text)), &taken)
	for _, unlisted := range []answer{
		in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path+"?file=people.csv&dry_run=true", schema.TypeCSV, text+"cy,Cy,ta\n"),
		in.ask(schema.RoleAdmin, http.MethodPost, schema.Import.Path, schema.TypeJSON, `{"kind":"profile","id":"dee","name":"Dee","role":"ta"}`),
		in.ask(schema.RoleRecorder, http.MethodPost, schema.Import.Path, schema.TypeNDJSON, `{"kind":"login","id":"l-ada","profile_id":"ada","created_at":"2025-01-01T10:00:00Z"}`+"\n"),
	} {
		var got schema.ImportResponse
		if in.decode(in.want(http.StatusOK, unlisted), &got); got.ImportID != "" {
			t.Errorf("an import is in the history that should not be: %+v", got)
		}
	}
	var list schema.ImportsResponse
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Imports.Path, "{}")), &list)
	if len(list.Imports) != 2 { // the first is of the people who were there
		t.Fatalf("%+v", list)
	}
	sum := sha256.Sum256([]byte(text))
	one := list.Imports[0]
	if one.ImportID != taken.ImportID || one.File != "people.csv" || one.Size != int64(len(text)) || one.SHA256 != hex.EncodeToString(sum[:]) ||
		one.Inserted != 2 || one.ByKind[schema.KindProfile].Inserted != 2 || one.TokenName == "" || one.TakenBackAt != nil {
		t.Errorf("%+v", one)
	}
	var back schema.TakeBackResponse
	req := fmt.Sprintf(`{"import_id":%q}`, taken.ImportID)
	refused := in.refusal(http.StatusConflict, in.post(schema.RoleAdmin, schema.TakeBack.Path, req))
	if !strings.Contains(refused.Detail, `"ada"`) { // her login came otherwise
		t.Errorf("%+v", refused)
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Delete.Path, `{"kind":"login","id":"l-ada"}`))
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.TakeBack.Path, req)), &back)
	if back.Removed[schema.KindProfile] != 2 {
		t.Errorf("%+v", back)
	}
	in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Imports.Path, "{}")), &list)
	if list.Imports[0].TakenBackAt == nil {
		t.Errorf("%+v", list.Imports[0])
	}
	in.want(http.StatusConflict, in.post(schema.RoleAdmin, schema.TakeBack.Path, req))
	in.want(http.StatusNotFound, in.post(schema.RoleAdmin, schema.TakeBack.Path, `{"import_id":"nobody"}`))
}
