package sqlite

import (
	"path/filepath"
	"testing"
)

// A migration that was killed while it copied the file aside must not take what
// it left for the copy.
func TestCopyBeforeAMigrationIsWholeOrNotThere(t *testing.T) {
	from := filepath.Join(t.TempDir(), "glow.db")
	d := openAt(t, Options{Path: from})
	set(t, d, "Biology", 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := OpenConn(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "glow.db.schema-1.bak")
	write(t, path+".part", "SQLite format 3\x00 and half of the rest")
	for range 2 { // the second finds it there
		if err := keepCopy(c.Tx(ctx), from, path); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := filepath.Glob(path + "*"); err != nil || len(got) != 1 {
		t.Errorf("got the files %v, %v", got, err)
	}
	if count(t, openDB(t, Options{Path: path}), "Biology") != 1 {
		t.Error("it does not hold what the database held")
	}
}

// A first start may be killed between any two commits, and its log is then as
// long as they are. The next one goes on from there.
func TestOpenFinishesAFirstStartThatWasCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "glow.db")
	if err := makeEmpty(path); err != nil {
		t.Fatal(err)
	}
	other, err := OpenConn(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Tx(ctx).Exec(`SELECT * FROM sqlite_schema`); err != nil { // keeps the log from being moved into the file
		t.Fatal(err)
	}
	if err := testSchema.migrate(ctx, path, true); err != nil {
		t.Fatal(err)
	}
	file, log := read(t, path), read(t, path+"-wal")
	ends := commits(log)
	if len(ends) < 2 { // the table of versions, and the rest
		t.Fatalf("got %d commits", len(ends))
	}
	for i, end := range append([]int{0}, ends...) {
		cut := filepath.Join(t.TempDir(), "glow.db")
		write(t, cut, file)
		write(t, cut+"-wal", log[:end])
		d := openAt(t, Options{Path: cut})
		set(t, d, "after", i)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// commits returns where in a write-ahead log its transactions end.
func commits(log string) (ends []int) {
	const head, frameHead, page = 32, 24, 4096
	for at := head; at+frameHead+page <= len(log); at += frameHead + page {
		if log[at+4:at+8] != "\x00\x00\x00\x00" { // pages of the file after this commit
			ends = append(ends, at+frameHead+page)
		}
	}
	return ends
}
