package cli

import (
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

// showActivity prints the five counts, the people, the problems and the series.
func showActivity(p *page, req schema.ActivityRequest, r schema.ActivityResponse) {
	p.line("Activity %s.", filterText(req.Filter))
	if r.RefreshedAt != nil {
		p.line("As of %s. Times in %s.", p.time(*r.RefreshedAt), p.zone)
	} else {
		p.line("Times in %s.", p.zone)
	}
	showDataUntil(p, r)
	showCounts(p, r)
	showPeople(p, req, r)
	if r.OpenProblems == 0 && r.OpenProblemsOutside > 0 {
		p.gap()
		p.line("%s", schema.OpenOutsideWords(r.OpenProblemsOutside, req.DateTo == "" && req.Term == ""))
	}
	showLatestProblems(p, r.Problems)
	if len(r.Series) > 0 {
		showSeries(p, req.Interval, r.Series)
	}
}

// latestProblems is how many problems stand below the people at most.
const latestProblems = 5

func showLatestProblems(p *page, problems []schema.Problem) {
	if len(problems) == 0 {
		return
	}
	showProblemRows(p, "Latest problems", problems[:min(latestProblems, len(problems))])
	if len(problems) > latestProblems {
		p.line("The first %d, open ones before others; `glow system problems` with the same filters lists all.", latestProblems)
	}
}

func showCounts(p *page, r schema.ActivityResponse) {
	names := []string{"", "sessions#", "completed#", "active people#", "logins#", "emulations#"}
	if r.Previous == nil {
		p.grid("", columns(names[1:]...), [][]string{countRow("", r.Counts)[1:]})
		return
	}
	rows := [][]string{countRow("this window", r.Counts)}
	if r.Compared.Counts != r.Counts {
		rows = append(rows, countRow("of it, compared", r.Compared.Counts))
	}
	p.grid("", columns(names...), append(rows, countRow("the one before", r.Previous.Counts)))
	p.line("Compared: %s.", r.Previous.Described)
}

func countRow(name string, c schema.Counts) []string {
	return []string{name, number(c.Sessions), number(c.CompletedSessions), number(c.ActiveProfiles), number(c.Logins), number(c.Emulations)}
}

func showPeople(p *page, req schema.ActivityRequest, r schema.ActivityResponse) {
	title := plural(r.ProfileSummaryTotal, "profile")
	if shown := int64(len(r.ProfileSummary)); shown < r.ProfileSummaryTotal {
		title = fmt.Sprintf("%d of %s", shown, title)
	}
	if req.InactiveDays != nil {
		title += fmt.Sprintf(" without activity for %s", plural(int64(*req.InactiveDays), "day"))
	}
	rows := make([][]string, len(r.ProfileSummary))
	for i, s := range r.ProfileSummary {
		rows[i] = []string{p.truncate(s.Name, maxNameWidth), s.ProfileID}
		for _, count := range schema.RowCounts() {
			rows[i] = append(rows[i], number(*count.InRow(&s)))
		}
		rows[i] = append(rows[i], p.timeOrNone(s.LastActiveAt), p.timeOrNone(s.DataUntil))
	}
	if len(rows) == 0 && len(req.Roles) > 0 {
		title += roleHint(req.Roles, r.Analytics.RoleOptions)
	}
	names := []string{"name~", "profile@"}
	for _, count := range schema.RowCounts() {
		names = append(names, count.Heading+"#")
	}
	p.grid(title, columns(append(names, "last active", "data until@")...), rows)
}

// roleHint says which of the roles that were asked for nobody has: roles are free
// text, so that a misspelt one is no error.
func roleHint(asked []string, there []schema.Option) string {
	var known, unknown []string
	for _, o := range there {
		known = append(known, o.Value)
	}
	for _, role := range asked {
		if !slices.ContainsFunc(known, func(k string) bool { return schema.FoldCase(k) == schema.FoldCase(role) }) {
			unknown = append(unknown, role)
		}
	}
	if len(unknown) == 0 || len(known) == 0 {
		return ""
	}
	return fmt.Sprintf("; nobody is %s here, there are %s", schema.JoinFirst(unknown), schema.JoinFirst(known))
}

func showSeries(p *page, interval string, series []schema.Interval) {
	rows := make([][]string, len(series))
	for i, s := range series {
		span := s.StartsOn.String()
		if s.EndsOn != s.StartsOn {
			span += " to " + s.EndsOn.String()
		}
		rows[i] = countRow(span, s.Counts)
	}
	p.grid("By "+interval, columns(interval, "sessions#", "completed#", "active people#", "logins#", "emulations#"), rows)
}

// filterText says in words which records an answer is about.
func filterText(f schema.Filter) string {
	var parts []string
	switch {
	case f.DateFrom != "" && f.DateTo != "":
		parts = append(parts, "from "+f.DateFrom+" to "+f.DateTo)
	case f.DateFrom != "":
		parts = append(parts, "since "+f.DateFrom)
	case f.DateTo != "":
		parts = append(parts, "until "+f.DateTo)
	case f.Term == "":
		parts = append(parts, "of all time")
	}
	if f.Term != "" {
		parts = append(parts, "in the term "+f.Term)
	}
	if len(f.DepartmentIDs) > 0 {
		parts = append(parts, "departments "+strings.Join(f.DepartmentIDs, ", "))
	}
	if len(f.Roles) > 0 {
		parts = append(parts, "roles "+strings.Join(f.Roles, ", "))
	}
	if len(f.DepartmentIDs)+len(f.Roles) == 0 {
		parts = append(parts, "everybody you may see")
	}
	return strings.Join(parts, "; ")
}
