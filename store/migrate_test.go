package store

import (
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"glow/schema"
	"glow/store/sqlite"
)

// newestSchema is the number of the last migration.
func newestSchema(t *testing.T) string {
	t.Helper()
	files, err := schema.Migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	return strings.TrimLeft(number, "0")
}

// oldFiles unpacks the databases of earlier schemas, by name; the last of them may have
// this one. They are of testdata/schema/make.sh.
func oldFiles(t *testing.T) (paths map[string]string) {
	t.Helper()
	packed, err := filepath.Glob("../testdata/schema/*.db.gz")
	if err != nil || len(packed) == 0 {
		t.Fatalf("there are none: %v", err)
	}
	paths = map[string]string{}
	for _, name := range packed {
		f, err := os.Open(name)
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
		base := strings.TrimSuffix(filepath.Base(name), ".db.gz")
		paths[base] = filepath.Join(t.TempDir(), "glow.db")
		write(t, paths[base], string(text))
	}
	return paths
}

// entriesOf counts the entries on the audit list of a file that is not in use.
func entriesOf(t *testing.T, path string) (n int64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM audit`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFilesOfOlderSchemasAreMigrated(t *testing.T) {
	for name, path := range oldFiles(t) {
		t.Run(name, func(t *testing.T) {
			before, entries := read(t, path), entriesOf(t, path)
			s := openAt(t, Options{Path: path})
			answer := doctor(t, s)
			had := entries
			if name == "v2" || name == "v6" { // an entry vouches for the seals that those of before got
				entries++
			}
			if !answer.Healthy || answer.Audit.Entries != entries || entries == 0 {
				t.Errorf("%d entries before, %+v after: %+v", entries, answer.Audit, answer.Checks)
			}
			checkTokens(t, s)
			checkRebuild(t, s)
			if err := s.Audit(ctx, admin, schema.ActionExport, nil); err != nil {
				t.Fatal(err)
			}
			if c := auditCheck(t, s); !c.OK {
				t.Errorf("after one more entry: %s", c.Detail)
			}
			closeStore(t, s)
			if version := strings.TrimPrefix(name, "v"); version != newestSchema(t) { // else nothing was copied aside
				if got := entriesOf(t, path+".schema-"+version+".bak"); got != had {
					t.Errorf("the copy has %d entries, not %d", got, had)
				}
			}
			again := openAt(t, Options{Path: path})
			if c := auditCheck(t, again); !c.OK {
				t.Errorf("after another start: %s", c.Detail)
			}
			closeStore(t, again)
			write(t, path, before) // somebody goes back to the file of before
			if s := openStore(t, Options{Path: path}); !doctor(t, s).Healthy {
				t.Error("the second time it is not well")
			}
		})
	}
}

// checkTokens fails the test when the tokens of a session are not what its runs took
// in and gave out.
func checkTokens(t *testing.T, s *Store) {
	t.Helper()
	err := s.read(ctx, func(tx *tx) error {
		cached, err := tx.QueryCount(`SELECT count(*) FROM run WHERE cached_input_tokens > 0`)
		if cached == 0 || err != nil {
			t.Errorf("%d runs have cached tokens, %v", cached, err)
		}
		wrong, err := tx.QueryCount(`SELECT count(*) FROM session_summary m WHERE total_tokens <> (SELECT ifnull(sum(ifnull(input_tokens, 0) + ifnull(output_tokens, 0)), 0)
			FROM run r JOIN "group" g ON g.key = r.group_key WHERE g.session_key = m.session_key)`)
		if wrong != 0 || err != nil {
			t.Errorf("%d sessions have other tokens, %v", wrong, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A kill between the steps in SQL and what Go does after them, or in the middle of
// that, leaves a file that the next start makes ready.
func TestMigrationThatIsCutOffIsFinishedAtTheNextStart(t *testing.T) {
	for name, cut := range map[string]func(t *testing.T, path string){
		"before the chain": func(*testing.T, string) {},
		"in the chain": func(t *testing.T, path string) {
			c, err := sqlite.OpenConn(ctx, path)
			if err != nil {
				t.Fatal(err)
			}
			killed := errors.New("killed")
			err = newTx(c.Tx(ctx)).transact(func(t *tx) error { return errors.Join(chainAll(t), killed) })
			if !errors.Is(err, killed) {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := oldFiles(t)["v1"]
			entries := entriesOf(t, path)
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			steps, err := goose.NewProvider(goose.DialectSQLite3, db, fileSchema().Migrations, goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := steps.Up(ctx); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			cut(t, path)
			if got := entriesOf(t, path); got != entries {
				t.Fatalf("%d entries are left", got)
			}
			s := openStore(t, Options{Path: path})
			if answer := doctor(t, s); !answer.Healthy || answer.Audit.Entries != entries {
				t.Errorf("got %+v, want %d entries", answer, entries)
			}
			checkRebuild(t, s)
		})
	}
}

// A list from which somebody has taken the chain away is not chained anew.
func TestChainIsMadeOnce(t *testing.T) {
	path := audited(t)
	runScript(t, path, withoutTriggers+`UPDATE audit SET hash = NULL WHERE key < 5`)
	s := openStore(t, Options{Path: path})
	if c := auditCheck(t, s); c.OK || !strings.Contains(c.Detail, "entry 1 was not written by glow") {
		t.Errorf("got %v, %q", c.OK, c.Detail)
	}
}
