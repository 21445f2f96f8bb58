package schema

// ErrorResponse is the body of every answer that is not a success, as
// application/problem+json (RFC 9457).
type ErrorResponse struct {
	Type      string  `json:"type" help:"Where the OpenAPI document describes this sort of refusal."`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail" help:"What is wrong, in words for a person; where errors are listed, the first of them too."`
	Errors    []Fault `json:"errors,omitempty" help:"What is at fault, one by one."`
	RequestID string  `json:"request_id" help:"The same as in X-Request-Id and in the server's log."`
}

// ImportErrorResponse is the ErrorResponse of an import whose records are at
// fault: it also says what the try would have counted.
type ImportErrorResponse struct {
	ErrorResponse
	Tally
	Skipped        int64            `json:"skipped"`
	SkippedReasons map[string]int64 `json:"skipped_reasons,omitempty"`
	ByKind         map[string]Tally `json:"by_kind"`
	DryRun         bool             `json:"dry_run"`
}

// Refusal ties a code to its HTTP status.
type Refusal struct {
	Code   Code
	Status int
	Title  string
}

// Refusals is the one table of codes and statuses; no two share either.
var Refusals = []Refusal{
	{CodeMalformed, 400, "The request cannot be read"},
	{CodeUnauthorized, 401, "A valid token is needed"},
	{CodeForbidden, 403, "Not for this token"},
	{CodeNotFound, 404, "There is no such thing"},
	{CodeMethod, 405, "Not by this method"},
	{CodeConflict, 409, "It contradicts what is there"},
	{CodeTooLarge, 413, "Too large"},
	{CodeMediaType, 415, "Not a body of this type"},
	{CodeMisdirected, 421, "Not a name of this instance"},
	{CodeInvalid, 422, "The request is not valid"},
	{CodeTooMany, 429, "Too many tries"},
	{CodeInternal, 500, "Something went wrong inside"},
	{CodeUnavailable, 503, "Not available just now"},
	{CodeNoSpace, 507, "The disk is full"},
}

// Refusal returns the row of the code; that of CodeInternal for any other.
func (c Code) Refusal() Refusal {
	internal := Refusal{}
	for _, r := range Refusals {
		if r.Code == c {
			return r
		}
		if r.Code == CodeInternal {
			internal = r
		}
	}
	return internal
}

// Type returns the URI reference that names this sort of refusal, below the base path
// of the instance.
func (r Refusal) Type() string {
	return OpenAPIDocument.Path + "#/components/responses/" + string(r.Code)
}
