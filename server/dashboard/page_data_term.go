package dashboard

import "glow/schema"

// TermForm is a term that somebody enters.
type TermForm struct{ ID, Name, StartsOn, EndsOn, Error string }

// putTerm takes a term in, or changes it.
func putTerm(p *pageRequest) error {
	_, err := p.d.host.Put(p.Context(), p.caller, formRecord(schema.KindNamed(schema.KindTerm), p.fields))
	if message := inputError(err); message != "" {
		data, failed := p.dataPage()
		if failed != nil {
			return failed
		}
		data.Term = TermForm{ID: p.fields.Get("id"), Name: p.fields.Get("name"), StartsOn: p.fields.Get("starts_on"), EndsOn: p.fields.Get("ends_on"), Error: message}
		return p.showWith(schema.ErrorCode(err).Refusal().Status, "data", data)
	}
	if err != nil {
		return err
	}
	return p.done("The term “"+p.fields.Get("name")+"” is saved.", pathData+"#terms")
}
