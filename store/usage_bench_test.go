package store_test

import (
	"testing"

	"glow/schema"
	"glow/store/benchdb"
)

// BenchmarkUsage asks when people train and what it costs: a year, a year less the first
// and last hours, and a month, of all people and of one department or role.
func BenchmarkUsage(b *testing.B) {
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))))
	all := schema.Scope{All: true}
	department := ids(b, s, schema.KindDepartment)[:1]
	edges := schema.Filter{DateFrom: "2025-01-01T05:17:00Z", DateTo: "2025-12-31T20:43:00Z"}
	month := schema.Filter{DateFrom: "2025-11-03", DateTo: "2025-12-02"}
	for _, q := range []struct {
		name string
		f    schema.Filter
	}{
		{"year", benchdb.Year}, {"year less some hours", edges}, {"month", month},
		{"year of a department", schema.Filter{DateFrom: benchdb.Year.DateFrom, DateTo: benchdb.Year.DateTo, DepartmentIDs: department}},
		{"year of a role", schema.Filter{DateFrom: benchdb.Year.DateFrom, DateTo: benchdb.Year.DateTo, Roles: []string{"ta"}}},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Usage(b.Context(), all, q.f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHoldings asks how many records of each kind there are.
func BenchmarkHoldings(b *testing.B) {
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))))
	for b.Loop() {
		if _, err := s.Holdings(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
