package dashboard

import (
	"iter"

	"glow/schema"
)

// problemsPage is the list to work through.
type problemsPage struct {
	layout
	Filter     Filter
	State      string // open, resolved or all
	Order      string
	Size       int
	Rows       []schema.Problem
	Pager      Pager
	CanResolve bool
}

// showProblems is the list of problems to work through.
func showProblems(p *pageRequest) error {
	if err := p.followChanges(); err != nil {
		return err
	}
	f, q, err := p.filter(RangeAll, "state", "order", "size", "page", paramCursor, paramAs) // what is open is open, however old
	if err != nil {
		return err
	}
	data := &problemsPage{
		Filter: f, State: p.choice(q, "state", "open", "resolved", "all"),
		Order: p.choice(q, "order", schema.Descending, schema.Ascending), Size: p.whole(q, "size", 1, 200, 50),
		CanResolve: p.mayAsk(pathResolve),
	}
	page := p.whole(q, "page", 1, 1_000_000_000, 1)
	req := schema.ProblemsRequest{Filter: f.Schema(), Paging: schema.Paging{Page: &page, PageSize: &data.Size}, SortOrder: data.Order}
	if data.State != "all" {
		req.Resolved = pointer(data.State == "resolved")
	}
	as, err := p.askedFormat(q)
	if err != nil {
		return err
	}
	if as != nil {
		return p.sendList(as, listFile{noun: "problems", filter: &f, row: schema.Problem{}, rows: p.allProblems(p.scope(), req)}, q)
	}
	answer, err := withCursor(p, q, func(cursor string) (schema.ProblemsResponse, error) {
		req.Cursor = cursor
		return p.d.store.Problems(p.Context(), p.scope(), req)
	})
	if err != nil {
		return err
	}
	data.Rows = answer.Data
	data.layout = p.layout("Problems", &f, q)
	data.Pager = data.PagerOf(answer.Page, "page", "problems").WithCursor(&data.layout, answer.NextCursor)
	return p.show("problems", data)
}

// allProblems yields the problems of all pages of an answer.
func (p *pageRequest) allProblems(scope schema.Scope, req schema.ProblemsRequest) iter.Seq2[any, error] {
	return allPages(func(cursor string) ([]schema.Problem, *string, error) {
		req.Page, req.PageSize, req.Cursor = nil, pointer(maxListPage), cursor
		answer, err := p.d.store.Problems(p.Context(), scope, req)
		return answer.Data, answer.NextCursor, err
	})
}

// Narrower reports whether the page shows less than an export of its window would.
func (p *problemsPage) Narrower() bool { return p.State != "all" }

// OtherOrder is what turns the order round; "" is the usual one.
func (p *problemsPage) OtherOrder() string {
	if p.Order == schema.Ascending {
		return ""
	}
	return schema.Ascending
}

// resolveProblems resolves or reopens the problems of a form, all or none.
func resolveProblems(p *pageRequest) error {
	ids, resolved, back := p.fields["problem_id"], p.fields.Get("resolved") != "false", p.fields.Get("back")
	if len(ids) == 0 {
		return p.done("No problem was chosen: mark those that are meant, then press the button.", back)
	}
	if len(ids) > maxResolved {
		return schema.Invalid("problem_id", "at most %d problems at once", maxResolved)
	}
	if err := p.d.store.ResolveAll(p.Context(), p.caller, ids, resolved); err != nil {
		return err
	}
	word := " resolved."
	if !resolved {
		word = " open again."
	}
	return p.done(Count(int64(len(ids)), "problem is", "problems are")+word, back)
}

// maxResolved is the most problems of one form: a page of them.
const maxResolved = 200
