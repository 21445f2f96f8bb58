package schema

import (
	"cmp"
	"unicode/utf8"
)

// Problem is one row of a list of problems.
type Problem struct {
	ProblemID   string   `json:"problem_id"`
	ProfileID   string   `json:"profile_id"` // empty, as is the name, when it is nobody's
	ProfileName string   `json:"profile_name"`
	SessionID   *string  `json:"session_id"`
	Type        string   `json:"type"`
	Message     string   `json:"message"`
	Resolved    bool     `json:"resolved"`
	CreatedAt   Instant  `json:"created_at"`
	UpdatedAt   *Instant `json:"updated_at"`
}

// ProblemsRequest asks for one page of problems.
type ProblemsRequest struct {
	Filter    `embed:""`
	Resolved  *bool `json:"resolved,omitempty" negatable:"" help:"Only resolved (or only open) problems."`
	Paging    `embed:""`
	Cursor    string `json:"cursor,omitempty" placeholder:"CURSOR" help:"The next_cursor of an answer to the same question: goes on after its last row, whatever has come in since. The page is then only told back."`
	SortOrder string `json:"sort_order,omitempty" oneof:"desc,asc" help:"By created_at, then id. Default desc."`
}

// Validate checks what can be checked without the records.
func (r ProblemsRequest) Validate() error { return checkTags(r) }

// ProblemsResponse answers ProblemsRequest.
type ProblemsResponse struct{ List[Problem] }

// Append adds the rows of the next answer.
func (r *ProblemsResponse) Append(next ProblemsResponse) { r.append(next.List) }

// question is the request without what chooses the page.
func (r ProblemsRequest) question() any {
	r.Paging, r.Cursor, r.SortOrder = Paging{}, "", cmp.Or(r.SortOrder, Descending)
	return r
}

// After returns the position after which the rows begin; nil when a page is asked for.
func (r ProblemsRequest) After() (*Position, error) {
	return parseCursor("cursor", r.Cursor, r.question())
}

// CursorAt returns the cursor of a row of the answer.
func (r ProblemsRequest) CursorAt(row Problem) string {
	return Position{At: row.CreatedAt, ID: row.ProblemID}.cursor(r.question())
}

// ProblemRequest reports a problem.
type ProblemRequest struct {
	Type           string `json:"type" required:"true" help:"What sort of problem, at most 64 characters."`
	Message        string `json:"message" required:"true" help:"What went wrong, at most 1000 characters."`
	SessionID      string `json:"session_id,omitempty" name:"session-id" placeholder:"ID" help:"The session it happened in."`
	ProfileID      string `json:"profile_id,omitempty" name:"profile-id" placeholder:"ID" help:"Whose problem it is. Default: the session's person, else the TA who reports; of anybody else it is then nobody's."`
	IdempotencyKey string `json:"idempotency_key,omitempty" name:"idempotency-key" placeholder:"KEY" help:"A repeat with the same key reports nothing twice and gets the same answer."`
}

// maxIdempotencyKey is the most characters of an idempotency key.
const maxIdempotencyKey = 255

// Validate checks the texts by the rules of the problem kind.
func (r ProblemRequest) Validate() error {
	kind := KindNamed(KindProblem)
	for field, text := range map[string]string{"type": r.Type, "message": r.Message} {
		if text == "" {
			return Invalid(field, "is missing")
		}
		if !visible(text) {
			return Invalid(field, "%v", errInvisible)
		}
		if err := kind.Fields[kind.Field(field)].checkText(text); err != nil {
			return Invalid(field, "%v", err)
		}
	}
	if utf8.RuneCountInString(r.IdempotencyKey) > maxIdempotencyKey {
		return Invalid("idempotency_key", "is longer than %d characters", maxIdempotencyKey)
	}
	return nil
}

// ProblemResponse answers ProblemRequest.
type ProblemResponse struct {
	ProblemID string `json:"problem_id"`
	Success   bool   `json:"success"`
	Message   string `json:"message"`
}

// ResolveRequest resolves a problem or opens it again.
type ResolveRequest struct {
	ProblemID string `json:"problem_id" required:"true" name:"problem-id" placeholder:"ID" help:"The problem's id."`
	Resolved  *bool  `json:"resolved,omitempty" negatable:"" help:"False opens it again. Default true."`
}

// Validate checks that an id is given.
func (r ResolveRequest) Validate() error {
	if r.ProblemID == "" {
		return Invalid("problem_id", "is missing")
	}
	return nil
}

// ResolveResponse answers ResolveRequest.
type ResolveResponse struct {
	ProblemID string   `json:"problem_id"`
	Resolved  bool     `json:"resolved"`
	UpdatedAt *Instant `json:"updated_at"`
}
