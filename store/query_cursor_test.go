package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// Whoever follows the cursors of a list meets every row that was there at the start
// once, in the order of the pages, whatever comes in meanwhile.
func TestCursorsMeetEveryRowOnce(t *testing.T) {
	at := func(minute int) string { return fmt.Sprintf("2025-03-14T09:%02d:00Z", minute) }
	session := func(id string, minute int) schema.Record {
		return rec("session", "id", id, "profile_id", "ann", "created_at", at(minute))
	}
	problem := func(id string, minute int) schema.Record {
		return rec("problem", "id", id, "profile_id", "ann", "type", "t", "message", "m", "created_at", at(minute))
	}
	folder, worlds := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		worlds++
		s := openAt(t, Options{Path: filepath.Join(folder, fmt.Sprint(worlds, ".db"))})
		defer s.Close()
		mustPut(t, s, PutOptions{}, rec("profile", "id", "ann", "name", "Ann"))
		added := 0
		add := func(most int) {
			for range rapid.IntRange(0, most).Draw(t, "rows") {
				minute := rapid.IntRange(0, 4).Draw(t, "minute") // many of the same time
				id := fmt.Sprintf("%c%d", 'a'+rapid.IntRange(0, 25).Draw(t, "letter"), added)
				mustPut(t, s, PutOptions{}, session("s"+id, minute), problem("p"+id, minute))
				added++
			}
		}
		add(12)
		order := rapid.SampledFrom([]string{schema.Ascending, schema.Descending}).Draw(t, "order")
		whole := schema.Paging{PageSize: ptr(200)}
		size := schema.Paging{PageSize: ptr(rapid.IntRange(1, 5).Draw(t, "size"))}
		sessions := func(req schema.SessionsRequest) (ids []string, next *string) {
			req.SortOrder = order
			answer, err := s.Sessions(ctx, everyone, req)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range answer.Data {
				ids = append(ids, row.SessionID)
			}
			return ids, answer.NextCursor
		}
		problems := func(req schema.ProblemsRequest) (ids []string, next *string) {
			req.SortOrder = order
			answer, err := s.Problems(ctx, everyone, req)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range answer.Data {
				ids = append(ids, row.ProblemID)
			}
			return ids, answer.NextCursor
		}
		sessionsBefore, _ := sessions(schema.SessionsRequest{Paging: whole})
		problemsBefore, _ := problems(schema.ProblemsRequest{Paging: whole})
		follow := func(ask func(cursor string) ([]string, *string)) (met []string) {
			for cursor := ""; ; {
				ids, next := ask(cursor)
				met = append(met, ids...)
				if next == nil {
					return met
				}
				cursor = *next
				add(2)
			}
		}
		check := func(what string, before, met []string) {
			was := map[string]bool{}
			for _, id := range before {
				was[id] = true
			}
			var old []string
			seen := map[string]bool{}
			for _, id := range met {
				if seen[id] {
					t.Fatalf("%s: %s twice in %v", what, id, met)
				}
				if seen[id] = true; was[id] {
					old = append(old, id)
				}
			}
			if got, want := strings.Join(old, " "), strings.Join(before, " "); got != want {
				t.Fatalf("%s: met %s\nof %s", what, got, want)
			}
		}
		check("sessions", sessionsBefore, follow(func(cursor string) ([]string, *string) {
			return sessions(schema.SessionsRequest{Paging: size, Cursor: cursor})
		}))
		check("problems", problemsBefore, follow(func(cursor string) ([]string, *string) {
			return problems(schema.ProblemsRequest{Paging: size, Cursor: cursor})
		}))
	})
}

func TestACursorOfAnotherQuestionIsRefused(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	one := schema.Paging{PageSize: ptr(1)}
	first, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Paging: one})
	if err != nil || first.NextCursor == nil {
		t.Fatalf("%v, %v", first.NextCursor, err)
	}
	next := *first.NextCursor
	for _, req := range []schema.SessionsRequest{
		{Cursor: next, SortOrder: schema.Ascending}, {Cursor: next, ProfileID: "ann"}, {Cursor: next, Filter: schema.Filter{DateFrom: "2025-03-01"}},
		{Cursor: "x"}, {Cursor: next + "AAAA="}, {Cursor: strings.ToUpper(next)},
	} {
		_, err := s.Sessions(ctx, everyone, req)
		if e := refused(t, err, schema.CodeInvalid); e.Fields[0].Field != "cursor" {
			t.Errorf("%+v: %v", req, err)
		}
	}
	_, err = s.Problems(ctx, everyone, schema.ProblemsRequest{Cursor: next})
	refused(t, err, schema.CodeInvalid)
	second, err := s.Sessions(ctx, everyone, schema.SessionsRequest{Cursor: next, SortOrder: schema.Descending})
	if err != nil || len(second.Data) != 1 || second.NextCursor != nil {
		t.Errorf("%+v, %v", second, err)
	}
}
