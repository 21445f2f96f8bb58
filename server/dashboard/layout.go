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

// layout makes what is around a page, from its filter, nil for none, and the parameters
// of its address.
func (p *pageRequest) layout(title string, f *Filter, q url.Values) layout {
	q = maps.Clone(q)
	if q == nil {
		q = url.Values{}
	}
	if f != nil {
		for _, key := range FilterKeys {
			q.Del(key)
		}
		f.Put(q)
	}
	l := layout{
		Title: title, Base: p.d.o.BasePath, Path: p.URL.Path, Query: q, Notes: p.notes, Theme: p.theme(),
		Zone: p.d.store.Zone(), Now: p.now(), Version: p.d.o.Version,
	}
	if f != nil {
		l.Window = f.Kept()
	}
	if p.liveAt != nil {
		l.Live, l.LiveAt = true, int64(*p.liveAt)
	}
	if p.session == nil {
		return l
	}
	l.Who, l.Role, l.CSRF = p.signer.TokenName, p.signer.Role, maskSecret(p.session.csrf)
	l.Nav = p.navigation()
	if p.viewing != nil {
		l.Viewing = &viewingBanner{Name: p.viewing.Name, Until: p.viewing.ExpiresAt}
	}
	p.d.sessions.with(p.session, func() { l.Done, p.session.flash = p.session.flash, "" })
	return l
}

// setPath sets the address of a page that answers a form: not that of the form.
func (p *pageRequest) setPath(l *layout, path string) {
	if l.Path = path; p.Method == http.MethodPost {
		p.w.Header().Set("HX-Push-Url", p.d.path(path))
	}
}

// At is the address of a path of this instance.
func (l *layout) At(path string) string { return l.Base + path }

// To is the address of another page with the window and the people of this one.
func (l *layout) To(path string) string { return address(l.At(path), l.Window) }

// PersonLink leads to the page of a person.
func (l *layout) PersonLink(id, name string) navLink {
	return navLink{Label: name, Path: l.To(PersonPath(id))}
}

// Here is the path of this page with its query, to come back to.
func (l *layout) Here() string { return address(l.Path, l.Query) }

// paramCursor says after which row the page begins. It is of this page alone: what
// changes anything begins elsewhere.
const paramCursor = "cursor"

// Link is the address of this page with parameters changed: keys and values in
// turn; an empty value takes its key away.
func (l *layout) Link(changes ...string) string {
	q := maps.Clone(l.Query)
	q.Del(paramCursor)
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return address(l.At(l.Path), q)
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// formButton is a form of nothing but a button, and what it says about which record.
type formButton struct {
	Action, CSRF string
	Fields       []Field
	Label, About string // About is read out after the label, where many buttons say the same
}

// Button makes the form of a button: its path, label, and hidden fields, names and values in turn.
func (l *layout) Button(path, label, about string, fields ...string) formButton {
	b := formButton{Action: l.At(path), CSRF: l.CSRF, Label: label, About: about}
	for i := 0; i+1 < len(fields); i += 2 {
		b.Fields = append(b.Fields, Field{fields[i], fields[i+1]})
	}
	return b
}

// Field is one parameter, for a form that keeps it.
type Field struct{ Name, Value string }

// Keep lists the parameters of this page but some, for the hidden fields of a
// form that changes those.
func (l *layout) Keep(but ...string) []Field {
	var kept []Field
	for _, k := range slices.Sorted(maps.Keys(l.Query)) {
		if k != paramCursor && !slices.Contains(but, k) {
			for _, v := range l.Query[k] {
				kept = append(kept, Field{k, v})
			}
		}
	}
	return kept
}

// ExportOf leads to the export of what a filter shows; "" for who may not export.
func (l *layout) ExportOf(of Filter) string {
	if !slices.ContainsFunc(l.Nav, func(link navLink) bool { return link.Path == "/data" }) {
		return ""
	}
	q := url.Values{}
	of.Put(q)
	if of.Range != "" {
		q.Set("range", of.Range)
	}
	return address(l.At("/data"), q) + "#export"
}

// pathOf is the path of the page about one thing.
func pathOf(prefix, id string) string { return prefix + url.PathEscape(id) }

// PersonPath is the path of a person's page.
func PersonPath(id string) string { return pathOf("/people/", id) }
