package schema

import (
	"slices"
	"strings"
	"time"
)

// MergeRequest makes one person of two ids.
type MergeRequest struct {
	From   string `json:"from" required:"true" placeholder:"ID" help:"The id that is no more afterwards. Imports that name it mean the other one from then on."`
	Into   string `json:"into" required:"true" placeholder:"ID" help:"The id that stays."`
	DryRun bool   `json:"dry_run,omitempty" help:"Says what would happen, and changes nothing."`
}

// Validate checks that there are two ids.
func (r MergeRequest) Validate() error {
	switch {
	case r.From == "":
		return Invalid("from", "is missing")
	case r.Into == "":
		return Invalid("into", "is missing")
	case r.From == r.Into:
		return Invalid("into", "is the same id as from")
	}
	return nil
}

// MergeResponse answers MergeRequest.
type MergeResponse struct {
	ProfileID   string           `json:"profile_id"`   // that stays
	Moved       map[string]int64 `json:"moved"`        // records that name the other id, and now this one, by kind
	Changed     []string         `json:"changed"`      // fields of the profile that were filled from the other one
	TokensMoved int64            `json:"tokens_moved"` // in use
	Aliases     []string         `json:"aliases"`      // all ids that mean this person in imports, beside its own
	DryRun      bool             `json:"dry_run"`
}

// DeleteRequest removes one record.
type DeleteRequest struct {
	Kind   string `json:"kind" required:"true" placeholder:"KIND" help:"Kind of the record, such as session."`
	ID     string `json:"id" required:"true" name:"id" placeholder:"ID" help:"Id of the record."`
	DryRun bool   `json:"dry_run,omitempty" help:"Says what would go, and changes nothing."`
}

// Validate checks the kind and that there is an id.
func (r DeleteRequest) Validate() error {
	if KindNamed(r.Kind) == nil {
		return Invalid("kind", "%q is no kind of record; there are %s", Clip(r.Kind), strings.Join(KindNames(), ", "))
	}
	if r.ID == "" {
		return Invalid("id", "is missing")
	}
	return nil
}

// DeleteResponse answers DeleteRequest.
type DeleteResponse struct {
	Removed map[string]int64 `json:"removed"` // records that are gone, by kind: the record, and what cannot be without it
	Emptied map[string]int64 `json:"emptied"` // references that are empty now, by the kind of the records that stay
	DryRun  bool             `json:"dry_run"`
}

// SetProfilesRequest changes several people at once.
type SetProfilesRequest struct {
	ProfileIDs          []string `json:"profile_ids" required:"true" name:"profile-ids" minItems:"1" placeholder:"ID" help:"The people to change."`
	Active              *bool    `json:"active,omitempty" negatable:"" help:"They are here, or (--no-active) have left."`
	Role                string   `json:"role,omitempty" placeholder:"ROLE" help:"Their role."`
	AddDepartmentIDs    []string `json:"add_department_ids,omitempty" name:"add-department-ids" minItems:"1" placeholder:"ID" help:"Puts them into these departments."`
	RemoveDepartmentIDs []string `json:"remove_department_ids,omitempty" name:"remove-department-ids" minItems:"1" placeholder:"ID" help:"Takes them out of these departments."`
	DryRun              bool     `json:"dry_run,omitempty" help:"Says what would change, and changes nothing."`
}

// Validate checks that somebody and something is to be changed.
func (r SetProfilesRequest) Validate() error {
	if len(r.ProfileIDs) == 0 {
		return Invalid("profile_ids", "is missing")
	}
	if r.Active == nil && r.Role == "" && len(r.AddDepartmentIDs)+len(r.RemoveDepartmentIDs) == 0 {
		return Invalid("active", "is missing, and so are role, add_department_ids and remove_department_ids; one of them says what to change")
	}
	if r.Role != "" {
		if _, err := KindNamed(KindProfile).Fields[KindNamed(KindProfile).Field("role")].Parse(r.Role, time.UTC); err != nil {
			return Invalid("role", "%v", err)
		}
	}
	for _, id := range r.AddDepartmentIDs {
		if slices.Contains(r.RemoveDepartmentIDs, id) {
			return Invalid("remove_department_ids", "%q is to be added, too", Clip(id))
		}
	}
	return nil
}

// SetProfilesResponse answers SetProfilesRequest.
type SetProfilesResponse struct {
	Updated   int64            `json:"updated"`
	Unchanged int64            `json:"unchanged"`
	Changed   map[string]int64 `json:"changed"` // people whose value changes, by field
	DryRun    bool             `json:"dry_run"`
}

// PersonItem is a person in a list of all.
type PersonItem struct {
	ProfileID string `json:"profile_id"`
	ProfileResource
}

// DepartmentPeople is a department with how many people it has.
type DepartmentPeople struct {
	DepartmentID string `json:"department_id"`
	Name         string `json:"name"`
	People       int64  `json:"people"`
	Active       int64  `json:"active"` // of them
}

// Reasons why two people may be one.
const (
	AlikeEmail = "email"
	AlikeName  = "name"
)

// DuplicatesRequest asks for people who may be one.
type DuplicatesRequest struct {
	Limit *int `json:"limit,omitempty" minimum:"1" maximum:"1000" help:"Most pairs to list. Default 100."`
}

// DefaultPairs is how many pairs an answer lists unless the request says otherwise.
const DefaultPairs = 100

// Validate checks the range.
func (r DuplicatesRequest) Validate() error { return checkTags(r) }

// DuplicatesResponse answers DuplicatesRequest.
type DuplicatesResponse struct {
	Pairs      []DuplicatePair `json:"pairs"`       // alike by both first, then by email, then by name
	TotalCount int64           `json:"total_count"` // pairs that there are
}

// DuplicateRow is a pair of people who may be one as a row of a table.
type DuplicateRow struct {
	Why      string `json:"why"`
	ID1      string `json:"profile_id_1"`
	Name1    string `json:"name_1"`
	Email1   string `json:"email_1"`
	Records1 int64  `json:"records_count_1"`
	ID2      string `json:"profile_id_2"`
	Name2    string `json:"name_2"`
	Email2   string `json:"email_2"`
	Records2 int64  `json:"records_count_2"`
}

// Rows are the pairs as rows of a table.
func (r DuplicatesResponse) Rows() []DuplicateRow {
	rows := []DuplicateRow{}
	for _, pair := range r.Pairs {
		a, b := pair.People[0], pair.People[1]
		rows = append(rows, DuplicateRow{
			strings.Join(pair.Why, ", "), a.ProfileID, a.Name, valueOr(a.Email, ""), a.RecordsCount,
			b.ProfileID, b.Name, valueOr(b.Email, ""), b.RecordsCount,
		})
	}
	return rows
}

// DuplicatePair are two people who are alike. The first has more records.
type DuplicatePair struct {
	Why    []string          `json:"why" help:"email: their addresses are equal but for case. name: their names have the same words, whatever the order, case and accents."`
	People []DuplicatePerson `json:"people"` // two
}

// DuplicatePerson is one of a pair.
type DuplicatePerson struct {
	ProfileID string `json:"profile_id"`
	ProfileResource
	RecordsCount int64    `json:"records_count"` // sessions, logins, grants, emulations, activity records and problems
	LastActiveAt *Instant `json:"last_active_at"`
}
