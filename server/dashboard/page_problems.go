package dashboard

import (
	"strconv"

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
	f, q, err := p.filter(RangeAll, "state", "order", "size", "page", "cursor") // what is open is open, however old
	if err != nil {
		return err
	}
	data := &problemsPage{
		Filter: f, State: Choice(q, "state", &p.notes, "open", "resolved", "all"),
		Order: Choice(q, "order", &p.notes, schema.Descending, schema.Ascending), Size: Whole(q, "size", 1, 200, 50, &p.notes),
		CanResolve: p.mayAsk(pathResolve),
	}
	page := Whole(q, "page", 1, 1_000_000_000, 1, &p.notes)
	req := schema.ProblemsRequest{Filter: f.Schema(), Paging: schema.Paging{Page: &page, PageSize: &data.Size}, SortOrder: data.Order, Cursor: q.Get("cursor")}
	if data.State != "all" {
		req.Resolved = pointer(data.State == "resolved")
	}
	answer, err := p.d.store.Problems(p.Context(), p.scope(), req)
	if p.dropCursor(&req.Cursor, err) {
		answer, err = p.d.store.Problems(p.Context(), p.scope(), req)
	}
	if err != nil {
		return err
	}
	data.Rows = answer.Data
	data.layout = p.frame("Problems", &f, "state", unless(data.State, "open"), "order", unless(data.Order, schema.Descending),
		"size", unless(strconv.Itoa(data.Size), "50"), "page", unless(strconv.Itoa(page), "1"), "cursor", req.Cursor)
	data.Pager = data.PagerOf(answer.Page, "page", "problems").WithCursor(&data.layout, answer.NextCursor)
	return p.show("problems", data)
}

// Narrower tells whether the page shows less than an export of its window would.
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
