package store

import (
	"context"

	"glow/schema"
)

// Person describes one person whom the caller may see.
func (s *Store) Person(ctx context.Context, scope schema.Scope, profileID string) (answer schema.Person, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		answer, err = s.person(t, scope, profileID)
		return err
	})
	return answer, err
}

func (s *Store) person(t *tx, scope schema.Scope, profileID string) (schema.Person, error) {
	p := inScope(scope)
	if err := t.narrowTo(&p, scope, profileID); err != nil {
		return schema.Person{}, err
	}
	found, _, err := s.persons(t, scope, p)
	if err != nil {
		return schema.Person{}, err
	}
	one := found[0] // of the same moment as narrowTo, which found it
	return schema.Person{ProfileID: one.id, ProfileResource: one.ProfileResource, LastActiveAt: one.lastActive, DataUntil: one.dataUntil}, nil
}

// Analytics says what a filter form can offer a caller.
func (s *Store) Analytics(ctx context.Context, scope schema.Scope) (answer schema.Analytics, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		answer, err = s.analytics(t, scope)
		return err
	})
	return answer, err
}

// RefreshedAt is when the summaries were last computed; nil for never. It moves
// whenever an answer may be another one than before.
func (s *Store) RefreshedAt(ctx context.Context) (at *schema.Instant, err error) {
	err = s.read(ctx, func(t *tx) error {
		at, err = t.refreshedAt()
		return err
	})
	return at, err
}
