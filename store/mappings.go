package store

import (
	"context"
	"fmt"

	"glow/schema"
)

// Mappings returns the mappings that are kept here, by name.
func (s *Store) Mappings(ctx context.Context) (list []*schema.Mapping, err error) {
	err = s.read(ctx, func(t *tx) error {
		return t.Query(func(scan func(...any) error) error {
			var id, definition string
			if err := scan(&id, &definition); err != nil {
				return err
			}
			m, err := schema.ParseMapping(definition, id)
			if err != nil {
				return fmt.Errorf("the mapping %q: %w", id, err)
			}
			list = append(list, m)
			return nil
		}, `SELECT id, definition FROM mapping ORDER BY id`)
	})
	return list, err
}
