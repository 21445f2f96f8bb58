package dashboard

import (
	"cmp"
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

// note says something about the address above the page.
func (p *pageRequest) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// options are the departments, roles, terms and days that the caller can choose from.
func (p *pageRequest) options() (schema.Analytics, error) {
	return p.d.store.Analytics(p.Context(), p.scope())
}

// filter reads the filter of the page's address, and the parameters beside it that the
// page knows. usual is the range where the address names none.
func (p *pageRequest) filter(usual string, known ...string) (f Filter, q url.Values, err error) {
	options, err := p.options()
	if err != nil {
		return f, nil, err
	}
	q = p.query(append(known, FilterKeys...)...)
	f, notes := ParseFilter(q, options, p.today(), usual)
	p.notes = append(p.notes, notes...)
	return f, q, nil
}

// query reads the parameters of the address that its page knows, and leaves the rest out
// with a note. The functions below read their values. They remove from q what cannot be
// used, and what is the default, so that links within the page repeat only the rest.
func (p *pageRequest) query(known ...string) (q url.Values) {
	q = url.Values{}
	all, err := url.ParseQuery(p.URL.RawQuery)
	if err != nil {
		p.note("A part of the address cannot be read; it is left out.")
	}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		values := all[k]
		switch {
		case !slices.Contains(known, k):
			p.note("This page knows no “%s” in its address; it is left out.", schema.Clip(k))
			continue
		case slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) || strings.ContainsRune(v, 0) }):
			p.note("The %s in the address cannot be read; it is left out.", words(k))
			continue
		case len(values) > 1 && k != "department" && k != "role":
			p.note("The %s is in the address more than once; the first counts.", words(k))
			values = values[:1]
		}
		q[k] = values
	}
	return q
}

// words prints the key of a parameter.
func words(key string) string { return strings.ReplaceAll(key, "_", " ") }

// text reads a parameter without the spaces around it.
func (p *pageRequest) text(q url.Values, key string) string {
	keep(q, key, strings.TrimSpace(q.Get(key)), "")
	return q.Get(key)
}

// choice reads a parameter that has one of the allowed values; the first is the default.
func (p *pageRequest) choice(q url.Values, key string, allowed ...string) string {
	v := cmp.Or(q.Get(key), allowed[0])
	if !slices.Contains(allowed, v) {
		p.note("The choice “%s” (%s) is not one there is; it is left out.", schema.Clip(v), words(key))
		v = allowed[0]
	}
	keep(q, key, v, allowed[0])
	return v
}

// whole reads a parameter that is a whole number from low to high.
func (p *pageRequest) whole(q url.Values, key string, low, high, otherwise int) int {
	n := otherwise
	if v := q.Get(key); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil || n < low || n > high {
			p.note("“%s” (%s) is not a whole number from %d to %s; it is left out.", schema.Clip(v), words(key), low, Number(high))
			n = otherwise
		}
	}
	keep(q, key, strconv.Itoa(n), strconv.Itoa(otherwise))
	return n
}

// dates reads the days from and to. It exchanges them if they are the wrong way round.
func (p *pageRequest) dates(q url.Values) (from, to string) {
	var f Filter
	f.dates(q, p.note)
	keep(q, "from", f.From, "")
	keep(q, "to", f.To, "")
	return f.From, f.To
}

// keep sets a parameter, or removes it if it has its default value.
func keep(q url.Values, key, value, otherwise string) {
	if q.Set(key, value); value == otherwise {
		q.Del(key)
	}
}

// withCursor asks the store for the rows after the cursor of the address. If the store
// refuses that cursor, it asks again without one.
func withCursor[Answer any](p *pageRequest, q url.Values, ask func(cursor string) (Answer, error)) (Answer, error) {
	answer, err := ask(q.Get(paramCursor))
	var e *schema.Error
	if !q.Has(paramCursor) || !errors.As(err, &e) || len(e.Fields) == 0 || !strings.HasSuffix(e.Fields[0].Field, paramCursor) {
		return answer, err
	}
	q.Del(paramCursor)
	p.note("The address does not say where to go on; this is the page of that number.")
	return ask("")
}

// yesOrNo is the reverse of stateOf.
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

func pointer[T any](v T) *T { return &v }
