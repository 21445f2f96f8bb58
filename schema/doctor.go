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
	Audit         AuditHead        `json:"audit"`
	Backups       *BackupState     `json:"backups"` // null when the instance makes none by itself
	DurationMS    float64          `json:"duration_ms"`
}

// Names of the checks.
const (
	CheckIntegrity  = "integrity"
	CheckReferences = "references"
	CheckPeople     = "people"
	CheckSummaries  = "summaries"
	CheckAudit      = "audit"
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was found, in a sentence
}

// AuditHead is the end of the audit list. Written down elsewhere, it tells later
// whether somebody wrote all of the list anew.
type AuditHead struct {
	Entries int64  `json:"entries"`
	Hash    string `json:"hash"` // of the last entry and all before it, in hexadecimal; empty when there is none
}

// FileSize is in bytes.
type FileSize struct {
	Database int64  `json:"database_bytes"`
	WAL      int64  `json:"wal_bytes"`       // the write-ahead log beside it
	Unused   int64  `json:"unused_bytes"`    // inside the file, to be used again
	DiskFree *int64 `json:"disk_free_bytes"` // null where the system does not tell
}

// BackupState says how the backups do that an instance makes by itself.
type BackupState struct {
	Folder       string      `json:"folder"`
	EverySeconds int64       `json:"every_seconds"` // from one to the next
	Keep         int         `json:"keep"`          // how many stay
	Count        int         `json:"count"`         // how many there are
	Newest       *BackupFile `json:"newest"`        // null: there is none yet
	Failures     int64       `json:"failures"`      // tries that failed since the instance started
}

// BackupFile is one backup.
type BackupFile struct {
	File   string  `json:"file"` // name in the folder
	MadeAt Instant `json:"made_at"`
	Bytes  int64   `json:"bytes"`
}
