package store_test

import (
	"testing"

	"glow/schema"
	"glow/store/benchdb"
)

// BenchmarkPeopleByHand asks who may be one, and tries to merge two people and to delete
// a session.
func BenchmarkPeopleByHand(b *testing.B) {
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))))
	people, sessions := ids(b, s, schema.KindProfile), ids(b, s, schema.KindSession)
	caller := schema.Caller{Role: schema.RoleAdmin}
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"duplicates", func() error { _, err := s.Duplicates(b.Context(), schema.DuplicatesRequest{}); return err }},
		{"merge", func() error {
			_, err := s.Merge(b.Context(), caller, schema.MergeRequest{From: people[0], Into: people[1], DryRun: true})
			return err
		}},
		{"delete", func() error {
			_, err := s.Delete(b.Context(), caller, schema.DeleteRequest{Kind: schema.KindSession, ID: sessions[0], DryRun: true})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
