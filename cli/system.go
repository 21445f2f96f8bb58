package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"glow/schema"
)

// The commands of `glow system` that ask one endpoint and print its answer.
type (
	activityCmd struct {
		query[schema.ActivityRequest]
	}
	sessionsCmd struct {
		query[schema.SessionsRequest]
		All bool `help:"All sessions from the page on, not one page of them."`
	}
	sessionCmd struct {
		query[schema.SessionRequest]
		ID string `arg:"" optional:"" name:"session-id" help:"The session's id, in the place of --session-id."`
	}
	problemsCmd struct {
		query[schema.ProblemsRequest]
		All bool `help:"All problems from the page on, not one page of them."`
	}
	problemCmd struct {
		query[schema.ProblemRequest]
	}
	resolveCmd struct {
		query[schema.ResolveRequest]
		ID string `arg:"" optional:"" name:"problem-id" help:"The problem's id, in the place of --problem-id."`
	}
	refreshCmd struct {
		query[schema.RefreshRequest]
	}
	contextCmd struct {
		query[schema.Empty]
	}
	horizonCmd struct {
		query[schema.HorizonRequest]
	}
	auditCmd struct {
		query[schema.AuditRequest]
	}
)

// Run asks who trained, and who needs follow-up.
func (c *activityCmd) Run(a *app) error {
	return ask(a, schema.Activity, &c.query, printer[schema.ActivityRequest, schema.ActivityResponse]{
		show: showActivity,
		list: func(r schema.ActivityResponse) any { return r.ProfileSummary },
		note: func(r schema.ActivityResponse) string { return r.DataUntilDescribed },
	})
}

// Run asks for one page of the session history, or for all.
func (c *sessionsCmd) Run(a *app) error {
	p := printer[schema.SessionsRequest, schema.SessionsResponse]{
		show: showSessions,
		list: func(r schema.SessionsResponse) any { return r.Data },
	}
	if c.All {
		return askAll(a, schema.Sessions, &c.query, p)
	}
	return ask(a, schema.Sessions, &c.query, p)
}

// Run asks for one session, with all of its timeline.
func (c *sessionCmd) Run(a *app) error {
	return askAll(a, schema.Session, &c.query, printer[schema.SessionRequest, schema.SessionResponse]{
		show: showSession,
		list: func(r schema.SessionResponse) any { return r.Timeline },
	})
}

// Run asks for one page of problems, or for all.
func (c *problemsCmd) Run(a *app) error {
	p := printer[schema.ProblemsRequest, schema.ProblemsResponse]{
		show: showProblems,
		list: func(r schema.ProblemsResponse) any { return r.Data },
	}
	if c.All {
		return askAll(a, schema.Problems, &c.query, p)
	}
	return ask(a, schema.Problems, &c.query, p)
}

// Run reports a problem.
func (c *problemCmd) Run(a *app) error {
	return ask(a, schema.ReportProblem, &c.query, printer[schema.ProblemRequest, schema.ProblemResponse]{
		show: showReported,
		list: func(r schema.ProblemResponse) any { return []schema.ProblemResponse{r} },
	})
}

// Run resolves a problem or opens it again.
func (c *resolveCmd) Run(a *app) error {
	return ask(a, schema.Resolve, &c.query, printer[schema.ResolveRequest, schema.ResolveResponse]{
		show: showResolved,
		list: func(r schema.ResolveResponse) any { return []schema.ResolveResponse{r} },
	})
}

// Run brings the summary tables up to date.
func (c *refreshCmd) Run(a *app) error {
	return ask(a, schema.Refresh, &c.query, printer[schema.RefreshRequest, schema.RefreshResponse]{
		show: showRefreshed,
		list: func(r schema.RefreshResponse) any { return []schema.RefreshResponse{r} },
	})
}

// Run asks who the caller is.
func (c *contextCmd) Run(a *app) error {
	return ask(a, schema.Context, &c.query, printer[schema.Empty, schema.ContextResponse]{
		show: showContext,
		list: func(r schema.ContextResponse) any { return []schema.ContextResponse{r} },
	})
}

// Run asks how far the records of each department reach, or says so.
func (c *horizonCmd) Run(a *app) error {
	return ask(a, schema.Horizons, &c.query, printer[schema.HorizonRequest, schema.HorizonResponse]{
		show: showHorizons,
		list: func(r schema.HorizonResponse) any { return r.Horizons },
	})
}

// Run asks for one page of the audit list.
func (c *auditCmd) Run(a *app) error {
	return ask(a, schema.Audit, &c.query, printer[schema.AuditRequest, schema.AuditResponse]{
		show: showAudit,
		list: func(r schema.AuditResponse) any { return r.Data },
	})
}

// printer is how an answer is shown.
type printer[Req, Resp any] struct {
	show func(p *page, req Req, resp Resp) // as tables
	list func(resp Resp) any               // the slice of structs that makes the CSV

	note    func(resp Resp) string // what goes to stderr beside the CSV; nil: nothing
	verdict func(resp Resp) error  // what the exit code says of an answer; nil: it is well
}

// ask sends what flags and body say to an endpoint and prints the answer.
func ask[Req schema.Request, Resp any](a *app, e schema.Endpoint[Req, Resp], q *query[Req], p printer[Req, Resp]) error {
	return askOn(a, e, q, p, func(*client, []byte, *answer[Resp]) error { return nil })
}

// askOn is ask, with goOn called for what else is to be asked before the answer is printed.
func askOn[Req schema.Request, Resp any](a *app, e schema.Endpoint[Req, Resp], q *query[Req], p printer[Req, Resp],
	goOn func(c *client, body []byte, got *answer[Resp]) error) error {
	body, err := q.body(a)
	if err != nil {
		return err
	}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	c, err := a.open()
	if err != nil {
		return err
	}
	defer c.close()
	got, err := call(a.ctx, c, e, body)
	if err != nil {
		return err
	}
	if err := goOn(c, body, &got); err != nil {
		return err
	}
	if err := show(a, zone, body, got, p); err != nil || p.verdict == nil {
		return err
	}
	return p.verdict(got.value)
}

func show[Req schema.Request, Resp any](a *app, zone *time.Location, body []byte, got answer[Resp], p printer[Req, Resp]) error {
	switch a.format() {
	case formatJSON:
		_, err := a.out.Write(indentJSON(got.raw))
		return err
	case formatCSV:
		if p.note != nil {
			if note := p.note(got.value); note != "" {
				fmt.Fprintln(a.errs, note)
			}
		}
		return a.printCSV(p.list(got.value))
	}
	var req Req // the instance took the body, so it reads
	if err := json.Unmarshal(body, &req); err != nil {
		return err
	}
	schema.MergeNames(&req)
	sheet := &page{zone: zone, width: widthOf(a.out)}
	p.show(sheet, req, got.value)
	return sheet.writeTo(a.out)
}
