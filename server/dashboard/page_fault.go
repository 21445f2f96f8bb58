package dashboard

import (
	"net/http"

	"glow/schema"
)

// faultPage shows an error.
type faultPage struct {
	layout
	Status    int
	Heading   string
	Message   string
	Fields    []schema.Fault
	RequestID string
}

// fail shows an error as a page. Who is not signed in is redirected to sign in, and from
// there back.
func (p *pageRequest) fail(err error) {
	refused := p.d.host.Refuse(p.w, p.Request, err)
	p.w.Header().Set("Content-Security-Policy", Policy)
	if refused == errSignIn { //nolint:errorlint // it is this very value
		err = p.askToSignIn()
	} else {
		err = p.showFault(refused)
	}
	if err != nil {
		panic(err)
	}
}

func (p *pageRequest) showFault(e *schema.Error) error {
	refusal := e.Code.Refusal()
	p.liveAt = nil // no number is shown that could change
	around := p.layout(refusal.Title, nil, nil)
	if p.Method == http.MethodPost { // the path of a form is no page to reload
		p.w.Header().Set("HX-Push-Url", "false")
		around.Path = pathActivity
	}
	return p.showWith(refusal.Status, "fault", &faultPage{
		layout: around, Status: refusal.Status, Heading: refusal.Title,
		Message: e.Message, Fields: e.Fields, RequestID: p.requestID(),
	})
}
