package schema

// ForgetRequest takes one person out of the database, for good.
type ForgetRequest struct {
	ProfileID string `json:"profile_id" required:"true" name:"profile-id" placeholder:"ID" help:"The person's id."`
}

// Validate checks that an id is given.
func (r ForgetRequest) Validate() error {
	if r.ProfileID == "" {
		return Invalid("profile_id", "is missing")
	}
	return nil
}

// ForgetResponse answers ForgetRequest.
type ForgetResponse struct {
	Removed       map[string]int64 `json:"removed"`        // records that are gone, by kind
	Emptied       map[string]int64 `json:"emptied"`        // references from other people's records that are empty now, by their kind
	TokensRevoked int64            `json:"tokens_revoked"` // that were in use
	AuditEntries  int64            `json:"audit_entries"`  // that named the person, and are blank now
	Wiped         bool             `json:"wiped"`          // no trace is left in the file
	Message       string           `json:"message"`        // what else there is to do
}
