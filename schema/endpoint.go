package schema

import "reflect"

// Endpoint ties a route to the types of its request and answer. The server
// serves it and the client calls it through the same value.
type Endpoint[Req Request, Resp any] struct {
	Method  string
	Path    string
	Summary string
}

// Request is what every request can say of itself.
type Request interface {
	Validate() error // nil or an Error of CodeInvalid that names the field
}

// Download is the answer of an endpoint that streams a file.
type Download struct{}

// Route describes an endpoint without its types, for lists of all of them.
type Route struct {
	Method, Path, Summary string
	Request, Response     reflect.Type
}

// Route returns the description of e.
func (e Endpoint[Req, Resp]) Route() Route {
	return Route{e.Method, e.Path, e.Summary, reflect.TypeFor[Req](), reflect.TypeFor[Resp]()}
}

const post = "POST"

// The endpoints. Import's request is its query string; its body is the records.
var (
	Activity        = Endpoint[ActivityRequest, ActivityResponse]{post, "/system/activity", "Who trained in a window, and who needs follow-up."}
	Sessions        = Endpoint[SessionsRequest, SessionsResponse]{post, "/system/sessions", "One page of the session history."}
	Session         = Endpoint[SessionRequest, SessionResponse]{post, "/system/session", "One session with its groups, timeline and problems."}
	Problems        = Endpoint[ProblemsRequest, ProblemsResponse]{post, "/system/problems", "One page of problems."}
	ReportProblem   = Endpoint[ProblemRequest, ProblemResponse]{post, "/system/problem", "Reports a problem."}
	Resolve         = Endpoint[ResolveRequest, ResolveResponse]{post, "/system/resolve", "Resolves a problem, or opens it again."}
	ResolveActivity = Endpoint[ResolveRequest, ResolveResponse]{post, "/activity/resolve", "The same as /system/resolve."}
	Refresh         = Endpoint[RefreshRequest, RefreshResponse]{post, "/system/refresh", "Brings the summary tables up to date."}
	Export          = Endpoint[ExportRequest, Download]{post, "/system/export", "Streams the records as a ZIP, or one kind as a CSV."}
	Horizons        = Endpoint[HorizonRequest, HorizonResponse]{post, "/system/horizon", "How far the records of each department reach; or says so."}
	Import          = Endpoint[ImportQuery, ImportResponse]{post, "/system/import", "Takes records in, all or nothing."}
	Context         = Endpoint[Empty, ContextResponse]{post, "/system/context", "Who the caller is, and what answers."}
	Dashboard       = Endpoint[Empty, DashboardResponse]{post, "/system/dashboard", "Makes a link that signs in to the dashboard, once."}
	Audit           = Endpoint[AuditRequest, AuditResponse]{post, "/system/audit", "Who did what, when, from where, on which records."}
	Tokens          = Endpoint[Empty, TokensResponse]{post, "/system/tokens", "Lists the tokens."}
	CreateToken     = Endpoint[TokenCreateRequest, TokenCreateResponse]{post, "/system/tokens/create", "Makes a token; its secret is shown this once."}
	Backup          = Endpoint[Empty, Download]{post, "/system/backup", "Streams a consistent copy of the database file."}
	Doctor          = Endpoint[Empty, DoctorResponse]{post, "/system/doctor", "Checks all of the database, and says what it holds."}
	Forget          = Endpoint[ForgetRequest, ForgetResponse]{post, "/system/forget", "Takes one person out of the database, for good."}
	RevokeToken     = Endpoint[TokenRevokeRequest, TokenRevokeResponse]{post, "/system/tokens/revoke", "Ends a token."}
)

// Endpoints lists them all, for the OpenAPI document and the tests.
var Endpoints = []Route{
	Activity.Route(), Sessions.Route(), Session.Route(), Problems.Route(),
	ReportProblem.Route(), Resolve.Route(), ResolveActivity.Route(), Refresh.Route(),
	Export.Route(), Import.Route(), Context.Route(), Dashboard.Route(), Audit.Route(),
	Tokens.Route(), CreateToken.Route(), RevokeToken.Route(), Backup.Route(), Doctor.Route(), Forget.Route(), Horizons.Route(),
}
