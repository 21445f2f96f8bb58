// Package schema is the contract in Go: record kinds and their fields, times,
// windows and money, requests and answers, endpoints, the OpenAPI document and
// the SQL migrations. It imports nothing else of the program.
package schema

import (
	"fmt"
	"slices"
	"time"
)

// Kind is one sort of record.
type Kind struct {
	Name   string
	File   string // name of its CSV file
	Doc    string
	Fields []Field // in CSV order; the first is the id
	Rare   bool    // an export of all kinds has its file only if there are records

	// Readable are the columns that an export puts after the fields so that
	// its file can be read on its own. An import passes over them.
	Readable []string
}

// Field is one field of a kind.
type Field struct {
	Name     string
	Type     Type
	Required bool
	Ref      string // name of the kind whose id (or ids) this is
	Max      int    // Text: most characters
	Visible  bool   // Text: at least one character can be seen
	Default  string // what leaving it out means, as it would stand in a CSV cell

	Check func(string) error // Text: what else it must be; the error reads on after the text

	// A text field is closed: a pseudonymized export has pseudonyms in the place of what
	// somebody wrote there. Open says that it never tells anything of a person;
	// Vocabulary are values that stay though it is closed, since they are everybody's.
	Open       bool
	Vocabulary []string

	Doc string
}

// Stays reports whether a text of the field may stand in a pseudonymized export.
func (f *Field) Stays(text string) bool { return f.Open || slices.Contains(f.Vocabulary, text) }

// Record is one record of a kind: its values in the order of the kind's fields.
type Record struct {
	Kind   *Kind
	Values []Value

	// Absent has the bit 1<<i when the input does not have field i at all (no such
	// column, no such key): a known record keeps what it has there, and a new one
	// gets the default, which stands in Values. A field that is empty is not absent.
	Absent uint64

	File string // where it was read, for faults; may be empty
	Line int    // from 1; 0 where the input has no lines
}

// Most characters of a text field.
const (
	maxName    = 1000
	maxEmail   = 320
	maxRole    = 64
	maxType    = 64
	maxMessage = 1000
)

// Columns that make an exported file readable on its own.
const (
	ColumnProfileName     = "profile_name"
	ColumnDepartmentNames = "department_names"
	ColumnGroupName       = "group_name"
	ColumnChatName        = "chat_name"
)

// Names of the kinds.
const (
	KindDepartment = "department"
	KindTerm       = "term"
	KindProfile    = "profile"
	KindSession    = "session"
	KindLogin      = "login"
	KindGrant      = "grant"
	KindEmulation  = "emulation"
	KindActivity   = "activity"
	KindProblem    = "problem"
	KindGroup      = "group"
	KindRun        = "run"
	KindAttempt    = "attempt"
	KindChat       = "chat"
	KindMessage    = "message"
	KindMapping    = "mapping"
)

var ofPerson = []string{ColumnProfileName, ColumnDepartmentNames}

// Kinds is the one table of kinds. A kind stands after those it refers to.
// Validation, CSV columns, JSON keys, SQL columns, import, export and the
// OpenAPI document all follow it.
var Kinds = []*Kind{
	{Name: KindDepartment, File: "departments.csv", Doc: "A department of the university.", Fields: []Field{
		requiredID,
		{Name: "name", Type: Text, Required: true, Max: maxName, Visible: true},
	}},
	{Name: KindTerm, File: "terms.csv", Doc: "A term: a named stretch of days.", Fields: []Field{
		requiredID,
		{Name: "name", Type: Text, Required: true, Max: maxName, Visible: true, Open: true},
		{Name: "starts_on", Type: Date, Required: true, Doc: "first day"},
		{Name: "ends_on", Type: Date, Required: true, Doc: "last day, which belongs to the term"},
	}},
	{Name: KindProfile, File: "profiles.csv", Doc: "A person: a TA, or somebody who looks after them.",
		Readable: []string{ColumnDepartmentNames}, Fields: []Field{
			requiredID,
			{Name: "name", Type: Text, Required: true, Max: maxName, Visible: true},
			{Name: "email", Type: Text, Max: maxEmail},
			{Name: "role", Type: Text, Max: maxRole, Default: "ta", Vocabulary: Roles},
			{Name: "department_ids", Type: IDs, Ref: KindDepartment},
			{Name: "active", Type: Bool, Default: "true", Doc: "false: listed only with records in the window"},
		}},
	{Name: KindSession, File: "sessions.csv", Doc: "One sitting of a person with a training tool.", Readable: ofPerson, Fields: []Field{
		requiredID, requiredProfile, createdAt,
		{Name: "updated_at", Type: Time},
		{Name: "ended_at", Type: Time, Doc: "set when the session was completed"},
	}},
	{Name: KindLogin, File: "logins.csv", Doc: "A sign-in.", Readable: ofPerson, Fields: []Field{
		optionalID, requiredProfile, optionalSession, createdAt,
	}},
	{Name: KindGrant, File: "grants.csv", Doc: "A right that was given in a session.", Readable: ofPerson, Fields: []Field{
		optionalID, requiredSession,
		{Name: "expires_at", Type: Time},
		createdAt,
	}},
	{Name: KindEmulation, File: "emulations.csv", Doc: "Somebody looked at the program as somebody else.", Readable: ofPerson, Fields: []Field{
		optionalID,
		{Name: "profile_id", Type: ID, Required: true, Ref: KindProfile, Doc: "the person viewed"},
		{Name: "grant_id", Type: ID, Ref: KindGrant},
		{Name: "session_id", Type: ID, Ref: KindSession, Doc: "the viewer's session"},
		createdAt,
	}},
	{Name: KindActivity, File: "activity.csv", Doc: "A sign of life.", Readable: ofPerson, Fields: []Field{
		optionalID, requiredProfile, optionalSession, createdAt,
	}},
	{Name: KindProblem, File: "problems.csv", Doc: "Something that went wrong and is to be resolved.", Readable: ofPerson, Fields: []Field{
		optionalID,
		{Name: "profile_id", Type: ID, Ref: KindProfile, Doc: "empty: it is the tool's, not a person's"},
		optionalSession,
		{Name: "type", Type: Text, Required: true, Max: maxType},
		{Name: "message", Type: Text, Required: true, Max: maxMessage},
		{Name: "resolved", Type: Bool, Default: "false"},
		createdAt,
		{Name: "updated_at", Type: Time},
	}},
	{Name: KindGroup, File: "groups.csv", Doc: "Runs that belong together.", Readable: ofPerson, Fields: []Field{
		requiredID, requiredSession, optionalName, createdAt,
	}},
	{Name: KindRun, File: "runs.csv", Doc: "One call of a language model.",
		Readable: []string{ColumnGroupName, ColumnProfileName, ColumnDepartmentNames}, Fields: []Field{
			optionalID,
			{Name: "group_id", Type: ID, Required: true, Ref: KindGroup},
			{Name: "model", Type: Text, Max: maxName},
			{Name: "input_tokens", Type: Int},
			{Name: "output_tokens", Type: Int},
			{Name: "cached_input_tokens", Type: Int, Doc: "a part of input_tokens"},
			{Name: "cost", Type: Cost, Doc: "US dollars"},
			createdAt,
		}},
	{Name: KindAttempt, File: "attempts.csv", Doc: "A try at an exercise.", Readable: ofPerson, Fields: []Field{
		requiredID, requiredSession, optionalName, createdAt,
		{Name: "completed_at", Type: Time},
	}},
	{Name: KindChat, File: "chats.csv", Doc: "A conversation.", Readable: ofPerson, Fields: []Field{
		requiredID, requiredSession,
		{Name: "attempt_id", Type: ID, Ref: KindAttempt},
		optionalName, createdAt,
	}},
	{Name: KindMessage, File: "messages.csv", Doc: "That a message was written; never what it said.",
		Readable: []string{ColumnChatName, ColumnProfileName, ColumnDepartmentNames}, Fields: []Field{
			optionalID,
			{Name: "chat_id", Type: ID, Required: true, Ref: KindChat},
			{Name: "role", Type: Text, Max: maxRole, Vocabulary: []string{"assistant", "developer", "system", "tool", "user"}},
			createdAt,
		}},
	{Name: KindMapping, File: "mappings.csv", Rare: true, Doc: "What the columns of a table of another program are. Only admins bring them in and take them out.", Fields: []Field{
		requiredID,
		{Name: "definition", Type: Text, Required: true, Max: MaxDefinition, Doc: "a JSON object"},
	}},
}

// Fields that several kinds share.
var (
	requiredID      = Field{Name: "id", Type: ID, Required: true}
	optionalID      = Field{Name: "id", Type: ID, Doc: "derived from the record when left out"}
	requiredProfile = Field{Name: "profile_id", Type: ID, Required: true, Ref: KindProfile}
	requiredSession = Field{Name: "session_id", Type: ID, Required: true, Ref: KindSession}
	optionalSession = Field{Name: "session_id", Type: ID, Ref: KindSession}
	optionalName    = Field{Name: "name", Type: Text, Max: maxName, Visible: true}
	createdAt       = Field{Name: "created_at", Type: Time, Required: true}
)

var kindByName = map[string]*Kind{}

func init() {
	for _, k := range Kinds {
		kindByName[k.Name] = k
	}
	definition := &kindByName[KindMapping].Fields[1]
	definition.Check = checkDefinition // which refers to Kinds
}

// KindNamed returns the kind of that name, or nil.
func KindNamed(name string) *Kind { return kindByName[name] }

// KindNames lists the names of the kinds in table order.
func KindNames() []string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = k.Name
	}
	return names
}

// Field returns the position of the field of that name, or -1.
func (k *Kind) Field(name string) int {
	for i := range k.Fields {
		if k.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// IDRequired reports whether records of this kind must bring their id.
func (k *Kind) IDRequired() bool { return k.Fields[0].Required }

// Timed reports whether records of this kind have a created_at, so that a window
// applies to them.
func (k *Kind) Timed() bool { return k.Field("created_at") >= 0 }

// Header lists the CSV columns of the fields.
func (k *Kind) Header() []string {
	names := make([]string, len(k.Fields))
	for i := range k.Fields {
		names[i] = k.Fields[i].Name
	}
	return names
}

// NewRecord returns a record of this kind with nothing set.
func (k *Kind) NewRecord() Record {
	return Record{Kind: k, Values: make([]Value, len(k.Fields))}
}

// Reset makes r an empty record of kind k, keeping what memory it can.
func (r *Record) Reset(k *Kind) {
	r.Kind = k
	if cap(r.Values) < len(k.Fields) {
		r.Values = make([]Value, len(k.Fields))
	}
	r.Values = r.Values[:len(k.Fields)]
	clear(r.Values)
	r.Absent = 0
}

// Lacks reports whether the input does not have the field at this position.
func (r *Record) Lacks(i int) bool { return r.Absent&(1<<i) != 0 }

// Get returns the value of the named field; the zero Value when there is none.
func (r *Record) Get(field string) Value {
	if i := r.Kind.Field(field); i >= 0 {
		return r.Values[i]
	}
	return Value{}
}

// Put sets the named field from its text form, which must be right: it is for
// records that the program makes itself.
func (r *Record) Put(field, text string) {
	i := r.Kind.Field(field)
	v, err := r.Kind.Fields[i].Parse(text, time.UTC)
	if err != nil {
		panic(fmt.Sprintf("%s.%s: %q %v", r.Kind.Name, field, text, err))
	}
	r.Values[i] = v
}

// PutInt sets the named field from its number: an Instant, Day, Money, 0 or 1,
// or a count, by the field's type.
func (r *Record) PutInt(field string, n int64) {
	r.Values[r.Kind.Field(field)] = Value{Set: true, Int: n}
}

// Finish checks what concerns the record as a whole, after its values were read:
// required fields, and what one field says of another. It fills in defaults. A
// record with an id may lack required fields, since it may be of one that is known
// already; that is for the store to check. It returns nil or a Fault with the
// record's place.
func (r *Record) Finish() error {
	for i := range r.Kind.Fields {
		f := &r.Kind.Fields[i]
		if r.Values[i].Set {
			continue
		}
		if f.Required && !(i > 0 && r.Lacks(i) && r.Values[0].Set) {
			return r.Missing(f)
		}
		if f.Default != "" {
			r.Values[i], _ = f.Parse(f.Default, time.UTC)
		}
	}
	for _, rule := range r.Kind.Rules() {
		if low, high := r.Values[rule.Low], r.Values[rule.High]; low.Set && high.Set && high.Int < low.Int {
			return r.Fault(r.Kind.Fields[rule.Field].Name, "%s", rule.Message)
		}
	}
	return nil
}

// Missing is the Fault of a record without a field that it needs.
func (r *Record) Missing(f *Field) Fault {
	return r.Fault(f.Name, "%s", r.Kind.MissingMessage())
}

// MissingMessage says of a field of this kind that it is missing.
func (k *Kind) MissingMessage() string { return "is missing; every " + k.Name + " needs one" }

// Fault returns a Fault at the record's place.
func (r *Record) Fault(field, format string, args ...any) Fault {
	return Fault{Kind: r.Kind, File: r.File, Line: r.Line, Field: field, Message: fmt.Sprintf(format, args...)}
}
