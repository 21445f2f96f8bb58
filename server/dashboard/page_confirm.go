package dashboard

import (
	"errors"
	"net/http"
	"slices"

	"glow/schema"
)

// confirmPage says what a change would do, and asks whether to do it.
type confirmPage struct {
	layout
	Heading string
	Says    []string      // what would happen, a sentence each
	Refused *schema.Error // why it cannot be; nil: it can
	Action  string        // path of the form that does it
	Fields  []Field       // of that form
	Button  string
	Back    string // path to go to instead
	BackTo  string // what is there
}

// showConfirm shows what a change would do. tried is the error of a dry run of it.
func (p *pageRequest) showConfirm(data *confirmPage, tried error) error {
	if errors.As(tried, &data.Refused) && (slices.Contains([]schema.Code{schema.CodeConflict, schema.CodeInvalid, schema.CodeNotFound}, data.Refused.Code)) {
		tried = nil
	}
	if tried != nil {
		return tried
	}
	data.layout = p.layout(data.Heading, nil, nil)
	p.setPath(&data.layout, data.Back)
	status := http.StatusOK
	if data.Refused != nil {
		status = data.Refused.Code.Refusal().Status
	}
	return p.showWith(status, "confirm", data)
}
