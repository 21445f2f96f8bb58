package dashboard

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

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

// frame makes what is around a page. Its query is what the page knows of the
// address: filters and, in turn, keys and values of the rest.
func (p *pageRequest) frame(title string, f *Filter, rest ...string) layout {
	q := url.Values{}
	if f != nil {
		f.Put(q)
	}
	for i := 0; i+1 < len(rest); i += 2 {
		if rest[i+1] != "" {
			q.Set(rest[i], rest[i+1])
		}
	}
	frame := layout{
		Title: title, Base: p.d.o.BasePath, Path: p.URL.Path, Query: q, Notes: p.notes, Theme: p.theme(),
		Zone: p.d.store.Zone(), Now: p.now(), Version: p.d.o.Version,
	}
	if f != nil {
		frame.Window = f.Kept()
	}
	if p.liveAt != nil {
		frame.Live, frame.LiveAt = true, int64(*p.liveAt)
	}
	if p.session == nil {
		return frame
	}
	frame.Who, frame.Role, frame.CSRF = p.signer.TokenName, p.signer.Role, p.session.csrf
	frame.Nav = p.navigation()
	if p.viewing != nil {
		frame.Viewing = &viewingBanner{Name: p.viewing.Name, Until: p.viewing.ExpiresAt}
	}
	p.d.sessions.with(p.session, func() { frame.Done, p.session.flash = p.session.flash, "" })
	return frame
}

// setPath says of a page that a form was sent from, to another address, which page it is.
func (p *pageRequest) setPath(f *layout, path string) {
	if f.Path = path; p.Method == http.MethodPost {
		p.w.Header().Set("HX-Push-Url", p.d.path(path))
	}
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

// pathOf is the path of the page about one thing.
func pathOf(prefix, id string) string { return prefix + url.PathEscape(id) }

// PersonPath is the path of a person's page.
func PersonPath(id string) string { return pathOf("/people/", id) }
