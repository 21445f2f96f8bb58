package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"glow/schema"
)

var ctx = context.Background()

// testSchema is a database of one table.
var testSchema = Schema{Table: "setting", Migrations: fstest.MapFS{"00001_setting.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT;\n")}}}

// openAt opens a database with what Options leave out.
func openAt(t testing.TB, o Options) *DB {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "glow.db")
	}
	o.Schema = testSchema
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.WriteWait == 0 {
		o.WriteWait = 10 * time.Second
	}
	o.Logger = slog.New(slog.DiscardHandler)
	d, err := Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// openDB opens a database and closes it at the end of the test.
func openDB(t testing.TB, o Options) *DB {
	t.Helper()
	d := openAt(t, o)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// set writes a setting.
func set(t testing.TB, d *DB, name string, value any) {
	t.Helper()
	if err := d.Write(ctx, func(t *Tx) error { return t.Exec(`INSERT INTO setting VALUES (?, ?)`, name, value) }); err != nil {
		t.Fatal(err)
	}
}

// count counts the settings of a name.
func count(t testing.TB, d *DB, name string) (n int64) {
	t.Helper()
	err := d.Read(ctx, func(t *Tx) (err error) {
		n, err = t.QueryCount(`SELECT count(*) FROM setting WHERE name = ?`, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// refused fails the test unless the error is of the code.
func refused(t testing.TB, err error, code schema.Code) *schema.Error {
	t.Helper()
	var e *schema.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got the error %v, want one of code %s", err, code)
	}
	return e
}
