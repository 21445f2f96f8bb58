package dashboard

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"glow/schema"
)

// pageRequest is one request for a page or a form.
type pageRequest struct {
	*http.Request
	d       *Dashboard
	w       http.ResponseWriter
	caller  schema.Caller     // whose rights decide what is shown
	signer  schema.Caller     // who is signed in; not caller while viewing as somebody else
	viewing *schema.Emulation // whom the signer views the pages as; nil: nobody
	session *webSession       // nil: nobody is signed in
	fields  url.Values        // of a form
	notes   []string          // shown above the page
	liveAt  *schema.Instant   // freshness of the page; nil: it does not follow changes
	leave   func()            // gives back the place of the Limiter
}

// Serve answers a request for a page or a form.
func (d *Dashboard) Serve(rt Route, w http.ResponseWriter, r *http.Request) {
	p := d.newRequest(w, r)
	if err := p.serve(rt); err != nil {
		p.fail(err)
	}
}

// ServeError shows an error as a page.
func (d *Dashboard) ServeError(w http.ResponseWriter, r *http.Request, err error) {
	p := d.newRequest(w, r)
	_ = p.identify(Route{}) // for the navigation; there may be nobody
	p.fail(err)
}

// WantsPage reports whether it is a browser that asks, for a page.
func WantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (d *Dashboard) newRequest(w http.ResponseWriter, r *http.Request) *pageRequest {
	return &pageRequest{Request: r, d: d, w: w, leave: func() {}}
}

// serve checks who asks and whether they may, reads the form, waits for a place and runs
// the handler. A form is read before the place is taken, so that a slow sender takes none.
func (p *pageRequest) serve(rt Route) error {
	if !slices.Contains(rt.roles, schema.Anyone) {
		if err := p.identify(rt); err != nil {
			return err
		}
		p.d.host.SetRole(p.w, p.caller.Role)
		if !rt.allows(p.caller.Role) {
			return schema.Errorf(schema.CodeForbidden, "a token with the role %s may not ask for this page", p.caller.Role)
		}
	}
	h := p.w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Add("Vary", "Cookie")
	if rt.form {
		if err := p.readForm(); err != nil {
			return err
		}
	}
	if !rt.stream {
		done, err := rt.limit(p.d.o.Limits)(p.Context())
		if err != nil {
			return err
		}
		p.leave = sync.OnceFunc(done)
		defer p.leave()
	}
	return rt.serve(p)
}

// identify sets who asks. It refuses a form while viewing as somebody else, unless its
// route allows that.
func (p *pageRequest) identify(rt Route) error {
	one, caller, err := p.signedIn()
	if err != nil {
		return err
	}
	p.session, p.signer, p.caller = one, caller, caller
	if p.caller, p.viewing, err = p.d.asViewed(p.Context(), one, caller); err != nil {
		return err
	}
	if p.viewing != nil && p.Method == http.MethodPost && !rt.whileViewing {
		return schema.Errorf(schema.CodeForbidden, "you are looking as %s, and change nothing meanwhile; end that first", p.viewing.Name)
	}
	return nil
}

// maxPublicForm is the most bytes of a form of somebody who is not signed in: a token and
// a path.
const maxPublicForm = 8 << 10

// readForm reads the fields of a form.
func (p *pageRequest) readForm() (err error) {
	limit := int64(maxPublicForm)
	if p.session != nil {
		limit = 0
	}
	if p.fields, err = p.d.host.ReadForm(p.w, p.Request, limit); err != nil {
		return err
	}
	return p.checkForm(p.fields)
}

// checkForm refuses a form without the csrf secret of the session: another site sent it.
func (p *pageRequest) checkForm(fields url.Values) error {
	if p.session != nil && !sameText(unmaskSecret(fields.Get("csrf")), p.session.csrf) {
		return errForm
	}
	return nil
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

var errForm = schema.Errorf(schema.CodeForbidden, "the form is not one of this visit; load the page again and send it once more")

// show sends a page.
func (p *pageRequest) show(name string, data any) error { return p.showWith(http.StatusOK, name, data) }

func (p *pageRequest) showWith(status int, name string, data any) error {
	text, err := Render(name, data)
	if err != nil {
		return err
	}
	return p.send(status, text)
}

// showPart sends one block of a page, which a script inserts.
func (p *pageRequest) showPart(name, block string, data any) error {
	text, err := RenderPart(name, block, data)
	if err != nil {
		return err
	}
	return p.send(http.StatusOK, text)
}

func (p *pageRequest) send(status int, text []byte) error {
	return p.sendAs("text/html; charset=utf-8", status, text)
}

// sendAs sends the whole of an answer.
func (p *pageRequest) sendAs(contentType string, status int, content []byte) error {
	p.leave() // first, so that a slow reader takes no place
	p.d.host.Send(p.w, status, contentType, content)
	return nil
}

// done redirects after a change, to a page that shows the message.
func (p *pageRequest) done(message, to string) error {
	if p.session != nil && message != "" {
		p.d.sessions.with(p.session, func() { p.session.flash = message })
	}
	return p.redirect(to)
}

// redirect sends the browser to a page of this instance.
func (p *pageRequest) redirect(to string) error {
	p.w.Header().Set("Location", p.d.path(LocalOnly(to)))
	p.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// LocalOnly returns a path if it is one of this instance, else "/", so that no link can
// send people to another site.
func LocalOnly(to string) string {
	unsafe := func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) } // browsers take a \ for a /, and skip some others
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, unsafe) {
		return "/"
	}
	return to
}

// inputError returns the message of an error that the person can correct in the form, ""
// for any other.
func inputError(err error) string {
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

func (p *pageRequest) requestID() string { return p.d.host.RequestID(p.w) }

// scope is what the caller may see.
func (p *pageRequest) scope() schema.Scope { return p.caller.Scope() }

func (p *pageRequest) now() schema.Instant { return schema.InstantOf(p.d.store.Now()) }

func (p *pageRequest) today() schema.Day { return schema.DayAt(p.now(), p.d.store.Zone()) }
