package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// A migration that was killed while it copied the file aside must not take what
// it left for the copy.
func TestCopyBeforeAMigrationIsWholeOrNotThere(t *testing.T) {
	db, err := sql.Open("sqlite", dsn(filled(t), "rw", pragmas))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(t.TempDir(), "glow.db.schema-1.bak")
	write(t, path+".part", "SQLite format 3\x00 and half of the rest")
	for range 2 { // the second finds it there
		if err := keepCopy(ctx, db, path); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("got the files %v", got)
	}
	copied := openStore(t, Options{Path: path})
	if text := dump(t, copied, "department"); !strings.Contains(text, "Biology") {
		t.Errorf("got %s", text)
	}
}
