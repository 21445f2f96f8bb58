package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"glow/schema"
)

// Session returns one session with its groups, timeline and problems. Records
// in it that are of people whom the caller may not see are left out.
func (s *Store) Session(ctx context.Context, scope schema.Scope, req schema.SessionRequest) (answer schema.SessionResponse, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		key, err := t.sessionKey(scope, req.SessionID)
		if err != nil {
			return err
		}
		answer.SessionExists = true
		visible := inScope(scope)
		where := clause{`s.key = :session`, visible.with(sql.Named("session", key))}
		err = t.Query(func(scan func(...any) error) (err error) {
			answer.SessionListItem, err = s.scanSession(t, scan)
			return err
		}, `SELECT `+sessionItem(visible)+` FROM session s `+sessionItemJoins+` WHERE `+where.sql, where.args...)
		if err != nil {
			return err
		}
		if answer.Groups, err = t.groups(key); err != nil {
			return err
		}
		if err = t.timeline(scope, key, req, &answer); err != nil {
			return err
		}
		answer.Problems, err = t.problems(scope, visible, clause{`k.session_key = :session`, where.args}, ` ORDER BY k.created_at, k.id`)
		return err
	})
	return answer, err
}

// sessionKey finds a session of a person whom the caller may see. One that a
// live write has just brought and no refresh has seen is there too.
func (t *tx) sessionKey(scope schema.Scope, id string) (key int64, err error) {
	p := inScope(scope)
	err = t.QueryRow([]any{&key}, `SELECT s.key FROM session s WHERE s.id = :session_id AND `+p.keys(`s.profile_key`),
		p.with(sql.Named("session_id", id))...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, schema.Errorf(schema.CodeNotFound, "there is no session %q", id)
	}
	return key, err
}

func (t *tx) groups(session int64) ([]schema.GroupItem, error) {
	groups := []schema.GroupItem{}
	err := t.Query(func(scan func(...any) error) error {
		var (
			g              schema.GroupItem
			dollars, nanos int64
		)
		err := scan(&g.GroupID, &g.GroupName, &g.FirstRunAt, &g.LastRunAt, &g.RunCount, &g.TotalTokens, &dollars, &nanos)
		g.TotalCost = schema.MoneyText(dollars, nanos)
		groups = append(groups, g)
		return err
	}, `SELECT g.id, g.name, min(r.created_at), max(r.created_at), count(r.key),
			ifnull(sum(ifnull(r.input_tokens, 0) + ifnull(r.output_tokens, 0)), 0),
			ifnull(sum(r.cost / 1000000000), 0), ifnull(sum(r.cost % 1000000000), 0)
		FROM "group" g LEFT JOIN run r ON r.group_key = g.key WHERE g.session_key = ? GROUP BY g.key ORDER BY g.created_at, g.id`, session)
	return groups, err
}

// timelineSource is where one type of event comes from: a query over one kind k
// of event_type, entity_id, entity_name, created_at and two extras, which show
// prints.
type timelineSource struct {
	event  string
	query  string // of a :session; a condition may follow it
	person string // who must be visible, where that may be somebody else than the session's person
	show   func(extra sql.NullInt64) *string
}

var timelineSources = []timelineSource{
	{"session_started", `SELECT k.id, NULL, k.created_at, NULL, NULL, NULL FROM session k WHERE k.key = :session`, "", nil},
	{"session_ended", `SELECT k.id, NULL, k.ended_at, NULL, NULL, NULL FROM session k WHERE k.key = :session AND k.ended_at IS NOT NULL`, "", nil},
	{"login", `SELECT k.id, NULL, k.created_at, NULL, NULL, NULL FROM login k WHERE k.session_key = :session`, "k.profile_key", nil},
	{"grant", `SELECT k.id, NULL, k.created_at, NULL, NULL, k.expires_at FROM "grant" k WHERE k.session_key = :session`, "", showInstant},
	{"emulation", `SELECT k.id, v.name, k.created_at, v.id, NULL, NULL FROM emulation k JOIN profile v ON v.key = k.profile_key WHERE k.session_key = :session`, "k.profile_key", nil},
	{"activity", `SELECT k.id, NULL, k.created_at, NULL, NULL, NULL FROM activity k WHERE k.session_key = :session`, "k.profile_key", nil},
	{"problem", `SELECT k.id, k.type, k.created_at, k.message, iif(k.resolved, 'resolved', 'open'), NULL FROM problem k WHERE k.session_key = :session`, subject("k"), nil},
	{"group", `SELECT k.id, k.name, k.created_at, NULL, NULL, NULL FROM "group" k WHERE k.session_key = :session`, "", nil},
	{"run", `SELECT k.id, k.model, k.created_at, CAST(ifnull(k.input_tokens, 0) + ifnull(k.output_tokens, 0) AS TEXT), NULL, ifnull(k.cost, 0)
		FROM "group" g JOIN run k ON k.group_key = g.key WHERE g.session_key = :session`, "", showMoney},
	{"attempt", `SELECT k.id, k.name, k.created_at, NULL, NULL, k.completed_at FROM attempt k WHERE k.session_key = :session`, "", showInstant},
	{"attempt_completed", `SELECT k.id, k.name, k.completed_at, NULL, NULL, NULL FROM attempt k WHERE k.session_key = :session AND k.completed_at IS NOT NULL`, "", nil},
	{"chat", `SELECT k.id, k.name, k.created_at, a.id, NULL, NULL FROM (SELECT :session AS key) s JOIN chat k ON k.session_key = s.key
		LEFT JOIN attempt a ON a.key = k.attempt_key`, "(SELECT o.profile_key FROM session o WHERE o.key = a.session_key)", nil}, // the chat stays, without the attempt
	{"message", `SELECT k.id, c.name, k.created_at, k.role, NULL, NULL FROM chat c JOIN message k ON k.chat_key = c.key WHERE c.session_key = :session`, "", nil},
}

func showInstant(extra sql.NullInt64) *string {
	if !extra.Valid {
		return nil
	}
	text := schema.Instant(extra.Int64).String()
	return &text
}

func showMoney(extra sql.NullInt64) *string {
	text := schema.Money(extra.Int64).String()
	return &text
}

// timeline counts what happened in a session, and lists a part of it, in order. From
// each source come no more events than fit.
func (t *tx) timeline(scope schema.Scope, session int64, req schema.SessionRequest, answer *schema.SessionResponse) error {
	after, err := req.After()
	if err != nil {
		return err
	}
	p := inScope(scope)
	args := p.with(sql.Named("session", session), sql.Named("limit", req.Limit()+1))
	if after != nil {
		args = append(args, afterArgs(after.CreatedAt, after.EntityID)...)
	}
	events := []schema.TimelineEvent{}
	for _, source := range timelineSources {
		query := source.query
		if source.person != "" {
			query += " AND " + p.keys(source.person)
		}
		n, err := t.QueryCount(`SELECT count(*) FROM (`+query+`)`, args...)
		if err != nil {
			return err
		}
		if answer.TimelineTotal += n; n == 0 {
			continue
		}
		query = `WITH e (id, name, at, extra_1, extra_2, number) AS (` + query + `) SELECT * FROM e`
		if after != nil {
			query += " WHERE " + source.after(*after)
		}
		err = t.Query(func(scan func(...any) error) error {
			e := schema.TimelineEvent{EventType: source.event}
			var number sql.NullInt64
			err := scan(&e.EntityID, &e.EntityName, &e.CreatedAt, &e.Extra1, &e.Extra2, &number)
			if source.show != nil {
				setExtra(&e, source.show(number))
			}
			events = append(events, e)
			return err
		}, query+` ORDER BY at, id LIMIT :limit`, args...)
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(events, func(a, b schema.TimelineEvent) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(timelineRank(a), timelineRank(b)), cmp.Compare(a.EntityID, b.EntityID),
			cmp.Compare(a.EventType, b.EventType))
	})
	answer.Timeline, answer.TimelineNextCursor = cutPage(events, req.Limit(), req.CursorAt)
	return nil
}

// after is the condition that an event of the source comes after another one.
func (s timelineSource) after(e schema.TimelineEvent) string {
	switch mine, its := timelineRank(schema.TimelineEvent{EventType: s.event}), timelineRank(e); {
	case mine > its:
		return "at >= :after_at"
	case mine < its:
		return "at > :after_at"
	case s.event > e.EventType:
		return "(at, id) >= (:after_at, :after_id)"
	}
	return "(at, id) > (:after_at, :after_id)"
}

// setExtra puts a printed number into the first extra that is free.
func setExtra(e *schema.TimelineEvent, text *string) {
	if e.Extra1 == nil {
		e.Extra1 = text
	} else {
		e.Extra2 = text
	}
}

// timelineRank keeps a session's start before, and its end after, what happened in the
// same microsecond.
func timelineRank(e schema.TimelineEvent) int {
	switch e.EventType {
	case "session_started":
		return 0
	case "session_ended":
		return 2
	}
	return 1
}
