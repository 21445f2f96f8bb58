package schema

// MappingsResponse lists the mappings.
type MappingsResponse struct {
	Mappings []KnownMapping `json:"mappings"` // those kept here by name, then those that are part of the program
}

// KnownMapping is a mapping that files are recognized by.
type KnownMapping struct {
	Mapping
	BuiltIn bool `json:"built_in"` // part of the program; else it is a record of this instance
}

// LookResponse says what the files of an import are, without taking anything.
type LookResponse struct {
	Files []LookedAt `json:"files"`
}

// LookedAt is what a file was found to be.
type LookedAt struct {
	File     string         `json:"file"`
	Format   string         `json:"format"`              // CSV, XLSX, JSON or NDJSON
	Charset  string         `json:"charset,omitempty"`   // of a CSV
	Sheets   []string       `json:"sheets,omitempty"`    // of a workbook
	TakenFor *Recognition   `json:"taken_for,omitempty"` // absent: nothing recognizes it
	Question string         `json:"question,omitempty"`  // what stands in the way of taking it, in one line
	Columns  []LookedColumn `json:"columns"`

	// Mapping is that by which the file is read; of a file that nothing recognizes, a proposal.
	// Absent for logs of Moodle, exports of the full Glow and records that name their kind, and where
	// there is nothing to propose.
	Mapping  *Mapping `json:"mapping,omitempty"`
	Proposed bool     `json:"proposed,omitempty"` // the mapping is a proposal
	Why      []string `json:"why,omitempty"`      // of a proposal: a sentence for each thing that it says

	// Rows are the first ones, in the order of Columns; Records are the first of those that an
	// import would make, as in NDJSON.
	Rows    [][]string       `json:"rows"`
	Records []map[string]any `json:"records,omitempty"`
}

// LookedColumn is a column of a file.
type LookedColumn struct {
	Name  string   `json:"name"`
	Holds string   `json:"holds"`           // of the first rows: times, numbers, addresses, texts or nothing
	Gives []string `json:"gives,omitempty"` // what the mapping makes of it, as in "profile.email"
	Means string   `json:"means,omitempty"` // of a proposal: what the column is, in words
}

// MaxLookedRows is how many rows and records of a file LookResponse shows.
const MaxLookedRows = 10
