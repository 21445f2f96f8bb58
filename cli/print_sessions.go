package cli

import (
	"fmt"

	"glow/schema"
)

// showSessions prints one page of the session history.
func showSessions(p *page, req schema.SessionsRequest, r schema.SessionsResponse) {
	p.line("Sessions %s%s.", filterText(req.Filter), sessionsText(req))
	p.line("Times in %s.", p.zone)
	rows := make([][]string, len(r.Data))
	for i, s := range r.Data {
		rows[i] = []string{s.SessionID, p.truncate(s.ProfileName, maxNameWidth), p.time(s.SessionCreatedAt), stateOf(p, s),
			number(s.RunCount), number(s.TotalTokens), "$" + s.TotalCost, number(s.ChatCount), number(s.AttemptCount),
			number(s.MessageCount), number(s.ProblemCount), number(s.OpenProblemCount)}
	}
	p.grid("", columns("session@", "name~", "began", "ended", "runs#", "tokens#", "cost#", "chats#", "attempts#", "messages#", "problems#", "open#"), rows)
	p.footer(r.Page, "session")
}

// sessionsText says in words what narrows a list of sessions beside the filter.
func sessionsText(req schema.SessionsRequest) string {
	text := ""
	if req.ProfileID != "" {
		text += "; of " + req.ProfileID
	}
	if req.Search != "" {
		text += fmt.Sprintf("; names with %q", req.Search)
	}
	text += ifSet(req.Active, "; active now", "; not active now")
	return text + ifSet(req.HasOpenProblems, "; with open problems", "; without open problems")
}

func ifSet(b *bool, yes, no string) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return yes
	}
	return no
}

func stateOf(p *page, s schema.SessionListItem) string {
	switch {
	case s.SessionEndedAt != nil:
		return p.time(*s.SessionEndedAt)
	case s.Active:
		return "active now"
	}
	return none
}

// footer tells which page of how many a list is.
func (p *page) footer(of schema.Page, noun string) {
	p.gap()
	if of.TotalCount == 0 {
		p.line("no %ss", noun)
		return
	}
	p.line("page %d of %d, %s", of.Page, of.TotalPages, plural(of.TotalCount, noun))
}

// showSession prints one session.
func showSession(p *page, _ schema.SessionRequest, r schema.SessionResponse) {
	p.line("Session %s of %s (%s).", r.SessionID, r.ProfileName, r.ProfileID)
	p.line("Times in %s.", p.zone)
	p.gap()
	p.pairs(
		[2]string{"began", p.time(r.SessionCreatedAt)},
		[2]string{"last sign of life", p.time(r.SessionUpdatedAt)},
		[2]string{"ended", stateOf(p, r.SessionListItem)},
		[2]string{"runs", fmt.Sprintf("%s in %s, %s, $%s", number(r.RunCount), plural(r.GroupCount, "group"), plural(r.TotalTokens, "token"), r.TotalCost)},
		[2]string{"practice", fmt.Sprintf("%s, %s, %s", plural(r.AttemptCount, "attempt"), plural(r.ChatCount, "chat"), plural(r.MessageCount, "message"))},
		[2]string{"problems", fmt.Sprintf("%d, %d open", r.ProblemCount, r.OpenProblemCount)},
	)
	if len(r.Groups) > 0 {
		showGroups(p, r.Groups)
	}
	showTimeline(p, r.Timeline)
	if len(r.Problems) > 0 {
		showProblemRows(p, "Problems", r.Problems)
	}
}

func showGroups(p *page, groups []schema.GroupItem) {
	rows := make([][]string, len(groups))
	for i, g := range groups {
		rows[i] = []string{g.GroupID, p.truncate(orNone(g.GroupName), maxNameWidth), p.timeOrNone(g.FirstRunAt), p.timeOrNone(g.LastRunAt),
			number(g.RunCount), number(g.TotalTokens), "$" + g.TotalCost}
	}
	p.grid("Groups", columns("group@", "name~", "first run", "last run", "runs#", "tokens#", "cost#"), rows)
}

func showTimeline(p *page, events []schema.TimelineEvent) {
	rows := make([][]string, len(events))
	for i, e := range events {
		rows[i] = []string{p.time(e.CreatedAt), e.EventType, p.truncate(orNone(e.EntityName), maxNameWidth),
			p.truncate(orNone(e.Extra1), maxMessageWidth), orNone(e.Extra2), e.EntityID}
	}
	p.grid("Timeline", columns("time", "event", "name~", "detail~", "more", "id@"), rows)
}
