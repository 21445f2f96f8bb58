package server

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/dashboard"
)

// Who may ask for what. A route without a row here fails the test.
var matrix = map[string]struct {
	body    string
	allowed string // roles, or everyone
}{
	"POST /system/activity":          {`{}`, "admin coordinator viewer ta"},
	"POST /system/sessions":          {`{}`, "admin coordinator viewer ta"},
	"POST /system/session":           {`{"session_id":"s-ann"}`, "admin coordinator viewer ta"},
	"POST /system/problems":          {`{}`, "admin coordinator viewer ta"},
	"POST /system/problem":           {`{"type":"bug","message":"m","profile_id":"ann"}`, "admin coordinator ta"},
	"POST /system/resolve":           {`{"problem_id":"p-ann"}`, "admin coordinator ta"},
	"POST /activity/resolve":         {`{"problem_id":"p-ann"}`, "admin coordinator ta"},
	"POST /system/refresh":           {`{}`, "admin"},
	"POST /system/export":            {`{}`, "admin coordinator"},
	"POST /system/import":            {`{"kind":"department","id":"cs","name":"Computing"}`, "admin recorder"},
	"POST /system/import/look":       {`{"kind":"department","id":"cs","name":"Computing"}`, "admin recorder"},
	"POST /system/mappings":          {`{}`, "admin"},
	"POST /system/context":           {``, "admin coordinator viewer ta recorder"},
	"POST /system/dashboard":         {``, "admin coordinator viewer ta recorder"},
	"POST /system/audit":             {`{}`, "admin"},
	"POST /system/tokens":            {`{}`, "admin"},
	"POST /system/tokens/create":     {`{"name":"%s","role":"recorder"}`, "admin"},
	"POST /system/tokens/revoke":     {`{"name":"spare"}`, "admin"},
	"POST /system/backup":            {`{}`, "admin"},
	"POST /system/doctor":            {`{}`, "admin"},
	"POST /system/forget":            {`{"profile_id":"%s"}`, "admin"},
	"POST /system/merge":             {`{"from":"bob","into":"ann","dry_run":true}`, "admin"},
	"POST /system/delete":            {`{"kind":"session","id":"s-bob","dry_run":true}`, "admin"},
	"POST /system/profiles/set":      {`{"profile_ids":["ann"],"active":true,"dry_run":true}`, "admin"},
	"POST /system/imports":           {`{}`, "admin"},
	"POST /system/imports/take-back": {`{"import_id":"IMPORT","dry_run":true}`, "admin"},
	"POST /system/duplicates":        {`{}`, "admin"},
	"POST /system/horizon":           {`{"covers_until":"2020-01-01"}`, "admin coordinator"},
	"GET /healthz":                   {``, everyone},
	"GET /readyz":                    {``, everyone},
	"GET /metrics":                   {``, everyone},
	"GET /openapi.json":              {``, everyone},
}

func TestEveryRouteForEveryRole(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"spare","role":"recorder"}`))
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"profile","id":"new-admin","name":"Whom to forget"}`))
	var spare schema.ImportResponse
	in.decode(in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"department","id":"spare","name":"Spare"}`), &spare)
	in.tokens["stranger"] = "not-a-token-of-anybody"
	rows := 0
	for _, rt := range in.server.routes() {
		if rt.path == dashboard.AssetPath+"{name}" { // see TestEveryPageForEveryRole
			continue
		}
		row, ok := matrix[rt.method+" "+rt.path]
		if !ok {
			t.Errorf("%s %s: add a row to the matrix that says who may ask for it", rt.method, rt.path)
			continue
		}
		rows++
		in.server.throttle.mu.Lock() // there are more routes than wrong tokens that one address may try
		clear(in.server.throttle.from)
		in.server.throttle.mu.Unlock()
		for _, role := range append([]string{"", "stranger"}, schema.Roles...) {
			body := strings.ReplaceAll(row.body, "IMPORT", spare.ImportID)
			if strings.Contains(body, "%s") {
				body = fmt.Sprintf(body, "new-"+role)
			}
			want := http.StatusForbidden
			switch {
			case row.allowed == everyone || slices.Contains(strings.Fields(row.allowed), role):
				want = http.StatusOK
			case !slices.Contains(schema.Roles, role):
				want = http.StatusUnauthorized
			}
			a := in.ask(role, rt.method, rt.path, schema.TypeJSON, body)
			if a.StatusCode != want {
				t.Errorf("%s %s as %q: status %d, want %d: %.200s", rt.method, rt.path, role, a.StatusCode, want, a.body)
			}
			if want == http.StatusUnauthorized && a.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s as %q: no WWW-Authenticate", rt.method, rt.path, role)
			}
		}
	}
	if rows != len(matrix) {
		t.Errorf("the matrix has %d rows, of which %d are routes", len(matrix), rows)
	}
}

func TestEveryEndpointHasAHandler(t *testing.T) {
	routes := newInstance(t, Options{}).server.routes()
	for _, e := range schema.Endpoints {
		if !slices.ContainsFunc(routes, func(rt route) bool { return rt.method == e.Method && rt.path == e.Path }) {
			t.Errorf("%s %s is declared in schema/endpoint.go and has no handler: add one to Server.routes", e.Method, e.Path)
		}
	}
}

func TestRowsOutsideOnesScopeAreNotThere(t *testing.T) {
	in := withPeople(t, Options{})
	for _, c := range []struct {
		role, path, body string
		want             int
	}{
		{schema.RoleCoordinator, "/system/session", `{"session_id":"s-bob"}`, 404},
		{schema.RoleViewer, "/system/session", `{"session_id":"s-bob"}`, 404},
		{schema.RoleTA, "/system/session", `{"session_id":"s-bob"}`, 404},
		{schema.RoleCoordinator, "/system/resolve", `{"problem_id":"p-bob"}`, 404},
		{schema.RoleTA, "/activity/resolve", `{"problem_id":"p-bob"}`, 404},
		{schema.RoleCoordinator, "/system/problem", `{"type":"a","message":"b","profile_id":"bob"}`, 404},
		{schema.RoleTA, "/system/problem", `{"type":"a","message":"b","session_id":"s-bob"}`, 404},
		{schema.RoleCoordinator, "/system/activity", `{"department_ids":["ma"]}`, 403},
		{schema.RoleViewer, "/system/sessions", `{"department_ids":["ma"]}`, 403},
		{schema.RoleCoordinator, "/system/export", `{"department_ids":["ma"]}`, 403},
		{schema.RoleTA, "/system/problems", `{"department_ids":["ma"]}`, 403},
		{schema.RoleAdmin, "/system/problems", `{"department_ids":["none"]}`, 422},
	} {
		in.refusal(c.want, in.post(c.role, c.path, c.body))
	}
}

// withoutPeople are the endpoints that name no person or department to anybody, so that
// nothing can be seen in their answers of a scope that was not applied.
var withoutPeople = []string{schema.Context.Path, schema.Dashboard.Path}

// Whoever adds an endpoint for a role with a scope must apply that scope: nothing of Bob
// or of Mathematics may be in what the tokens of Computing, or of Ann, are answered.
func TestEveryEndpointAppliesTheScopeOfItsCaller(t *testing.T) {
	for _, e := range schema.Endpoints {
		row := matrix[e.Method+" "+e.Path]
		others := strings.NewReplacer("s-ann", "s-bob", "p-ann", "p-bob", `"ann"`, `"bob"`).Replace(row.body)
		for _, role := range []string{schema.RoleCoordinator, schema.RoleViewer, schema.RoleTA} {
			if !slices.Contains(e.Roles, role) || slices.Contains(withoutPeople, e.Path) {
				continue
			}
			t.Run(role+e.Path, func(t *testing.T) {
				in := withPeople(t, Options{}) // a new one, as some change what is there
				if a := in.want(http.StatusOK, in.post(role, e.Path, row.body)); namesOthers(t, a) {
					t.Errorf("the answer tells of somebody else: %s", a.body)
				}
				if others != row.body {
					in.refusal(http.StatusNotFound, in.post(role, e.Path, others))
				} else if !namesOthers(t, in.want(http.StatusOK, in.post(schema.RoleAdmin, e.Path, row.body))) {
					t.Errorf("even an admin is not told of Bob or Mathematics: give the matrix a body that asks for them")
				}
			})
		}
	}
}

// namesOthers reports whether an answer, or a file of the ZIP that it is, tells of
// Bob or of Mathematics.
func namesOthers(t *testing.T, a answer) bool {
	t.Helper()
	text := a.body
	if a.Header.Get("Content-Type") == schema.TypeZIP {
		z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		text = ""
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			text += string(content)
		}
	}
	return slices.ContainsFunc([]string{"bob", "Bob", `"ma"`, ",ma", "Mathematics"}, func(s string) bool { return strings.Contains(text, s) })
}

func TestOnlyTheExactPathIsARoute(t *testing.T) {
	in := newInstance(t, Options{})
	for _, path := range []string{
		"//system/activity", "/system//activity", "/system/../system/tokens", "/system/./tokens", "/system/tokens/",
		"/System/Activity", "/system/activity/x", "/system", "/favicon.ico", "/healthz/", "/system/activity%2f", "/%2e%2e/system/tokens",
	} {
		for _, role := range []string{"", schema.RoleAdmin} {
			in.refusal(http.StatusNotFound, in.ask(role, "POST", path, schema.TypeJSON, `{}`))
		}
	}
}

func TestAnotherMethodIsRefusedAndTheRightOneNamed(t *testing.T) {
	in := newInstance(t, Options{})
	for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		a := in.ask(schema.RoleAdmin, method, "/system/activity", "", "")
		in.refusal(http.StatusMethodNotAllowed, a)
		if a.Header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow is %q", method, a.Header.Get("Allow"))
		}
	}
	if a := in.ask("", "POST", "/healthz", "", ""); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /healthz: %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
	in.want(http.StatusOK, in.ask("", "HEAD", "/healthz", "", ""))
}

func TestOnlyItsOwnNamesReachTheInstance(t *testing.T) {
	in := newInstance(t, Options{Hosts: []string{"Glow.example.org", "10.0.0.7:8000"}})
	for host, want := range map[string]int{
		"localhost": 200, "localhost:1": 200, "LOCALHOST.": 200, "127.0.0.1:8000": 200, "[::1]:8000": 200, "[::1]": 200,
		"glow.example.org": 200, "glow.example.org:443": 200, "10.0.0.7": 200,
		"evil.example": 421, "localhost.evil.example": 421, "127.0.0.2": 421, "evil.example:8000": 421, "glow.example.org.evil": 421,
	} {
		r := in.request("", "GET", "/healthz", "", "")
		r.Host = host
		if a := in.do(r); a.StatusCode != want {
			t.Errorf("Host %s: status %d, want %d", host, a.StatusCode, want)
		}
	}
}

func TestAPageOfAnotherOriginIsRefused(t *testing.T) {
	in := newInstance(t, Options{})
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := in.request(schema.RoleAdmin, "POST", "/system/context", "", "")
		r.Header.Set(name, value)
		in.refusal(http.StatusForbidden, in.do(r))
	}
	r := in.request(schema.RoleAdmin, "POST", "/system/context", "", "")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	in.want(http.StatusOK, in.do(r))
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	in := newInstance(t, Options{})
	for _, a := range []answer{
		in.ask("", "GET", "/", "", ""), in.ask("", "GET", "/nothing", "", ""), in.post("", "/system/activity", "{}"), in.post(schema.RoleAdmin, "/system/activity", "{}"),
	} {
		for name, part := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Request-Id": "-7",
		} {
			if !strings.Contains(a.Header.Get(name), part) {
				t.Errorf("%s: %s is %q", a.Request.URL.Path, name, a.Header.Get(name))
			}
		}
	}
}
