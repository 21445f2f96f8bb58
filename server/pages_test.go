package server

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/dashboard"
)

// pageRow says who may ask for a page or send a form, and what they get: by
// default a page is shown, and a form leads on to one.
type pageRow struct {
	path    string // where that of the route is a pattern
	roles   string // with :STATUS where one gets something else
	fields  []string
	prepare func(*guest) []string // fields that are known only then
	want    int
}

var everyRole = strings.Join(schema.Roles, " ")

// A route without a row here fails the test.
var pageMatrix = map[string]pageRow{
	"GET /static/{name}":           {path: "/static/app.css", roles: everyone},
	"GET /help":                    {roles: everyone},
	"GET /help/{topic}":            {path: "/help/numbers", roles: everyone},
	"GET /sign-in":                 {roles: everyone},
	"POST /sign-in":                {roles: everyone, fields: []string{"token", adminSecret}},
	"POST /sign-out":               {roles: everyRole},
	"POST /sign-in/replace":        {roles: everyRole, fields: []string{"code", "of-nobody"}},
	"POST /theme":                  {roles: everyRole, fields: []string{"theme", "dark"}},
	"GET /":                        {roles: "admin coordinator viewer ta recorder:303"},
	"GET /usage":                   {roles: "admin coordinator viewer ta"},
	"GET /live":                    {roles: everyRole},
	"GET /sessions":                {roles: "admin coordinator viewer ta"},
	"GET /sessions/{id:.+}":        {path: "/sessions/s-ann", roles: "admin coordinator viewer ta"},
	"GET /people/{id:.+}":          {path: "/people/ann", roles: "admin coordinator viewer ta"},
	"GET /problems":                {roles: "admin coordinator viewer ta"},
	"POST /problems/resolve":       {roles: "admin coordinator ta", fields: []string{"problem_id", "p-ann"}},
	"POST /view-as":                {roles: "admin", fields: []string{"profile_id", "ann"}},
	"POST /view-as/end":            {roles: everyRole},
	"GET /data":                    {roles: "admin coordinator recorder"},
	"GET /data/holdings":           {roles: "admin"},
	"GET /data/template":           {path: "/data/template?kind=profile&as=xlsx", roles: "admin recorder"},
	"POST /data/check":             {roles: "admin recorder", want: http.StatusOK},
	"POST /data/mapped":            {roles: "admin recorder", want: http.StatusOK, prepare: heldForAgain},
	"POST /data/again":             {roles: "admin recorder", want: http.StatusOK, prepare: heldForAgain},
	"POST /data/import":            {roles: "admin recorder", want: http.StatusOK, prepare: heldUpload},
	"POST /data/export":            {roles: "admin coordinator", want: http.StatusOK},
	"POST /data/refresh":           {roles: "admin"},
	"POST /data/horizon":           {roles: "admin coordinator", fields: []string{"department", "cs", "covers_until", "2020-01-01"}},
	"POST /data/mappings/delete":   {roles: "admin", fields: []string{"name", "usage"}, prepare: keptMapping},
	"GET /data/person":             {roles: "admin"},
	"POST /data/person":            {roles: "admin", fields: []string{"id", "ann", "name", "Ann"}},
	"GET /data/people":             {roles: "admin"},
	"POST /data/people":            {roles: "admin", fields: []string{"profile_id", "ann", "change", "left", "sure", "yes"}},
	"GET /data/duplicates":         {roles: "admin"},
	"POST /data/merge":             {roles: "admin", fields: []string{"from", "bob", "into", "ann"}, want: http.StatusOK},
	"GET /data/departments":        {roles: "admin"},
	"POST /data/departments":       {roles: "admin", fields: []string{"id", "cs", "name", "Computing"}},
	"POST /data/delete":            {roles: "admin", fields: []string{"kind", "session", "id", "s-bob"}, want: http.StatusOK},
	"GET /data/imports":            {roles: "admin"},
	"GET /data/imports/{id:.+}":    {path: "/data/imports/none", roles: "admin", want: http.StatusNotFound},
	"POST /data/imports/take-back": {roles: "admin", prepare: pastImport, want: http.StatusOK},
	"POST /data/terms":             {roles: "admin", fields: []string{"id", "t2", "name", "Autumn", "starts_on", "2025-09-01", "ends_on", "2025-12-31"}},
	"GET /access":                  {roles: "admin"},
	"POST /access/create":          {roles: "admin", fields: []string{"name", "another", "role", "recorder"}, want: http.StatusOK},
	"POST /access/revoke":          {roles: "admin", prepare: spareToken},
}

var heldID = regexp.MustCompile(`name="upload" value="([A-Z2-7]+)"`)

func heldUpload(g *guest) []string {
	if found := heldID.FindStringSubmatch(g.upload(nil, "departments.csv", "id,name\nnew,New\n").body); found != nil {
		return []string{"upload", found[1]}
	}
	return nil
}

func heldForAgain(g *guest) []string {
	if upload := heldUpload(g); upload != nil {
		return append(upload, "kind", schema.KindDepartment)
	}
	return nil
}

func keptMapping(g *guest) []string {
	const record = `{"kind":"mapping","id":"usage","definition":"{\"columns\":[\"Who\"],\"records\":[{\"kind\":\"profile\",\"fields\":{\"id\":\"Who\",\"name\":\"Who\"}}]}"}`
	g.in.want(http.StatusOK, g.in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, record))
	return []string{"name", "usage"}
}

func pastImport(g *guest) []string {
	var taken schema.ImportResponse
	g.in.decode(g.in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"department","id":"past","name":"Past"}`), &taken)
	return []string{"import_id", taken.ImportID}
}

func spareToken(g *guest) []string {
	var list schema.TokensResponse
	g.in.decode(g.in.post(schema.RoleAdmin, schema.Tokens.Path, ``), &list)
	at := slices.IndexFunc(list.Data, func(k schema.Token) bool { return k.Name == "spare" })
	return []string{"token_id", list.Data[at].TokenID}
}

func TestEveryPageForEveryRole(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, `{"name":"spare","role":"recorder"}`))
	rows := 0
	static := dashboard.Route{Method: http.MethodGet, Path: dashboard.AssetPath + "{name}"}
	for _, rt := range append(slices.Clone(in.server.dashboard.Routes()), static) {
		name := rt.Method + " " + rt.Path
		row, ok := pageMatrix[name]
		if !ok {
			t.Errorf("%s: no row in the matrix", name)
			continue
		}
		rows++
		for _, role := range append([]string{""}, schema.Roles...) {
			g := in.guest()
			if role != "" {
				g = in.signedIn(role)
			}
			status, to := g.try(rt, row)
			want := row.wanted(rt.Method, role)
			if status != want {
				t.Errorf("%s as %q: status %d, want %d", name, role, status, want)
			}
			if asks := strings.HasPrefix(to, pathSignIn+"?next="); asks != (role == "" && row.roles != everyone) {
				t.Errorf("%s as %q leads to %q", name, role, to)
			}
		}
	}
	if rows != len(pageMatrix) {
		t.Errorf("the matrix has %d rows, of which %d are routes", len(pageMatrix), rows)
	}
}

// wanted is the status that a role gets; "" is nobody.
func (row pageRow) wanted(method, role string) int {
	want := row.want
	switch {
	case want != 0:
	case method == http.MethodPost:
		want = http.StatusSeeOther
	default:
		want = http.StatusOK
	}
	if row.roles == everyone {
		return want
	}
	if role == "" {
		return http.StatusSeeOther
	}
	for allowed := range strings.FieldsSeq(row.roles) {
		allowed, other, _ := strings.Cut(allowed, ":")
		if allowed == role && other == "303" {
			return http.StatusSeeOther
		}
		if allowed == role {
			return want
		}
	}
	return http.StatusForbidden
}

// try asks for a page or sends a form, and returns what came of it. A stream is
// not read.
func (g *guest) try(rt dashboard.Route, row pageRow) (status int, to string) {
	g.in.t.Helper()
	path := row.path
	if path == "" {
		path = rt.Path
	}
	var a answer
	switch {
	case rt.Path == "/live":
		r := g.in.request("", http.MethodHead, path, "", "")
		a = g.do(r)
	case rt.Method == http.MethodGet:
		a = g.open(path)
	case rt.Upload:
		a = g.upload(nil, "departments.csv", "id,name\nnew,New\n")
	default:
		fields := row.fields
		if row.prepare != nil {
			fields = row.prepare(g)
		}
		a = g.send(path, fields...)
	}
	return a.StatusCode, a.Header.Get("Location")
}

// Nothing but the cookie of a visit opens a page: above all not a token.
func TestATokenInTheHeaderOpensNoPage(t *testing.T) {
	in := withPeople(t, Options{})
	for _, rt := range in.server.dashboard.Routes() {
		if pageMatrix[rt.Method+" "+rt.Path].roles == everyone {
			continue
		}
		path := pageMatrix[rt.Method+" "+rt.Path].path
		if path == "" {
			path = rt.Path
		}
		if a := in.ask(schema.RoleAdmin, rt.Method, path, "", ""); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), pathSignIn) {
			t.Errorf("%s %s: status %d", rt.Method, path, a.StatusCode)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/system/context", nil)
	for name, value := range in.signedIn(schema.RoleAdmin).cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	if in.server.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("the cookie opens the API: %d", w.Code)
	}
}
