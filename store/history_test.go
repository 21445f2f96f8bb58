package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// fromFile makes Put list an import in the history.
func fromFile(name string) func() (schema.ImportSource, int64) {
	return func() (schema.ImportSource, int64) { return schema.ImportSource{File: name}, 0 }
}

// noLog is the Rederive of imports that are of no log.
func noLog(string, time.Duration, bool) (LogImport, error) { panic("no import is of a log") }

// pastWork is a random history of which parts are taken back.
type pastWork struct {
	*randomHistory
	done    []doneWork
	deleted bool // something was deleted by hand
}

// doneWork is one thing that was done, for a model to do again.
type doneWork struct {
	importID string // empty: not by an import of the history
	outcome  string
	again    func(*model) string
}

// do does something in the model, and remembers it.
func (h *pastWork) do(importID string, again func(*model) string) {
	h.done = append(h.done, doneWork{importID, again(h.m), again})
}

func (h *pastWork) step(t *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(t, "step") {
	case 0:
		items := itemsOf(h.record(t, rapid.SampledFrom(drawnKinds).Draw(t, "kind")))
		if items[0].record.Values[0].Set {
			h.put(t, items, PutOptions{Live: true})
		}
	case 1:
		h.resolve(t)
	case 2:
		h.deleteOne(t)
	case 3:
		h.put(t, h.batch(t, h.m, h.inputs), PutOptions{})
	case 7: // what came before comes again, whole
		if len(h.inputs) > 0 {
			again := slices.DeleteFunc(slices.Clone(rapid.SampledFrom(h.inputs).Draw(t, "again")), func(i item) bool { return i.fault != nil || i.record.Absent != 0 })
			h.put(t, again, PutOptions{SkipInvalid: true, Source: fromFile("again.csv")})
		}
	case 4, 5, 6:
		h.takeBack(t)
	default:
		h.put(t, h.batch(t, h.m, h.inputs), PutOptions{SkipInvalid: rapid.IntRange(0, 3).Draw(t, "skip invalid") > 0, Source: fromFile("some.csv")})
	}
}

func (h *pastWork) put(t *rapid.T, items []item, o PutOptions) {
	answer, err := h.s.Put(ctx, input(items), o)
	h.inputs = append(h.inputs, items)
	if err != nil {
		refused(t, err, schema.CodeInvalid)
		return
	}
	if o.Source == nil != (answer.ImportID == "") {
		t.Fatalf("the import has the id %q", answer.ImportID)
	}
	h.do(answer.ImportID, func(m *model) string {
		got, taken := m.put(items, o)
		return fmt.Sprint(taken, got.Rejected)
	})
}

func (h *pastWork) resolve(t *rapid.T) {
	list := h.m.all(schema.KindProblem)
	if len(list) == 0 {
		return
	}
	id, resolved := idOf(rapid.SampledFrom(list).Draw(t, "problem")), rapid.Bool().Draw(t, "resolved")
	if _, err := h.s.Resolve(ctx, admin, schema.ResolveRequest{ProblemID: id, Resolved: &resolved}); err != nil {
		t.Fatal(err)
	}
	h.do("", func(m *model) string {
		r := m.rows[schema.KindProblem][id]
		if r == nil || isTrue(r, "resolved") == resolved {
			return "nothing"
		}
		m.resolve(id, resolved)
		return "resolved"
	})
}

func (h *pastWork) deleteOne(t *rapid.T) {
	kind := rapid.SampledFrom(drawnKinds).Draw(t, "kind to delete from")
	list := h.m.all(kind.Name)
	if len(list) == 0 {
		return
	}
	id := idOf(rapid.SampledFrom(list).Draw(t, "to delete"))
	if _, err := h.s.Delete(ctx, admin, schema.DeleteRequest{Kind: kind.Name, ID: id}); err != nil {
		refused(t, err, schema.CodeConflict)
		return
	}
	h.deleted = true
	h.do("", func(m *model) string {
		if m.rows[kind.Name][id] == nil {
			return "deleted"
		}
		m.deleteOne(kind.Name, id)
		return "deleted"
	})
}

// takeBack takes an import back. Then the records are those of a model that never had it.
func (h *pastWork) takeBack(t *rapid.T) {
	var at []int
	for i, d := range h.done {
		if d.importID != "" {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return
	}
	i := rapid.SampledFrom(at).Draw(t, "import")
	req := schema.TakeBackRequest{ImportID: h.done[i].importID, DryRun: true}
	before := dump(t, h.s, h.recordTables()...)
	tried, dryErr := h.s.TakeBack(ctx, admin, req, noLog)
	if after := dump(t, h.s, h.recordTables()...); after != before {
		t.Fatalf("a dry run changed something:\n%s", difference(before, after))
	}
	req.DryRun = false
	answer, err := h.s.TakeBack(ctx, admin, req, noLog)
	if (err == nil) != (dryErr == nil) {
		t.Fatalf("the dry run said %v, and then came %v", dryErr, err)
	}
	if err != nil {
		refused(t, err, schema.CodeConflict)
		if after := dump(t, h.s, h.recordTables()...); after != before {
			t.Fatalf("what was refused changed something:\n%s", difference(before, after))
		}
		if i == len(h.done)-1 {
			t.Fatalf("the latest import was not taken back: %v", err)
		}
		return
	}
	tried.DryRun = false
	same(t, "counts of the dry run", tried, answer)
	h.done = append(h.done[:i:i], h.done[i+1:]...)
	never := newModel(h.m.zone, h.m.now)
	for _, d := range h.done {
		if outcome := d.again(never); outcome != d.outcome {
			if h.deleted || len(answer.Stayed) > 0 {
				t.Skip("what an import needed went with something that was deleted, or stays for a later import")
			}
			t.Fatalf("without the import %d, what came out as %s comes out as %s: it should have stood in the way", i, d.outcome, outcome)
		}
	}
	h.m = never
	h.checkRecords(t)
	h.checkRecount(t)
}

func (h *pastWork) recordTables() (names []string) {
	for _, kind := range schema.Kinds {
		names = append(names, kind.Name)
	}
	return names
}

// checkRecords holds the records against those of the model.
func (h *pastWork) checkRecords(t *rapid.T) {
	for _, kind := range schema.Kinds {
		all, req := schema.Scope{All: true}, schema.ExportRequest{Kind: kind.Name}
		got, want := exportText(readExport(t, h.s, all, req)), exportText(h.m.export(all, req))
		if got != want {
			t.Fatalf("%s:\n%s", kind.Name, difference(got, want))
		}
	}
}

// An import that is taken back leaves the records as if it had never been, whatever came
// before and after it; if that cannot be, nothing changes.
func TestTakenBackAsIfNeverThere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := &pastWork{randomHistory: newHistory(t, folder)}
		defer h.close(t)
		for range rapid.IntRange(2, 12).Draw(t, "steps") {
			h.step(t)
		}
		mustRefresh(t, h.s, false)
		h.checkSummaries(t)
	})
}
