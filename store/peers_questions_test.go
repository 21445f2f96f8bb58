package store_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
	"glow/store/benchdb"
)

// question is what all databases of BenchmarkPeers are asked.
type question struct {
	what   string
	glow   func() (lines func() []string) // lines is called once the clock has stopped
	sql    func(*benchdb.Peer) string
	shell  string   // of glow's record tables, in plain SQL; empty: the shell is not asked
	answer []string // glow's
}

// peerQuestions lists the questions. The first is asked again once newer records are in;
// the last is about any tables that the records are in.
func peerQuestions(b *testing.B, s *store.Store) []question {
	b.Helper()
	all := schema.Scope{All: true}
	analytics, err := s.Analytics(b.Context(), all)
	if err != nil {
		b.Fatal(err)
	}
	department := analytics.DepartmentOptions[3].Value // of middling size
	month := schema.Filter{DateFrom: "2025-03-01", DateTo: "2025-03-31", DepartmentIDs: []string{department}}
	activity := func(what string, f schema.Filter, department string) question {
		w, err := f.Window(time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		return question{
			what: what,
			glow: func() func() []string {
				a, err := s.Activity(b.Context(), all, schema.ActivityRequest{Filter: f})
				return func() []string { return printActivity(b, a, err) }
			},
			sql:   func(p *benchdb.Peer) string { return p.Activity(f) },
			shell: benchdb.CountRecords(w, department) + "DROP TABLE temp.person;",
		}
	}
	list := []question{
		activity("activity of a year, all people", benchdb.Year, ""),
		activity("activity of a month, one department", month, department),
	}
	total := int64(0)
	history := func(what string, page int) question {
		request := schema.SessionsRequest{Paging: schema.Paging{Page: &page}}
		return question{
			what: what,
			glow: func() func() []string {
				a, err := s.Sessions(b.Context(), all, request)
				total = a.TotalCount
				return func() []string { return printHistory(b, a, err) }
			},
			sql: func(p *benchdb.Peer) string {
				return p.History(request.Paging.Size(), (page-1)*request.Paging.Size())
			},
		}
	}
	first := history("history of sessions: first page", 1)
	first.glow()
	pages := int(schema.Paging{}.Of(total).TotalPages)
	list = append(list, first, history("… middle page", (pages+1)/2), history("… last page", pages))
	return append(list,
		question{
			what: "usage over a year",
			glow: func() func() []string {
				u, err := s.Usage(b.Context(), all, benchdb.Year)
				return func() []string { return printUsage(b, u, err) }
			},
			sql: func(p *benchdb.Peer) string { return p.Usage(benchdb.Year) },
		},
		question{
			what: "holdings: the records of each kind",
			glow: func() func() []string {
				records, err := s.Holdings(b.Context())
				return func() (lines []string) {
					for kind, n := range records {
						if !schema.KindNamed(kind).Rare {
							lines = append(lines, line(kind, n))
						}
					}
					return answered(b, lines, err)
				}
			},
			sql: (*benchdb.Peer).Holdings,
		})
}

func printActivity(b *testing.B, a schema.ActivityResponse, err error) []string {
	lines := []string{line(a.Sessions, a.CompletedSessions, a.Logins, a.Emulations, a.ActiveProfiles)}
	for _, p := range a.ProfileSummary {
		lines = append(lines, line(p.ProfileID, p.Name, p.Sessions, p.Logins, p.Grants, p.Problems, p.OpenProblems, p.Activity))
	}
	return answered(b, lines, err)
}

func printHistory(b *testing.B, a schema.SessionsResponse, err error) []string {
	lines := []string{line(a.TotalCount)}
	micros := func(at *schema.Instant) string {
		if at == nil {
			return ""
		}
		return fmt.Sprint(int64(*at))
	}
	for _, i := range a.Data {
		lines = append(lines, line(i.SessionID, i.ProfileID, i.ProfileName, int64(i.SessionCreatedAt), int64(i.SessionUpdatedAt),
			micros(i.SessionEndedAt), micros(i.FirstRunAt), micros(i.LastRunAt), i.GroupCount, i.RunCount, i.TotalTokens, i.TotalCost,
			i.ChatCount, i.AttemptCount, i.MessageCount, i.ProblemCount, i.OpenProblemCount))
	}
	return answered(b, lines, err)
}

func printUsage(b *testing.B, u schema.Usage, err error) []string {
	lines := []string{line(u.Runs, u.Tokens, u.Cost)}
	for day, hours := range u.Hours {
		for hour, sessions := range hours {
			if sessions > 0 {
				lines = append(lines, line(day+1, hour, sessions))
			}
		}
	}
	return answered(b, lines, err)
}

func answered(b *testing.B, lines []string, err error) []string {
	if err != nil {
		b.Fatal(err)
	}
	return lines
}

// line is one row of CSV. No value of the load holds a comma or a quote.
func line(values ...any) string {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = fmt.Sprint(v)
	}
	return strings.Join(cells, ",")
}

// canonical gives rows of CSV one form, whichever program printed them: in order, costs
// without zeros at their end, and without people who have nothing to show, whom glow
// leaves out when they are no longer active.
func canonical(b *testing.B, rows []string) []string {
	b.Helper()
	list := make([]string, 0, len(rows))
	for _, row := range rows {
		cells, err := csv.NewReader(strings.NewReader(row)).Read()
		if err != nil {
			b.Fatalf("%q: %v", row, err)
		}
		for i, cell := range cells {
			if whole, part, ok := strings.Cut(cell, "."); ok && strings.Trim(whole+part, "0123456789") == "" {
				cells[i] = strings.TrimSuffix(strings.TrimRight(cell, "0"), ".")
			}
		}
		if strings.Trim(strings.Join(cells[min(2, len(cells)):], ""), "0") == "" && len(cells) > 2 {
			continue
		}
		list = append(list, strings.Join(cells, ","))
	}
	slices.Sort(list)
	return list
}
