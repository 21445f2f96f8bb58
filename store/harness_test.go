package store

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"glow/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// defaultChecks is how many random cases a property is held against unless
// -rapid.checks says otherwise.
const defaultChecks = "10"

func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": defaultChecks, "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var (
	ctx      = context.Background()
	everyone = schema.Scope{All: true}
	admin    = schema.Caller{TokenName: "test", Role: schema.RoleAdmin}
)

// fataler is what helpers need of a testing.TB or a rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// openAt opens a database that the test closes by itself.
func openAt(t fataler, o Options) *Store {
	t.Helper()
	s, err := Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openStore opens a new database and closes it at the end of the test.
func openStore(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "glow.db")
	}
	s := openAt(t, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// closeStore closes a database or fails the test.
func closeStore(t fataler, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// rec makes a record of a kind from pairs of a field and its text.
func rec(kind string, pairs ...string) schema.Record {
	r := schema.KindNamed(kind).NewRecord()
	for i := 0; i < len(pairs); i += 2 {
		r.Put(pairs[i], pairs[i+1])
	}
	if err := r.Finish(); err != nil {
		panic(err)
	}
	return r
}

// item is one step of an input: a record or a fault.
type item struct {
	record schema.Record
	fault  *schema.Fault
}

func itemsOf(records ...schema.Record) []item {
	list := make([]item, len(records))
	for i, r := range records {
		list[i].record = r
	}
	return list
}

// input yields items as a reader does, in one reused record.
func input(items []item) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		var reused schema.Record
		for _, it := range items {
			if it.fault != nil {
				if !yield(nil, *it.fault) {
					return
				}
				continue
			}
			reused.Reset(it.record.Kind)
			copy(reused.Values, it.record.Values)
			reused.Absent, reused.File, reused.Line = it.record.Absent, it.record.File, it.record.Line
			if !yield(&reused, nil) {
				return
			}
		}
	}
}

// mustPut takes records in and fails the test when the store does not.
func mustPut(t fataler, s *Store, o PutOptions, records ...schema.Record) schema.ImportResponse {
	t.Helper()
	answer, err := s.Put(ctx, input(itemsOf(records...)), o)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// mustRefresh brings the summaries up to date.
func mustRefresh(t fataler, s *Store, full bool) {
	t.Helper()
	if _, err := s.Refresh(ctx, schema.RefreshRequest{Full: full}); err != nil {
		t.Fatal(err)
	}
}

// allTables lists the tables of the file.
func allTables(t fataler, s *Store) (names []string) {
	t.Helper()
	err := s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		}, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// dump prints the rows of tables, sorted, one a line.
func dump(t fataler, s *Store, names ...string) string {
	t.Helper()
	var out strings.Builder
	for _, name := range names {
		fmt.Fprintf(&out, "== %s\n", name)
		lines, err := dumpTable(s, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			out.WriteString(line)
		}
	}
	return out.String()
}

func dumpTable(s *Store, name string) (lines []string, err error) {
	err = s.read(ctx, func(t *tx) error {
		var columns []string
		err := t.Query(func(scan func(...any) error) error {
			columns = append(columns, "")
			return scan(&columns[len(columns)-1])
		}, `SELECT name FROM pragma_table_info(?)`, name)
		if err != nil {
			return err
		}
		return t.Query(func(scan func(...any) error) error {
			values := make([]any, len(columns))
			dest := make([]any, len(columns))
			for i := range values {
				dest[i] = &values[i]
			}
			if err := scan(dest...); err != nil {
				return err
			}
			var line strings.Builder
			for i, v := range values {
				fmt.Fprintf(&line, "%s=%#v ", columns[i], v)
			}
			lines = append(lines, line.String()+"\n")
			return nil
		}, `SELECT * FROM "`+name+`"`)
	})
	slices.Sort(lines)
	return lines, err
}

// asJSON prints a value for comparing and reading.
func asJSON(t fataler, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// same fails the test when two values do not print alike.
func same(t fataler, what string, got, want any) {
	t.Helper()
	g, w := asJSON(t, got), asJSON(t, want)
	if g != w {
		t.Fatalf("%s:\n%s", what, difference(g, w))
	}
}

// difference shows the lines by which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	from := max(0, head-3)
	return fmt.Sprintf("got\n%s\nwant\n%s", strings.Join(a[from:len(a)-tail], "\n"), strings.Join(b[from:len(b)-tail], "\n"))
}

// refused fails the test unless err is a schema.Error of the code.
func refused(t fataler, err error, code schema.Code) *schema.Error {
	t.Helper()
	var e *schema.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got the error %v, want one of code %s", err, code)
	}
	return e
}

// alone skips a test of one goroutine where -short is for the race detector, which
// makes it slow and finds nothing in it.
func alone(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it has one goroutine")
	}
}

// clockAt is a clock that stands still.
func clockAt(text string) func() time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return at }
}

// soon runs fn, which must not wait for whoever called soon.
func soon(t *testing.T, what string, fn func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- fn() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s: it waits", what)
	}
}

func tokenNamed(t *testing.T, s *Store, name string) (found schema.Token) {
	t.Helper()
	if err := s.write(ctx, func(*tx) error { return nil }); err != nil { // a write behind the note
		t.Fatal(err)
	}
	list, err := s.Tokens(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list.Data {
		if k.Name == name {
			found = k
		}
	}
	return found
}

// endless yields departments; end is called in the midst of them.
func endless(end func()) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		for i := 0; ; i++ {
			r := rec("department", "id", "more", "name", "M")
			if !yield(&r, nil) {
				return
			}
			if i == 100 {
				end()
			}
		}
	}
}

// holdWriter begins what a large import is to others: it has the turn at writing until
// release is called.
func holdWriter(t *testing.T, s *Store) (release func()) {
	t.Helper()
	held, over, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.writeBulk(ctx, func(*tx) error {
			close(held)
			<-over
			return nil
		})
	}()
	<-held
	release = sync.OnceFunc(func() {
		close(over)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}

// movedClock is a clock that the test moves; the store's own goroutines ask it, too.
type movedClock struct{ at atomic.Pointer[time.Time] }

func (c *movedClock) set(at time.Time) { c.at.Store(&at) }

func (c *movedClock) pass(d time.Duration) { c.set(c.now().Add(d)) }

func (c *movedClock) now() time.Time { return *c.at.Load() }

func (c *movedClock) instant() schema.Instant { return schema.InstantOf(c.now()) }

// tokenStore is a store with a clock that the test moves.
func tokenStore(t *testing.T) (s *Store, clock *movedClock) {
	clock = new(movedClock)
	clock.set(time.Date(2025, 3, 14, 15, 0, 0, 0, time.UTC))
	s = openStore(t, Options{Zone: mustZone("Asia/Ho_Chi_Minh"), Now: clock.now})
	mustPut(t, s, PutOptions{}, university()...)
	return s, clock
}

func create(t *testing.T, s *Store, req schema.TokenCreateRequest) schema.TokenCreateResponse {
	t.Helper()
	made, err := s.CreateToken(ctx, admin, req)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// names lists the files in the folder of a database.
func names(t *testing.T, path string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
