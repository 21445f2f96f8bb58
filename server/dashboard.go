package server

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"glow/schema"
	"glow/server/dashboard"
)

// Paths of the dashboard that others lead to.
const (
	pathSignIn   = "/sign-in"
	pathActivity = "/"
	pathSessions = "/sessions"
	pathProblems = "/problems"
	pathPeople   = "/people/"
	pathData     = "/data"
	pathAccess   = "/access"
)

// pageRequest is one request for a page, by somebody who may ask for it.
type pageRequest struct {
	*http.Request
	s       *Server
	w       *reply
	caller  schema.Caller     // who is shown what they may see
	signer  schema.Caller     // who is signed in: another one while viewing as somebody else
	viewing *schema.Emulation // nil: nobody else
	visit   *visit            // nil: nobody is signed in
	fields  url.Values        // of a form
	notes   []string
	liveAt  *schema.Instant // of what comes in, the page shows what there was then; nil: it follows nothing
	leave   func()          // gives back the place of those who are answered at once
}

// servePage does for every page what must not be forgotten for any. A form is
// read before its turn comes: a slow sender must hold up nobody.
func (s *Server) servePage(rt route, w *reply, r *http.Request, caller schema.Caller) (err error) {
	p := &pageRequest{Request: r, s: s, w: w, caller: caller, signer: caller, visit: w.visit, viewing: w.viewing, leave: func() {}}
	if w.signer != nil {
		p.signer = *w.signer
	}
	h := w.Header()
	h.Set("Content-Security-Policy", dashboard.Policy)
	h.Set("Vary", "Cookie")
	if rt.form {
		if p.fields, err = p.readForm(); err != nil {
			return err
		}
	}
	if !rt.stream {
		places := s.requests
		if rt.limit != nil {
			places = rt.limit(s)
		}
		done, err := places.acquire(r.Context(), s.o.Limits.Wait)
		if err != nil {
			return err
		}
		p.leave = sync.OnceFunc(done)
		defer p.leave()
	}
	return rt.page(p)
}

// pageCaller finds out who asks for a page, and for a change whether it was a
// page of this visit that asked.
func (s *Server) pageCaller(rt route, w *reply, r *http.Request) (schema.Caller, error) {
	caller, err := s.signedIn(w, r)
	if err != nil {
		return caller, err
	}
	signer := caller
	w.signer = &signer
	caller, w.viewing, err = s.asViewed(r.Context(), w.visit, caller)
	if err == nil && w.viewing != nil && r.Method == http.MethodPost && !rt.whileViewing {
		err = schema.Errorf(schema.CodeForbidden, "you are looking as %s, and change nothing meanwhile; end that first", w.viewing.Name)
	}
	return caller, err
}

// readForm reads the fields of a form that this visit's pages sent.
func (p *pageRequest) readForm() (url.Values, error) {
	if _, err := contentType(p.Request, "application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}
	body, err := p.readFields()
	if err != nil {
		return nil, err
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, schema.Errorf(schema.CodeMalformed, "the form cannot be read")
	}
	return fields, p.checkForm(fields)
}

// maxPublicForm is the most bytes of a form that anybody may send: a token and
// where it leads.
const maxPublicForm = 8 << 10

// readFields reads the body of a form. Who is not signed in sends little.
func (p *pageRequest) readFields() ([]byte, error) {
	if p.visit != nil {
		return p.s.readAll(p.w, p.Request)
	}
	b, err := limited(p.w, p.Request, maxPublicForm)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(b)
	if err == nil {
		gotBody(p.w)
	}
	return data, err
}

// checkForm refuses the fields of a form that is not of this visit's pages.
func (p *pageRequest) checkForm(fields url.Values) error {
	if p.visit != nil && !sameText(fields.Get("csrf"), p.visit.csrf) {
		return errForm
	}
	return nil
}

var errForm = schema.Errorf(schema.CodeForbidden, "the form is not one of this visit; load the page again and send it once more")

// scope is what the page may show.
func (p *pageRequest) scope() schema.Scope { return p.caller.Scope() }

func (p *pageRequest) may(roles ...string) bool { return slices.Contains(roles, p.caller.Role) }

func (p *pageRequest) note(notes ...string) { p.notes = append(p.notes, notes...) }

// options are what a filter can offer the caller.
func (p *pageRequest) options() (schema.Analytics, error) {
	return p.s.store.Analytics(p.Context(), p.scope())
}

// filter reads the filter of the page's address, and the parameters beside it
// that the page knows. usual is the range where the address names none.
func (p *pageRequest) filter(usual string, known ...string) (f dashboard.Filter, q url.Values, err error) {
	options, err := p.options()
	if err != nil {
		return f, nil, err
	}
	q = p.query(append(known, dashboard.FilterKeys...)...)
	f, notes := dashboard.ParseFilter(q, options, p.today(), usual)
	p.note(notes...)
	return f, q, nil
}

// query is the query string as far as it can be read and is known. What is left
// out is said in a note.
func (p *pageRequest) query(known ...string) url.Values {
	q, notes := dashboard.ParseQuery(p.URL.RawQuery, known...)
	p.note(notes...)
	return q
}

// wrongCursor reports whether an answer was refused for the cursor in the page's
// address. The page is then shown without it, with a note.
func (p *pageRequest) wrongCursor(cursor *string, err error) bool {
	var e *schema.Error
	if *cursor == "" || !errors.As(err, &e) || len(e.Fields) == 0 || !strings.HasSuffix(e.Fields[0].Field, "cursor") {
		return false
	}
	*cursor = ""
	p.note("The address does not say where to go on; this is the page of that number.")
	return true
}

func (p *pageRequest) now() schema.Instant { return schema.InstantOf(p.s.store.Now()) }

func (p *pageRequest) today() schema.Day { return schema.DayAt(p.now(), p.s.store.Zone()) }

// at says of a page that a form was sent from, to another address, which page it is.
func (p *pageRequest) at(f *dashboard.Frame, path string) {
	if f.Path = path; p.Method == http.MethodPost {
		p.w.Header().Set("HX-Push-Url", p.s.path(path))
	}
}

// frame makes what is around a page. Its query is what the page knows of the
// address: filters and, in turn, keys and values of the rest.
func (p *pageRequest) frame(title string, f *dashboard.Filter, rest ...string) dashboard.Frame {
	q := url.Values{}
	if f != nil {
		f.Put(q)
	}
	for i := 0; i+1 < len(rest); i += 2 {
		if rest[i+1] != "" {
			q.Set(rest[i], rest[i+1])
		}
	}
	frame := dashboard.Frame{
		Title: title, Base: p.s.o.BasePath, Path: p.URL.Path, Query: q, Notes: p.notes, Theme: p.theme(),
		Zone: p.s.store.Zone(), Now: p.now(), Version: p.s.o.Version,
	}
	if f != nil {
		frame.Window = f.Kept()
	}
	if p.liveAt != nil {
		frame.Live, frame.LiveAt = true, int64(*p.liveAt)
	}
	if p.visit == nil {
		return frame
	}
	frame.Who, frame.Role, frame.CSRF = p.signer.TokenName, p.signer.Role, p.visit.csrf
	frame.Nav = p.navigation()
	if p.viewing != nil {
		frame.Viewing = &dashboard.Viewing{Name: p.viewing.Name, Until: p.viewing.ExpiresAt}
	}
	p.s.visits.with(p.visit, func() { frame.Done, p.visit.flash = p.visit.flash, "" })
	return frame
}

// navigation lists the pages that the caller may ask for.
func (p *pageRequest) navigation() (links []dashboard.Link) {
	for _, l := range []struct {
		label, path string
		who         []string
	}{
		{"Activity", pathActivity, readers},
		{"Sessions", pathSessions, readers},
		{"Problems", pathProblems, readers},
		{"Data", pathData, movers},
		{"Access", pathAccess, []string{schema.RoleAdmin}},
	} {
		if p.may(l.who...) {
			here := p.URL.Path == l.path || l.path != "/" && strings.HasPrefix(p.URL.Path, l.path+"/")
			links = append(links, dashboard.Link{Label: l.label, Path: l.path, Current: here})
		}
	}
	return links
}

// show sends a page.
func (p *pageRequest) show(name string, data any) error { return p.showWith(http.StatusOK, name, data) }

func (p *pageRequest) showWith(status int, name string, data any) error {
	text, err := dashboard.Render(name, data)
	if err != nil {
		return err
	}
	return p.send(status, text)
}

// showPart sends one block of a page, to be put into it.
func (p *pageRequest) showPart(name, block string, data any) error {
	text, err := dashboard.RenderPart(name, block, data)
	if err != nil {
		return err
	}
	return p.send(http.StatusOK, text)
}

func (p *pageRequest) send(status int, text []byte) error {
	p.leave() // before the page does: a slow reader must hold up nobody
	h := p.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	p.w.WriteHeader(status)
	_, _ = p.w.Write(text)
	return nil
}

// done leads on after a change, to a page of this instance that says so.
func (p *pageRequest) done(message, to string) error {
	if p.visit != nil && message != "" {
		p.s.visits.with(p.visit, func() { p.visit.flash = message })
	}
	return p.lead(to)
}

func (p *pageRequest) lead(to string) error {
	p.w.Header().Set("Location", p.s.path(dashboard.LocalOnly(to)))
	p.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// failPage says on a page what is wrong. Who is not signed in is led to sign in,
// and from there back.
func (s *Server) failPage(w *reply, r *http.Request, e *schema.Error) error {
	p := &pageRequest{Request: r, s: s, w: w, visit: w.visit, leave: func() {}}
	w.Header().Set("Content-Security-Policy", dashboard.Policy)
	if e == errSignIn { //nolint:errorlint // it is this very value
		return p.askToSignIn()
	}
	if w.signer != nil {
		p.signer, p.caller, p.viewing = *w.signer, *w.signer, w.viewing
		if w.viewing != nil {
			p.caller.Role = schema.RoleTA
		}
	} else {
		p.visit = nil
	}
	refusal := e.Code.Refusal()
	frame := p.frame(refusal.Title, nil)
	if p.Method == http.MethodPost { // the address of a form is no page: a reload must not ask for it
		w.Header().Set("HX-Push-Url", "false")
		frame.Path = pathActivity
	}
	return p.showWith(refusal.Status, "fault", &dashboard.Fault{
		Frame: frame, Status: refusal.Status, Heading: refusal.Title,
		Message: e.Message, Fields: e.Fields, RequestID: w.id,
	})
}

// showAsset sends a static file. One that is asked for by its version never
// changes.
func (s *Server) showAsset(w *reply, r *http.Request, _ schema.Caller) error {
	asset, ok := dashboard.Assets()[mux.Vars(r)["name"]]
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "there is no such file")
	}
	h := w.Header()
	h.Set("Content-Type", asset.Type)
	if r.URL.Query().Get("v") == asset.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(asset.Content)
	return nil
}

func (s *Server) showOpenAPI(w *reply, _ *http.Request, _ schema.Caller) error {
	w.Header().Set("Content-Type", schema.TypeJSON)
	_, _ = w.Write(s.openAPI)
	return nil
}

// wantsPage tells whether it is a browser that asks, for a page.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// faultsOf returns what is wrong with the fields of a request, "" when the error
// is of another sort.
func faultsOf(err error) string {
	var refusal *schema.Error
	if !errors.As(err, &refusal) || refusal.Code != schema.CodeInvalid && refusal.Code != schema.CodeConflict {
		return ""
	}
	if len(refusal.Fields) == 0 {
		return refusal.Message
	}
	parts := make([]string, len(refusal.Fields))
	for i, f := range refusal.Fields {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}
