package eventlog

import (
	"fmt"
	"iter"

	"glow/schema"
)

// logRow is one row of a log after all that files and earlier imports say of it was
// put together.
type logRow struct {
	schema.LogRow
	known   bool           // an earlier import brought it
	before  schema.Instant // when it was by then
	changed bool           // this import says more of it
}

// dedupe puts together what is said of one row, which must stand together. A row of
// this import that says the same of a row of this import is given to repeated, one
// that says something else to conflict, which reports whether to go on. The row is
// reused for the next.
func dedupe(rows iter.Seq2[*schema.LogRow, error], repeated func(), conflict func(r, first *schema.LogRow) bool) iter.Seq2[*logRow, error] {
	return func(yield func(*logRow, error) bool) {
		var held logRow
		holding := false
		for r, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if holding && sameRow(&held.LogRow, r) {
				again := held.New
				if !held.merge(r) {
					if !conflict(r, &held.LogRow) {
						return
					}
				} else if again {
					repeated()
				}
				continue
			}
			if holding && !yield(&held, nil) {
				return
			}
			held, holding = logRow{LogRow: *r, known: !r.New, before: r.At}, true
		}
		if holding {
			yield(&held, nil)
		}
	}
}

func sameRow(a, b *schema.LogRow) bool {
	return a.ID == b.ID && a.Digest == b.Digest && a.Position == b.Position
}

// merge puts what r says beyond h into h, and reports whether the two can be the same
// row of the log: files differ in the columns they have, but what both say must be
// equal. A time that an earlier import read otherwise, in another zone, gives way.
func (h *logRow) merge(r *schema.LogRow) bool {
	merged := h.LogRow
	if !h.New {
		restore(&merged, r)
	}
	if merged.Event != r.Event || merged.EventName != r.EventName || merged.User != r.User {
		return false
	}
	if !mergeTime(&merged, r) {
		return false
	}
	for _, f := range []struct{ to, from *uint64 }{
		{&merged.Real, &r.Real}, {&merged.Related, &r.Related}, {&merged.Object, &r.Object}, {&merged.Module, &r.Module},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		} else if *f.from != 0 && *f.from != *f.to {
			return false
		}
	}
	if merged.Origin == uint8(OriginUnsaid) {
		merged.Origin = r.Origin
	} else if r.Origin != uint8(OriginUnsaid) && r.Origin != merged.Origin {
		return false
	}
	if merged.Name == 0 {
		merged.Name = r.Name
	}
	if merged.Affected == 0 {
		merged.Affected = r.Affected
	}
	h.changed = h.changed || merged != h.LogRow
	merged.File, merged.Line, merged.New = r.File, r.Line, true
	h.LogRow = merged
	return true
}

// restore puts back into a row that an earlier import brought what was taken out of it
// since, when somebody was forgotten. A row without a number is named by all that it
// says, so that both have said the same: an earlier version may have read less out of it.
func restore(known, r *schema.LogRow) {
	switch {
	case known.ID == 0:
		known.Event, known.EventName = r.Event, r.EventName
		known.User, known.Real, known.Related, known.Object, known.Module = r.User, r.Real, r.Related, r.Object, r.Module
		known.Name, known.Affected = r.Name, r.Affected
	case known.User == schema.UserForgotten:
		known.User = r.User
	}
}

// mergeTime puts the time of r into the row. Of a time that the clock shows twice the
// later is right: a file that does not tell which one is meant is read as the first.
func mergeTime(row, r *schema.LogRow) bool {
	switch {
	case row.At == r.At:
		row.Repeated = row.Repeated || r.Repeated
	case row.Repeated && r.Repeated, row.ID == 0 && row.New:
		row.At = max(row.At, r.At)
	case !row.New:
		row.At, row.Repeated = r.At, r.Repeated
	default:
		return false
	}
	return true
}

// conflictOf is the fault of a row that says something else than one with the same id.
func conflictOf(r, first *schema.LogRow) schema.Fault {
	where := "an earlier import"
	if first.New {
		where = fmt.Sprintf("%s:%d", first.File, first.Line)
	}
	return schema.Fault{File: r.File, Line: r.Line, Field: "id",
		Message: fmt.Sprintf("the row %d stands with another time, event or user in %s; are these logs of two sites? Then import them one by one, each with its own site name", r.ID, where)}
}
