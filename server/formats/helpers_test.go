package formats

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"glow/schema"
)

// texts prints what a reader yields: a record as "file:line kind cell,cell", an
// error as its text.
func texts(records iter.Seq2[*schema.Record, error]) []string {
	var out []string
	for rec, err := range records {
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		cells := make([]string, len(rec.Values))
		for i := range cells {
			cells[i] = string(rec.Kind.Fields[i].Append(nil, rec.Values[i]))
		}
		out = append(out, fmt.Sprintf("%s:%d %s %s", rec.File, rec.Line, rec.Kind.Name, strings.Join(cells, ",")))
	}
	return out
}

func expect(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// seq yields the items of a slice without errors.
func seq[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}
