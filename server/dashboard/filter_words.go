package dashboard

import (
	"cmp"
	"slices"
	"strings"

	"glow/schema"
)

// Label says which window it is.
func (f *Filter) Label() string {
	if p := f.preset(); p != nil {
		return p.Label
	}
	var parts []string
	if t := f.term(); t != nil {
		parts = append(parts, t.Label)
	}
	switch {
	case f.From != "" && f.To == f.From:
		parts = append(parts, f.From)
	case f.From != "" && f.To != "":
		parts = append(parts, f.From+" to "+f.To)
	case f.From != "":
		parts = append(parts, "since "+f.From)
	case f.To != "":
		parts = append(parts, "until "+f.To)
	}
	return strings.Join(parts, ", ")
}

// Span is the first and last day of the window in words; "" when it has no end.
func (f *Filter) Span() string {
	s := f.Schema()
	if t := f.term(); t != nil && s.DateFrom == "" && s.DateTo == "" {
		return t.DateFrom.String() + " to " + t.DateTo.String()
	}
	if s.DateFrom == "" || s.DateTo == "" || f.Range == "" {
		return ""
	}
	if s.DateFrom == s.DateTo {
		return s.DateFrom
	}
	return s.DateFrom + " to " + s.DateTo
}

// Who says whose records are counted.
func (f *Filter) Who() string {
	var parts []string
	for _, d := range f.Departments {
		parts = append(parts, labelOf(f.Options.DepartmentOptions, d))
	}
	for _, r := range f.Roles {
		parts = append(parts, "role "+r)
	}
	return strings.Join(parts, ", ")
}

// Narrowed reports whether some people are left out.
func (f *Filter) Narrowed() bool { return len(f.Departments)+len(f.Roles) > 0 }

// HasDepartment and HasRole tell what is chosen.
func (f *Filter) HasDepartment(id string) bool { return slices.Contains(f.Departments, id) }

func (f *Filter) HasRole(role string) bool { return slices.Contains(f.Roles, role) }

// termsAtHand is how many terms are a choice at once; older ones are in a list.
const termsAtHand = 4

// TermsAtHand are the latest terms, and the chosen one.
func (f *Filter) TermsAtHand() []schema.TermOption {
	list := slices.Clone(f.Options.TermOptions[:min(termsAtHand, len(f.Options.TermOptions))])
	if t := f.term(); t != nil && !slices.ContainsFunc(list, func(o schema.TermOption) bool { return o.Value == t.Value }) {
		list = append(list, *t)
	}
	return list
}

// OlderTerms are the others.
func (f *Filter) OlderTerms() []schema.TermOption {
	hand := f.TermsAtHand()
	return slices.DeleteFunc(slices.Clone(f.Options.TermOptions), func(o schema.TermOption) bool {
		return slices.ContainsFunc(hand, func(h schema.TermOption) bool { return h.Value == o.Value })
	})
}

// TermChip is a term to choose, on a page.
type TermChip struct {
	Page    *layout
	Term    schema.TermOption
	Current bool
}

// TermChip makes the choice of a term.
func (f *layout) TermChip(t schema.TermOption, of Filter) TermChip {
	return TermChip{f, t, t.Value == of.Term}
}

func labelOf(options []schema.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

func labels(ids []string, options []schema.Option) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		at := slices.IndexFunc(options, func(o schema.Option) bool { return o.Value == id })
		if list[i] = id; at >= 0 {
			list[i] = options[at].Label
		}
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}
