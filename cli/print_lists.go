package cli

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"glow/schema"
)

// showProblems prints one page of problems.
func showProblems(p *page, req schema.ProblemsRequest, r schema.ProblemsResponse) {
	p.line("Problems %s%s.", filterText(req.Filter), ifSet(req.Resolved, "; resolved", "; open"))
	p.line("Times in %s.", p.zone)
	showProblemRows(p, "", r.Data)
	p.footer(r.Page, "problem")
}

func showProblemRows(p *page, title string, problems []schema.Problem) {
	rows := make([][]string, len(problems))
	for i, x := range problems {
		state := "open"
		if x.Resolved {
			state = "resolved"
		}
		rows[i] = []string{p.time(x.CreatedAt), state, p.truncate(cmp.Or(x.ProfileName, none), maxNameWidth), x.Type, p.truncate(x.Message, maxMessageWidth), x.ProblemID}
	}
	p.grid(title, columns("time", "state", "name~", "type~", "message~", "problem@"), rows)
}

func showReported(p *page, _ schema.ProblemRequest, r schema.ProblemResponse) {
	p.line("Problem %s: %s", r.ProblemID, r.Message)
}

func showResolved(p *page, _ schema.ResolveRequest, r schema.ResolveResponse) {
	state := "open again"
	if r.Resolved {
		state = "resolved"
	}
	p.line("Problem %s is %s.", r.ProblemID, state)
}

func showRefreshed(p *page, _ schema.RefreshRequest, r schema.RefreshResponse) {
	p.line("Refreshed %s: %s in %.0f ms.", strings.Join(r.RefreshedViews, ", "), plural(r.Rows, "row"), r.DurationMS)
}

func showContext(p *page, _ schema.Empty, r schema.ContextResponse) {
	p.pairs(
		[2]string{"token", r.TokenName},
		[2]string{"role", r.Role},
		[2]string{"scope", scopeText(r.DepartmentIDs, r.ProfileID)},
		[2]string{"glow", r.Version},
		[2]string{"time zone", r.Timezone},
	)
}

// scopeText says in words whom a token may see.
func scopeText(departments []string, profile *string) string {
	switch {
	case profile != nil:
		return "profile " + *profile
	case len(departments) > 0:
		return "departments " + strings.Join(departments, ", ")
	}
	return none
}

// showAudit prints one page of the audit list.
func showAudit(p *page, req schema.AuditRequest, r schema.AuditResponse) {
	p.line("Audit list, %s, the latest first. Times in %s.", auditFilterText(req), p.zone)
	rows := make([][]string, len(r.Data))
	for i, e := range r.Data {
		rows[i] = []string{p.time(e.CreatedAt), e.Action, p.truncate(e.TokenName, maxNameWidth), e.Role, e.Remote, p.truncate(detailText(e.Detail), maxMessageWidth)}
	}
	p.grid("", columns("time", "action", "token~", "role", "from", "detail~"), rows)
	p.footer(r.Page, "action")
}

// auditFilterText says in words which entries were asked for.
func auditFilterText(req schema.AuditRequest) string {
	text := "all actions"
	if req.Action != "" {
		text = "action " + req.Action
	}
	if req.TokenName != "" {
		text += ", token " + req.TokenName
	}
	if req.DateFrom != "" {
		text += ", from " + req.DateFrom
	}
	if req.DateTo != "" {
		text += ", to " + req.DateTo
	}
	return text
}

// detailText says what an entry is about in few words: what is nothing is left out,
// and what is long, as digests are, stands last.
func detailText(detail map[string]any) string {
	var short, long []string
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		text := key
		switch value := detail[key].(type) {
		case nil:
			continue
		case map[string]any:
			inner := detailText(value)
			if inner == none {
				continue
			}
			text += " (" + inner + ")"
		case string:
			text += " " + value
		case bool:
			if !value {
				text = "not " + key
			}
		default:
			printed, err := json.Marshal(value)
			if err != nil || string(printed) == "0" {
				continue
			}
			text += " " + string(printed)
		}
		if len(text) > maxMessageWidth/2 {
			long = append(long, text)
		} else {
			short = append(short, text)
		}
	}
	if len(short)+len(long) == 0 {
		return none
	}
	return strings.Join(append(short, long...), ", ")
}
