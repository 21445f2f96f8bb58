package schema

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Roles of a token.
const (
	RoleAdmin       = "admin"       // everything
	RoleCoordinator = "coordinator" // reads, reports, resolves and exports within departments
	RoleViewer      = "viewer"      // reads within departments
	RoleTA          = "ta"          // reads its own rows, reports problems, resolves its own
	RoleRecorder    = "recorder"    // imports only: adds records, and changes what goes on
)

// guarded are the kinds of which a recorder changes no record that is known already,
// unless its token says so by the name.
var guarded = []struct{ kind, name string }{
	{KindProfile, "people"}, {KindDepartment, "departments"}, {KindTerm, "terms"}, {KindProblem, "problems"},
}

// MayChangeNames are what a recorder's token may be allowed to change.
var MayChangeNames = func() (names []string) {
	for _, g := range guarded {
		names = append(names, g.name)
	}
	return names
}()

// MayChange reports whether the caller may change records of a kind that are known
// already. Whoever is not a recorder may do so wherever they may bring records in.
func (c Caller) MayChange(kind string) bool {
	if c.Role != RoleRecorder {
		return true
	}
	for _, g := range guarded {
		if g.kind == kind {
			return slices.Contains(c.MayChangeKinds, g.name)
		}
	}
	return true
}

// Caller is who asks, as its token says.
type Caller struct {
	TokenID        string // unlike the name, never given again
	TokenName      string
	Role           string
	DepartmentIDs  []string // coordinator, viewer
	ProfileID      string   // ta
	MayChangeKinds []string // recorder: of MayChangeNames
	Remote         string   // address, for the audit
	RequestID      string
}

// Scope is which people a caller may see.
type Scope struct {
	All           bool
	DepartmentIDs []string // people of any of these
	ProfileID     string   // only this person
	TokenID       string   // of a token with departments: problems that it reported of nobody
}

// Scope returns what the caller may see; nothing for a role that only writes.
func (c Caller) Scope() Scope {
	switch c.Role {
	case RoleAdmin:
		return Scope{All: true}
	case RoleCoordinator, RoleViewer:
		return Scope{DepartmentIDs: c.DepartmentIDs, TokenID: c.TokenID}
	case RoleTA:
		return Scope{ProfileID: c.ProfileID}
	}
	return Scope{}
}

// Token is a token without its secret.
type Token struct {
	TokenID       string   `json:"token_id"`
	Name          string   `json:"name"`
	Role          string   `json:"role"`
	DepartmentIDs []string `json:"department_ids"`
	ProfileID     *string  `json:"profile_id"`
	MayChange     []string `json:"may_change"` // recorder: what it changes of records that are known already
	CreatedAt     Instant  `json:"created_at"`
	ExpiresAt     *Instant `json:"expires_at"`
	LastUsedAt    *Instant `json:"last_used_at"` // to the minute
	RevokedAt     *Instant `json:"revoked_at"`
}

// TokensResponse lists the tokens, in the order they were made.
type TokensResponse struct {
	Data []Token `json:"data"`
}

// TokenCreateRequest asks for a new token.
type TokenCreateRequest struct {
	Name          string   `json:"name" required:"true" help:"What the token is for; unique among those in use."`
	Role          string   `json:"role" required:"true" oneof:"admin,coordinator,viewer,ta,recorder" help:"What it may do."`
	DepartmentIDs []string `json:"department_ids,omitempty" name:"department-ids" placeholder:"ID" help:"Departments of a coordinator or viewer."`
	ProfileID     string   `json:"profile_id,omitempty" name:"profile-id" placeholder:"ID" help:"Person of a ta."`
	MayChange     []string `json:"may_change,omitempty" name:"may-change" placeholder:"WHAT" help:"What a recorder may change of records that are known already: people, departments, terms, problems. Default none of these: it adds them, and changes sessions, attempts, runs and the like as they go on."`
	ExpiresAt     string   `json:"expires_at,omitempty" name:"expires-at" placeholder:"TIME" help:"When it ends: an instant, or a day, which still counts. Default never."`
}

// Validate checks that the role has the scope it needs and no other.
func (r TokenCreateRequest) Validate() error {
	if n := utf8.RuneCountInString(r.Name); n == 0 || n > 100 || checkID(r.Name) != nil {
		return Invalid("name", "needs 1 to 100 printable characters")
	}
	if !visible(r.Name) {
		return Invalid("name", "%v", errInvisible)
	}
	if isReservedName(r.Name) {
		return Invalid("name", "%q means glow itself on the audit list; choose another", r.Name)
	}
	if !slices.Contains(Roles, r.Role) {
		return Invalid("role", "%q is not one of %s", Clip(r.Role), joinQuoted(Roles))
	}
	for _, name := range r.MayChange {
		if !slices.Contains(MayChangeNames, name) {
			return Invalid("may_change", "%q is not one of %s", Clip(name), joinQuoted(MayChangeNames))
		}
	}
	if r.Role != RoleRecorder && len(r.MayChange) > 0 {
		return Invalid("may_change", "is not for the role %s", r.Role)
	}
	scoped := r.Role == RoleCoordinator || r.Role == RoleViewer
	switch {
	case scoped && len(r.DepartmentIDs) == 0:
		return Invalid("department_ids", "is missing; a %s needs at least one department", r.Role)
	case !scoped && len(r.DepartmentIDs) > 0:
		return Invalid("department_ids", "is not for the role %s", r.Role)
	case r.Role == RoleTA && r.ProfileID == "":
		return Invalid("profile_id", "is missing; a ta needs a profile")
	case r.Role != RoleTA && r.ProfileID != "":
		return Invalid("profile_id", "is not for the role %s", r.Role)
	}
	return nil
}

// Names under which the audit list has what was done without a token.
const (
	NameLocal     = "local"        // an admin whose process has the file open
	NameServe     = "glow serve"   // the program by itself
	NameRestore   = "glow restore" // whoever restored a backup
	NameUpgrade   = "glow"
	NameForgotten = "forgotten"    // somebody who is no longer named
	NameLink      = "printed link" // begins the names of tokens of links that glow serve prints
)

// ByItself is the caller of what the program does by itself, under one of its names.
func ByItself(name string) Caller {
	return Caller{TokenName: name, Role: RoleAdmin, Remote: NameLocal}
}

// isReservedName reports whether a token of this name could be taken for what was
// done without one: whatever its case, marks and blanks, it is one of the reserved
// names, or begins as those of the program do.
func isReservedName(name string) bool {
	name = Fold(name)
	return name == NameLocal || name == NameForgotten || name == NameUpgrade ||
		strings.HasPrefix(name, NameUpgrade+" ") || strings.HasPrefix(name, NameLink)
}

// Expiry reads ExpiresAt; nil when the token never ends.
func (r TokenCreateRequest) Expiry(zone *time.Location) (*Instant, error) {
	if r.ExpiresAt == "" {
		return nil, nil
	}
	_, until, err := parseEnd(r.ExpiresAt, zone)
	if err != nil {
		return nil, Invalid("expires_at", "%q %v", Clip(r.ExpiresAt), err)
	}
	return &until, nil
}

// TokenCreateResponse holds the secret, which is shown this once.
type TokenCreateResponse struct {
	Token
	Secret string `json:"token"`
}

// TokenRevokeRequest ends a token.
type TokenRevokeRequest struct {
	TokenID string `json:"token_id,omitempty" name:"token-id" placeholder:"ID" help:"The token's id."`
	Name    string `json:"name,omitempty" help:"Or the name of a token in use."`
}

// Validate checks that exactly one of the two is given.
func (r TokenRevokeRequest) Validate() error {
	if (r.TokenID == "") == (r.Name == "") {
		return Invalid("token_id", "give either the token's id or its name")
	}
	return nil
}

// TokenRevokeResponse answers TokenRevokeRequest.
type TokenRevokeResponse struct {
	TokenID   string  `json:"token_id"`
	RevokedAt Instant `json:"revoked_at"`
}
