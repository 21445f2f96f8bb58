package dashboard

import (
	"strconv"

	"glow/schema"
)

// Pager leads through the pages of a list.
type Pager struct {
	schema.Page
	First, Last, Previous, Next string // addresses; "" where there is none
	From, To                    int64  // rows shown
	Noun                        string
	Files                       []navLink // the whole list, to download
}

// PagerOf makes the pager of a page's list, whose number is a parameter.
func (f *layout) PagerOf(p schema.Page, parameter, noun string) Pager {
	pager := Pager{Page: p, Noun: noun, Files: f.FilesOf("")}
	at := func(n int64) string { return f.Link(parameter, strconv.FormatInt(n, 10)) }
	if int64(p.Page) <= p.TotalPages && p.TotalCount > 0 {
		pager.From = int64(p.Page-1)*int64(p.PageSize) + 1
		pager.To = min(pager.From+int64(p.PageSize)-1, p.TotalCount)
	}
	if n := int64(p.Page); n > 1 {
		pager.First, pager.Previous = f.Link(parameter, ""), at(min(n-1, max(1, p.TotalPages)))
	}
	if n := int64(p.Page); n < p.TotalPages {
		pager.Next, pager.Last = at(n+1), at(p.TotalPages)
	}
	return pager
}

// WithCursor lets the next page begin after the last row of this one, whatever comes in
// meanwhile.
func (p Pager) WithCursor(f *layout, cursor *string) Pager {
	if p.Next = ""; cursor != nil {
		p.Next = f.Link("page", strconv.Itoa(p.Page.Page+1), paramCursor, *cursor)
	}
	return p
}

// Counted is the noun of the rows, as it goes with their number.
func (p Pager) Counted() string {
	one := map[string]string{"people": "person", "sessions": "session", "problems": "problem", "entries": "entry"}
	if p.TotalCount == 1 {
		return one[p.Noun]
	}
	return p.Noun
}
