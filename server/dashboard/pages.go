package dashboard

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"glow/schema"
)

// The data of each page, beside its Frame.

// replacePage asks somebody who is signed in whether to sign in as somebody else.
type replacePage struct {
	layout
	Code  string
	Next  string
	Is    schema.Caller
	Would schema.Caller
}

// signInPage asks for a token.
type signInPage struct {
	layout
	Next  string // where it leads
	Error string
}

// faultPage says that a page cannot be shown.
type faultPage struct {
	layout
	Status    int
	Heading   string
	Message   string
	Fields    []schema.Fault
	RequestID string
}

// activityPage is the first page.
type activityPage struct {
	layout
	Filter      Filter
	Empty       bool // there is nobody to show
	CanImport   bool
	Cards       []Card
	Chart       Chart
	Usage       *usageView // nil: it comes later, from UsageAt
	UsageAt     string
	Problems    []schema.Problem
	Open        int64 // open problems in the window, of all
	CanResolve  bool
	People      []PersonRow
	Pager       Pager
	Search      string
	FollowUp    int // days; 0: everybody
	Sort, Order string
	RefreshedAt *schema.Instant

	Compared      string // with what, in words; "" for nothing
	OpenOutside   int64  // open problems outside of the window
	DataUntil     *schema.Instant
	Reach         string // how old the data are, in words; "" when they are not
	Behind        string // whose records are furthest behind
	InFutureCount int64
	InFuture      []schema.FutureRecord // the first of them
}

// NoneOpen says that no problem is open in the window, and how many others are.
func (a *activityPage) NoneOpen() string {
	if a.OpenOutside == 0 {
		return "None is open in this window."
	}
	return schema.OpenOutsideWords(a.OpenOutside, a.Filter.Current())
}

// Narrower tells whether the page shows less than an export of its window would.
func (a *activityPage) Narrower() bool { return a.Search != "" || a.FollowUp > 0 }

// PersonRow is one row of the people.
type PersonRow struct {
	schema.ProfileSummary
	Departments []string
	Role        string
	Active      bool
}

// Columns of the people: label and what they are sorted by.
func (activityPage) Columns() []Column {
	return []Column{
		{"Name", "name", false}, {"Last activity", "last_active_at", false}, {"Sessions", "sessions_count", true}, {"Logins", "logins_count", true},
		{"Activity", "activity_count", true}, {"Grants", "grants_count", true}, {"Problems", "problems_count", true}, {"Open", "open_problems_count", true},
	}
}

// Column is one column of a table.
type Column struct {
	Label, Key string
	Number     bool
}

// SortLink is where the heading of a column leads: to its order, or the reverse.
func (a *activityPage) SortLink(c Column) string {
	order := schema.Ascending
	if c.Number {
		order = schema.Descending
	}
	if c.Key == a.Sort {
		order = reversed(a.Order)
	}
	return a.Link("sort", c.Key, "order", order, "page", "") + "#people"
}

func reversed(order string) string {
	if order == schema.Ascending {
		return schema.Descending
	}
	return schema.Ascending
}

// Sorted is the aria-sort of a column.
func (a *activityPage) Sorted(c Column) string {
	switch {
	case c.Key != a.Sort:
		return "none"
	case a.Order == schema.Descending:
		return "descending"
	}
	return "ascending"
}

// FollowUpDays are the choices of the filter for people to follow up.
func (activityPage) FollowUpDays() []int { return []int{3, 7, 14, 30, 60} }

// usageView is when people train and what it costs.
type usageView struct {
	schema.Usage
	Heat Heat
}

// sessionsPage is the session history.
type sessionsPage struct {
	layout
	Filter   Filter
	Person   *schema.Person // whose sessions alone; nil: everybody's
	Active   *bool
	Problems *bool
	Search   string
	Size     int
	Order    string
	Rows     []schema.SessionListItem
	Pager    Pager
}

// Narrower tells whether the page shows less than an export of its window would.
func (s *sessionsPage) Narrower() bool {
	return s.Person != nil || s.Search != "" || s.Active != nil || s.Problems != nil
}

// Sizes are the choices of the page size.
func (sessionsPage) Sizes() []int { return []int{25, 50, 100, 200} }

// Sortable tells whether the order can be turned round here.
func (s *sessionsPage) Sortable() bool { return s.Path == "/sessions" }

// TimeLink turns the order round.
func (s *sessionsPage) TimeLink() string { return s.Link("order", reversed(s.Order), "page", "") }

// sessionPage is one session.
type sessionPage struct {
	layout
	schema.SessionResponse
	CanResolve bool
}

// Shown is how many events of the timeline the page has.
func (s *sessionPage) Shown() int64 { return int64(len(s.Timeline)) }

// Events is the timeline in words.
func (s *sessionPage) Events() []TimelineRow {
	rows := make([]TimelineRow, len(s.Timeline))
	for i, e := range s.Timeline {
		rows[i] = TimelineRow{Event: describeEvent(e), Type: e.EventType, At: e.CreatedAt}
		if day := schema.DayAt(e.CreatedAt, s.Zone); i == 0 || day != schema.DayAt(s.Timeline[i-1].CreatedAt, s.Zone) {
			rows[i].Day = weekdays[(int(day.Weekday())+6)%7] + " " + day.String()
		}
		if e.EventType == "grant" && e.Extra1 != nil {
			rows[i].Detail = "until " + s.clock(*e.Extra1)
		}
		if e.EventType == "attempt" && e.Extra1 != nil {
			rows[i].Detail = strings.TrimSpace(rows[i].Detail + " completed " + s.clock(*e.Extra1))
		}
	}
	return rows
}

// clock prints a time of the API by the instance's clock.
func (s *sessionPage) clock(text string) string {
	at, err := schema.ParseInstant(text, s.Zone)
	if err != nil {
		return text
	}
	return at.Time().In(s.Zone).Format("2006-01-02 15:04")
}

// TimelineRow is one event.
type TimelineRow struct {
	Event
	Type string
	At   schema.Instant
	Day  string // where another one begins
}

// personPage is one person.
type personPage struct {
	layout
	schema.Person
	Filter      Filter
	Departments []string // names
	Counts      schema.Counts
	Row         schema.ProfileSummary
	Calendar    Calendar
	Days        []schema.Interval // of the calendar, with something on them
	Sessions    []schema.SessionListItem
	Total       int64  // sessions in the window
	Reach       string // how old their data are, in words; "" when they are not
	OpenOutside int64  // open problems outside of the window
	Problems    []schema.Problem
	CanResolve  bool
	CanView     bool // as them
}

// problemsPage is the list to work through.
type problemsPage struct {
	layout
	Filter     Filter
	State      string // open, resolved or all
	Order      string
	Size       int
	Rows       []schema.Problem
	Pager      Pager
	CanResolve bool
}

// Narrower tells whether the page shows less than an export of its window would.
func (p *problemsPage) Narrower() bool { return p.State != "all" }

// OtherOrder is what turns the order round; "" is the usual one.
func (p *problemsPage) OtherOrder() string {
	if p.Order == schema.Ascending {
		return ""
	}
	return schema.Ascending
}

// dataPage is where records come in and go out.
type dataPage struct {
	layout
	Filter      Filter
	CanImport   bool
	CanExport   bool
	IsAdmin     bool
	Import      ImportForm
	Kinds       []string // of records
	Term        TermForm
	RefreshedAt *schema.Instant
	Backups     *schema.BackupState // of the schedule; nil: there is none
	BackupFault string
	Records     map[string]int64 // nil: they come later

	SmallGroups int64 // of people that may be recognised in spite of pseudonyms

	Horizons   []HorizonRow // nil: they are not for whoever asks
	SaidUntil  string       // what was entered of a horizon and is wrong
	SaidFaulty string       // why
}

// HorizonRow is how far the records of one department reach.
type HorizonRow struct {
	schema.Horizon
	Name string
	Old  bool // more than two days
}

// Holdings are the kinds and how many records there are of each.
func (d *dataPage) Holdings() []Holding {
	var list []Holding
	for _, k := range schema.Kinds {
		list = append(list, Holding{kindName(k.Name), k.Doc, d.Records[k.Name]})
	}
	return list
}

// Holding is one kind of records.
type Holding struct {
	Name, Doc string
	Rows      int64
}

// TermForm is a term that somebody enters.
type TermForm struct{ ID, Name, StartsOn, EndsOn, Error string }

// ImportForm is an import on its way: what was chosen, and what came of it.
type ImportForm struct {
	schema.ImportQuery
	Files  []string               // names of what is held
	Size   int64                  // of it
	Upload string                 // id of what is held, to be taken; "" when nothing is
	Answer *schema.ImportResponse // of the check, or of the import
	Taken  bool                   // it was the import
	Error  string
}

// NeedsKind tells whether the kind of the records is what was missing.
func (f ImportForm) NeedsKind() bool { return f.Kind == "" && strings.HasPrefix(f.Error, "kind:") }

// NeedsDates tells whether the fault is in how dates are read.
func (f ImportForm) NeedsDates() bool {
	return strings.HasPrefix(f.Error, "date_order:") || strings.HasPrefix(f.Error, "year:")
}

// Trouble is the error, in the words of the form.
func (f ImportForm) Trouble() string {
	if what, _, asks := strings.Cut(f.Error, "; say which with --"); asks && f.NeedsDates() {
		_, what, _ = strings.Cut(what, ": ")
		return "The dates: " + what + ". Say below how they are meant, and choose the files again."
	}
	if f.NeedsKind() {
		return "The name of the file does not tell what its rows are. Choose their kind below; or, if it is a log of Moodle, say so."
	}
	return f.Error
}

// Refused tells whether something is wrong with what was chosen.
func (f ImportForm) Refused() bool { return f.Answer != nil && f.Answer.Rejected > 0 }

// Good is how many records would be taken without the faulty ones.
func (f ImportForm) Good() int64 {
	return f.Answer.Inserted + f.Answer.Updated + f.Answer.Unchanged + f.Answer.Known
}

// ByKind are the counts by kind, in the order of the kinds.
func (f ImportForm) ByKind() []KindTally {
	var rows []KindTally
	for _, k := range schema.Kinds {
		if t, ok := f.Answer.ByKind[k.Name]; ok {
			rows = append(rows, KindTally{kindName(k.Name), t})
		}
	}
	return rows
}

// Changes are how many values of which field change, in the order of the kinds and
// their fields.
func (f ImportForm) Changes() []FieldChanges {
	var rows []FieldChanges
	for _, k := range schema.Kinds {
		for _, name := range k.Header() {
			if n := f.Answer.Changed[k.Name][name]; n > 0 {
				rows = append(rows, FieldChanges{kindName(k.Name), name, n})
			}
		}
	}
	return rows
}

// Removed are how many records the rows of a log do not give any more, by kind.
func (f ImportForm) Removed() []KindCount {
	var rows []KindCount
	for _, k := range schema.Kinds {
		if n := f.Answer.Removed[k.Name]; n > 0 {
			rows = append(rows, KindCount{kindName(k.Name), n})
		}
	}
	return rows
}

// KindCount counts records of a kind.
type KindCount struct {
	Name    string
	Records int64
}

// FieldChanges counts the values of a field that change.
type FieldChanges struct {
	Kind, Field string
	Values      int64
}

// KindTally is what became of the records of a kind.
type KindTally struct {
	Name string
	schema.Tally
}

// accessPage is who may come in, and who did what.
type accessPage struct {
	layout
	Tokens  []schema.Token
	Form    TokenForm
	Secret  string // of a token just made: shown this once
	Made    string // its name
	Entries []schema.AuditEntry
	Action  string
	Actions []string
	// Of the audit list, only what this token did, from and to these days.
	TokenName, From, To string
	Pager               Pager
	Options             schema.Analytics
}

// TokenForm is a token that somebody asks for.
type TokenForm struct {
	schema.TokenCreateRequest
	Error string
}

// HasDepartment tells what is chosen.
func (f TokenForm) HasDepartment(id string) bool {
	for _, d := range f.DepartmentIDs {
		if d == id {
			return true
		}
	}
	return false
}

// MayChangeNames are what a recorder may be allowed to change.
func (a *accessPage) MayChangeNames() []string { return schema.MayChangeNames }

// HasMayChange tells what is chosen.
func (f TokenForm) HasMayChange(name string) bool { return slices.Contains(f.MayChange, name) }

// TokenState says whether a token still opens anything.
func (a *accessPage) TokenState(k schema.Token) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && *k.ExpiresAt <= a.Now:
		return "expired"
	}
	return "in use"
}

// Detail prints what an entry of the audit list is about.
func (a *accessPage) Detail(e schema.AuditEntry) template.HTML { return detailOf(e.Detail) }

// Table is the person's sessions, as the session history shows them.
func (p *personPage) Table() *sessionsPage {
	return &sessionsPage{layout: p.layout, Person: &p.Person, Rows: p.Sessions}
}

// AllSessions leads to all sessions of the person in the window.
func (p *personPage) AllSessions() string {
	q := url.Values{"person": {p.ProfileID}}
	p.Filter.Put(q)
	return address(p.At("/sessions"), q)
}
