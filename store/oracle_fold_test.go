package store

import (
	"database/sql"
	"strings"
	"testing"

	"glow/schema"
)

// slowLetters are the letters of the world's names and searches, each with what it
// is written as without case, marks and the like.
var slowLetters = strings.NewReplacer(
	"Đ", "d", "đ", "d", "Ặ", "a", "ặ", "a", "ă\u0323", "a", "ễ", "e", "Ễ", "e", "ị", "i", "ồ", "o", "ß", "ss", "ẞ", "ss", "Ö", "o", "ö", "o", "É", "e", "é", "e", "Æ", "ae", "æ", "ae",
	"Σ", "σ", "ς", "σ", "’", "", "'", "", "‑", " ", "-", " ", ",", " ", "\u00a0", " ",
)

// foldSlowly folds a name of the world.
func foldSlowly(name string) string {
	return strings.Join(strings.Fields(slowLetters.Replace(strings.ToLower(slowLetters.Replace(name)))), " ")
}

// roleSlowly is a role of the world without case.
func roleSlowly(role string) string {
	return strings.ReplaceAll(strings.ToLower(role), "ß", "ss")
}

// findsSlowly reports whether each word of a search is in a name.
func findsSlowly(search, name string) bool {
	if strings.TrimSpace(search) != "" && foldSlowly(search) == "" {
		return false
	}
	for _, word := range strings.Fields(foldSlowly(search)) {
		if !strings.Contains(foldSlowly(name), word) {
			return false
		}
	}
	return true
}

// What a program of another rule has folded is folded anew at the next start, once
// the migration that changes the rule has ordered it.
func TestNamesFoldedByAnOlderRuleAreFoldedAgain(t *testing.T) {
	path := filled(t)
	o := Options{Path: path}
	s := openAt(t, o)
	mustPut(t, s, PutOptions{},
		rec("profile", "id", "b", "name", "Anna O’Brien-Straße", "role", "Straße"),
		rec("profile", "id", "c", "name", "Bob", "role", "STRASSE"),
		rec("session", "id", "bs", "profile_id", "b", "created_at", "2025-03-10T08:00:00Z"),
	)
	closeStore(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`UPDATE profile SET name_folded = 'anna o’brien-straße', role_folded = 'straße' WHERE id = 'b'`,
		`INSERT INTO cohort (department_ids, role_folded) VALUES ('[]', 'straße')`,
		`UPDATE profile SET cohort_key = (SELECT key FROM cohort WHERE role_folded = 'straße') WHERE id = 'b'`,
		`INSERT INTO setting (name, value) VALUES ('derive_anew', 1)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, o)
	for _, search := range []string{"obrien strasse", "STRASSE, Anna"} {
		got, err := s.Sessions(ctx, schema.Scope{All: true}, schema.SessionsRequest{Search: search, Filter: schema.Filter{Roles: []string{"Strasse"}}})
		if err != nil || got.TotalCount != 1 || len(got.Data) != 1 {
			t.Errorf("%q finds %+v, %v", search, got, err)
		}
	}
	checkRebuild(t, s)
}
