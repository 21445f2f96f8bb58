package dashboard

import (
	"net/http"
	"net/url"
	"strings"

	"glow/schema"
)

// signInPage asks for a token.
type signInPage struct {
	layout
	Next  string // path to go to afterwards
	Error string
}

// showSignIn asks for a token, or signs in by the code in the address.
func showSignIn(p *pageRequest) error {
	q := p.URL.Query()
	data := &signInPage{Next: LocalOnly(q.Get("next"))}
	if text := q.Get("code"); text != "" && p.Method == http.MethodGet { // a HEAD request must not use the code up
		if p.withoutCookie() {
			return p.askAgain()
		}
		asked, err := p.askToReplace(text, data.Next)
		if asked {
			return err
		}
		if err == nil {
			err = p.spend(text)
		}
		if err == nil {
			return p.redirect(data.Next)
		}
		if schema.ErrorCode(err) != schema.CodeUnauthorized {
			return err
		}
		data.Error = errNoCode.Message
	}
	data.layout = p.layout("Sign in", nil, nil)
	return p.show("signin", data)
}

// spend signs in by a code. A used one does no harm to whoever is signed in already, as
// when a link is followed twice.
func (p *pageRequest) spend(text string) error {
	if k, ok := p.d.codes.spend(text); ok {
		caller, err := p.codeHolder(k)
		if err != nil { // its token was revoked since
			return err
		}
		return p.signIn(caller)
	}
	if _, _, err := p.signedIn(); err == nil {
		return nil
	}
	return p.d.host.SignInFailed(p.w, p.Request, errNoCode)
}

// replacePage asks somebody who is signed in whether to sign in as somebody else.
type replacePage struct {
	layout
	Code  string
	Next  string
	Is    schema.Caller
	Would schema.Caller
}

// askToReplace asks for confirmation when the code would sign in somebody else than who is
// signed in already. That does not use the code up.
func (p *pageRequest) askToReplace(text, next string) (asked bool, err error) {
	tokenID, ok := p.d.codes.look(text)
	if !ok {
		return false, nil
	}
	one, caller, err := p.signedIn()
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		return false, nil
	}
	if err != nil || caller.TokenID == tokenID {
		return false, err
	}
	data := &replacePage{Code: text, Next: next, Is: caller}
	if tokenID == "" {
		data.Would = schema.Caller{TokenName: "whoever started glow here", Role: schema.RoleAdmin}
	} else if data.Would, err = p.d.store.Holder(p.Context(), tokenID); err != nil {
		return false, err
	}
	p.session, p.signer, p.caller = one, caller, caller
	data.layout = p.layout("Sign in as somebody else?", nil, nil)
	return true, p.show("replace", data)
}

// replaceSession signs in by a code after that confirmation.
func replaceSession(p *pageRequest) error {
	next := p.fields.Get("next")
	k, ok := p.d.codes.spend(p.fields.Get("code"))
	if !ok {
		return p.done(errNoCode.Message, next)
	}
	caller, err := p.codeHolder(k)
	if err != nil {
		return err
	}
	if err := p.signIn(caller); err != nil {
		return err
	}
	return p.redirect(next)
}

// codeHolder returns whom a code signs in. For a code that glow serve printed it makes a
// token, which is valid as long as a web session; if that fails, the code can be used again.
func (p *pageRequest) codeHolder(k signInCode) (caller schema.Caller, err error) {
	if k.tokenID != "" {
		return p.d.store.Holder(p.Context(), k.tokenID)
	}
	caller, err = p.d.store.LinkToken(p.Context(), p.d.host.Remote(p.Request), p.requestID(), sessionTime)
	if err != nil {
		p.d.codes.restore(k)
	}
	return caller, err
}

var errNoCode = schema.Errorf(schema.CodeUnauthorized, "this link has been used already, or is too old; ask for a new one with glow dashboard, or sign in with a token")

// signInByToken signs in with the token of the form.
func signInByToken(p *pageRequest) error {
	next := LocalOnly(p.fields.Get("next"))
	caller, err := p.d.store.Authenticate(p.Context(), strings.TrimSpace(p.fields.Get("token")))
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		err = p.d.host.SignInFailed(p.w, p.Request, err)
		message := "This is not a token of this instance, or it has ended."
		if schema.ErrorCode(err) == schema.CodeTooMany {
			message = "Too many wrong tokens came from here; wait a minute."
		}
		status := schema.ErrorCode(err).Refusal().Status
		return p.showWith(status, "signin", &signInPage{layout: p.layout("Sign in", nil, nil), Next: next, Error: message})
	}
	if err != nil {
		return err
	}
	if err := p.signIn(caller); err != nil {
		return err
	}
	return p.redirect(next)
}

// signIn begins a session, and ends the one that there was.
func (p *pageRequest) signIn(caller schema.Caller) error {
	if one, _, err := p.signedIn(); err == nil {
		p.d.endSession(p.Context(), one)
	}
	caller.Remote, caller.RequestID = p.d.host.Remote(p.Request), p.requestID()
	secret, err := p.d.beginSession(p.Context(), caller)
	if err != nil {
		return err
	}
	p.setCookie(sessionCookie, secret, sessionTime)
	return nil
}

// signOut ends the session.
func signOut(p *pageRequest) error {
	p.d.endSession(p.Context(), p.session)
	p.setCookie(sessionCookie, "", 0)
	p.w.Header().Set("Clear-Site-Data", `"cache"`)
	return p.redirect(pathSignIn)
}

var errSignIn = schema.Errorf(schema.CodeUnauthorized, "sign in to see this")

// askToSignIn redirects to the sign-in page, and from there back to the page asked for.
func (p *pageRequest) askToSignIn() error {
	if p.Header.Get("Accept") == "text/event-stream" { // of an open page; 204 makes the browser stop asking
		p.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	back := p.URL.RequestURI()
	if current, err := url.Parse(p.Header.Get("HX-Current-URL")); err == nil && current.Path != "" {
		back = p.d.within(current)
	} else if p.Method == http.MethodPost {
		back = pathActivity
	}
	to := pathSignIn + "?next=" + url.QueryEscape(LocalOnly(back))
	if p.Header.Get("HX-Request") != "" {
		p.w.Header().Set("HX-Redirect", p.d.path(to))
		p.w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if p.withoutCookie() {
		return p.askAgain()
	}
	return p.redirect(to)
}

// withoutCookie reports whether the browser kept the cookie back because the request
// comes from another site, such as a web mail.
func (p *pageRequest) withoutCookie() bool {
	return p.Header.Get("Sec-Fetch-Site") == "cross-site" && p.Method == http.MethodGet
}

// askAgain shows a page that loads the same address once more. The browser sends the
// cookie with that request, as it comes from here.
func (p *pageRequest) askAgain() error {
	return p.show("again", &signInPage{layout: p.layout("One moment", nil, nil), Next: p.URL.RequestURI()})
}
