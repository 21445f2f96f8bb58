package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// Strictly pseudonymized, whatever the records: all rows go out, all times of a person are
// moved by the same number of whole days, no reference leads from one person to another,
// and the result can be imported and comes out of there as it went in.
func TestStrictPseudonymsMoveEachPersonAsAWhole(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		w := worldOf(t)
		for _, at := range []string{"1970-01-01T00:00:00Z", "1971-01-01T00:00:59Z", "1975-06-01T12:00:00Z", "9998-12-31T23:59:59Z", "9999-12-31T00:00:00Z"} {
			w.times = append(w.times, schema.InstantOf(mustTime(at)))
		}
		from, to := newPieces(t, w, folder), newPieces(t, w, folder)
		defer from.remove(t)
		defer to.remove(t)
		mustPut(t, from.s, PutOptions{}, consistent(t, w)...)
		key, err := from.s.pseudonymKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		plain := modelOf(t, readExport(t, from.s, everyone, schema.ExportRequest{}))
		strict := readExport(t, from.s, everyone, schema.ExportRequest{PseudonymizeStrict: true})
		moved := modelOf(t, strict)
		mask := newPseudonyms(key)
		days := map[string]int64{}
		for _, kind := range schema.Kinds {
			if len(moved.rows[kind.Name]) != len(plain.rows[kind.Name]) {
				t.Fatalf("%d of %d records of %s", len(moved.rows[kind.Name]), len(plain.rows[kind.Name]), kind.Name)
			}
			for id, r := range plain.rows[kind.Name] {
				if !kind.Timed() {
					continue
				}
				other := moved.rows[kind.Name][mask.of(kind.Name, id)]
				checkMoved(t, days, subjectOf(plain, r), r, other)
				checkOwnReferences(t, moved, other)
			}
		}
		for _, records := range recordsOf(t, strict) {
			mustPut(t, to.s, PutOptions{}, records...)
		}
		want := ofKinds(strict)
		got := ofKinds(readExport(t, to.s, everyone, schema.ExportRequest{}))
		if got, want := exportText(got), exportText(want); got != want {
			t.Fatalf("the import has something else:\n%s", difference(got, want))
		}
	})
}

// checkMoved compares the times of a record with those of the original: days has by how
// many they were moved, by person.
func checkMoved(t *rapid.T, days map[string]int64, person string, before, after *schema.Record) {
	for i, f := range before.Kind.Fields {
		at, moved := before.Values[i], after.Values[i]
		if f.Type != schema.Time || !at.Set && !moved.Set {
			continue
		}
		at.Int -= at.Int % minute
		switch year := schema.Instant(at.Int).Time().Year(); {
		case at.Set != moved.Set:
			t.Fatalf("%s of %v is %v", f.Name, before.Values, moved)
		case year == 1970 || year == 9999:
			if at.Int != moved.Int {
				t.Fatalf("%s became %s", schema.Instant(at.Int), schema.Instant(moved.Int))
			}
			continue
		case year <= 1981:
			if y := schema.Instant(moved.Int).Time().Year(); y < 1971 || moved.Int >= at.Int && at.Int != firstMoved {
				t.Fatalf("%s became %s", schema.Instant(at.Int), schema.Instant(moved.Int))
			}
			continue
		}
		by := at.Int - moved.Int
		if d, known := days[person]; by%microsOfDay != 0 || by <= 0 || by > mostDays*microsOfDay || known && d != by/microsOfDay {
			t.Fatalf("%s of %q was moved from %s to %s, others by %d days", before.Kind.Name, person, schema.Instant(at.Int), schema.Instant(moved.Int), d)
		}
		days[person] = by / microsOfDay
	}
}

// checkOwnReferences checks that what a record refers to is of the same person.
func checkOwnReferences(t *rapid.T, m *model, r *schema.Record) {
	for i, f := range r.Kind.Fields {
		if to := m.rows[f.Ref][r.Values[i].Text]; f.Type == schema.ID && f.Ref != "" && f.Ref != schema.KindProfile && to != nil && m.ownerOf(to) != subjectOf(m, r) {
			t.Fatalf("%s of %s %v is of %q", f.Name, r.Kind.Name, r.Values, m.ownerOf(to))
		}
	}
}

// subjectOf is whose record it is: with problems of a session, its person.
func subjectOf(m *model, r *schema.Record) string {
	if owner := m.ownerOf(r); owner != "" || text(r, "session_id") == "" {
		return owner
	}
	return m.ownerOf(m.rows[schema.KindSession][text(r, "session_id")])
}

// recordsOf reads the kinds of an export.
func recordsOf(t fataler, tables []exported) (all [][]schema.Record) {
	for _, table := range ofKinds(tables) {
		kind := schema.KindNamed(table.name)
		records := make([]schema.Record, len(table.rows))
		for n, row := range table.rows {
			records[n] = kind.NewRecord()
			for j := range kind.Fields {
				v, err := kind.Fields[j].Parse(row[j], time.UTC)
				if err != nil {
					t.Fatal(kind.Name, row, err)
				}
				records[n].Values[j] = v
			}
			if err := records[n].Finish(); err != nil {
				t.Fatal(kind.Name, row, err)
			}
		}
		all = append(all, records)
	}
	return all
}

func modelOf(t fataler, tables []exported) *model {
	m := newModel(time.UTC, time.Time{})
	for _, records := range recordsOf(t, tables) {
		for i := range records {
			m.rows[records[i].Kind.Name][idOf(&records[i])] = &records[i]
		}
	}
	return m
}

// Each person has a number of days of their own, the same in every export; nothing of an
// export tells it: not the order of the rows, not how far the records reach, not what is
// active now.
func TestStrictPseudonymsDoNotTellByHowMuchTimesWereMoved(t *testing.T) {
	now := mustTime("2025-03-14T12:00:00Z")
	s := openStore(t, Options{Now: func() time.Time { return now }})
	records := []schema.Record{rec("department", "id", "d", "name", "D")}
	const people = 50
	for i := range people {
		id := fmt.Sprintf("p%02d", i)
		at := now.Add(-time.Duration(people-i) * time.Minute).Format(time.RFC3339)
		records = append(records, rec("profile", "id", id, "name", "N", "department_ids", "d"),
			rec("session", "id", "s"+id, "profile_id", id, "created_at", at), rec("login", "profile_id", id, "created_at", at))
	}
	mustPut(t, s, PutOptions{}, append(records, rec("problem", "type", "t", "message", "m", "created_at", "2025-03-14T11:00:00Z"))...)
	strict := schema.ExportRequest{PseudonymizeStrict: true, Filter: schema.Filter{DateFrom: "2025-03-14", DateTo: "2025-03-14"}}
	tables := readExport(t, s, everyone, strict)
	if again := exportText(readExport(t, s, everyone, strict)); again != exportText(tables) {
		t.Error("another export moves them by others")
	}
	numbers := map[string]bool{}
	for _, table := range tables {
		var times []string
		for _, row := range table.rows {
			switch table.name {
			case schema.KindSession:
				times = append(times, row[2])
				numbers[row[2][:10]] = true
			case schema.ViewSessionHistory:
				times = append(times, row[4])
				if row[7] != "" {
					t.Errorf("the history tells that a session is active: %v", row)
				}
			case schema.ViewProfileSummary:
				if row[10] != "" || strings.HasPrefix(row[9], "2025-03-14") {
					t.Errorf("the summary tells a time: %v", row)
				}
			}
		}
		if !slices.IsSorted(times) {
			t.Errorf("%s is in another order than that of its times: %v", table.name, times)
		}
	}
	if len(numbers) < people/2 {
		t.Errorf("%d people were moved to %d days", people, len(numbers))
	}
	if text := exportText(tables); strings.Contains(text, "2025-03-14") {
		t.Errorf("a time was not moved:\n%s", text)
	}
	_, err := s.Export(ctx, everyone, strict, func(tables []Table) error {
		for _, table := range tables {
			if table.DataUntil != nil {
				t.Errorf("%s tells how far the records reach", table.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}
