package store

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
)

// sessions answers as Store.Sessions should.
func (m *model) sessions(scope schema.Scope, req schema.SessionsRequest) (answer schema.SessionsResponse) {
	people, w := m.people(scope, req.Filter), m.span(req.Filter)
	var items []schema.SessionListItem
	for _, r := range m.rows[schema.KindSession] {
		p := people[text(r, "profile_id")]
		if p == nil || !w.has(created(r)) {
			continue
		}
		item := m.sessionItem(scope, r)
		switch {
		case req.ProfileID != "" && item.ProfileID != req.ProfileID:
		case req.Active != nil && item.Active != *req.Active:
		case req.HasOpenProblems != nil && (item.OpenProblemCount > 0) != *req.HasOpenProblems:
		case !findsSlowly(req.Search, item.ProfileName):
		default:
			items = append(items, item)
		}
	}
	slices.SortFunc(items, func(a, b schema.SessionListItem) int {
		c := cmp.Or(cmp.Compare(a.SessionCreatedAt, b.SessionCreatedAt), strings.Compare(a.SessionID, b.SessionID))
		if req.SortOrder != schema.Ascending {
			return -c
		}
		return c
	})
	answer.Data, answer.Page = paged(items, req.Paging)
	return answer
}

// paged cuts one page out of a list.
func paged[T any](list []T, p schema.Paging) ([]T, schema.Page) {
	number, size := 1, 50
	if p.Page != nil {
		number = *p.Page
	}
	if p.PageSize != nil {
		size = *p.PageSize
	}
	page := schema.Page{TotalCount: int64(len(list)), Page: number, PageSize: size}
	rows := []T{}
	for from := 0; from < len(list); from += size {
		if page.TotalPages++; page.TotalPages == int64(number) {
			rows = append(rows, list[from:min(from+size, len(list))]...)
		}
	}
	return rows, page
}

// sessionItem counts everything that belongs to a session, but for records of
// people whom the caller may not see.
func (m *model) sessionItem(scope schema.Scope, s *schema.Record) schema.SessionListItem {
	visible := m.people(scope, schema.Filter{})
	item := schema.SessionListItem{
		SessionID: idOf(s), ProfileID: text(s, "profile_id"), ProfileName: text(m.rows[schema.KindProfile][text(s, "profile_id")], "name"),
		SessionCreatedAt: created(s), SessionUpdatedAt: created(s), SessionEndedAt: instant(s, "ended_at"),
	}
	var costs []int64
	for _, kind := range schema.Kinds {
		if !kind.Timed() {
			continue
		}
		for _, r := range m.rows[kind.Name] {
			if m.sessionOf(r) != idOf(s) {
				continue
			}
			if p := r.Get("profile_id"); p.Set && visible[p.Text] == nil {
				continue
			}
			for _, field := range []string{"created_at", "updated_at", "ended_at", "completed_at"} {
				if at := instant(r, field); at != nil {
					item.SessionUpdatedAt = max(item.SessionUpdatedAt, *at)
				}
			}
			switch kind.Name {
			case schema.KindGroup:
				item.GroupCount++
			case schema.KindRun:
				item.RunCount++
				item.TotalTokens += tokens(r)
				costs = append(costs, r.Get("cost").Int)
				item.FirstRunAt, item.LastRunAt = stretch(item.FirstRunAt, item.LastRunAt, created(r))
			case schema.KindAttempt:
				item.AttemptCount++
			case schema.KindChat:
				item.ChatCount++
			case schema.KindMessage:
				item.MessageCount++
			case schema.KindProblem:
				item.ProblemCount++
				if !isTrue(r, "resolved") {
					item.OpenProblemCount++
				}
			}
		}
	}
	item.TotalCost = dollars(costs)
	item.Active = item.SessionEndedAt == nil && !item.SessionUpdatedAt.Time().Before(m.now.Add(-m.idle))
	return item
}

func tokens(r *schema.Record) int64 {
	return r.Get("input_tokens").Int + r.Get("output_tokens").Int
}

func stretch(first, last *schema.Instant, at schema.Instant) (*schema.Instant, *schema.Instant) {
	if first == nil || at < *first {
		first = &at
	}
	if last == nil || at > *last {
		last = &at
	}
	return first, last
}

// dollars adds up nano-dollars with numbers of any size.
func dollars(nanos []int64) string {
	sum := new(big.Rat)
	for _, n := range nanos {
		sum.Add(sum, big.NewRat(n, 1_000_000_000))
	}
	text := strings.TrimRight(sum.FloatString(9), "0")
	return strings.TrimSuffix(text, ".")
}

// subject is the id of the person whose problem it is, or in whose session; "" when
// it is nobody's.
func (m *model) subject(problem *schema.Record) string {
	if whose := text(problem, "profile_id"); whose != "" {
		return whose
	}
	if session := m.rows[schema.KindSession][text(problem, "session_id")]; session != nil {
		return text(session, "profile_id")
	}
	return ""
}

// concerns reports whether a problem is of the people of a scope and a filter. What
// is nobody's is where everybody is.
func (m *model) concerns(scope schema.Scope, f schema.Filter, problem *schema.Record) bool {
	whose := m.subject(problem)
	if whose == "" {
		return scope.All && len(f.DepartmentIDs) == 0 && len(f.Roles) == 0
	}
	return m.people(scope, f)[whose] != nil
}

// problemList lists the problems of people in a window, oldest first.
func (m *model) problemList(scope schema.Scope, f schema.Filter, w span, resolved *bool) []schema.Problem {
	visible := m.people(scope, schema.Filter{})
	list := []schema.Problem{}
	for _, r := range m.rows[schema.KindProblem] {
		owner := m.rows[schema.KindProfile][text(r, "profile_id")]
		if !m.concerns(scope, f, r) || !w.has(created(r)) || (resolved != nil && isTrue(r, "resolved") != *resolved) {
			continue
		}
		p := schema.Problem{
			ProblemID: idOf(r), ProfileID: text(r, "profile_id"), SessionID: textPtr(r, "session_id"),
			Type: text(r, "type"), Message: text(r, "message"), Resolved: isTrue(r, "resolved"), CreatedAt: created(r), UpdatedAt: instant(r, "updated_at"),
		}
		if owner != nil {
			p.ProfileName = text(owner, "name")
		}
		if p.SessionID != nil && visible[text(m.rows[schema.KindSession][*p.SessionID], "profile_id")] == nil {
			p.SessionID = nil
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b schema.Problem) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), strings.Compare(a.ProblemID, b.ProblemID))
	})
	return list
}

// problems answers as Store.Problems should.
func (m *model) problems(scope schema.Scope, req schema.ProblemsRequest) (answer schema.ProblemsResponse) {
	list := m.problemList(scope, req.Filter, m.span(req.Filter), req.Resolved)
	if req.SortOrder != schema.Ascending {
		slices.Reverse(list)
	}
	answer.Data, answer.Page = paged(list, req.Paging)
	return answer
}

// session answers as Store.Session should; nil where there is no such session
// for the caller. The timeline is in the order of timelineKey.
func (m *model) session(scope schema.Scope, id string) *schema.SessionResponse {
	s := m.rows[schema.KindSession][id]
	visible := m.people(scope, schema.Filter{})
	if s == nil || visible[text(s, "profile_id")] == nil {
		return nil
	}
	answer := &schema.SessionResponse{SessionExists: true, SessionListItem: m.sessionItem(scope, s), Groups: m.groups(id), Problems: []schema.Problem{}}
	for _, p := range m.problemList(scope, schema.Filter{}, span{}, nil) {
		if text(m.rows[schema.KindProblem][p.ProblemID], "session_id") == id {
			answer.Problems = append(answer.Problems, p)
		}
	}
	for _, kind := range schema.Kinds {
		for _, r := range m.rows[kind.Name] {
			if !kind.Timed() || m.sessionOf(r) != id {
				continue
			}
			if p := r.Get("profile_id"); p.Set && visible[p.Text] == nil {
				continue
			}
			answer.Timeline = append(answer.Timeline, m.events(visible, r)...)
		}
	}
	slices.SortFunc(answer.Timeline, compareEvents)
	answer.TimelineTotal = int64(len(answer.Timeline))
	return answer
}

func (m *model) groups(session string) []schema.GroupItem {
	groups := []schema.GroupItem{}
	list := m.all(schema.KindGroup)
	slices.SortStableFunc(list, func(a, b *schema.Record) int { return cmp.Compare(created(a), created(b)) })
	for _, g := range list {
		if text(g, "session_id") != session {
			continue
		}
		item := schema.GroupItem{GroupID: idOf(g), GroupName: textPtr(g, "name")}
		var costs []int64
		for _, r := range m.rows[schema.KindRun] {
			if text(r, "group_id") == idOf(g) {
				item.RunCount++
				item.TotalTokens += tokens(r)
				costs = append(costs, r.Get("cost").Int)
				item.FirstRunAt, item.LastRunAt = stretch(item.FirstRunAt, item.LastRunAt, created(r))
			}
		}
		item.TotalCost = dollars(costs)
		groups = append(groups, item)
	}
	return groups
}

// events are what one record puts into a timeline for one who may see these people.
func (m *model) events(visible map[string]*schema.Record, r *schema.Record) []schema.TimelineEvent {
	e := schema.TimelineEvent{EventType: r.Kind.Name, EntityID: idOf(r), CreatedAt: created(r)}
	also := func(kind, field string) []schema.TimelineEvent {
		if at := instant(r, field); at != nil {
			return []schema.TimelineEvent{e, {EventType: kind, EntityID: e.EntityID, EntityName: e.EntityName, CreatedAt: *at}}
		}
		return []schema.TimelineEvent{e}
	}
	timeText := func(field string) *string {
		at := instant(r, field)
		if at == nil {
			return nil
		}
		s := at.String()
		return &s
	}
	switch r.Kind.Name {
	case schema.KindSession:
		e.EventType = "session_started"
		return also("session_ended", "ended_at")
	case schema.KindGrant:
		e.Extra1 = timeText("expires_at")
	case schema.KindEmulation:
		e.EntityName, e.Extra1 = textPtr(m.rows[schema.KindProfile][text(r, "profile_id")], "name"), textPtr(r, "profile_id")
	case schema.KindProblem:
		state := "open"
		if isTrue(r, "resolved") {
			state = "resolved"
		}
		e.EntityName, e.Extra1, e.Extra2 = textPtr(r, "type"), textPtr(r, "message"), &state
	case schema.KindGroup:
		e.EntityName = textPtr(r, "name")
	case schema.KindRun:
		count, cost := strconv.FormatInt(tokens(r), 10), dollars([]int64{r.Get("cost").Int})
		e.EntityName, e.Extra1, e.Extra2 = textPtr(r, "model"), &count, &cost
	case schema.KindAttempt:
		e.EntityName = textPtr(r, "name")
		both := also("attempt_completed", "completed_at")
		both[0].Extra1 = timeText("completed_at")
		return both
	case schema.KindChat:
		e.EntityName = textPtr(r, "name")
		if attempt := m.rows[schema.KindAttempt][text(r, "attempt_id")]; attempt != nil {
			if whose := m.rows[schema.KindSession][text(attempt, "session_id")]; visible[text(whose, "profile_id")] != nil {
				e.Extra1 = textPtr(r, "attempt_id")
			}
		}
	case schema.KindMessage:
		e.EntityName, e.Extra1 = textPtr(m.rows[schema.KindChat][text(r, "chat_id")], "name"), textPtr(r, "role")
	}
	return []schema.TimelineEvent{e}
}

// compareEvents orders a timeline; a session's start comes before, and its end
// after, what happened in the same microsecond.
func compareEvents(a, b schema.TimelineEvent) int {
	place := func(e schema.TimelineEvent) int {
		return slices.Index([]string{"session_started", "", "session_ended"}, edge(e))
	}
	return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(place(a), place(b)),
		strings.Compare(a.EntityID, b.EntityID), strings.Compare(a.EventType, b.EventType))
}

func edge(e schema.TimelineEvent) string {
	if strings.HasPrefix(e.EventType, "session_") {
		return e.EventType
	}
	return ""
}
