package dashboard

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"glow/schema"
)

func (p *pageRequest) note(notes ...string) { p.notes = append(p.notes, notes...) }

// options are what a filter can offer the caller.
func (p *pageRequest) options() (schema.Analytics, error) {
	return p.d.store.Analytics(p.Context(), p.scope())
}

// filter reads the filter of the page's address, and the parameters beside it
// that the page knows. usual is the range where the address names none.
func (p *pageRequest) filter(usual string, known ...string) (f Filter, q url.Values, err error) {
	options, err := p.options()
	if err != nil {
		return f, nil, err
	}
	q = p.query(append(known, FilterKeys...)...)
	f, notes := ParseFilter(q, options, p.today(), usual)
	p.note(notes...)
	return f, q, nil
}

// query is the query string as far as it can be read and is known. What is left
// out is said in a note.
func (p *pageRequest) query(known ...string) url.Values {
	q, notes := ParseQuery(p.URL.RawQuery, known...)
	p.note(notes...)
	return q
}

// dropCursor reports whether an answer was refused for the cursor in the page's
// address. The page is then shown without it, with a note.
func (p *pageRequest) dropCursor(cursor *string, err error) bool {
	var e *schema.Error
	if *cursor == "" || !errors.As(err, &e) || len(e.Fields) == 0 || !strings.HasSuffix(e.Fields[0].Field, "cursor") {
		return false
	}
	*cursor = ""
	p.note("The address does not say where to go on; this is the page of that number.")
	return true
}

// ParseQuery reads the parameters of an address that its page knows. What cannot
// be read, or means nothing to the page, it says in a note and leaves out.
func ParseQuery(raw string, known ...string) (q url.Values, notes []string) {
	q = url.Values{}
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	all, err := url.ParseQuery(raw)
	if err != nil {
		note("A part of the address cannot be read; it is left out.")
	}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		values := all[k]
		switch {
		case !slices.Contains(known, k):
			note("This page knows no “%s” in its address; it is left out.", schema.Clip(k))
			continue
		case slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) || strings.ContainsRune(v, 0) }):
			note("The %s in the address cannot be read; it is left out.", strings.ReplaceAll(k, "_", " "))
			continue
		case len(values) > 1 && k != "department" && k != "role":
			note("The %s is in the address more than once; the first counts.", strings.ReplaceAll(k, "_", " "))
			values = values[:1]
		}
		q[k] = values
	}
	return q, notes
}

// Choice returns the value of a parameter if it is among those allowed, else
// the first of them, with a note.
func Choice(q url.Values, key string, notes *[]string, allowed ...string) string {
	v := q.Get(key)
	if v == "" || slices.Contains(allowed, v) {
		if v == "" {
			return allowed[0]
		}
		return v
	}
	*notes = append(*notes, fmt.Sprintf("The choice “%s” (%s) is not one there is; it is left out.", schema.Clip(v), strings.ReplaceAll(key, "_", " ")))
	return allowed[0]
}

// Dates returns the days from and to of an address; what is none of them, or the
// wrong way round, is put right with a note.
func Dates(q url.Values, notes *[]string) (from, to string) {
	var f Filter
	f.dates(q, func(format string, args ...any) { *notes = append(*notes, fmt.Sprintf(format, args...)) })
	return f.From, f.To
}

// Whole returns the value of a parameter that is a whole number of a range, else
// a default, with a note.
func Whole(q url.Values, key string, low, high, otherwise int, notes *[]string) int {
	v := q.Get(key)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		*notes = append(*notes, fmt.Sprintf("“%s” (%s) is not a whole number from %d to %s; it is left out.",
			schema.Clip(v), strings.ReplaceAll(key, "_", " "), low, Number(high)))
		return otherwise
	}
	return n
}

func yesOrNo(text string) *bool {
	if text == "" {
		return nil
	}
	return pointer(text == "yes")
}

// stateOf is the value of a choice of yes, no and either in a form.
func stateOf(p *bool) string {
	switch {
	case p == nil:
		return ""
	case *p:
		return "yes"
	}
	return "no"
}

// unless returns a value, or nothing when it is the default.
func unless(value, otherwise string) string {
	if value == otherwise {
		return ""
	}
	return value
}

func pointer[T any](v T) *T { return &v }
