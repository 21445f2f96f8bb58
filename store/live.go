package store

import (
	"errors"
	"iter"

	"glow/schema"
)

// liveWrite is a record posted as it happens. Those that share a commit are
// staged and merged by the same statements: a statement costs about as much for
// one record as for many.
type liveWrite struct {
	*put
	records iter.Seq2[*schema.Record, error] // may be ranged over again
}

// alike tells whether the write may be taken together with others.
func (w *liveWrite) alike() bool { return !w.o.DryRun && !w.o.SkipInvalid && w.coverage == nil }

// recordID is what a record is known by.
type recordID struct{ kind, id string }

// isNews tells whether a write seems to bring good records alone that are
// neither there nor among those known of others, to which it adds its own. What
// is in the way of telling is met again, and said, when the write is taken alone.
func (w *liveWrite) isNews(t *tx, known map[recordID]bool) (news bool, err error) {
	for r, err := range w.records {
		if err != nil {
			return false, nil
		}
		if !r.Values[0].Set {
			continue
		}
		id := recordID{r.Kind.Name, r.Values[0].Text}
		if known[id] {
			return false, nil
		}
		known[id] = true
		found, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM `+quote(id.kind)+` WHERE id = ?)`, id.id)
		if found != 0 || err != nil { // after an error of the disk SQLite may have rolled all back by itself
			return false, err
		}
	}
	return true, nil
}

// errMixed says that not everything is new and good, so that what became of each
// write cannot be told from what became of all.
var errMixed = errors.New("each by itself")

// takeTogether takes writes that only add. An error is of all of them: the caller
// rolls the transaction back, unless SQLite has.
func (s *Store) takeTogether(t *tx, writes []*liveWrite) error {
	all := &put{store: s, staged: s.newStaged(PutOptions{Live: true}), o: PutOptions{Live: true}, news: true}
	answers := make([]schema.ImportResponse, len(writes))
	for i, w := range writes {
		before := all.seq
		byKind := map[string]schema.Tally{}
		err := all.read(t, func(yield func(*schema.Record, error) bool) {
			for r, err := range w.records {
				if err == nil {
					tally := byKind[r.Kind.Name]
					tally.Inserted++
					byKind[r.Kind.Name] = tally
				}
				if !yield(r, err) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		answers[i] = schema.ImportResponse{Tally: schema.Tally{Inserted: all.seq - before}, ByKind: byKind}
	}
	if err := all.flush(t); err != nil {
		return err
	}
	if all.rejected > 0 {
		return errMixed
	}
	if err := all.merge(t); err != nil {
		return err
	}
	if all.answer.Tally != (schema.Tally{Inserted: all.seq}) {
		return errMixed
	}
	for i, w := range writes {
		w.answer = answers[i]
		if err := w.audit(t); err != nil {
			return err
		}
	}
	return all.clear(t)
}
