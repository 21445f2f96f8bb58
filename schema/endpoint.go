package schema

import (
	"net/http"
	"reflect"
)

// Endpoint is one thing that can be asked, with the types of its request and answer. The
// server serves it and the client calls it through the same value.
type Endpoint[Req Request, Resp any] struct{ Route }

// Request is what every request can say of itself.
type Request interface {
	Validate() error // nil or an Error of CodeInvalid that names the field
}

// Route is what the server, the client and the OpenAPI document know of an endpoint.
type Route struct {
	Method  string
	Path    string
	Summary string   // one sentence
	Roles   []string // whose tokens may call it
	Errors  []Code   // beside those that every endpoint has
	Types   []string // content types of the answer

	Request, Response reflect.Type
}

// Public reports whether the endpoint answers without a token.
func (r Route) Public() bool { return len(r.Roles) == 1 && r.Roles[0] == Anyone }

// Download is the answer of an endpoint that streams a file.
type Download string

// Endpoints lists all endpoints, in the order of their declaration below.
var Endpoints []Route

// Anyone among roles means those without a token, too.
const Anyone = "everyone"

// Roles lists the roles of a token.
var Roles = []string{RoleAdmin, RoleCoordinator, RoleViewer, RoleTA, RoleRecorder}

// Roles of more than one endpoint, or of an endpoint and a page. They stand above the
// endpoints, which are initialized, and so listed, after what they refer to.
var (
	Public    = []string{Anyone}
	Admins    = []string{RoleAdmin}
	Readers   = []string{RoleAdmin, RoleCoordinator, RoleViewer, RoleTA}
	Reporters = []string{RoleAdmin, RoleCoordinator, RoleTA}
	Exporters = []string{RoleAdmin, RoleCoordinator}
	Recorders = []string{RoleAdmin, RoleRecorder}
)

// The endpoints. To add one, add it here, a handler to Server.routes, and a row to the
// table of who may call what in server/routes_test.go.
var (
	Activity        = post[ActivityRequest, ActivityResponse]("/system/activity", "Who trained in a window, and who needs follow-up.", Readers)
	Sessions        = post[SessionsRequest, SessionsResponse]("/system/sessions", "One page of the session history.", Readers)
	Session         = post[SessionRequest, SessionResponse]("/system/session", "One session with its groups, timeline and problems.", Readers, CodeNotFound)
	Problems        = post[ProblemsRequest, ProblemsResponse]("/system/problems", "One page of problems.", Readers)
	ReportProblem   = post[ProblemRequest, ProblemResponse]("/system/problem", "Reports a problem.", Reporters, CodeNotFound, CodeConflict)
	Resolve         = post[ResolveRequest, ResolveResponse]("/system/resolve", "Resolves a problem, or opens it again.", Reporters, CodeNotFound)
	ResolveActivity = post[ResolveRequest, ResolveResponse]("/activity/resolve", "The same as /system/resolve.", Reporters, CodeNotFound)
	Refresh         = post[RefreshRequest, RefreshResponse]("/system/refresh", "Brings the summary tables up to date.", Admins)
	Export          = download[ExportRequest]("/system/export", "Streams the records as a ZIP, or one kind as a CSV.", Exporters, TypeZIP, TypeCSV)
	Import          = post[ImportQuery, ImportResponse]("/system/import", "Takes records in, all or nothing.", Recorders)
	Look            = post[ImportQuery, LookResponse]("/system/import/look", "Says what files are and what would be made of them, and takes nothing.", Recorders)
	Imports         = post[Empty, ImportsResponse]("/system/imports", "Lists the latest imports: who, when, which file, taken for what, with counts.", Admins)
	TakeBack        = post[TakeBackRequest, TakeBackResponse]("/system/imports/take-back", "Takes an import back: what it added leaves, what it changed is as before.", Admins, CodeNotFound, CodeConflict)
	Mappings        = post[Empty, MappingsResponse]("/system/mappings", "Lists the mappings by which files of other programs are read.", Admins)
	Context         = post[Empty, ContextResponse]("/system/context", "Who the caller is, and what answers.", Roles)
	Dashboard       = post[Empty, DashboardResponse]("/system/dashboard", "Makes a link that signs in to the dashboard, once.", Roles, CodeConflict)
	Audit           = post[AuditRequest, AuditResponse]("/system/audit", "Who did what, when, from where, on which records.", Admins)
	Tokens          = post[Empty, TokensResponse]("/system/tokens", "Lists the tokens.", Admins)
	CreateToken     = post[TokenCreateRequest, TokenCreateResponse]("/system/tokens/create", "Makes a token; its secret is shown this once.", Admins, CodeConflict)
	RevokeToken     = post[TokenRevokeRequest, TokenRevokeResponse]("/system/tokens/revoke", "Ends a token.", Admins, CodeNotFound)
	Backup          = download[Empty]("/system/backup", "Streams a consistent copy of the database file.", Admins, TypeSQLite)
	Doctor          = post[Empty, DoctorResponse]("/system/doctor", "Checks all of the database, and says what it holds.", Admins)
	Forget          = post[ForgetRequest, ForgetResponse]("/system/forget", "Takes one person out of the database, for good.", Admins, CodeNotFound)
	Merge           = post[MergeRequest, MergeResponse]("/system/merge", "Makes one person of two ids; imports follow.", Admins, CodeNotFound, CodeConflict)
	Delete          = post[DeleteRequest, DeleteResponse]("/system/delete", "Removes one record that should not be there.", Admins, CodeNotFound, CodeConflict)
	SetProfiles     = post[SetProfilesRequest, SetProfilesResponse]("/system/profiles/set", "Changes several people at once.", Admins, CodeNotFound, CodeConflict)
	Duplicates      = post[DuplicatesRequest, DuplicatesResponse]("/system/duplicates", "Proposes people who may be one.", Admins)
	Horizons        = post[HorizonRequest, HorizonResponse]("/system/horizon", "How far the records of each department reach; or says so.", Exporters)

	Health          = get[HealthResponse]("/healthz", "The program runs.", TypeJSON)
	Ready           = get[HealthResponse]("/readyz", "The database can be read and written.", TypeJSON)
	Metrics         = get[string]("/metrics", "Figures for Prometheus.", "text/plain")
	OpenAPIDocument = get[any]("/openapi.json", "This document.", TypeJSON)
)

// post declares an endpoint that takes and answers JSON; only the request of Import is a
// query string, as its body is the records.
func post[Req Request, Resp any](path, summary string, roles []string, errors ...Code) Endpoint[Req, Resp] {
	return register[Req, Resp](Route{Method: http.MethodPost, Path: path, Summary: summary, Roles: roles, Errors: errors, Types: []string{TypeJSON}})
}

// download declares an endpoint that answers with a file of one of the types.
func download[Req Request](path, summary string, roles []string, types ...string) Endpoint[Req, Download] {
	return register[Req, Download](Route{Method: http.MethodPost, Path: path, Summary: summary, Roles: roles, Types: types})
}

// get declares an endpoint for everybody, which takes no parameters.
func get[Resp any](path, summary, contentType string) Endpoint[Empty, Resp] {
	return register[Empty, Resp](Route{Method: http.MethodGet, Path: path, Summary: summary, Roles: Public, Types: []string{contentType}})
}

func register[Req Request, Resp any](r Route) Endpoint[Req, Resp] {
	r.Request, r.Response = reflect.TypeFor[Req](), reflect.TypeFor[Resp]()
	Endpoints = append(Endpoints, r)
	return Endpoint[Req, Resp]{r}
}

// HealthResponse answers Health and Ready.
type HealthResponse struct {
	Status string `json:"status" oneof:"ok,ready"`
}
