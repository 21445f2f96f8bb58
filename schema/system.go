package schema

import "reflect"

// Empty is the request of a route that takes no parameters.
type Empty struct{}

// Validate accepts every Empty.
func (Empty) Validate() error { return nil }

// RefreshRequest brings the summary tables up to date.
type RefreshRequest struct {
	Full bool `json:"full,omitempty" help:"Rebuilds every row instead of what is stale."`
}

// Validate accepts every RefreshRequest.
func (RefreshRequest) Validate() error { return nil }

// RefreshResponse answers RefreshRequest.
type RefreshResponse struct {
	Success         bool     `json:"success"`
	RefreshedViews  []string `json:"refreshed_views"`
	InvalidatedTags []string `json:"invalidated_tags"` // always empty: nothing is cached
	RefreshedAt     Instant  `json:"refreshed_at"`
	DurationMS      float64  `json:"duration_ms"`
	Rows            int64    `json:"rows"` // summary rows that were computed
}

// ContextResponse says who the caller is and what answers.
type ContextResponse struct {
	TokenName     string   `json:"token_name"`
	Role          string   `json:"role"`
	DepartmentIDs []string `json:"department_ids"`
	ProfileID     *string  `json:"profile_id"`
	Version       string   `json:"version"`
	Timezone      string   `json:"timezone"`
}

// DashboardResponse holds a link to the dashboard that signs in once, with the
// rights of the token that asked for it.
type DashboardResponse struct {
	Path      string  `json:"path"` // and query, at the host of the instance
	ExpiresAt Instant `json:"expires_at"`
}

// AuditRequest asks for one page of the audit list, the latest first.
type AuditRequest struct {
	Paging    `embed:""`
	Action    string `json:"action,omitempty" oneof:"export_begin,export,import,problem,resolve,refresh,token_create,token_revoke,sign_in_failed,sign_in,sign_in_link,emulate,emulate_end,backup_begin,backup,restore,forget,merge,delete,profiles,take_back,retain,horizon,upgrade" help:"Only this action."`
	TokenName string `json:"token_name,omitempty" name:"token-name" placeholder:"NAME" help:"Only what was done with tokens of this name."`
	TokenID   string `json:"token_id,omitempty" name:"token-id" placeholder:"ID" help:"Only what was done with this token."`
	DateFrom  string `json:"date_from,omitempty" placeholder:"TIME" help:"First day (2025-06-30, in the instance's time zone) or instant (RFC 3339) that counts."`
	DateTo    string `json:"date_to,omitempty" placeholder:"TIME" help:"Last day or instant that counts; it belongs to the window."`
}

// Actions of the audit list.
const (
	ActionExportBegin  = "export_begin" // is about to leave
	ActionExport       = "export"       // has left, whole or not
	ActionImport       = "import"
	ActionProblem      = "problem"
	ActionResolve      = "resolve"
	ActionRefresh      = "refresh"
	ActionTokenCreate  = "token_create"
	ActionTokenRevoke  = "token_revoke"
	ActionSignInFailed = "sign_in_failed"
	ActionSignIn       = "sign_in"      // to the dashboard
	ActionSignInLink   = "sign_in_link" // was asked for, which signs in to it
	ActionEmulate      = "emulate"
	ActionEmulateEnd   = "emulate_end"
	ActionBackupBegin  = "backup_begin" // is about to leave
	ActionBackup       = "backup"       // has left, whole or not, or was made by the schedule
	ActionRestore      = "restore"
	ActionForget       = "forget"
	ActionMerge        = "merge"     // two ids became one person
	ActionDelete       = "delete"    // of one record
	ActionProfiles     = "profiles"  // several people were changed
	ActionTakeBack     = "take_back" // of an import
	ActionRetain       = "retain"    // records were removed for their age
	ActionHorizon      = "horizon"   // somebody said how far the records of departments reach
	ActionUpgrade      = "upgrade"   // the entries of before were brought to a newer form
)

// AuditActions lists the actions of the audit list.
func AuditActions() []string {
	f, _ := reflect.TypeFor[AuditRequest]().FieldByName("Action")
	return choicesOf(f)
}

// Validate checks the ranges and the action.
func (r AuditRequest) Validate() error { return checkTags(r) }

// AuditResponse answers AuditRequest.
type AuditResponse struct {
	Data []AuditEntry `json:"data"`
	Page
}

// AuditEntry says who did what, when, from where, on which records.
type AuditEntry struct {
	AuditID   int64          `json:"audit_id"`
	CreatedAt Instant        `json:"created_at"`
	Action    string         `json:"action"`
	TokenID   string         `json:"token_id"` // never given again, unlike the name; empty for what was done without a token
	TokenName string         `json:"token_name"`
	Role      string         `json:"role"`
	Remote    string         `json:"remote"` // address of the caller; "local" for a command on the file itself
	RequestID string         `json:"request_id"`
	Detail    map[string]any `json:"detail"` // ids, filters and counts; never a text somebody wrote
	Hash      string         `json:"hash"`   // of the entry and of all before it, in hexadecimal
}
