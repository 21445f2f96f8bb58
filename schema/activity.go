package schema

import (
	"slices"
	"strconv"
	"strings"
)

// ActivityRequest asks who trained, and who needs follow-up.
type ActivityRequest struct {
	Filter           `embed:""`
	SummaryProfileID string `json:"summary_profile_id,omitempty" name:"summary-profile-id" placeholder:"ID" help:"Only this person in profile_summary."`
	InactiveDays     *int   `json:"inactive_days,omitempty" minimum:"0" maximum:"100000" help:"Only people in profile_summary without a session, login or activity record for that many days, counted back from where the records of their departments reach."`
	Interval         string `json:"interval,omitempty" oneof:"day,week,month" help:"Adds series: the counts a day, week (from Monday) or month."`
	Compare          bool   `json:"compare,omitempty" help:"Adds previous: the counts of the window before that this one is fairly compared with, and compared: what they stand beside."`
	SortBy           string `json:"sort_by,omitempty" oneof:"name,profile_id,sessions_count,logins_count,grants_count,problems_count,open_problems_count,activity_count,last_active_at" help:"Order of profile_summary. Default name."`
	SortOrder        string `json:"sort_order,omitempty" oneof:"asc,desc" help:"Default asc."`
	PageLimit        *int   `json:"page_limit,omitempty" minimum:"0" maximum:"1000000" help:"At most that many people in profile_summary. Default all."`
	PageOffset       *int   `json:"page_offset,omitempty" minimum:"0" maximum:"1000000000" help:"Passes over that many people of profile_summary."`
}

// Intervals of a series.
const (
	IntervalDay   = "day"
	IntervalWeek  = "week"
	IntervalMonth = "month"
)

// Validate checks what can be checked without the records.
func (r ActivityRequest) Validate() error { return checkTags(r) }

// Counts are the five numbers of a window.
type Counts struct {
	Sessions          int64 `json:"sessions_count"`
	CompletedSessions int64 `json:"completed_sessions_count"`
	ActiveProfiles    int64 `json:"active_profiles_count"`
	Logins            int64 `json:"logins_count"`
	Emulations        int64 `json:"emulations_count"`
}

// ActivityResponse answers ActivityRequest.
type ActivityResponse struct {
	Counts
	ProfileSummary      []ProfileSummary `json:"profile_summary"`
	ProfileSummaryTotal int64            `json:"profile_summary_total"` // people before page_limit
	Problems            []Problem        `json:"problems"`              // the latest 50, open ones first
	Resources           Resources        `json:"resources"`
	Analytics           Analytics        `json:"analytics"`
	Series              []Interval       `json:"series,omitzero"`
	Previous            *Previous        `json:"previous,omitempty"` // absent without compare, and for a window that is open, empty or has not begun
	Compared            *WindowCounts    `json:"compared,omitempty"` // what previous stands beside: this window, cut at now
	OpenProblems        int64            `json:"open_problems_count"`
	OpenProblemsOutside int64            `json:"open_problems_outside_count"`    // of the same people, reported outside of the window
	DataUntil           *Instant         `json:"data_until"`                     // up to when the records of these people are known to be complete; null: unknown
	DataUntilDescribed  string           `json:"data_until_described,omitempty"` // in words, when it is more than two days old or unknown
	Horizons            []Horizon        `json:"horizons"`                       // the same for each of their departments
	InFutureCount       int64            `json:"in_future_count"`                // records of these people that are dated more than a day ahead
	InFuture            []FutureRecord   `json:"in_future"`                      // the first 50 of them
	RefreshedAt         *Instant         `json:"refreshed_at"`
}

// WindowCounts are the counts of a window, with its two ends as a filter takes them.
type WindowCounts struct {
	Counts
	DateFrom string `json:"date_from"`
	DateTo   string `json:"date_to"`
}

// Previous is the window before, and in words what was compared with what.
type Previous struct {
	WindowCounts
	Described string `json:"described"`
}

// ProfileSummary is one person's row.
type ProfileSummary struct {
	ProfileID    string   `json:"profile_id"`
	Name         string   `json:"profile_name"`
	Sessions     int64    `json:"sessions_count"`
	Logins       int64    `json:"logins_count"`
	Grants       int64    `json:"grants_count"`
	Problems     int64    `json:"problems_count"`
	OpenProblems int64    `json:"open_problems_count"`
	Activity     int64    `json:"activity_count"`
	LastActiveAt *Instant `json:"last_active_at"` // latest session, login or activity record that is not in the future
	DataUntil    *Instant `json:"data_until"`     // up to when the records of their departments are known to be complete; null: unknown
}

// PersonRow is one person's row with what it takes to write to them, for a list that stands
// by itself.
type PersonRow struct {
	ProfileSummary
	Email         *string  `json:"email"`
	Role          string   `json:"role"`
	DepartmentIDs []string `json:"department_ids"`
}

// People returns the rows of profile_summary with what resources say of these people.
func (r *ActivityResponse) People() []PersonRow {
	people := make([]PersonRow, len(r.ProfileSummary))
	for i, row := range r.ProfileSummary {
		one := r.Resources.Profiles[row.ProfileID]
		people[i] = PersonRow{row, one.Email, one.Role, one.DepartmentIDs}
	}
	return people
}

// Interval is one step of a series. The first and last are cut by the window.
type Interval struct {
	StartsOn Day `json:"starts_on"`
	EndsOn   Day `json:"ends_on"` // the last day, which belongs to it
	Counts
}

// Resources describe what an answer refers to by id.
type Resources struct {
	Profiles map[string]ProfileResource `json:"profiles"`
}

// ProfileResource is a person, as far as the caller may see.
type ProfileResource struct {
	Name          string   `json:"name"`
	Email         *string  `json:"email"`
	Role          string   `json:"role"`
	DepartmentIDs []string `json:"department_ids"`
	Active        bool     `json:"active"`
}

// Analytics is what a filter form needs to know.
type Analytics struct {
	Fields            AnalyticsFields `json:"fields"`
	DepartmentOptions []Option        `json:"department_options"`
	RoleOptions       []Option        `json:"role_options"`
	TermOptions       []TermOption    `json:"term_options"`
	DateRangeEarliest *Day            `json:"date_range_earliest"` // day of the first session, login or activity record
	DateRangeLatest   *Day            `json:"date_range_latest"`
}

// AnalyticsFields tell which filters make sense for this caller.
type AnalyticsFields struct {
	DateRange   FieldState `json:"date_range"`
	Departments FieldState `json:"departments"`
	Roles       FieldState `json:"roles"`
}

// FieldState says whether a filter is shown, and whether it can be changed.
type FieldState struct {
	Visible  bool `json:"visible"`  // there is something to choose from
	Disabled bool `json:"disabled"` // there is only one choice
}

// Option is one choice of a filter.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// TermOption is a term to choose.
type TermOption struct {
	Option
	DateFrom Day `json:"date_from"`
	DateTo   Day `json:"date_to"`
}

// JoinFirst joins the first of many words that a message names.
func JoinFirst(words []string) string {
	const most = 8
	if len(words) > most {
		words = append(slices.Clone(words[:most]), "…")
	}
	return strings.Join(words, ", ")
}

func joinQuoted(words []string) string {
	return `"` + strings.Join(words, `", "`) + `"`
}

// OpenOutsideWords says of a window without open problems that there are others.
func OpenOutsideWords(outside int64, older bool) string {
	noun := "others outside of it are"
	switch {
	case outside == 1 && older:
		noun = "older one is"
	case outside == 1:
		noun = "other outside of it is"
	case older:
		noun = "older ones are"
	}
	return "None is open in this window; " + strconv.FormatInt(outside, 10) + " " + noun + "."
}
