package fullglow

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"glow/schema"
)

// Rows whose session, group or grant no row names a person for yet wait in the
// database, and every import takes those that wait as one more file: so it makes no
// difference which file comes first. Of an emulation that is there already only the
// reference to its grant waits.

// waiting reads the rows that wait.
func (e *Export) waiting() ([]*row, error) {
	if e.options.Waiting == nil {
		return nil, nil
	}
	list, err := e.options.Waiting()
	if err != nil {
		return nil, err
	}
	var rows []*row
	var emulations []string
	for _, w := range list {
		r, err := decodeWaiting(w)
		if err != nil {
			return nil, err
		}
		if r.reference {
			emulations = append(emulations, r.Values[0].Text)
		}
		rows = append(rows, r)
	}
	there, err := e.options.Known(schema.KindEmulation, emulations)
	return slices.DeleteFunc(rows, func(r *row) bool {
		_, known := there[r.Values[0].Text]
		return r.reference && !known
	}), err
}

func decodeWaiting(w schema.WaitingRow) (*row, error) {
	r := &row{Record: schema.KindNamed(w.Kind).NewRecord(), waited: true, reference: w.Kind == schema.KindEmulation}
	var texts map[string]string
	if err := json.Unmarshal([]byte(w.Content), &texts); err != nil {
		return nil, fmt.Errorf("a row that waits: %w", err)
	}
	for name, text := range texts {
		at := r.Kind.Field(name)
		v, err := r.Kind.Fields[at].Parse(text, time.UTC)
		if err != nil {
			return nil, fmt.Errorf("a row that waits: %s: %w", name, err)
		}
		r.Values[at] = v
	}
	return r, nil
}

// wait notes a row that goes on to wait, or the fields of it that do.
func (s *index) wait(r *row, fields ...string) {
	texts := map[string]string{}
	for i := range r.Kind.Fields {
		f := &r.Kind.Fields[i]
		if r.Values[i].Set && (len(fields) == 0 || slices.Contains(fields, f.Name)) {
			texts[f.Name] = string(f.Append(nil, r.Values[i]))
		}
	}
	content, err := json.Marshal(texts)
	if err != nil {
		panic(err) // of texts: cannot fail
	}
	w := schema.WaitingRow{Kind: r.Kind.Name, Content: string(content)}
	if len(fields) == 0 {
		w.At = schema.Instant(r.Get("created_at").Int)
	}
	if id := r.Values[0]; id.Set {
		key := w.Kind + "\x00" + id.Text
		if s.waits[key] {
			return
		}
		s.waits[key] = true
	}
	s.waiting = append(s.waiting, w)
}

// Waiting returns the rows that wait from now on. It is complete when Records has been
// ranged over.
func (e *Export) Waiting() []schema.WaitingRow { return e.index.waiting }
