package schema

import (
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// ExportRequest asks for the records, as a ZIP or as one CSV.
type ExportRequest struct {
	Filter       `embed:""`
	Kind         string `json:"kind,omitempty" placeholder:"KIND" help:"One CSV of this kind (or of session_history, profile_summary; for admins, of the audit list: audit) instead of a ZIP of all."`
	Pseudonymize bool   `json:"pseudonymize,omitempty" help:"Puts pseudonyms, the same in every export of this instance, for people's names and emails, free text and ids. Departments, terms, roles, types and models stay."`
}

// FileName is what an export is called that is made on the day of a time: a dated
// name of plain letters.
func (r *ExportRequest) FileName(at time.Time) string {
	stem, ext := "glow-export", ".zip"
	if r.Kind != "" {
		stem, ext = "glow-"+strings.ReplaceAll(r.Kind, "_", "-"), ".csv"
	}
	if r.Pseudonymize {
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

// IsView tells whether a file of an export, in any folder, is one of the views: it
// holds no records of its own.
func IsView(file string) bool {
	base := baseName(file)
	return strings.EqualFold(base, ViewSessionHistory+".csv") || strings.EqualFold(base, ViewProfileSummary+".csv")
}

// KindOfFile returns the kind whose records a file holds by its name, in any
// folder and any case; nil when the name is that of no kind.
func KindOfFile(file string) *Kind {
	for _, k := range Kinds {
		if strings.EqualFold(baseName(file), k.File) {
			return k
		}
	}
	return nil
}

// KindFiles lists the file names of the kinds in table order.
func KindFiles() []string {
	files := make([]string, len(Kinds))
	for i, k := range Kinds {
		files[i] = k.File
	}
	return files
}

// baseName is the last part of a file's name, as any system writes it.
func baseName(file string) string { return path.Base(strings.ReplaceAll(file, `\`, "/")) }

// Validate checks the kind, and that the audit list is not asked for by people:
// its entries are nobody's records.
func (r ExportRequest) Validate() error {
	if err := checkTags(r); err != nil {
		return err
	}
	if r.Kind == ViewAudit {
		for name, given := range map[string]bool{"department_ids": len(r.DepartmentIDs) > 0, "roles": len(r.Roles) > 0, "pseudonymize": r.Pseudonymize} {
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
	Filters       ExportRequest  `json:"filters"`
	Files         []ManifestFile `json:"files"`
}

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
	Role        string   `json:"role,omitempty" placeholder:"ROLE" help:"Moodle, Glow: role of the people. Default ta."`
	Timezone    string   `json:"timezone,omitempty" placeholder:"ZONE" help:"Zone of times without one. Default the instance's."`
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
	if q.From == "" {
		for name, given := range map[string]bool{"site": q.Site != "", "department": len(q.Department) > 0, "role": q.Role != ""} {
			if given {
				return Invalid(name, "is for inputs with from only")
			}
		}
	} else if q.Kind != "" {
		return Invalid("kind", "is not for inputs with from, which hold records of several kinds")
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

// Tally counts what became of records.
type Tally struct {
	Inserted  int64 `json:"inserted"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
}

// Add adds u to t.
func (t *Tally) Add(u Tally) {
	t.Inserted += u.Inserted
	t.Updated += u.Updated
	t.Unchanged += u.Unchanged
	t.Rejected += u.Rejected
}

// ImportResponse answers an import.
type ImportResponse struct {
	Tally
	Skipped        int64            `json:"skipped"`                   // rows of a foreign log that are nobody's activity
	SkippedReasons map[string]int64 `json:"skipped_reasons,omitempty"` // why, with counts
	ByKind         map[string]Tally `json:"by_kind"`
	Errors         []Fault          `json:"errors"` // the first MaxFaults faults
	DryRun         bool             `json:"dry_run"`
}

// MaxFaults is how many faults an answer lists.
const MaxFaults = 100
