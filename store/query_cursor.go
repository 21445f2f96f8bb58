package store

import "glow/schema"

// cutPage returns the rows of one page, of which one more was read if there is one, and
// the cursor that goes on behind them; nil at the end.
func cutPage[Row any](rows []Row, size int, cursorAt func(Row) string) (page []Row, next *string) {
	if len(rows) <= size {
		return rows, nil
	}
	cursor := cursorAt(rows[size-1])
	return rows[:size], &cursor
}

// offset is how many rows stand before a page: none before one that begins at a position.
func offset(p schema.Paging, after *schema.Position) int64 {
	if after != nil {
		return 0
	}
	return int64(p.Number()-1) * int64(p.Size())
}

// windowAfter is the part of a window in which the rows after a position are; all of it
// where there is none.
func windowAfter(w schema.Window, after *schema.Position, descending bool) schema.Window {
	switch {
	case after == nil:
	case descending:
		w.Until = min(w.Until, after.At+1)
	default:
		w.From = max(w.From, after.At)
	}
	return w
}
