package schema

// A PersonCount is a number that is counted for each person in a window. All of them
// are whole numbers of records. Summary tables, answers, exports, the command line and
// the pages take their numbers from PersonCounts, so that none of them can miss one.
type PersonCount struct {
	Column  string // in the summary tables
	Key     string // in JSON, in CSV and as a value of sort_by
	Heading string // in the table of people that the command line prints
	Label   string // on the pages

	InRow   func(*ProfileSummary) *int64 // the field of a person's row; nil: a row does not have it
	InTotal func(*Counts) *int64         // the field of the totals of a window; nil: they do not have it
}

// PersonCounts are in the order of the columns of the summary tables, of CSV and of
// the command line's table. The counts of one kind stand together.
var PersonCounts = []PersonCount{
	{"sessions", "sessions_count", "sessions", "Sessions",
		func(r *ProfileSummary) *int64 { return &r.Sessions }, func(c *Counts) *int64 { return &c.Sessions }},
	{"completed", "completed_sessions_count", "completed", "Completed",
		nil, func(c *Counts) *int64 { return &c.CompletedSessions }},
	{"logins", "logins_count", "logins", "Logins",
		func(r *ProfileSummary) *int64 { return &r.Logins }, func(c *Counts) *int64 { return &c.Logins }},
	{"emulations", "emulations_count", "emulations", "Viewed by others",
		nil, func(c *Counts) *int64 { return &c.Emulations }},
	{"grants", "grants_count", "grants", "Grants",
		func(r *ProfileSummary) *int64 { return &r.Grants }, nil},
	{"problems", "problems_count", "problems", "Problems",
		func(r *ProfileSummary) *int64 { return &r.Problems }, nil},
	{"open_problems", "open_problems_count", "open", "Open",
		func(r *ProfileSummary) *int64 { return &r.OpenProblems }, nil},
	{"activity", "activity_count", "activity", "Activity",
		func(r *ProfileSummary) *int64 { return &r.Activity }, nil},
}

// RowCounts are the counts that a person's row has.
func RowCounts() (list []PersonCount) {
	for _, c := range PersonCounts {
		if c.InRow != nil {
			list = append(list, c)
		}
	}
	return list
}
