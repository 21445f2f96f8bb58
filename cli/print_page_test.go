package cli

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"glow/schema"
)

var update = flag.Bool("update", false, "write the golden files")

// at is a time of the made-up answers: minutes after a Monday morning.
func at(minutes int) schema.Instant {
	return schema.InstantOf(time.Date(2025, 3, 10, 8, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute))
}

func TestTables(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	problems := []schema.Problem{
		{ProblemID: "p-1", ProfileID: "a", ProfileName: "Nguyễn Thị Hồng", Type: "audio", Message: "no sound\nat all; and this goes on for so long that it does not fit into a table", CreatedAt: at(1)},
		{ProblemID: "p-2", ProfileID: "b", ProfileName: "王芳", Type: "login", Message: "\x1b[31mred\x1b[0m \u202egnp.exe", Resolved: true, CreatedAt: at(2)},
	}
	session := schema.SessionListItem{
		SessionID: "s-1", ProfileID: "a", ProfileName: "Nguyễn Thị Hồng", SessionCreatedAt: at(0), SessionUpdatedAt: at(45), SessionEndedAt: new(at(45)),
		GroupCount: 1, RunCount: 12, TotalTokens: 34567, TotalCost: "0.012345", ChatCount: 2, AttemptCount: 1, MessageCount: 20, ProblemCount: 1, OpenProblemCount: 1,
	}
	live := schema.SessionListItem{SessionID: "5f0c2b9e-6a0e-4f5e-9d57-3d9d8f1f3a10", ProfileID: "b", ProfileName: "王芳", SessionCreatedAt: at(60), SessionUpdatedAt: at(61), Active: true, TotalCost: "0"}
	for name, show := range map[string]func(*page){
		"activity": func(p *page) {
			showActivity(p, schema.ActivityRequest{
				Filter:   schema.Filter{DateFrom: "2025-03-10", DateTo: "2025-03-16", DepartmentIDs: []string{"cs", "math"}, Roles: []string{"ta"}},
				Interval: schema.IntervalDay, Compare: true,
			}, schema.ActivityResponse{
				Counts:   schema.Counts{Sessions: 1234, CompletedSessions: 1000, ActiveProfiles: 1, Logins: 2345, Emulations: 3},
				Compared: &schema.WindowCounts{Counts: schema.Counts{Sessions: 1234, CompletedSessions: 1000, ActiveProfiles: 1, Logins: 2300, Emulations: 3}, DateFrom: "2025-03-10", DateTo: "2025-03-12T03:40:00Z"},
				Previous: &schema.Previous{
					WindowCounts: schema.WindowCounts{Counts: schema.Counts{Sessions: 900}, DateFrom: "2025-03-03", DateTo: "2025-03-05T03:40:00Z"},
					Described:    "2025-03-10 to 2025-03-12 10:40 beside 2025-03-03 to 2025-03-05 10:40, up to the same time of day",
				},
				DataUntil: new(at(61)), DataUntilDescribed: "Records reach to 14 March, 25 days ago; days away are counted to then.",
				Horizons:      []schema.Horizon{{DepartmentID: new("cs"), DataUntil: new(at(61))}, {}},
				InFutureCount: 1, InFuture: []schema.FutureRecord{{Kind: "login", ID: "l-9", ProfileID: "b", CreatedAt: at(99999)}},
				OpenProblemsOutside: 9,
				ProfileSummary: []schema.ProfileSummary{
					{ProfileID: "a", Name: "Nguyễn Thị Hồng", Sessions: 1233, Logins: 2345, Grants: 1, Problems: 1, OpenProblems: 1, Activity: 99999, LastActiveAt: new(at(61))},
					{ProfileID: "b", Name: "王芳"},
				},
				ProfileSummaryTotal: 60, Problems: problems, RefreshedAt: new(at(90)),
				Series: []schema.Interval{{StartsOn: schema.DayOf(2025, 3, 10), EndsOn: schema.DayOf(2025, 3, 10), Counts: schema.Counts{Sessions: 7}}},
			})
		},
		"activity_empty": func(p *page) { showActivity(p, schema.ActivityRequest{}, schema.ActivityResponse{}) },
		"sessions": func(p *page) {
			showSessions(p, schema.SessionsRequest{Filter: schema.Filter{Term: "2025-1"}, Search: "ng", HasOpenProblems: new(true)},
				schema.SessionsResponse{List: schema.List[schema.SessionListItem]{Data: []schema.SessionListItem{session, live}, Page: schema.Page{TotalCount: 190, Page: 1, PageSize: 25, TotalPages: 8}}})
		},
		"sessions_empty": func(p *page) { showSessions(p, schema.SessionsRequest{}, schema.SessionsResponse{}) },
		"session": func(p *page) {
			showSession(p, schema.SessionRequest{}, schema.SessionResponse{
				SessionListItem: session,
				Groups:          []schema.GroupItem{{GroupID: "g-1", GroupName: new("warm-up"), FirstRunAt: new(at(1)), LastRunAt: new(at(9)), RunCount: 12, TotalTokens: 34567, TotalCost: "0.012345"}},
				Timeline: []schema.TimelineEvent{
					{EventType: "session_started", EntityID: "s-1", CreatedAt: at(0)},
					{EventType: "run", EntityID: "r-1", EntityName: new("gpt-x"), CreatedAt: at(1), Extra1: new("34567"), Extra2: new("0.012345")},
				},
				Problems: problems[:1],
			})
		},
		"problems": func(p *page) {
			showProblems(p, schema.ProblemsRequest{Resolved: new(false), Filter: schema.Filter{DateFrom: "2025-03-10"}},
				schema.ProblemsResponse{List: schema.List[schema.Problem]{Data: problems, Page: schema.Page{TotalCount: 2, Page: 1, PageSize: 50, TotalPages: 1}}})
		},
		"audit": func(p *page) {
			showAudit(p, schema.AuditRequest{}, schema.AuditResponse{
				Data: []schema.AuditEntry{{AuditID: 1, CreatedAt: at(3), Action: "export", TokenName: "first admin", Role: "admin", Remote: "127.0.0.1", Detail: map[string]any{"rows": 5}}},
				Page: schema.Page{TotalCount: 1, Page: 1, PageSize: 50, TotalPages: 1},
			})
		},
		"tokens": func(p *page) {
			showTokens(p, schema.Empty{}, schema.TokensResponse{Data: []schema.Token{
				{TokenID: "t-1", Name: "first admin", Role: "admin", CreatedAt: at(0), LastUsedAt: new(at(5))},
				{TokenID: "t-2", Name: "cs", Role: "viewer", DepartmentIDs: []string{"cs"}, CreatedAt: at(1), ExpiresAt: new(at(99))},
			}})
		},
		"imported": func(p *page) {
			showImported(p, schema.ImportResponse{
				Tally: schema.Tally{Inserted: 10, Updated: 2, Unchanged: 3, Rejected: 120}, DryRun: true,
				ByKind:  map[string]schema.Tally{"session": {Inserted: 8, Rejected: 120}, "profile": {Inserted: 2, Updated: 2, Unchanged: 3}},
				Skipped: 7, SkippedReasons: map[string]int64{"user 0": 5, "origin cli": 2},
				Errors: []schema.Fault{{File: "sessions.csv", Line: 3, Field: "profile_id", Message: `"x" is no profile`}},
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &page{zone: zone}
			show(p)
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, p.b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if p.b.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", p.b.String(), want)
			}
		})
	}
}
