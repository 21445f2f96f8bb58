package schema

// DoctorResponse says how the database is.
type DoctorResponse struct {
	Healthy       bool             `json:"healthy"` // no check found anything
	Checks        []Check          `json:"checks"`
	Records       map[string]int64 `json:"records"`  // rows by kind
	Size          FileSize         `json:"size"`     // of the database file and what is around it
	Timezone      string           `json:"timezone"` // of its days
	SchemaVersion int64            `json:"schema_version"`
	RefreshedAt   *Instant         `json:"refreshed_at"`
	DurationMS    float64          `json:"duration_ms"`
}

// Names of the checks.
const (
	CheckIntegrity  = "integrity"
	CheckReferences = "references"
	CheckPeople     = "people"
	CheckSummaries  = "summaries"
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was found, in a sentence
}

// FileSize is in bytes.
type FileSize struct {
	Database int64  `json:"database_bytes"`
	WAL      int64  `json:"wal_bytes"`       // the write-ahead log beside it
	Unused   int64  `json:"unused_bytes"`    // inside the file, to be used again
	DiskFree *int64 `json:"disk_free_bytes"` // null where the system does not tell
}
