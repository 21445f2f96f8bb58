package store

import (
	"database/sql"
	"errors"
	"strings"

	"glow/schema"
)

// compare adds to an answer, whose window is counted, what that is fairly compared with.
func (s *Store) compare(t *tx, f schema.Filter, p personFilter, w schema.Window, answer *schema.ActivityResponse) error {
	c, ok, err := s.comparison(t, f, w)
	if err != nil || !ok {
		return err
	}
	later, err := t.recordsIn(schema.Window{From: c.Current.Until, Until: w.Until})
	if err != nil {
		return err
	}
	if !later { // what is cut off the window is empty: its counts are known
		answer.Compared = s.windowCounts(c.Current, answer.Counts)
	} else if answer.Compared, err = s.countWindow(t, p, c.Current); err != nil {
		return err
	}
	before, err := s.countWindow(t, p, c.Before)
	if err != nil {
		return err
	}
	answer.Previous = &schema.Previous{Described: c.Described, WindowCounts: *before}
	return nil
}

// recordsIn reports whether there are records in a window, whosever they are.
func (t *tx) recordsIn(w schema.Window) (found bool, err error) {
	var parts []string
	for _, kind := range countedKinds() {
		parts = append(parts, `EXISTS (SELECT 1 FROM `+quote(kind)+` k WHERE k.created_at >= :from AND k.created_at < :until)`)
	}
	return found, t.QueryRow([]any{&found}, `SELECT `+strings.Join(parts, " OR "), windowArgs(w)...)
}

func (s *Store) countWindow(t *tx, p personFilter, w schema.Window) (*schema.WindowCounts, error) {
	counts, err := t.totals(p, w, s.o.Zone)
	return s.windowCounts(w, counts), err
}

func (s *Store) windowCounts(w schema.Window, counts schema.Counts) *schema.WindowCounts {
	from, to := w.Ends(s.o.Zone)
	return &schema.WindowCounts{DateFrom: from, DateTo: to, Counts: counts}
}

// comparison finds the window before that of a filter. A whole term is compared
// with the term before it; one that is narrowed by dates is a window like any other.
func (s *Store) comparison(t *tx, f schema.Filter, w schema.Window) (schema.Comparison, bool, error) {
	if f.Term != "" {
		term, before, ok, err := t.termBefore(f.Term)
		if err != nil {
			return schema.Comparison{}, false, err
		}
		if ok && w == schema.DayWindow(term.First, term.Last, s.o.Zone) {
			c, ok := schema.CompareTerm(term, before, t.now, s.o.Zone)
			return c, ok, nil
		}
	}
	c, ok := w.Compare(t.now, s.o.Zone)
	return c, ok, nil
}

// termBefore finds a term and the one before it: of those that begin and end earlier
// the one that begins last.
func (t *tx) termBefore(id string) (term, before schema.TermDays, ok bool, err error) {
	err = t.QueryRow([]any{&term.Name, &term.First, &term.Last, &before.Name, &before.First, &before.Last},
		`SELECT k.name, k.starts_on, k.ends_on, b.name, b.starts_on, b.ends_on
		FROM term k JOIN term b ON b.starts_on < k.starts_on AND b.ends_on < k.ends_on
		WHERE k.id = ? ORDER BY b.starts_on DESC, b.ends_on DESC, b.id DESC LIMIT 1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return term, before, false, nil
	}
	return term, before, err == nil, err
}
