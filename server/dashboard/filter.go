package dashboard

import (
	"fmt"
	"net/url"
	"slices"

	"glow/schema"
)

// Filter is the choice of people and of a window that the address of a page
// makes. What it cannot read of an address it says in a note and leaves out, so
// that the rest is still shown.
type Filter struct {
	Range       string // key of a preset; "" with dates or a term
	From, To    string // dates, as given
	Term        string
	Departments []string
	Roles       []string
	OnePerson   bool // whose page it is: there is nobody else to choose

	Presets []Preset
	Options schema.Analytics
	usual   string // key of the preset that holds where none is asked for
	today   schema.Day
}

// Preset is a range of days that has a name.
type Preset struct {
	Key, Label string
	From, To   string // empty: open
}

// Keys of presets.
const (
	RangeToday = "today"
	RangeMonth = "30d"
	RangeAll   = "all"

	rangeWeek      = "week"
	rangeThisMonth = "month"
)

// FilterKeys are the parameters of a Filter.
var FilterKeys = []string{"range", "from", "to", "term", "department", "role"}

func presets(today schema.Day) []Preset {
	monday := today - schema.Day((int(today.Weekday())+6)%7)
	to := today.String()
	return []Preset{
		{RangeToday, "Today", to, to},
		{rangeWeek, "This week", monday.String(), to},
		{"7d", "Last 7 days", (today - 6).String(), to},
		{RangeMonth, "Last 30 days", (today - 29).String(), to},
		{rangeThisMonth, "This month", today.Month().String(), to},
		{RangeAll, "All time", "", ""},
	}
}

// ParseFilter reads the parameters of a Filter, which are held against what the
// caller can choose from. usual is the preset where none is asked for.
func ParseFilter(q url.Values, options schema.Analytics, today schema.Day, usual string) (f Filter, notes []string) {
	f = Filter{Presets: presets(today), Options: options, usual: usual, today: today}
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	f.dates(q, note)
	if f.Term = q.Get("term"); f.Term != "" && !slices.ContainsFunc(options.TermOptions, func(o schema.TermOption) bool { return o.Value == f.Term }) {
		note("There is no term “%s”.", schema.Clip(f.Term))
		f.Term = ""
	}
	f.Departments = chosen(q["department"], options.DepartmentOptions, "department", note)
	f.Roles = chosen(q["role"], options.RoleOptions, "role", note)
	if f.From != "" || f.To != "" || f.Term != "" {
		return f, notes
	}
	if f.Range = q.Get("range"); f.Range == "" {
		f.Range = usual
	} else if f.preset() == nil {
		note("There is no range “%s”; it is left out.", schema.Clip(f.Range))
		f.Range = usual
	}
	return f, notes
}

func (f *Filter) dates(q url.Values, note func(string, ...any)) {
	f.From, f.To = f.date(q, "from", note), f.date(q, "to", note)
	if f.From != "" && f.To != "" && f.To < f.From {
		note("The dates were the wrong way round: from %s to %s. They are exchanged.", f.From, f.To)
		f.From, f.To = f.To, f.From
	}
}

func (f *Filter) date(q url.Values, key string, note func(string, ...any)) string {
	text := q.Get(key)
	if text == "" {
		return ""
	}
	if _, err := schema.ParseDay(text); err != nil {
		note("The date “%s” (%s) %s.", schema.Clip(text), key, err)
		return ""
	}
	return text
}

// chosen returns those of the values that are options, in any case.
func chosen(values []string, options []schema.Option, noun string, note func(string, ...any)) (list []string) {
	for _, v := range values {
		if v == "" {
			continue
		}
		at := slices.IndexFunc(options, func(o schema.Option) bool { return o.Value == v })
		if at < 0 {
			at = slices.IndexFunc(options, func(o schema.Option) bool { return schema.FoldCase(o.Value) == schema.FoldCase(v) })
		}
		switch {
		case at < 0:
			note("You see no %s “%s”; it is left out of the filter.", noun, schema.Clip(v))
		case !slices.Contains(list, options[at].Value):
			list = append(list, options[at].Value)
		}
	}
	return list
}

func (f *Filter) preset() *Preset {
	for i := range f.Presets {
		if f.Presets[i].Key == f.Range {
			return &f.Presets[i]
		}
	}
	return nil
}

// Schema is the filter as the store takes it.
func (f *Filter) Schema() schema.Filter {
	out := schema.Filter{DateFrom: f.From, DateTo: f.To, Term: f.Term, DepartmentIDs: f.Departments, Roles: f.Roles}
	if p := f.preset(); p != nil {
		out.DateFrom, out.DateTo = p.From, p.To
	}
	return out
}

// Put writes the filter into the parameters of a page; what is the default is
// left out.
func (f *Filter) Put(q url.Values) {
	put := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	if f.Range != f.usual {
		put("range", f.Range)
	}
	put("from", f.From)
	put("to", f.To)
	put("term", f.Term)
	for _, d := range f.Departments {
		q.Add("department", d)
	}
	for _, r := range f.Roles {
		q.Add("role", r)
	}
}

// Kept is what links to other pages keep of the filter. These show the last 30 days
// where an address names no window.
func (f *Filter) Kept() url.Values {
	q := url.Values{}
	f.Put(q)
	if q.Del("range"); f.Range != RangeMonth && f.Range != "" {
		q.Set("range", f.Range)
	}
	return q
}

// Days returns the first and last day of the window, an open end at where the
// records are; ok is false when there are none.
func (f *Filter) Days() (first, last schema.Day, ok bool) {
	s := f.Schema()
	first, last = f.today, f.today
	if a := f.Options.DateRangeEarliest; a != nil {
		first, last = *a, max(*f.Options.DateRangeLatest, *a)
	} else if s.DateFrom == "" || s.DateTo == "" {
		ok = s.Term != ""
	}
	from, errFrom := schema.ParseDay(s.DateFrom)
	to, errTo := schema.ParseDay(s.DateTo)
	if t := f.term(); t != nil {
		first, last = t.DateFrom, t.DateTo
	}
	if errFrom == nil && (f.Term == "" || from > first) {
		first = from
	}
	if errTo == nil && (f.Term == "" || to < last) {
		last = to
	}
	return first, last, ok || f.Options.DateRangeEarliest != nil || (errFrom == nil && errTo == nil)
}

// ToEnd is the filter with the whole of a week or month that is going on; false for any
// other window.
func (f *Filter) ToEnd() (whole schema.Filter, ok bool) {
	whole = f.Schema()
	switch f.Range {
	case rangeWeek:
		whole.DateTo = (f.today + 6 - schema.Day((int(f.today.Weekday())+6)%7)).String()
	case rangeThisMonth:
		whole.DateTo = (f.today.AddMonths(1) - 1).String()
	default:
		return whole, false
	}
	return whole, true
}

// Current reports whether the window reaches to today or beyond.
func (f *Filter) Current() bool {
	_, last, ok := f.Days()
	return f.Range == RangeAll || !ok || last >= f.today
}

// RangeChip is a range of days to choose, on a page.
type RangeChip struct {
	Page    *layout
	Preset  Preset
	Current bool
}

// RangeChip makes the choice of a range of days.
func (l *layout) RangeChip(p Preset, of Filter) RangeChip {
	return RangeChip{l, p, p.Key == of.Range}
}

// Interval is the step of a chart of the window: some dozens of steps.
func (f *Filter) Interval() string {
	first, last, _ := f.Days()
	switch n := last - first; {
	case n <= 45:
		return schema.IntervalDay
	case n <= 280:
		return schema.IntervalWeek
	}
	return schema.IntervalMonth
}

func (f *Filter) term() *schema.TermOption {
	for i := range f.Options.TermOptions {
		if f.Options.TermOptions[i].Value == f.Term {
			return &f.Options.TermOptions[i]
		}
	}
	return nil
}
