package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"glow/schema"
)

// However records are split into files, in whatever order, imported together or one
// after the other, with overlaps and with fields apart: imports that do not contradict
// each other give the same database.
func TestPiecesGiveTheSameAsOneImport(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		w := worldOf(t)
		records := consistent(t, w)
		whole, pieces := newPieces(t, w, folder), newPieces(t, w, folder)
		defer whole.remove(t)
		defer pieces.remove(t)
		mustPut(t, whole.s, PutOptions{}, records...)
		for _, input := range imports(t, records, split(t, records)) {
			mustPut(t, pieces.s, PutOptions{}, input...)
		}
		want, got := contents(t, whole.s), contents(t, pieces.s)
		if got != want {
			t.Fatalf("in pieces there is something else:\n%s", difference(got, want))
		}
		checkRebuild(t, pieces.s)
	})
}

// pieced is a database that is filled in pieces, or at once.
type pieced struct {
	s   *Store
	dir string
}

func newPieces(t *rapid.T, w *world, folder string) *pieced {
	dir, err := os.MkdirTemp(folder, "pieces")
	if err != nil {
		t.Fatal(err)
	}
	return &pieced{openAt(t, Options{Path: filepath.Join(dir, "glow.db"), Zone: w.zone}), dir}
}

func (p *pieced) remove(t *rapid.T) {
	closeStore(t, p.s)
	os.RemoveAll(p.dir)
}

// contents prints what a database holds as an export gives it: keys do not count.
func contents(t *rapid.T, s *Store) string {
	return exportText(readExport(t, s, everyone, schema.ExportRequest{}))
}

// consistent draws records of which no two of one id differ, with all that they refer to.
func consistent(t *rapid.T, w *world) (records []schema.Record) {
	known := map[string]bool{}
	var items []item
	for range rapid.IntRange(1, 40).Draw(t, "records") {
		r := w.record(t, rapid.SampledFrom(drawnKinds).Draw(t, "kind"))
		if r.Values[0].Set && known[r.Kind.Name+" "+idOf(&r)] {
			continue
		}
		known[r.Kind.Name+" "+idOf(&r)] = true
		items = append(items, item{record: r})
		for n := rapid.IntRange(-6, 3).Draw(t, "repeats"); n > 0 && !r.Values[0].Set; n-- {
			items = append(items, item{record: r})
		}
	}
	items = w.complete(t, newModel(w.zone, w.now(t)), items)
	for _, it := range items {
		records = append(records, it.record)
	}
	return records
}

// split deals records out to files. Those that are alike to the letter stay together;
// some are in two files. Of one with an id a file may have some fields and another the
// others.
func split(t *rapid.T, records []schema.Record) (files [][]schema.Record) {
	files = make([][]schema.Record, rapid.IntRange(1, 5).Draw(t, "files"))
	dealt := map[string][]int{}
	for _, r := range records {
		key := fmt.Sprint(r.Kind.Name, r.Values)
		to, known := dealt[key]
		if !known {
			to = rapid.SliceOfNDistinct(rapid.IntRange(0, len(files)-1), 1, min(2, len(files)), rapid.ID).Draw(t, "to")
			dealt[key] = to
		}
		for i, n := range to {
			if i > 0 && r.Values[0].Set && rapid.Bool().Draw(t, "some fields") {
				files[n] = append(files[n], someFields(t, r))
				continue
			}
			files[n] = append(files[n], r)
		}
	}
	for i := range files {
		files[i] = rapid.Permutation(files[i]).Draw(t, "order")
		for j := range files[i] {
			files[i][j].File, files[i][j].Line = fmt.Sprintf("file%d.csv", i), j+1
		}
	}
	return files
}

// someFields leaves some fields of a record out.
func someFields(t *rapid.T, r schema.Record) schema.Record {
	r.Values = slices.Clone(r.Values)
	for i := 1; i < len(r.Values); i++ {
		if rapid.Bool().Draw(t, "left out") {
			r.Absent |= 1 << i
			r.Values[i] = schema.Value{}
		}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

// imports puts files together into imports, in a random order. Each brings what it
// refers to and what its new records need, if no import before it did.
func imports(t *rapid.T, records []schema.Record, files [][]schema.Record) (inputs [][]schema.Record) {
	whole := map[string]schema.Record{}
	for _, r := range records {
		whole[r.Kind.Name+" "+idOf(&r)] = r
	}
	there := map[string]bool{}
	files = rapid.Permutation(files).Draw(t, "order of files")
	for len(files) > 0 {
		n := rapid.IntRange(1, len(files)).Draw(t, "together")
		inputs = append(inputs, sufficient(slices.Concat(files[:n]...), whole, there))
		files = files[n:]
	}
	return inputs
}

// sufficient adds to an input the records, whole, that it needs and that are not there.
func sufficient(input []schema.Record, whole map[string]schema.Record, there map[string]bool) []schema.Record {
	for _, r := range input {
		if r.Absent == 0 {
			there[r.Kind.Name+" "+idOf(&r)] = true
		}
	}
	need := func(kind, id string) {
		if key := kind + " " + id; id != "" && !there[key] {
			there[key] = true
			r := whole[key]
			r.File = "more.csv"
			input = append(input, r)
		}
	}
	for i := 0; i < len(input); i++ {
		r := input[i]
		need(r.Kind.Name, idOf(&r))
		for j, f := range r.Kind.Fields {
			if f.Ref != "" {
				for _, id := range append(slices.Clone(r.Values[j].List), r.Values[j].Text) {
					need(f.Ref, id)
				}
			}
		}
	}
	return input
}
