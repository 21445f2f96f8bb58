package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"glow/schema"
)

// Sessions returns one page of the session history of the people in scope and
// filter.
func (s *Store) Sessions(ctx context.Context, scope schema.Scope, req schema.SessionsRequest) (answer schema.SessionsResponse, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		h, err := s.history(t, scope, req)
		if err != nil {
			return err
		}
		total, err := h.count(t, h.flags)
		if err != nil {
			return err
		}
		answer.Page = req.Paging.Of(total)
		rows, err := h.page(t, req, total)
		answer.Data, answer.NextCursor = cutPage(rows, answer.PageSize, req.CursorAt)
		return err
	})
	return answer, err
}

// history is the choice of sessions that a request makes.
type history struct {
	store   *Store
	visible personFilter // whom the caller may see
	people  personFilter // of them, whose sessions are chosen; its args include those of visible
	window  schema.Window
	flags   flags
}

// flags choose sessions by their summary; nil does not choose.
type flags struct{ active, problems *bool }

func (s *Store) history(t *tx, scope schema.Scope, req schema.SessionsRequest) (h history, err error) {
	h = history{store: s, visible: inScope(scope), flags: flags{active: req.Active, problems: req.HasOpenProblems}}
	if h.people, err = t.choose(scope, req.Filter); err != nil {
		return h, err
	}
	if req.ProfileID != "" {
		if err := t.narrowTo(&h.people, scope, req.ProfileID); err != nil {
			return h, err
		}
	}
	for i, word := range schema.ParseSearch(req.Search) {
		name := fmt.Sprintf("word_%d", i)
		h.people.andPerson(`instr(p.name_folded, :`+name+`) > 0`, sql.Named(name, word))
	}
	h.window, err = s.window(t, req.Filter)
	return h, err
}

// activeSessions selects the keys of sessions that are active, as far as the
// caller may see. They are few beside all sessions and have an index of their own.
func activeSessions(visible personFilter) string {
	query := `SELECT m.session_key FROM session_summary m WHERE m.open = 1 AND m.updated_at >= :active_since`
	if visible.where != "" {
		query += ` AND ` + updatedAt(visible) + ` >= :active_since`
	}
	return "(" + query + ")"
}

// sessionsWithProblems selects the keys of sessions with open problems that the
// caller may see.
func sessionsWithProblems(visible personFilter) string {
	if visible.where == "" {
		return `(SELECT session_key FROM session_summary WHERE open_problem_count > 0)`
	}
	return `(SELECT k.session_key FROM problem k WHERE k.resolved = 0 AND k.session_key IS NOT NULL AND ` + visible.problems(`k`) + `)`
}

// count counts the chosen sessions. Those without a property are all minus those with
// it, so that only small sets are read.
func (h *history) count(t *tx, f flags) (int64, error) {
	without := func(all, with flags) (int64, error) {
		a, err := h.count(t, all)
		if err != nil {
			return 0, err
		}
		b, err := h.count(t, with)
		return a - b, err
	}
	yes := true
	switch {
	case f.active != nil && !*f.active:
		return without(flags{nil, f.problems}, flags{&yes, f.problems})
	case f.problems != nil && !*f.problems:
		return without(flags{f.active, nil}, flags{f.active, &yes})
	case f.active == nil && f.problems == nil:
		return h.countIn(t, h.window)
	}
	where := h.where(t, f)
	return t.QueryCount(`SELECT count(*) FROM session s WHERE `+where.sql, where.args...)
}

// where is the condition over session s.
func (h *history) where(t *tx, f flags) clause {
	where := inWindow(`s`, h.window)
	if f.active != nil {
		where.and(`s.key `+inOrNotIn(*f.active)+activeSessions(h.visible), sql.Named("active_since", h.store.activeSince(t)))
	}
	if f.problems != nil {
		where.and(`s.key ` + inOrNotIn(*f.problems) + sessionsWithProblems(h.visible))
	}
	where.and(h.people.keys(`s.profile_key`), h.people.args...)
	return where
}

// activeSince is the instant at or after which an active session was last updated.
func (s *Store) activeSince(t *tx) schema.Instant {
	return t.now - schema.Instant(s.o.SessionIdle.Microseconds())
}

func inOrNotIn(yes bool) string {
	if yes {
		return "IN "
	}
	return "NOT IN "
}

// page reads the rows of one page, and the one after it. Where whole cohorts are chosen,
// it first finds the day on which the page begins, so that the last page costs no more
// than the first.
func (h *history) page(t *tx, req schema.SessionsRequest, total int64) ([]schema.SessionListItem, error) {
	items := []schema.SessionListItem{}
	after, err := req.After()
	if err != nil {
		return nil, err
	}
	offset := offset(req.Paging, after)
	if offset >= total {
		return items, nil
	}
	descending := req.SortOrder != schema.Ascending
	from := *h
	from.window = windowAfter(h.window, after, descending)
	if after == nil && h.flags == (flags{}) && !h.people.individual {
		if from.window, offset, err = h.locatePage(t, offset, descending); err != nil {
			return nil, err
		}
	}
	direction := ""
	if descending {
		direction = " DESC"
	}
	where := from.where(t, h.flags)
	where.after("s", after, descending)
	order := fmt.Sprintf("s.created_at%[1]s, s.id%[1]s", direction)
	err = t.Query(func(scan func(...any) error) error {
		item, err := h.store.scanSession(t, scan)
		items = append(items, item)
		return err
	}, `SELECT `+sessionItem(h.visible)+` FROM (SELECT s.key FROM session s `+h.index(total)+` WHERE `+where.sql+`
		ORDER BY `+order+` LIMIT :limit OFFSET :offset) chosen
		CROSS JOIN session s ON s.key = chosen.key `+sessionItemJoins+` ORDER BY `+order,
		append(where.args, sql.Named("limit", req.Paging.Size()+1), sql.Named("offset", offset))...)
	return items, err
}

// fewSessions is how many sessions are quicker gathered person by person and
// sorted than picked out of all that there are.
const fewSessions = 10_000

// index says how to walk through the chosen sessions. SQLite cannot know how
// many there are; we do.
func (h *history) index(total int64) string {
	switch {
	case asksFor(h.flags.active) || asksFor(h.flags.problems):
		return ""
	case total <= fewSessions && h.people.where != "":
		return "INDEXED BY session_by_profile"
	}
	return "INDEXED BY session_by_time"
}

// asksFor reports whether a flag asks for the sessions with a property, which are few.
func asksFor(flag *bool) bool { return flag != nil && *flag }

// sessionItem selects a SessionListItem over session s with sessionItemJoins.
func sessionItem(visible personFilter) string {
	problems, open := problemCounts(visible)
	return `s.id, p.id, p.name, s.created_at, ` + updatedAt(visible) + `, s.ended_at, m.group_count, m.run_count, m.first_run_at, m.last_run_at,
		m.total_tokens, m.cost_dollars, m.cost_nanos, m.chat_count, m.attempt_count, m.message_count, ` + problems + `, ` + open
}

// othersKinds are the kinds of records that may be of somebody else than the
// person of the session they are in.
var othersKinds = []string{schema.KindLogin, schema.KindEmulation, schema.KindActivity, schema.KindProblem}

// updatedAt is an expression for when session m was last updated. A record of
// somebody whom the caller may not see does not count.
func updatedAt(visible personFilter) string {
	if visible.where == "" {
		return `m.updated_at`
	}
	latest := []string{`m.own_updated_at`}
	for _, kind := range othersKinds {
		at, theirs := `v.created_at`, visible.keys(`v.profile_key`)
		if kind == schema.KindProblem {
			at, theirs = `max(v.created_at, ifnull(v.updated_at, 0))`, visible.problems(`v`)
		}
		latest = append(latest, fmt.Sprintf(`ifnull((SELECT max(%s) FROM %s v WHERE v.session_key = m.session_key AND %s), 0)`,
			at, quote(kind), theirs))
	}
	return `CASE WHEN m.own_updated_at = m.updated_at THEN m.updated_at ELSE max(` + strings.Join(latest, ", ") + `) END`
}

// problemCounts are expressions for how many problems, and how many open ones, a
// session has. Somebody may report a problem in another's session: it counts for
// those who may see whose problem it is.
func problemCounts(visible personFilter) (problems, open string) {
	if visible.where == "" {
		return `m.problem_count`, `m.open_problem_count`
	}
	count := `(SELECT count(*) FROM problem v WHERE v.session_key = m.session_key AND ` + visible.problems(`v`)
	return count + `)`, count + ` AND v.resolved = 0)`
}

const sessionItemJoins = `JOIN profile p ON p.key = s.profile_key JOIN session_summary m ON m.session_key = s.key`

func (s *Store) scanSession(t *tx, scan func(...any) error) (item schema.SessionListItem, err error) {
	var dollars, nanos int64
	err = scan(&item.SessionID, &item.ProfileID, &item.ProfileName, &item.SessionCreatedAt, &item.SessionUpdatedAt, &item.SessionEndedAt,
		&item.GroupCount, &item.RunCount, &item.FirstRunAt, &item.LastRunAt, &item.TotalTokens, &dollars, &nanos,
		&item.ChatCount, &item.AttemptCount, &item.MessageCount, &item.ProblemCount, &item.OpenProblemCount)
	item.TotalCost = schema.MoneyText(dollars, nanos)
	item.Active = item.SessionEndedAt == nil && item.SessionUpdatedAt >= s.activeSince(t)
	return item, err
}
