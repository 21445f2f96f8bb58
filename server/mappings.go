package server

import (
	"context"
	"iter"
	"slices"

	"glow/schema"
	"glow/server/formats/mapping"
)

// mappings lists the mappings that are kept here, then those of the program.
func (s *Server) mappings(ctx context.Context) (answer schema.MappingsResponse, err error) {
	kept, err := s.store.Mappings(ctx)
	if err != nil {
		return answer, err
	}
	answer.Mappings = []schema.KnownMapping{}
	for i, m := range slices.Concat(kept, mapping.Builtin()) {
		answer.Mappings = append(answer.Mappings, schema.KnownMapping{Mapping: *m, BuiltIn: i >= len(kept)})
	}
	return answer, nil
}

// withoutMappings refuses mappings from whoever is no admin: one says how the files of others are read.
func withoutMappings(records iter.Seq2[*schema.Record, error]) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		for r, err := range records {
			if err == nil && r.Kind.Name == schema.KindMapping {
				r, err = nil, r.Fault("", "only admins bring mappings in")
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
