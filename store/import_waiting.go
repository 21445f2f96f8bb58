package store

import (
	"context"
	"maps"

	"glow/schema"
)

// Waiting returns the rows that wait for an import of the records they refer to.
func (s *Store) Waiting(ctx context.Context) (rows []schema.WaitingRow, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var r schema.WaitingRow
			err := scan(&r.Kind, &r.Content, &r.At)
			rows = append(rows, r)
			return err
		}, `SELECT kind, content, created_at FROM waiting_row ORDER BY kind, content, position`)
	})
	return rows, err
}

// replaceWaitingRows stores the rows that still wait in place of the old ones.
func (p *put) replaceWaitingRows(t *tx) error {
	if p.o.Waiting == nil {
		return nil
	}
	alike, before := map[schema.WaitingRow]int{}, map[schema.WaitingRow]int{}
	err := t.Query(func(scan func(...any) error) error {
		var r schema.WaitingRow
		err := scan(&r.Kind, &r.Content, &r.At)
		before[r]++
		return err
	}, `SELECT kind, content, created_at FROM waiting_row`)
	if err != nil {
		return err
	}
	if err := t.Exec(`DELETE FROM waiting_row`); err != nil {
		return err
	}
	for _, r := range p.o.Waiting() {
		err := t.Exec(`INSERT INTO waiting_row (kind, content, position, created_at) VALUES (?, ?, ?, ?)`, r.Kind, r.Content, alike[r], r.At)
		if err != nil {
			return err
		}
		alike[r]++
	}
	if maps.Equal(alike, before) {
		return nil
	}
	return p.keepForGood(t, "it changed which rows of the full Glow wait for others")
}
