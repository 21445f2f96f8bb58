package cli

import "glow/schema"

// systemCmds are the commands of `glow system`, in the order of their help.
type systemCmds struct {
	Activity endpointCmd[schema.ActivityRequest, schema.ActivityResponse] `cmd:"" help:"Who trained in a window, and who needs follow-up."`
	Sessions pagedCmd[schema.SessionsRequest, schema.SessionsResponse]    `cmd:"" help:"One page of the session history." set:"noun=sessions"`
	Session  sessionCmd                                                   `cmd:"" help:"One session with its groups, timeline and problems."`
	Problems pagedCmd[schema.ProblemsRequest, schema.ProblemsResponse]    `cmd:"" help:"One page of problems." set:"noun=problems"`
	Problem  endpointCmd[schema.ProblemRequest, schema.ProblemResponse]   `cmd:"" help:"Report a problem."`
	Resolve  resolveCmd                                                   `cmd:"" help:"Resolve a problem, or open it again."`
	Refresh  endpointCmd[schema.RefreshRequest, schema.RefreshResponse]   `cmd:"" help:"Bring the summary tables up to date."`
	Export   exportCmd                                                    `cmd:"" help:"Write the records to a ZIP, or one kind to a CSV."`
	Import   importCmd                                                    `cmd:"" help:"Take records in, all or nothing."`
	Look     lookCmd                                                      `cmd:"" help:"Say what files are, and what an import would make of them."`
	Template templateCmd                                                  `cmd:"" help:"Write a table to fill in, with a row as an example."`
	Horizon  endpointCmd[schema.HorizonRequest, schema.HorizonResponse]   `cmd:"" help:"How far the records of each department reach; or say so."`
	Context  endpointCmd[schema.Empty, schema.ContextResponse]            `cmd:"" help:"Who you are to the instance, and what answers."`
	Audit    endpointCmd[schema.AuditRequest, schema.AuditResponse]       `cmd:"" help:"Who did what, when, from where."`
	Merge    endpointCmd[schema.MergeRequest, schema.MergeResponse]       `cmd:"" help:"Make one person of two ids; imports follow."`
	Delete   endpointCmd[schema.DeleteRequest, schema.DeleteResponse]     `cmd:"" help:"Remove one record that should not be there."`
	Profiles profilesCmds                                                 `cmd:"" help:"Change several people at once."`

	Duplicates endpointCmd[schema.DuplicatesRequest, schema.DuplicatesResponse] `cmd:"" help:"Propose people who may be one."`

	Imports endpointCmd[schema.Empty, schema.ImportsResponse] `cmd:"" help:"List the latest imports: who, when, which file, taken for what."`

	TakeBack takeBackCmd `cmd:"" help:"Take an import back: what it added leaves, what it changed is as before."`

	Forget forgetCmd `cmd:"" help:"Take one person out of the database, for good."`
}

// profilesCmds are the commands of `glow system profiles`.
type profilesCmds struct {
	Set endpointCmd[schema.SetProfilesRequest, schema.SetProfilesResponse] `cmd:"" help:"Mark people as left or here, and set their role and departments."`
}

// Arguments that may stand in the place of a flag.
type (
	sessionCmd struct {
		endpointCmd[schema.SessionRequest, schema.SessionResponse]
		ID string `arg:"" optional:"" name:"session-id" help:"The session's id, in the place of --session-id."`
	}
	resolveCmd struct {
		endpointCmd[schema.ResolveRequest, schema.ResolveResponse]
		ID string `arg:"" optional:"" name:"problem-id" help:"The problem's id, in the place of --problem-id."`
	}
	takeBackCmd struct {
		endpointCmd[schema.TakeBackRequest, schema.TakeBackResponse]
		ID string `arg:"" optional:"" name:"import-id" help:"The import's id, in the place of --import-id."`
	}
)

// newSystemCmds says for each command which endpoint it asks, how the answer is shown
// and which list of it is the CSV.
func newSystemCmds() systemCmds {
	c := systemCmds{
		Activity: command(schema.Activity, showActivity, func(r schema.ActivityResponse) any { return r.People() }),
		Sessions: paged(schema.Sessions, showSessions, func(r schema.SessionsResponse) any { return r.Data }),
		Session:  sessionCmd{endpointCmd: command(schema.Session, showSession, func(r schema.SessionResponse) any { return r.Timeline })},
		Problems: paged(schema.Problems, showProblems, func(r schema.ProblemsResponse) any { return r.Data }),
		Problem:  command(schema.ReportProblem, showReported, oneRow),
		Resolve:  resolveCmd{endpointCmd: command(schema.Resolve, showResolved, oneRow)},
		Refresh:  command(schema.Refresh, showRefreshed, oneRow),
		Horizon:  command(schema.Horizons, showHorizons, func(r schema.HorizonResponse) any { return r.Horizons }),
		Context:  command(schema.Context, showContext, oneRow),
		Audit:    command(schema.Audit, showAudit, func(r schema.AuditResponse) any { return r.Data }),
		Merge:    command(schema.Merge, showMerged, func(r schema.MergeResponse) any { return mergedRows(r) }),
		Delete:   command(schema.Delete, showDeleted, func(r schema.DeleteResponse) any { return removedRows(r.Removed, r.Emptied) }),
		Profiles: profilesCmds{Set: command(schema.SetProfiles, showSetProfiles, oneRow)},
		Forget:   forgetCmd{endpointCmd: command(schema.Forget, showForgotten, func(r schema.ForgetResponse) any { return removedRows(r.Removed, r.Emptied) })},
	}
	c.Duplicates = command(schema.Duplicates, showDuplicates, func(r schema.DuplicatesResponse) any { return r.Rows() })
	c.Imports = command(schema.Imports, showImports, func(r schema.ImportsResponse) any { return r.Rows() })
	c.TakeBack = takeBackCmd{endpointCmd: command(schema.TakeBack, showTakenBack, func(r schema.TakeBackResponse) any { return takenBackRows(r) })}
	c.Activity.printer.note = func(r schema.ActivityResponse) string { return r.DataUntilDescribed }
	c.Activity.printer.facts = activityFacts
	c.Session.rest = fetchRest // a timeline is always printed whole
	return c
}
