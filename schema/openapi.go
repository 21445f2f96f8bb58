package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// The routes that answer without a token, beside the pages.
const (
	PathHealth  = "/healthz"
	PathReady   = "/readyz"
	PathMetrics = "/metrics"
	PathOpenAPI = "/openapi.json"
)

// HealthResponse answers GET /healthz and /readyz.
type HealthResponse struct {
	Status string `json:"status" oneof:"ok,ready"`
}

// OpenAPI returns the OpenAPI 3.1 document of everything that can be asked. It
// is made from the same types that requests and answers are. All of it is below a
// base path, "" for the root.
func OpenAPI(version, base string) ([]byte, error) {
	d := document{schemas: map[string]object{}}
	paths := object{}
	for _, r := range Endpoints {
		paths = paths.with(r.Path, object{{strings.ToLower(r.Method), d.endpoint(r)}})
	}
	for _, r := range publicRoutes {
		paths = paths.with(r.path, object{{"get", d.public(r)}})
	}
	responses := d.responses()
	return json.MarshalIndent(object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", "Glow"},
			{"version", version},
			{"description", "Takes in what training tools log, and answers who trains and who needs follow-up."},
		}},
		{"servers", []any{object{{"url", cmp.Or(base, "/")}}}},
		{"security", []any{object{{"token", []any{}}}}},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{{"token", object{{"type", "http"}, {"scheme", "bearer"}}}}},
			{"responses", responses},
			{"schemas", d.schemas},
		}},
	}, "", "  ")
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) with(name string, value any) object { return append(o, member{name, value}) }

// MarshalJSON writes the members as they stand.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

type publicRoute struct {
	path, summary, contentType string
}

var publicRoutes = []publicRoute{
	{PathHealth, "The program runs.", TypeJSON},
	{PathReady, "The database can be read and written.", TypeJSON},
	{PathMetrics, "Figures for Prometheus.", "text/plain"},
	{PathOpenAPI, "This document.", TypeJSON},
	{"/", "The dashboard.", "text/html"},
}

func (d *document) public(r publicRoute) object {
	var answer any = object{}
	switch {
	case r.path == PathHealth || r.path == PathReady:
		answer = d.ref(typeOf[HealthResponse](), false)
	case r.contentType != TypeJSON:
		answer = object{{"type", "string"}}
	}
	responses := object{{"200", object{
		{"description", r.summary},
		{"content", object{{r.contentType, object{{"schema", answer}}}}},
	}}}
	if r.path == "/" {
		responses = responses.with("303", object{{"description", "Leads to the page that signs in."}})
	}
	return object{
		{"operationId", operationID(r.path)},
		{"summary", r.summary},
		{"security", []any{}},
		{"responses", refusals(responses, CodeMisdirected, CodeInternal, CodeUnavailable, CodeNoSpace)},
	}
}

func operationID(path string) string {
	if path == "/" {
		return "page"
	}
	return strings.NewReplacer("/", "_", ".", "_").Replace(strings.Trim(path, "/"))
}

// endpoint describes one route that needs a token.
func (d *document) endpoint(r Route) object {
	op := object{{"operationId", operationID(r.Path)}, {"summary", r.Summary}}
	if r.Request == typeOf[ImportQuery]() {
		op = op.with("parameters", d.parameters(r.Request)).with("requestBody", d.importBody())
	} else {
		op = op.with("requestBody", object{
			{"description", "Nothing means an empty object."},
			{"required", len(d.required(r.Request)) > 0},
			{"content", object{{TypeJSON, object{{"schema", d.ref(r.Request, true)}}}}},
		})
	}
	codes := []Code{CodeMalformed, CodeUnauthorized, CodeForbidden, CodeTooLarge, CodeMediaType, CodeMisdirected,
		CodeInvalid, CodeTooMany, CodeInternal, CodeUnavailable, CodeNoSpace}
	if slices.Contains([]string{Session.Path, ReportProblem.Path, Resolve.Path, ResolveActivity.Path, RevokeToken.Path, Forget.Path}, r.Path) {
		codes = append(codes, CodeNotFound)
	}
	if slices.Contains([]string{ReportProblem.Path, CreateToken.Path, Dashboard.Path}, r.Path) {
		codes = append(codes, CodeConflict)
	}
	return op.with("responses", refusals(object{{"200", object{{"description", r.Summary}, {"content", d.content(r)}}}}, codes...))
}

// content describes the answer of an endpoint.
func (d *document) content(r Route) object {
	file := object{{"schema", object{{"type", "string"}, {"format", "binary"}}}}
	switch r.Path {
	case Export.Path:
		return object{{TypeZIP, file}, {TypeCSV, object{{"schema", object{{"type", "string"}}}}}}
	case Backup.Path:
		return object{{TypeSQLite, file}}
	}
	return object{{TypeJSON, object{{"schema", d.ref(r.Response, false)}}}}
}

func refusals(responses object, codes ...Code) object {
	for _, r := range Refusals {
		if slices.Contains(codes, r.Code) {
			responses = responses.with(itoa(r.Status), object{{"$ref", "#/components/responses/" + string(r.Code)}})
		}
	}
	return responses
}

// responses describes every refusal.
func (d *document) responses() object {
	var all object
	for _, r := range Refusals {
		body := d.ref(typeOf[ErrorResponse](), false)
		if r.Code == CodeInvalid {
			body = object{{"anyOf", []any{body, d.ref(typeOf[ImportErrorResponse](), false)}}}
		}
		all = all.with(string(r.Code), object{
			{"description", r.Title + "."},
			{"content", object{{TypeProblem, object{{"schema", body}}}}},
		})
	}
	return all
}
