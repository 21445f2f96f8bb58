package schema

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mapping says what the columns of a table of another program are. It is data: one mapping a
// program and report, written as JSON.
type Mapping struct {
	Name  string `json:"name"`           // by which a person asks for it
	Title string `json:"title"`          // what such a file is, in words: "Canvas: Course Access Report"
	Seen  string `json:"seen,omitempty"` // where the columns were seen

	// Columns are those that a file of this sort has, all of them; other ones that it may have
	// are Others. Names count without regard to case, accents, blanks and punctuation.
	Columns []string `json:"columns"`
	Others  []string `json:"others,omitempty"`

	// Beside are the headers of other files that come with it, in one ZIP: a file that has all
	// columns of one of them belongs to the same input.
	Beside [][]string `json:"beside,omitempty"`

	// Refusal says why such a file cannot be taken, and what can be taken in its place.
	Refusal string `json:"refusal,omitempty"`

	// Prefix begins the ids of all records that are made, but for departments. Without one
	// ids are those of the file.
	Prefix string `json:"prefix,omitempty"`

	// How the file writes times and numbers, where its rows do not tell; ImportQuery has the same.
	Timezone  string `json:"timezone,omitempty"`
	DateOrder string `json:"date_order,omitempty"`
	Decimal   string `json:"decimal,omitempty"`

	Person  *MappedPerson  `json:"person,omitempty"`
	Events  []MappedEvent  `json:"events,omitempty"`
	Gap     int            `json:"gap,omitempty"` // minutes without an event that end a session; default 30
	Records []MappedRecord `json:"records,omitempty"`
}

// MappedPerson says by which columns a person is known. The first of ID, Email and Name that
// a row has makes the id of their profile.
type MappedPerson struct {
	ID         MappedValue `json:"id,omitzero"`
	Email      MappedValue `json:"email,omitzero"`
	Name       MappedValue `json:"name,omitzero"`
	Role       MappedValue `json:"role,omitzero"`
	Department MappedValue `json:"department,omitzero"` // ids or names, parted by | or ;
	Active     MappedValue `json:"active,omitzero"`
}

// MappedEvent makes a sign of life of each row that has a time. Sessions are made of them: one
// ends when Mapping.Gap goes by without any.
type MappedEvent struct {
	Time  string              `json:"time"`            // column
	Login bool                `json:"login,omitempty"` // else it is activity
	When  map[string][]string `json:"when,omitempty"`  // column → values that it has one of; a * at the end stands for anything

	// Unless leaves out rows in which each column has one of its values.
	Unless map[string][]string `json:"unless,omitempty"`

	// Same are the columns that make two rows the same event, in whatever file they stand. Default all.
	Same []string `json:"same,omitempty"`
}

// MappedRecord makes a record of a kind of each row that has what the kind requires. Several
// profiles may tell of one person: where they say different things, the last in the list counts.
// One without a name adds to people whom others name.
type MappedRecord struct {
	Kind   string                 `json:"kind"`
	When   map[string][]string    `json:"when,omitempty"`
	Unless map[string][]string    `json:"unless,omitempty"`
	Fields map[string]MappedValue `json:"fields"`
}

// MappedValue says where a value comes from. In JSON the name of a column stands for one that
// has nothing else.
type MappedValue struct {
	Column string            `json:"column,omitempty"`
	And    []string          `json:"and,omitempty"`    // columns whose texts follow, after a blank each
	Or     []string          `json:"or,omitempty"`     // columns to look in, in turn, where that one is empty
	Values map[string]string `json:"values,omitempty"` // text of the file → value; another text stays
	Value  string            `json:"value,omitempty"`  // the same for all rows
	Form   string            `json:"form,omitempty"`   // one of Forms
}

// Forms of a MappedValue.
const (
	FormLastFirst = "last, first"
	FormMailto    = "mailto"
	FormPath      = "path"
	FormLower     = "small letters"

	FormNumberSign = "#"                   // what follows a number sign
	FormCommas     = "commas"              // ids that commas part
	FormNegative   = "negative"            // a number with its sign taken off
	FormMillionths = "negative millionths" // the same, divided by a million
)

// Forms lists the forms of a MappedValue.
var Forms = []string{FormLastFirst, FormMailto, FormPath, FormLower, FormNumberSign, FormCommas, FormNegative, FormMillionths}

// IsZero reports whether there is no value.
func (v MappedValue) IsZero() bool { return v.Column == "" && v.Value == "" }

// UnmarshalJSON reads the name of a column, or an object.
func (v *MappedValue) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*v = MappedValue{}
		return json.Unmarshal(text, &v.Column)
	}
	type plain MappedValue
	return json.Unmarshal(text, (*plain)(v))
}

// MarshalJSON writes the name of a column alone where there is nothing else.
func (v MappedValue) MarshalJSON() ([]byte, error) {
	if v.Column != "" && len(v.And)+len(v.Or)+len(v.Values) == 0 && v.Value == "" && v.Form == "" {
		return json.Marshal(v.Column)
	}
	type plain MappedValue
	return json.Marshal(plain(v))
}

// columns lists the columns that a value comes from.
func (v MappedValue) columns() []string {
	if v.Column == "" {
		return nil
	}
	return slices.Concat([]string{v.Column}, v.And, v.Or)
}

// Uses lists the columns that the mapping reads, each once.
func (m *Mapping) Uses() []string {
	var used []string
	add := func(columns ...string) {
		for _, c := range columns {
			if !slices.Contains(used, c) {
				used = append(used, c)
			}
		}
	}
	when := func(w map[string][]string) {
		for column := range w {
			add(column)
		}
	}
	if p := m.Person; p != nil {
		for _, v := range []MappedValue{p.ID, p.Email, p.Name, p.Role, p.Department, p.Active} {
			add(v.columns()...)
		}
	}
	for _, e := range m.Events {
		add(e.Time)
		add(e.Same...)
		when(e.When)
		when(e.Unless)
	}
	for _, r := range m.Records {
		for _, v := range r.Fields {
			add(v.columns()...)
		}
		when(r.When)
		when(r.Unless)
	}
	return used
}

// Makes lists the kinds of records that come of the rows, in table order.
func (m *Mapping) Makes() (kinds []string) {
	made := map[string]bool{KindProfile: m.Person != nil, KindSession: len(m.Events) > 0}
	for _, e := range m.Events {
		made[KindLogin] = made[KindLogin] || e.Login
		made[KindActivity] = made[KindActivity] || !e.Login
	}
	for _, r := range m.Records {
		made[r.Kind] = true
	}
	for _, k := range Kinds {
		if made[k.Name] {
			kinds = append(kinds, k.Name)
		}
	}
	return kinds
}

// maxGap is a day, in minutes.
const maxGap = 24 * 60

// MaxDefinition is the most characters of a mapping as JSON.
const MaxDefinition = 50_000

// ParseMapping reads a mapping from JSON, and checks it. A name that is given takes the place of
// its own.
func ParseMapping(text, name string) (*Mapping, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	m := &Mapping{}
	if err := d.Decode(m); err != nil {
		return nil, Invalid("map", "is not a mapping in JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.More() {
		return nil, Invalid("map", "holds more than one JSON object")
	}
	if name != "" {
		m.Name = name
	}
	m.Title = cmp.Or(m.Title, m.Name)
	return m, m.Validate()
}

// checkDefinition checks the definition of a record of a mapping.
func checkDefinition(text string) error {
	_, err := ParseMapping(text, KindMapping)
	var refused *Error
	if errors.As(err, &refused) {
		return errors.New("cannot be: " + refused.Fields[0].Error())
	}
	return err
}

// ListsPeople reports whether rows are people, and do not only name them.
func (m *Mapping) ListsPeople() bool {
	return slices.ContainsFunc(m.Records, func(r MappedRecord) bool { return r.Kind == KindProfile })
}

// Validate checks what can be checked without a file.
func (m *Mapping) Validate() error {
	switch {
	case m.Name == "" || checkID(m.Name) != nil:
		return Invalid("name", "%q needs 1 to %d printable characters", Clip(m.Name), MaxIDLength)
	case len(m.Columns) == 0:
		return Invalid("columns", "is missing; it names the columns by which such a file is known")
	case m.Refusal != "":
		return nil
	case len(m.Events) == 0 && len(m.Records) == 0:
		return Invalid("records", "is missing, and so is events; one of them says what a row is")
	case len(m.Events) > 0 && len(m.Records) > 0:
		return Invalid("events", "cannot stand beside records")
	case m.Gap < 0 || m.Gap > maxGap:
		return Invalid("gap", "is %d; it is a number of minutes up to %d", m.Gap, maxGap)
	case m.Gap > 0 && len(m.Events) == 0:
		return Invalid("gap", "is for mappings with events only")
	case len(m.Events) > 0 && m.Prefix == FromMoodle:
		return Invalid("prefix", "is that of the people in logs of Moodle; choose another")
	case len(m.Events) > 0 && m.Prefix == "":
		return Invalid("prefix", "is missing; it begins the ids of what is made of events")
	case len(m.Events) > 0 && (m.Person == nil || m.Person.ID.IsZero() && m.Person.Email.IsZero() && m.Person.Name.IsZero()):
		return Invalid("person", "is missing; it says whose the events are")
	}
	if err := (ImportQuery{As: AsAuto, Timezone: m.Timezone, DateOrder: m.DateOrder, Decimal: m.Decimal, Site: m.Prefix}).Validate(); err != nil {
		return err
	}
	for i, e := range m.Events {
		if e.Time == "" {
			return Invalid(fmt.Sprintf("events[%d].time", i), "is missing; it names the column of the time")
		}
	}
	for i := range m.Records {
		if err := m.Records[i].validate(fmt.Sprintf("records[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *MappedRecord) validate(at string) error {
	kind := KindNamed(r.Kind)
	if kind == nil {
		return Invalid(at+".kind", "%q is no kind of record; there are %s", Clip(r.Kind), strings.Join(KindNames(), ", "))
	}
	for name, v := range r.Fields {
		if kind.Field(name) < 0 {
			return Invalid(at+".fields", "%q is no field of %s; its fields are %s", Clip(name), kind.Name, strings.Join(kind.Header(), ", "))
		}
		if v.IsZero() {
			return Invalid(at+".fields."+name, "names neither a column nor a value")
		}
		if v.Form != "" && !slices.Contains(Forms, v.Form) {
			return Invalid(at+".fields."+name, "has the form %q; there are %q", Clip(v.Form), Forms)
		}
	}
	return nil
}
