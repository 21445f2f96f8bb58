package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"glow/schema"
)

// Problems returns one page of the problems of the people in scope and filter.
func (s *Store) Problems(ctx context.Context, scope schema.Scope, req schema.ProblemsRequest) (answer schema.ProblemsResponse, err error) {
	err = s.readFresh(ctx, func(t *tx) error {
		p, err := t.choose(scope, req.Filter)
		if err != nil {
			return err
		}
		w, err := s.window(t, req.Filter)
		if err != nil {
			return err
		}
		where := problemsIn(w, req)
		where.and(p.problems(`k`), p.args...)
		total, err := t.QueryCount(`SELECT count(*) FROM problem k WHERE `+where.sql, where.args...)
		if err != nil {
			return err
		}
		answer.Page = req.Paging.Of(total)
		after, err := req.After()
		if err != nil {
			return err
		}
		descending := req.SortOrder != schema.Ascending
		order := ` ORDER BY k.created_at, k.id`
		if descending {
			order = ` ORDER BY k.created_at DESC, k.id DESC`
		}
		where = problemsIn(windowAfter(w, after, descending), req)
		where.after(`k`, after, descending)
		rows, err := t.problems(scope, p, where,
			order+` LIMIT `+strconv.Itoa(answer.PageSize+1)+` OFFSET `+strconv.FormatInt(offset(req.Paging, after), 10))
		answer.Data, answer.NextCursor = cutPage(rows, answer.PageSize, req.CursorAt)
		return err
	})
	return answer, err
}

// problemsIn is the condition that problem k is in a window and in the state that is
// asked for.
func problemsIn(w schema.Window, req schema.ProblemsRequest) clause {
	where := inWindow(`k`, w)
	if req.Resolved != nil {
		where.and(`k.resolved = :resolved`, sql.Named("resolved", *req.Resolved))
	}
	return where
}

// latestProblems returns the problems that the activity answer shows: the latest
// open ones, then the latest resolved ones, each from the end of an index.
func (t *tx) latestProblems(scope schema.Scope, p personFilter, w schema.Window) ([]schema.Problem, error) {
	list := []schema.Problem{}
	for _, resolved := range []string{"0", "1"} {
		where := inWindow(`k`, w)
		where.and(`k.resolved = ` + resolved)
		more, err := t.problems(scope, p, where, ` ORDER BY k.created_at DESC, k.id DESC LIMIT `+strconv.Itoa(latestProblems-len(list)))
		if err != nil {
			return nil, err
		}
		if list = append(list, more...); len(list) == latestProblems {
			break
		}
	}
	return list, nil
}

// problems lists problems k of the people chosen of a scope. A session that the caller
// may not see is not named.
func (t *tx) problems(scope schema.Scope, p personFilter, where clause, order string) ([]schema.Problem, error) {
	visible := inScope(scope)
	where.and(p.problems(`k`), p.args...)
	list := []schema.Problem{}
	err := t.Query(func(scan func(...any) error) error {
		var one schema.Problem
		err := scan(&one.ProblemID, &one.ProfileID, &one.ProfileName, &one.SessionID, &one.Type, &one.Message, &one.Resolved, &one.CreatedAt, &one.UpdatedAt)
		list = append(list, one)
		return err
	}, `SELECT k.id, ifnull(o.id, ''), ifnull(o.name, ''), (SELECT s.id FROM session s WHERE s.key = k.session_key AND `+visible.keys(`s.profile_key`)+`),
			k.type, k.message, k.resolved, k.created_at, k.updated_at
		FROM problem k LEFT JOIN profile o ON o.key = k.profile_key WHERE `+where.sql+order, where.args...)
	return list, err
}

// ReportProblem takes in a problem that somebody reports now.
func (s *Store) ReportProblem(ctx context.Context, caller schema.Caller, req schema.ProblemRequest) (answer schema.ProblemResponse, err error) {
	asked, err := json.Marshal(req)
	if err != nil {
		return answer, err
	}
	hash := sha256.Sum256(asked)
	answer = schema.ProblemResponse{Success: true, Message: "The problem was reported."}
	err = s.write(ctx, func(t *tx) error {
		if err := t.Exec(`DELETE FROM idempotency WHERE created_at < ?`, t.now-schema.Instant(idempotencyKept.Microseconds())); err != nil {
			return err
		}
		if answer.ProblemID, err = t.reportedBefore(caller, req.IdempotencyKey, hash[:]); err != nil || answer.ProblemID != "" {
			return err
		}
		person, session, err := t.whoseProblem(caller, req)
		if err != nil {
			return err
		}
		answer.ProblemID = uuid.Must(uuid.NewV7()).String()
		if err := t.insertProblem(s, caller, answer.ProblemID, person, session, req); err != nil {
			return err
		}
		if _, err := t.refresh(); err != nil { // at once: a person waits for it
			return err
		}
		if req.IdempotencyKey != "" {
			err := t.Exec(`INSERT INTO idempotency (caller, key, request, problem_id, created_at) VALUES (?, ?, ?, ?, ?)`,
				caller.TokenID, req.IdempotencyKey, hash[:], answer.ProblemID, t.now)
			if err != nil {
				return err
			}
		}
		return t.audit(caller, schema.ActionProblem, map[string]any{"problem_id": answer.ProblemID})
	})
	return answer, err
}

// idempotencyKept is how long a repeat of a report is known as one.
const idempotencyKept = 7 * 24 * time.Hour

// reportedBefore returns the id that the same request got before, or "".
func (t *tx) reportedBefore(caller schema.Caller, key string, hash []byte) (id string, err error) {
	if key == "" {
		return "", nil
	}
	var before []byte
	err = t.QueryRow([]any{&id, &before}, `SELECT problem_id, request FROM idempotency WHERE caller = ? AND key = ?`, caller.TokenID, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && string(before) != string(hash) {
		return "", schema.Errorf(schema.CodeConflict, "idempotency_key %q was used for another request", key)
	}
	return id, err
}

// whoseProblem finds the person and the session that a report is about, both of
// which the caller must be able to see. A caller who is not a TA may
// report a problem without a person.
func (t *tx) whoseProblem(caller schema.Caller, req schema.ProblemRequest) (person, session sql.NullInt64, err error) {
	if req.SessionID != "" {
		session.Valid = true
		if session.Int64, err = t.sessionKey(caller.Scope(), req.SessionID); err != nil {
			return person, session, err
		}
	}
	switch whose := cmp.Or(req.ProfileID, caller.ProfileID); {
	case req.ProfileID == "" && session.Valid:
		err = t.QueryRow([]any{&person}, `SELECT profile_key FROM session WHERE key = ?`, session.Int64)
	case whose != "":
		person.Valid = true
		if whose, err = t.personMeant(whose); err == nil {
			person.Int64, err = t.personKey(caller.Scope(), whose)
		}
	}
	return person, session, err
}

func (t *tx) insertProblem(s *Store, caller schema.Caller, id string, person, session sql.NullInt64, req schema.ProblemRequest) error {
	reporter := sql.NullString{String: caller.TokenID, Valid: !person.Valid && caller.TokenID != ""}
	err := t.Exec(`INSERT INTO problem (id, profile_key, session_key, type, message, resolved, created_at, reported_by) VALUES (?, ?, ?, ?, ?, 0, ?, ?)`,
		id, person, session, req.Type, req.Message, t.now, reporter)
	if err != nil {
		return err
	}
	if err := t.addRecords(tableOf(schema.KindProblem), 1); err != nil {
		return err
	}
	if err := t.addDay(schema.DayAt(t.now, s.o.Zone), s.o.Zone); err != nil {
		return err
	}
	return t.markProblem(id)
}

// markProblem marks what a problem counts for.
func (t *tx) markProblem(id string) error {
	table := tableOf(schema.KindProblem)
	if err := t.Exec(table.markSessions(`k.id = ?`), id); err != nil {
		return err
	}
	return t.Exec(table.markDays(`k.id = ?`), id)
}

// Resolve resolves a problem of somebody whom the caller may see, or opens it
// again. One that is in that state already does not change.
func (s *Store) Resolve(ctx context.Context, caller schema.Caller, req schema.ResolveRequest) (answer schema.ResolveResponse, err error) {
	resolved := req.Resolved == nil || *req.Resolved
	answer = schema.ResolveResponse{ProblemID: req.ProblemID, Resolved: resolved}
	err = s.write(ctx, func(t *tx) (err error) {
		if answer.UpdatedAt, err = t.resolve(caller, req.ProblemID, resolved); err != nil {
			return err
		}
		return refreshStale(t) // at once: a person waits for it
	})
	return answer, err
}

// ResolveAll does what Resolve does to several problems: to all of them or, with
// an error, to none.
func (s *Store) ResolveAll(ctx context.Context, caller schema.Caller, problemIDs []string, resolved bool) error {
	return s.write(ctx, func(t *tx) error {
		for _, id := range problemIDs {
			if _, err := t.resolve(caller, id, resolved); err != nil {
				return err
			}
		}
		return refreshStale(t)
	})
}

// resolve marks a problem as resolved or not, and returns when it last changed.
func (t *tx) resolve(caller schema.Caller, problemID string, resolved bool) (updated *schema.Instant, err error) {
	p := inScope(caller.Scope())
	var (
		was     bool
		created schema.Instant
	)
	where := clause{`k.id = :problem`, []any{sql.Named("problem", problemID)}}
	where.and(p.problems(`k`), p.args...)
	err = t.QueryRow([]any{&was, &created, &updated}, `SELECT k.resolved, k.created_at, k.updated_at FROM problem k WHERE `+where.sql, where.args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, schema.Errorf(schema.CodeNotFound, "there is no problem %q", problemID)
	}
	if err != nil || was == resolved {
		return updated, err
	}
	now := max(t.now, created) // the clock may have been set back since
	if updated != nil {
		now = max(now, *updated)
	}
	if err := t.Exec(`UPDATE problem SET resolved = ?, updated_at = ? WHERE id = ?`, resolved, now, problemID); err != nil {
		return nil, err
	}
	if err := t.noteByHand(tableOf(schema.KindProblem), `SELECT key FROM problem WHERE id = ?2`, problemID); err != nil {
		return nil, err
	}
	if err := t.markProblem(problemID); err != nil {
		return nil, err
	}
	return &now, t.audit(caller, schema.ActionResolve, map[string]any{"problem_id": problemID, "resolved": resolved})
}

// openProblems counts the open problems of the chosen people in a window, whose
// counts are given, and outside of it. Problems without a person are in no counts.
func (t *tx) openProblems(p personFilter, w schema.Window, inside countsByPerson) (in, out int64, err error) {
	from, cond := "cohort_total d", p.cohortKeys("d.cohort_key")
	if p.individual {
		from, cond = "profile_total d", p.keys("d.profile_key")
	}
	for _, n := range inside {
		in += n[openProblemsCounter]
	}
	all, err := t.QueryCount(`SELECT ifnull(sum(d.open_problems), 0) FROM `+from+` WHERE `+cond, p.args...)
	if err != nil {
		return 0, 0, err
	}
	var nobodysIn, nobodys int64
	err = t.QueryRow([]any{&nobodysIn, &nobodys}, `SELECT count(CASE WHEN k.created_at >= :from AND k.created_at < :until THEN 1 END), count(*)
		FROM problem k INDEXED BY problem_of_nobody WHERE k.profile_key IS NULL AND k.resolved = 0 AND `+p.problems("k"),
		p.with(windowArgs(w)...)...)
	return in + nobodysIn, all - in + nobodys - nobodysIn, err
}
