package dashboard

import (
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"glow/schema"
)

// layout is what every page has around its own part.
type layout struct {
	Title   string
	Base    string     // path below which all pages are; "" for the root
	Path    string     // of this page, below Base as all paths here
	Query   url.Values // of this page, without what it does not know
	Window  url.Values // of the page's filter: what links to a person or a session, and back, keep
	Nav     []navLink
	Who     string // name of the token; "" for nobody
	Role    string
	CSRF    string // goes with every form that changes something
	Theme   string // light or dark; "": the system's
	Zone    *time.Location
	Now     schema.Instant
	Version string
	Notes   []string       // about what was asked
	Done    string         // what was just done
	Viewing *viewingBanner // an admin looks at all this as somebody else
	Live    bool           // the page follows what comes in
	LiveAt  int64          // of what comes in, the page shows what there was then
}

// navLink is one entry of a list of links.
type navLink struct {
	Label, Path string
	Current     bool
}

// viewingBanner is said by the banner.
type viewingBanner struct {
	Name  string
	Until schema.Instant
}

// At is the address of a path of this instance.
func (f *layout) At(path string) string { return f.Base + path }

// To is the address of another page with the window and the people of this one.
func (f *layout) To(path string) string { return address(f.At(path), f.Window) }

// Here is the path of this page with its query, to come back to.
func (f *layout) Here() string { return address(f.Path, f.Query) }

// paramCursor says after which row the page begins. It is of this page alone: what
// changes anything begins elsewhere.
const paramCursor = "cursor"

// Link is the address of this page with parameters changed: keys and values in
// turn; an empty value takes its key away.
func (f *layout) Link(changes ...string) string {
	q := maps.Clone(f.Query)
	q.Del(paramCursor)
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return address(f.At(f.Path), q)
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Field is one parameter, for a form that keeps it.
type Field struct{ Name, Value string }

// Keep lists the parameters of this page but some, for the hidden fields of a
// form that changes those.
func (f *layout) Keep(but ...string) []Field {
	var kept []Field
	for _, k := range slices.Sorted(maps.Keys(f.Query)) {
		if k != paramCursor && !slices.Contains(but, k) {
			for _, v := range f.Query[k] {
				kept = append(kept, Field{k, v})
			}
		}
	}
	return kept
}

// When prints an instant as the clock of the instance showed it.
func (f *layout) When(at any) template.HTML {
	i, ok := instantOf(at)
	if !ok {
		return `<span class="none">–</span>`
	}
	return template.HTML(`<time datetime="` + i.String() + `">` + i.Time().In(f.Zone).Format("2006-01-02 15:04") + `</time>`) //nolint:gosec // digits
}

// Then prints an instant as the time of day, with the day when it is not that of
// a start.
func (f *layout) Then(start schema.Instant, at any) template.HTML {
	i, ok := instantOf(at)
	if !ok || schema.DayAt(i, f.Zone) != schema.DayAt(start, f.Zone) {
		return f.When(at)
	}
	clock := i.Time().In(f.Zone)
	return template.HTML(`<time datetime="` + i.String() + `" title="` + clock.Format("2006-01-02 15:04") + `">` + clock.Format("15:04") + `</time>`) //nolint:gosec // digits
}

// Second prints an instant to the second.
func (f *layout) Second(at schema.Instant) template.HTML {
	return template.HTML(`<time datetime="` + at.String() + `">` + at.Time().In(f.Zone).Format("2006-01-02 15:04:05") + `</time>`) //nolint:gosec // digits
}

// Clock prints the time of day of an instant, to the second.
func (f *layout) Clock(at schema.Instant) template.HTML {
	return template.HTML(`<time datetime="` + at.String() + `">` + at.Time().In(f.Zone).Format("15:04:05") + `</time>`) //nolint:gosec // digits
}

// Ago prints how long ago an instant was, with the instant itself at hand.
func (f *layout) Ago(at any) template.HTML {
	i, ok := instantOf(at)
	if !ok {
		return `never`
	}
	return template.HTML(`<time datetime="` + i.String() + `" title="` + i.Time().In(f.Zone).Format("2006-01-02 15:04 MST") + `">` + //nolint:gosec // digits and a zone's letters
		Ago(i, f.Now, f.Zone) + `</time>`)
}

// Took prints how long something lasted, until now when it has not ended.
func (f *layout) Took(from schema.Instant, until *schema.Instant) string {
	if until == nil {
		return Duration(from, max(from, f.Now)) + " so far"
	}
	return Duration(from, *until)
}

func instantOf(at any) (schema.Instant, bool) {
	switch at := at.(type) {
	case schema.Instant:
		return at, true
	case *schema.Instant:
		if at != nil {
			return *at, true
		}
	}
	return 0, false
}

// ExportOf leads to the export of what a filter shows; "" for who may not export.
func (f *layout) ExportOf(of Filter) string {
	if !slices.ContainsFunc(f.Nav, func(l navLink) bool { return l.Path == "/data" }) {
		return ""
	}
	q := url.Values{}
	of.Put(q)
	if of.Range != "" {
		q.Set("range", of.Range)
	}
	return address(f.At("/data"), q) + "#export"
}

// Counted is the noun of the rows, as it goes with their number.
func (p Pager) Counted() string {
	one := map[string]string{"people": "person", "sessions": "session", "problems": "problem", "entries": "entry"}
	if p.TotalCount == 1 {
		return one[p.Noun]
	}
	return p.Noun
}

// Pager leads through the pages of a list.
type Pager struct {
	schema.Page
	First, Last, Previous, Next string // addresses; "" where there is none
	From, To                    int64  // rows shown
	Noun                        string
}

// PagerOf makes the pager of a page's list, whose number is a parameter.
func (f *layout) PagerOf(p schema.Page, parameter, noun string) Pager {
	pager := Pager{Page: p, Noun: noun}
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

// LocalOnly returns where somebody asked to be led, if that is a page here, or "/".
func LocalOnly(to string) string {
	unsafe := func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) } // browsers read a \ as a /, and over some others
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, unsafe) {
		return "/"
	}
	return to
}
