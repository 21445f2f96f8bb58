package schema

import (
	"slices"
	"time"
)

// Imports are kept in the history while they are among the latest KeptImports and no older
// than KeptImportsFor; what they brought stays, but can no longer be taken back.
const (
	KeptImports    = 50
	KeptImportsFor = 90 * 24 * time.Hour
)

// MaxKeptFaults is how many faults of an import are kept in the history.
const MaxKeptFaults = 20

// ImportSource says where the records of an import come from.
type ImportSource struct {
	File     string        `json:"file"`   // name; empty: not said
	Size     int64         `json:"size"`   // bytes
	SHA256   string        `json:"sha256"` // of the content, in hexadecimal; empty: not known
	TakenFor []Recognition `json:"taken_for,omitempty"`
}

// ImportsResponse lists the imports that are kept in the history.
type ImportsResponse struct {
	Imports []PastImport `json:"imports"` // the newest first
}

// PastImport is an import of the history.
type PastImport struct {
	ImportID  string  `json:"import_id"`
	CreatedAt Instant `json:"created_at"`
	TokenName string  `json:"token_name"` // of who imported
	ImportSource
	ImportCounts
	Faults      []Fault  `json:"faults,omitempty"`    // the first MaxKeptFaults of records that were left out
	Permanent   string   `json:"permanent,omitempty"` // why it cannot be taken back; absent: it can, unless something came later
	TakenBackAt *Instant `json:"taken_back_at"`
}

// ImportCounts are the counts of an import in the history: see ImportResponse.
type ImportCounts struct {
	Tally
	Skipped int64            `json:"skipped"`
	ByKind  map[string]Tally `json:"by_kind"`
	Removed map[string]int64 `json:"removed,omitempty"`
}

// TakenBack reports whether the import was taken back.
func (i *PastImport) TakenBack() bool { return i.TakenBackAt != nil }

// TakenForOnce lists what the files were found to be, each once, in words.
func (i *PastImport) TakenForOnce() []string {
	var titles []string
	for _, one := range i.TakenFor {
		if !slices.Contains(titles, one.Title) {
			titles = append(titles, one.Title)
		}
	}
	return titles
}

// TakeBackRequest takes an import back.
type TakeBackRequest struct {
	ImportID string `json:"import_id" required:"true" name:"import-id" placeholder:"ID" help:"The import, as the list of imports names it."`
	DryRun   bool   `json:"dry_run,omitempty" help:"Says what would go and what would change, and changes nothing."`
}

// Validate checks that there is an id.
func (r TakeBackRequest) Validate() error {
	if r.ImportID == "" {
		return Invalid("import_id", "is missing")
	}
	return nil
}

// TakeBackResponse answers TakeBackRequest.
type TakeBackResponse struct {
	ImportID string           `json:"import_id"`
	Removed  map[string]int64 `json:"removed"`  // records that the import added and that leave, by kind
	Restored map[string]int64 `json:"restored"` // records that get their former values, by kind
	Stayed   map[string]int64 `json:"stayed"`   // records that it added and that a later import holds, too, by kind
	DryRun   bool             `json:"dry_run"`
}

// ImportRow is an import of the history as a row of a table.
type ImportRow struct {
	ImportID    string   `json:"import_id"`
	CreatedAt   Instant  `json:"created_at"`
	TokenName   string   `json:"token_name"`
	File        string   `json:"file"`
	Size        int64    `json:"size"`
	SHA256      string   `json:"sha256"`
	TakenFor    []string `json:"taken_for"` // how a request asks for it, each once
	Inserted    int64    `json:"inserted"`
	Updated     int64    `json:"updated"`
	Unchanged   int64    `json:"unchanged"`
	Rejected    int64    `json:"rejected"`
	Skipped     int64    `json:"skipped"`
	Permanent   string   `json:"permanent"`
	TakenBackAt *Instant `json:"taken_back_at"`
}

// Rows are the imports as rows of a table.
func (r ImportsResponse) Rows() []ImportRow {
	rows := []ImportRow{}
	for _, one := range r.Imports {
		row := ImportRow{
			ImportID: one.ImportID, CreatedAt: one.CreatedAt, TokenName: one.TokenName, File: one.File, Size: one.Size, SHA256: one.SHA256, TakenFor: []string{},
			Inserted: one.Inserted, Updated: one.Updated, Unchanged: one.Unchanged, Rejected: one.Rejected, Skipped: one.Skipped,
			Permanent: one.Permanent, TakenBackAt: one.TakenBackAt,
		}
		for _, found := range one.TakenFor {
			if !slices.Contains(row.TakenFor, found.As) {
				row.TakenFor = append(row.TakenFor, found.As)
			}
		}
		rows = append(rows, row)
	}
	return rows
}
