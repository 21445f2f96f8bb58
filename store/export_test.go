package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// Importing an export into an empty store and exporting again gives the same
// tables.
func TestExportSurvivesAnImportIntoAnEmptyStore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range 3 {
			h.put(t)
		}
		scope := h.scope(t)
		req := schema.ExportRequest{}
		if rapid.Bool().Draw(t, "filtered") {
			req.Filter = h.filter(t, h.m, scope)
		}
		second := openAt(t, Options{Path: filepath.Join(filepath.Dir(h.o.Path), "second.db"), Zone: h.o.Zone, Now: h.o.Now})
		defer closeStore(t, second)
		records := exportRecords(t, h.s, scope, req)
		if answer := mustPut(t, second, PutOptions{}, records...); answer.Inserted != int64(len(records)) {
			t.Fatalf("of %d records %+v", len(records), answer.Tally)
		}
		first := readExport(t, h.s, scope, req)
		again := readExport(t, second, everyone, schema.ExportRequest{})
		if scope.All && req.Filter.DateFrom+req.Filter.DateTo+req.Filter.Term == "" && len(req.DepartmentIDs)+len(req.Roles) == 0 {
			// The views are of the whole instance, too.
			if got, want := exportText(again), exportText(first); got != want {
				t.Fatalf("the second export differs:\n%s", difference(got, want))
			}
			return
		}
		// The views of a narrowed export count what stayed behind as well.
		if got, want := exportText(ofKinds(again)), exportText(ofKinds(first)); got != want {
			t.Fatalf("the second export differs:\n%s", difference(got, want))
		}
	})
}

// exportRecords reads the kinds of an export as records, as an import of the
// file would: the readable columns are passed over.
func exportRecords(t fataler, s *Store, scope schema.Scope, req schema.ExportRequest) (records []schema.Record) {
	t.Helper()
	for _, table := range readExport(t, s, scope, req) {
		kind := schema.KindNamed(table.name)
		if kind == nil {
			continue
		}
		for _, row := range table.rows {
			r := kind.NewRecord()
			for i := range kind.Fields {
				r.Put(kind.Fields[i].Name, row[i])
			}
			if err := r.Finish(); err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	}
	return records
}

func TestExportHasTheFieldsFirstThenTheReadableColumns(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	var names []string
	_, err := s.Export(ctx, everyone, schema.ExportRequest{}, func(tables []Table) error {
		for _, table := range tables {
			names = append(names, table.Name+" "+table.File)
			var header []string
			for _, f := range table.Fields {
				header = append(header, f.Name)
			}
			if kind := schema.KindNamed(table.Name); kind != nil && !slices.Equal(header, append(kind.Header(), kind.Readable...)) {
				t.Errorf("%s: got the columns %v", table.Name, header)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, k := range schema.Kinds {
		if !k.Rare {
			want = append(want, k.Name+" "+k.File)
		}
	}
	want = append(want, "session_history session_history.csv", "profile_summary profile_summary.csv")
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

// secrets are texts of the university that say who somebody is.
var secrets = []string{"Ann", "Lee", "Bob", "Ray", "Cy Old", "ann@", "example.edu", "secret words", "Warm-up", "Talk", "Coach", "bug"}

func TestPseudonymizedExportNamesNobody(t *testing.T) {
	s := openStore(t, Options{Zone: mustZone("Asia/Ho_Chi_Minh")})
	mustPut(t, s, PutOptions{}, university()...)
	req := schema.ExportRequest{Pseudonymize: true}
	text := exportText(readExport(t, s, everyone, req))
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in it", secret)
		}
	}
	for _, kind := range schema.Kinds {
		if kind.Name == schema.KindDepartment || kind.Name == schema.KindTerm {
			continue
		}
		for _, id := range idsIn(t, s, kind.Name) {
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(id) + `\b`).MatchString(text) {
				t.Errorf("the id %s of a %s is in it", id, kind.Name)
			}
		}
	}
	for _, open := range []string{"Computer Science", "Spring", "ta", "0.012345"} {
		if !strings.Contains(text, open) {
			t.Errorf("%q is not in it", open)
		}
	}
}

func TestPseudonymsAreStableAndReferToEachOther(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "glow.db")}
	s := openAt(t, o)
	mustPut(t, s, PutOptions{}, university()...)
	req := schema.ExportRequest{Pseudonymize: true}
	first := exportText(readExport(t, s, everyone, req))
	closeStore(t, s)
	s = openStore(t, o)
	if again := exportText(readExport(t, s, everyone, req)); again != first {
		t.Errorf("the second export differs:\n%s", difference(again, first))
	}
	// The same people have the same pseudonyms in a part of it.
	part := readExport(t, s, everyone, schema.ExportRequest{Pseudonymize: true, Kind: schema.KindSession})
	for _, row := range part[0].rows {
		if !strings.Contains(first, strings.Join(row, " ‖ ")) {
			t.Errorf("the session %v of the part is not in the whole", row)
		}
	}
	// It takes in on its own, and counts alike.
	second := openStore(t, Options{})
	mustPut(t, second, PutOptions{}, exportRecords(t, s, everyone, req)...)
	if got := exportText(ofKinds(readExport(t, second, everyone, schema.ExportRequest{}))); !strings.HasPrefix(first, got) {
		t.Errorf("it comes back otherwise:\n%s", difference(got, first))
	}
	a, err := s.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := second.Activity(ctx, everyone, schema.ActivityRequest{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", b.Counts, a.Counts)
	// Another instance has other pseudonyms.
	third := openStore(t, Options{})
	mustPut(t, third, PutOptions{}, university()...)
	if exportText(readExport(t, third, everyone, req)) == first {
		t.Error("two instances have the same pseudonyms")
	}
}

// A random world holds ids of every shape, and rows of the same time.
func TestPseudonymizedExportOfAnyWorldTakesInOnItsOwn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, folder)
		defer func() { h.close(t) }()
		for range 2 {
			h.put(t)
		}
		req := schema.ExportRequest{Pseudonymize: true}
		plain, masked := readExport(t, h.s, everyone, schema.ExportRequest{}), readExport(t, h.s, everyone, req)
		for i := range plain {
			if len(plain[i].rows) != len(masked[i].rows) {
				t.Fatalf("%s: %d rows, plain %d", plain[i].name, len(masked[i].rows), len(plain[i].rows))
			}
		}
		second := openAt(t, Options{Path: filepath.Join(filepath.Dir(h.o.Path), "second.db"), Zone: h.o.Zone, Now: h.o.Now})
		defer closeStore(t, second)
		mustPut(t, second, PutOptions{}, exportRecords(t, h.s, everyone, req)...)
		if got, want := exportText(ofKinds(readExport(t, second, everyone, schema.ExportRequest{}))), exportText(ofKinds(masked)); got != want {
			t.Fatalf("it comes back otherwise:\n%s", difference(got, want))
		}
	})
}

func TestScopedExportNamesNobodyOutside(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, append(university(),
		rec("login", "id", "shared", "profile_id", "cy", "session_id", "s1", "created_at", "2025-03-14T09:30:00Z"))...)
	text := exportText(readExport(t, s, schema.Scope{ProfileID: "cy"}, schema.ExportRequest{}))
	for _, outside := range []string{"ann", "Ann", "bob", "Bob", "s1", "s2", "Computer", "cs"} {
		if regexp.MustCompile(`\b` + outside + `\b`).MatchString(text) {
			t.Errorf("%q is in it:\n%s", outside, text)
		}
	}
	if !strings.Contains(text, "shared ‖ cy ‖  ‖ 2025-03-14T09:30:00Z") {
		t.Errorf("the login is not in it, its session left out:\n%s", text)
	}
}

func TestExportIsOfOneMoment(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	_, err := s.Export(ctx, everyone, schema.ExportRequest{}, func(tables []Table) error {
		mustPut(t, s, PutOptions{}, rec("department", "id", "late", "name", "Late"), rec("login", "profile_id", "ann", "created_at", "2025-03-20T09:00:00Z"))
		for _, table := range tables {
			rows := 0
			for _, err := range table.Rows {
				if err != nil {
					return err
				}
				rows++
			}
			if want := map[string]int{"department": 2, "login": 1}[table.Name]; want > 0 && rows != want {
				t.Errorf("%s: %d rows, want %d", table.Name, rows, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReaderMayStopAnExport(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	enough := errors.New("enough")
	for range 2 * maxExports { // each gives its place back
		_, err := s.Export(ctx, everyone, schema.ExportRequest{}, func(tables []Table) error {
			for _, err := range tables[2].Rows {
				if err != nil {
					return err
				}
				break
			}
			return enough
		})
		if !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	}
	gone, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	<-gone.Done()
	if _, err := s.Export(gone, everyone, schema.ExportRequest{}, func([]Table) error { return nil }); err == nil {
		t.Error("an export for somebody who has gone was made")
	}
	readExport(t, s, everyone, schema.ExportRequest{})
}

// A panic of whoever takes the rows, which the server survives, must leave
// nobody at the connection that they are read from.
func TestExportEndsWithAPanicOfItsReader(t *testing.T) {
	s := openStore(t, Options{})
	mustPut(t, s, PutOptions{}, university()...)
	records := make([]schema.Record, 5000)
	for i := range records {
		records[i] = rec("login", "profile_id", "ann", "id", fmt.Sprint("z", i), "created_at", "2025-03-01T09:00:00Z")
	}
	mustPut(t, s, PutOptions{}, records...)
	for range maxExports + 1 { // each place is given back
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is lost")
				}
			}()
			_, _ = s.Export(ctx, everyone, schema.ExportRequest{Kind: "login"}, func(tables []Table) error {
				for range tables[0].Rows {
					panic("of the reader")
				}
				return nil
			})
		}()
	}
	if _, err := s.Activity(ctx, everyone, schema.ActivityRequest{}); err != nil {
		t.Error(err)
	}
}
