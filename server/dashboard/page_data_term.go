package dashboard

import (
	"iter"

	"glow/schema"
)

// TermForm is a term that somebody enters.
type TermForm struct{ ID, Name, StartsOn, EndsOn, Error string }

// putTerm takes a term in, or changes it.
func putTerm(p *pageRequest) error {
	_, err := p.d.host.Put(p.Context(), p.caller, termRecord(p.fields.Get))
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

// termRecord makes the record of a term from the fields of a form.
func termRecord(field func(string) string) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		kind := schema.KindNamed(schema.KindTerm)
		r := &schema.Record{}
		r.Reset(kind)
		for i := range kind.Fields {
			f := &kind.Fields[i]
			v, err := f.Parse(field(f.Name), nil)
			if err != nil {
				yield(nil, schema.Fault{Kind: kind, Field: f.Name, Message: err.Error()})
				return
			}
			r.Values[i] = v
		}
		if err := r.Finish(); err != nil {
			yield(nil, err)
			return
		}
		yield(r, nil)
	}
}
