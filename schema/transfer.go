package schema

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"
)

// ExportRequest asks for the records, as a ZIP or as one CSV.
type ExportRequest struct {
	Filter       `embed:""`
	Kind         string `json:"kind,omitempty" placeholder:"KIND" help:"One CSV of this kind (or of session_history, profile_summary; for admins, of the audit list: audit) instead of a ZIP of all."`
	Pseudonymize bool   `json:"pseudonymize,omitempty" help:"Puts pseudonyms, the same in every export of this instance, for people's names and emails, for ids and for every text that somebody wrote, and cuts times to the minute. Departments, terms and the usual roles stay."`

	PseudonymizeStrict      bool `json:"pseudonymize_strict,omitempty" name:"pseudonymize-strict" help:"Pseudonymizes, and moves the times of each person back by a secret number of whole days, the same in every export of this instance: order and gaps within one person stay. Filters are of the real times."`
	PseudonymizeDepartments bool `json:"pseudonymize_departments,omitempty" name:"pseudonymize-departments" help:"Puts pseudonyms for the names and ids of departments, too; with pseudonymize or pseudonymize_strict."`
}

// Pseudonymized reports whether pseudonyms are asked for, strictly or not.
func (r *ExportRequest) Pseudonymized() bool { return r.Pseudonymize || r.PseudonymizeStrict }

// FileName is what an export is called that is made on the day of a time: a dated
// name of plain letters.
func (r *ExportRequest) FileName(at time.Time) string {
	stem, ext := "glow-export", ".zip"
	if r.Kind != "" {
		stem, ext = "glow-"+strings.ReplaceAll(r.Kind, "_", "-"), ".csv"
	}
	if r.Pseudonymized() {
		stem += "-pseudonymized"
	}
	return stem + at.Format("-2006-01-02") + ext
}

// The two views that an export holds beside the kinds, and the audit list, which
// goes out by itself alone.
const (
	ViewSessionHistory = "session_history"
	ViewProfileSummary = "profile_summary"
	ViewAudit          = "audit"
)

// KindFiles lists the file names of the kinds in table order.
func KindFiles() []string {
	files := make([]string, len(Kinds))
	for i, k := range Kinds {
		files[i] = k.File
	}
	return files
}

// Validate checks the kind, and that the audit list is not asked for by people:
// its entries are nobody's records.
func (r ExportRequest) Validate() error {
	if err := checkTags(r); err != nil {
		return err
	}
	if r.PseudonymizeDepartments && !r.Pseudonymized() {
		return Invalid("pseudonymize_departments", "is for exports with pseudonymize or pseudonymize_strict only")
	}
	if r.Kind == ViewAudit {
		for name, given := range map[string]bool{"department_ids": len(r.DepartmentIDs) > 0, "roles": len(r.Roles)+len(r.RoleIDs) > 0, "pseudonymize": r.Pseudonymize, "pseudonymize_strict": r.PseudonymizeStrict} {
			if given {
				return Invalid(name, "is not for the audit list; it can be narrowed by date_from, date_to and term")
			}
		}
	}
	return checkOneOf("kind", r.Kind, append(KindNames(), ViewSessionHistory, ViewProfileSummary, ViewAudit)...)
}

// Manifest is the manifest.json of an export ZIP.
type Manifest struct {
	FormatVersion int            `json:"format_version"`
	CreatedAt     Instant        `json:"created_at"`
	TimeZone      string         `json:"timezone"`
	Pseudonymized bool           `json:"pseudonymized"`
	TimesMoved    bool           `json:"times_moved,omitempty"` // strictly pseudonymized: back by a secret number of days a person
	Filters       ExportRequest  `json:"filters"`
	DataUntil     *Instant       `json:"data_until"` // up to when the records of these people are known to be complete; null: unknown
	Files         []ManifestFile `json:"files"`

	// With pseudonyms: how many groups of a department and a role have fewer than
	// SmallGroup people, whom somebody who knows them may recognise.
	SmallGroups int64 `json:"small_groups,omitempty"`
}

// SmallGroup is how many people a group needs so that none of them stands out.
const SmallGroup = 5

// HeaderSmallGroups is the header of an export's answer that holds what SmallGroups of
// its manifest does, for those who read no manifest.
const HeaderSmallGroups = "Glow-Small-Groups"

// ManifestFile describes one file of an export ZIP.
type ManifestFile struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of the file's content, in hexadecimal
}

// Names and version of the manifest.
const (
	ManifestName          = "manifest.json"
	ManifestFormatVersion = 1
)

// Content types of an import's body, and of answers.
const (
	TypeNDJSON  = "application/x-ndjson"
	TypeJSON    = "application/json"
	TypeCSV     = "text/csv"
	TypeZIP     = "application/zip"
	TypeAny     = "application/octet-stream" // of which nothing is said
	TypeText    = "text/plain"
	TypeXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	TypeSQLite  = "application/vnd.sqlite3"
	TypeProblem = "application/problem+json"
)

// Sources of an import that are not records.
const (
	FromMoodle = "moodle"
	FromGlow   = "glow"
)

// ImportQuery is the query string of an import; its body is the records.
type ImportQuery struct {
	DryRun      bool     `json:"dry_run,omitempty" help:"Says what would happen and changes nothing."`
	SkipInvalid bool     `json:"skip_invalid,omitempty" help:"Takes the good records and lists the bad ones."`
	Kind        string   `json:"kind,omitempty" placeholder:"KIND" help:"Kind of the records of a CSV; by default told from the file's name."`
	From        string   `json:"from,omitempty" oneof:"moodle,glow" help:"The input is a Moodle log, or what the full Glow exports: CSV files, or a ZIP of them."`
	Site        string   `json:"site,omitempty" placeholder:"NAME" help:"Moodle: starts the ids of people. Default moodle."`
	Department  []string `json:"department,omitempty" placeholder:"ID" help:"Moodle, Glow: departments of the people, made when they are new."`
	Replace     bool     `json:"replace,omitempty" help:"Moodle: takes the place of sessions that an earlier version of glow made of the same log, or that came as records."`
	Role        string   `json:"role,omitempty" placeholder:"ROLE" help:"Moodle, Glow: role of the people. Default ta."`
	Timezone    string   `json:"timezone,omitempty" placeholder:"ZONE" help:"Zone of times without one. Default the instance's."`
	DateOrder   string   `json:"date_order,omitempty" oneof:"dmy,mdy,ymd" help:"Moodle: order of day, month and year in dates like 3/4/2024. Default: told from the rows."`
	Year        *int     `json:"year,omitempty" minimum:"1970" maximum:"9999" placeholder:"YEAR" help:"Moodle: year of dates without one. Default: told from the rows."`
	As          string   `json:"as,omitempty" placeholder:"WHAT" help:"What the input is: a kind of record, moodle, glow, or a report of another program such as canvas-course-access. Default auto: told by its content."`
	Map         string   `json:"map,omitempty" placeholder:"NAME" help:"Reads the input by a mapping: the name of one that is kept here, or one in JSON."`
	Sheet       string   `json:"sheet,omitempty" placeholder:"NAME" help:"Sheet of a workbook. Default the one with the most rows."`
	Decimal     string   `json:"decimal,omitempty" oneof:"comma,point" help:"What parts the decimals of numbers. Default: told from the rows."`
	CoversUntil string   `json:"covers_until,omitempty" placeholder:"TIME" help:"Says that with this input all records up to this day (its end) or instant are in, for the departments given or else those of the people whom it names."`
	File        string   `json:"file,omitempty" kong:"-" help:"Name of the body, for faults."`
}

// maxFileName is the most characters of the name of an imported file.
const maxFileName = 1000

// Validate checks what can be checked without the body.
func (q ImportQuery) Validate() error {
	if err := checkTags(q); err != nil {
		return err
	}
	if err := checkOneOf("kind", q.Kind, KindNames()...); err != nil {
		return err
	}
	if q.From != "" && q.As != "" {
		return Invalid("as", "cannot stand beside from")
	}
	if q.Map != "" && q.From != "" || q.Map != "" && q.As != "" && q.As != AsAuto {
		return Invalid("map", "cannot stand beside from or as")
	}
	if len(q.Map) > MaxDefinition {
		return Invalid("map", "is longer than %d bytes", MaxDefinition)
	}
	if q.From == "" && q.As == "" && q.Map == "" {
		for name, given := range map[string]bool{
			"site": q.Site != "", "department": len(q.Department) > 0, "role": q.Role != "", "replace": q.Replace,
			"date_order": q.DateOrder != "", "year": q.Year != nil, "sheet": q.Sheet != "", "decimal": q.Decimal != "",
		} {
			if given {
				return Invalid(name, "is for inputs with from, as or map only")
			}
		}
	} else if q.Kind != "" {
		return Invalid("kind", "is not for inputs with from, as or map, which hold records of several kinds")
	}
	for _, id := range q.Department {
		if err := checkID(id); err != nil {
			return Invalid("department", "%v", err)
		}
	}
	for name, text := range map[string]string{"site": q.Site, "role": q.Role} {
		if utf8.RuneCountInString(text) > maxRole || text != "" && checkID(text) != nil {
			return Invalid(name, "%q needs 1 to %d printable characters", Clip(text), maxRole)
		}
	}
	if utf8.RuneCountInString(q.File) > maxFileName {
		return Invalid("file", "is longer than %d characters", maxFileName)
	}
	_, err := q.Zone(time.UTC)
	return err
}

// Zone is the zone of times without one: the instance's unless another is asked for.
func (q ImportQuery) Zone(instance *time.Location) (*time.Location, error) {
	if q.Timezone == "" {
		return instance, nil
	}
	zone, err := time.LoadLocation(q.Timezone)
	if err != nil || q.Timezone == "Local" {
		return nil, Invalid("timezone", "%q is not a time zone; write one as in Asia/Ho_Chi_Minh", Clip(q.Timezone))
	}
	return zone, nil
}

// Of is the query about a body of a name. A kind is what any table of that body is taken for.
func (q ImportQuery) Of(file string) ImportQuery {
	q.File = file
	if q.Kind != "" {
		q.As, q.Kind = q.Kind, ""
	}
	return q
}

// Completed is the query with what a mapping says where the query says nothing.
func (q ImportQuery) Completed(m *Mapping) ImportQuery {
	q.DateOrder = cmp.Or(q.DateOrder, m.DateOrder)
	q.Decimal = cmp.Or(q.Decimal, m.Decimal)
	return q
}

// Tally counts what became of records.
type Tally struct {
	Inserted  int64 `json:"inserted"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`

	// Known counts, for a recorder, records that were there already, in the place of
	// updated and unchanged: which of them differed is not a recorder's to know.
	Known int64 `json:"known,omitempty"`
}

// Add adds u to t.
func (t *Tally) Add(u Tally) {
	t.Inserted += u.Inserted
	t.Updated += u.Updated
	t.Unchanged += u.Unchanged
	t.Rejected += u.Rejected
	t.Known += u.Known
}

// Veil puts one count in the place of those that tell what was known already.
func (t *Tally) Veil() {
	t.Known += t.Updated + t.Unchanged
	t.Updated, t.Unchanged = 0, 0
}

// ImportResponse answers an import.
type ImportResponse struct {
	Tally
	Skipped        int64            `json:"skipped"`                   // rows of a foreign log that are nobody's activity
	SkippedReasons map[string]int64 `json:"skipped_reasons,omitempty"` // why, with counts
	ByKind         map[string]Tally `json:"by_kind"`
	Removed        map[string]int64 `json:"removed,omitempty"`   // records that the rows of a log do not give any more, by kind
	Errors         []Fault          `json:"errors"`              // the first MaxFaults faults
	ImportID       string           `json:"import_id,omitempty"` // by which it can be taken back; absent for what no import of the history is
	DryRun         bool             `json:"dry_run"`

	TakenFor []Recognition `json:"taken_for,omitempty"` // what the files were found to be; absent where the request said it

	// How many values of records that were known change, by kind and field.
	Changed map[string]map[string]int64 `json:"changed,omitempty"`

	About   string       `json:"about,omitempty"`    // what the input holds, in words: courses, days, people
	FirstAt *Instant     `json:"first_at,omitempty"` // of the records, or of the rows of a log; absent where none has a time
	LastAt  *Instant     `json:"last_at,omitempty"`
	People  *PeopleCount `json:"people,omitempty"`  // of the input; absent where it has no profiles
	Courses int64        `json:"courses,omitempty"` // that the rows of a log of Moodle name

	// What a dry run tells beside counts: see ImportPreview.
	Preview *ImportPreview `json:"preview,omitempty"`
}

// PeopleCount counts people, each once.
type PeopleCount struct {
	All   int64 `json:"all"`
	Known int64 `json:"known"` // of them, before
}

// ImportPreview shows some of what an import would take.
type ImportPreview struct {
	Records   []PreviewRecords `json:"records"`    // the first of each kind
	NewPeople []NewPerson      `json:"new_people"` // the first people whom nobody knows yet
	Renamed   []RenamedPerson  `json:"renamed"`    // the first people whose name changes
}

// RenamedPerson is somebody known to whom an import gives another name.
type RenamedPerson struct {
	ProfileID string `json:"profile_id"`
	Name      string `json:"name"`
	NewName   string `json:"new_name"`
}

// PreviewRecords are the first records of a kind.
type PreviewRecords struct {
	Kind   string     `json:"kind"`
	Fields []string   `json:"fields"` // those that one of them has
	Rows   [][]string `json:"rows"`   // as they would stand in a CSV, but for times by the instance's clock
}

// NewPerson is somebody whom an import would add.
type NewPerson struct {
	ProfileID string   `json:"profile_id"`
	Name      string   `json:"name"`
	Email     *string  `json:"email"`
	Alike     *KnownAs `json:"alike"` // somebody known with the same email address or name
}

// KnownAs is a person who is known.
type KnownAs struct {
	ProfileID string `json:"profile_id"`
	Name      string `json:"name"`
}

// Most records of a kind, and most people, of an ImportPreview.
const (
	MaxPreviewRecords = 3
	MaxPreviewPeople  = 50
)

// Recognition is what a file was found to be.
type Recognition struct {
	File       string   `json:"file"`
	As         string   `json:"as"`                    // how a request asks for it
	Title      string   `json:"title"`                 // in words
	Why        string   `json:"why"`                   // in one sentence
	PassedOver []string `json:"passed_over,omitempty"` // columns that mean nothing here
}

// AsAuto is the ImportQuery.As that has the content tell what the input is.
const AsAuto = "auto"

// Veil takes out of the answer what tells a caller who only brings records in what
// was known before: a right guess must look like a wrong one.
func (r *ImportResponse) Veil() {
	r.Tally.Veil()
	byKind := make(map[string]Tally, len(r.ByKind))
	for kind, t := range r.ByKind {
		t.Veil()
		byKind[kind] = t
	}
	r.ByKind, r.Changed, r.Removed, r.Preview = byKind, nil, nil, nil
}

// MaxFaults is how many faults an answer lists.
const MaxFaults = 100
