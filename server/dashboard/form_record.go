package dashboard

import (
	"errors"
	"iter"
	"net/url"
	"slices"
	"strings"

	"glow/schema"
)

// formRecord makes a record of a kind from the fields of a form. A field that the form does
// not have is absent: a known record keeps what it has there.
func formRecord(kind *schema.Kind, fields url.Values) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		r := &schema.Record{}
		r.Reset(kind)
		faulty := false
		for i := range kind.Fields {
			f := &kind.Fields[i]
			if !fields.Has(f.Name) {
				r.Absent |= 1 << i
				continue
			}
			v, err := parseFormField(f, fields[f.Name])
			if err != nil {
				faulty = true
				if !yield(nil, schema.Fault{Kind: kind, Field: f.Name, Message: err.Error()}) {
					return
				}
			}
			r.Values[i] = v
		}
		if faulty {
			return
		}
		if err := r.Finish(); err != nil {
			yield(nil, err)
			return
		}
		yield(r, nil)
	}
}

// parseFormField reads a field; several marked boxes are a list of ids.
func parseFormField(f *schema.Field, texts []string) (schema.Value, error) {
	if f.Type == schema.IDs {
		return f.List(slices.DeleteFunc(slices.Clone(texts), func(id string) bool { return id == "" }))
	}
	return f.Parse(strings.TrimSpace(texts[0]), nil)
}

// fieldFaults are the faults of an error by the field of the form; those of no field are
// under "".
func fieldFaults(err error) map[string]string {
	var refusal *schema.Error
	if !errors.As(err, &refusal) || refusal.Code != schema.CodeInvalid && refusal.Code != schema.CodeConflict {
		return nil
	}
	faults := map[string]string{}
	for _, f := range refusal.Fields {
		faults[f.Field] = f.Message
	}
	if len(faults) == 0 {
		faults[""] = refusal.Message
	}
	return faults
}
