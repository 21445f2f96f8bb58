package schema

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// OpenAPI returns the OpenAPI 3.1 document of everything that can be asked. It
// is made from the same types that requests and answers are. All of it is below a
// base path, "" for the root.
func OpenAPI(version, base string) ([]byte, error) {
	d := document{schemas: map[string]object{}}
	paths := object{}
	for _, r := range append(slices.Clip(Endpoints), pages) {
		paths = paths.with(r.Path, object{{strings.ToLower(r.Method), d.operation(r)}})
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

// pages stands for all of the dashboard: what its pages look like is no contract.
var pages = Route{
	Method: http.MethodGet, Path: "/", Summary: "The dashboard.", Roles: []string{Anyone},
	Types: []string{"text/html"}, Response: typeOf[string](),
}

// Codes of every route, and of those that read a request and know the caller by a token.
var (
	codesOfAll     = []Code{CodeMisdirected, CodeInternal, CodeUnavailable, CodeNoSpace}
	codesWithToken = []Code{CodeMalformed, CodeUnauthorized, CodeForbidden, CodeTooLarge, CodeMediaType, CodeInvalid, CodeTooMany}
)

// operation describes one route.
func (d *document) operation(r Route) object {
	op := object{{"operationId", operationID(r.Path)}, {"summary", r.Summary}}
	codes := slices.Concat(codesOfAll, r.Errors)
	switch {
	case r.Public():
		op = op.with("security", []any{})
	case r.Request == typeOf[ImportQuery](): // of an import, or of a look at what it would be
		op = op.with("parameters", d.parameters(r.Request)).with("requestBody", d.importBody())
	default:
		op = op.with("requestBody", object{
			{"description", "Nothing means an empty object."},
			{"required", len(d.required(r.Request)) > 0},
			{"content", object{{TypeJSON, object{{"schema", d.ref(r.Request, true)}}}}},
		})
	}
	if !r.Public() {
		codes = append(codes, codesWithToken...)
	}
	answers := object{{"200", object{{"description", r.Summary}, {"content", d.content(r)}}}}
	if r.Path == pages.Path {
		answers = answers.with("303", object{{"description", "Leads to the page that signs in."}})
	}
	return op.with("responses", refusals(answers, codes...))
}

func operationID(path string) string {
	if path == pages.Path {
		return "page"
	}
	return strings.NewReplacer("/", "_", ".", "_").Replace(strings.Trim(path, "/"))
}

// content describes the answer of a route.
func (d *document) content(r Route) (content object) {
	for _, contentType := range r.Types {
		s := d.schema(r.Response, false)
		if r.Response == typeOf[Download]() && !strings.HasPrefix(contentType, "text/") {
			s = s.with("format", "binary")
		}
		content = content.with(contentType, object{{"schema", s}})
	}
	return content
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
