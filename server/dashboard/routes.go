package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"glow/schema"
)

// Route is one address of the dashboard: a page, a part of one, or a form.
type Route struct {
	Method string
	Path   string // as gorilla/mux takes it
	Upload bool   // brings files

	roles        []string // who may ask for it
	label        string   // in the navigation; "" is not there
	form         bool     // sends the fields of a form, of this session's pages
	limit        func(Limits) Limiter
	stream       bool // goes on for as long as somebody listens, and takes no place
	whileViewing bool // changes something, and may be asked while viewing as somebody else
	serve        func(*pageRequest) error
}

// Paths of the dashboard that others lead to.
const (
	pathSignIn      = "/sign-in"
	pathActivity    = "/"
	pathSessions    = "/sessions"
	pathProblems    = "/problems"
	pathPeople      = "/people/"
	pathData        = "/data"
	pathAccess      = "/access"
	pathResolve     = "/problems/resolve"
	pathViewAs      = "/view-as"
	pathCheck       = "/data/check"
	pathExport      = "/data/export"
	pathImports     = "/data/imports"
	pathTakeBack    = "/data/imports/take-back"
	pathDelete      = "/data/delete"
	pathDepartments = "/data/departments"
	pathDuplicates  = "/data/duplicates"
	pathMerge       = "/data/merge"
	pathPersonForm  = "/data/person"
	pathSetPeople   = "/data/people"
	pathHoldings    = "/data/holdings"
	pathHelp        = "/help"
)

// movers bring records in or take them out.
var movers = []string{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleRecorder}

// Routes lists all addresses of the dashboard, for a server to mount. Static files are
// below AssetPath beside them.
func (d *Dashboard) Routes() []Route { return d.routes }

func routes() []Route {
	return []Route{
		page(pathSignIn, schema.Public, showSignIn),
		form(pathSignIn, schema.Public, signInByToken),
		form("/sign-in/replace", schema.Roles, replaceSession).evenWhileViewing(),
		form("/sign-out", schema.Roles, signOut).evenWhileViewing(),
		form("/theme", schema.Roles, setTheme).evenWhileViewing(),

		page(pathHelp, schema.Public, showHelp),
		page(pathHelp+"/{topic}", schema.Public, showHelpTopic),

		page(pathActivity, schema.Roles, showActivity).labelled("Activity"),
		page("/usage", schema.Readers, showUsage),
		{Method: http.MethodGet, Path: "/live", roles: schema.Roles, serve: streamEvents, stream: true},
		page(pathSessions, schema.Readers, showSessions).labelled("Sessions"),
		page(pathSessions+anyID, schema.Readers, showSession),
		page("/people"+anyID, schema.Readers, showPerson),
		form(pathViewAs, schema.Admins, viewAs),
		form("/view-as/end", schema.Roles, endViewing).evenWhileViewing(),
		page(pathProblems, schema.Readers, showProblems).labelled("Problems"),
		form(pathResolve, schema.Reporters, resolveProblems),

		page(pathData, movers, showData).labelled("Data"),
		page(pathHoldings, schema.Admins, showHoldings),
		{Method: http.MethodPost, Path: pathCheck, roles: schema.Recorders, serve: checkImport, Upload: true, limit: uploads},
		page(pathTemplate, schema.Recorders, sendTemplate),
		form("/data/mapped", schema.Recorders, tryMapping).limitedBy(uploads),
		form("/data/again", schema.Recorders, checkAgain).limitedBy(uploads),
		form("/data/import", schema.Recorders, importChecked).limitedBy(uploads),
		form(pathExport, schema.Exporters, exportFile).limitedBy(downloads),
		form("/data/refresh", schema.Admins, refreshNow),
		form("/data/mappings/delete", schema.Admins, deleteMapping),
		page(pathImports, schema.Admins, showImports),
		page(pathImports+anyID, schema.Admins, showPastImport),
		form(pathTakeBack, schema.Admins, takeBackImport).limitedBy(uploads),
		page(pathPersonForm, schema.Admins, showPersonForm),
		form(pathPersonForm, schema.Admins, putPerson),
		page(pathSetPeople, schema.Admins, showPeople),
		form(pathSetPeople, schema.Admins, setPeople),
		page(pathDuplicates, schema.Admins, showDuplicates),
		form(pathMerge, schema.Admins, mergePeople),
		page(pathDepartments, schema.Admins, showDepartments),
		form(pathDepartments, schema.Admins, putDepartment),
		form(pathDelete, schema.Admins, deleteRecord),
		form("/data/terms", schema.Admins, putTerm),
		form("/data/horizon", schema.Exporters, setHorizon),

		page(pathAccess, schema.Admins, showAccess).labelled("Access"),
		form("/access/create", schema.Admins, createToken),
		form("/access/revoke", schema.Admins, revokeToken),
	}
}

// page makes a route of a page, or of a part of one.
func page(path string, roles []string, serve func(*pageRequest) error) Route {
	return Route{Method: http.MethodGet, Path: path, roles: roles, serve: serve, limit: requests}
}

// form makes a route of a form that changes something.
func form(path string, roles []string, serve func(*pageRequest) error) Route {
	return Route{Method: http.MethodPost, Path: path, roles: roles, serve: serve, form: true, limit: requests}
}

func (rt Route) labelled(label string) Route { rt.label = label; return rt }

func (rt Route) limitedBy(limit func(Limits) Limiter) Route { rt.limit = limit; return rt }

func (rt Route) evenWhileViewing() Route { rt.whileViewing = true; return rt }

func requests(l Limits) Limiter  { return l.Requests }
func uploads(l Limits) Limiter   { return l.Uploads }
func downloads(l Limits) Limiter { return l.Downloads }

// anyID ends the path of a page about one thing. An id may have any characters.
const anyID = "/{id:.+}"

// mayAsk reports whether the caller may ask for the route of a path.
func (p *pageRequest) mayAsk(path string) bool {
	at := slices.IndexFunc(p.d.routes, func(rt Route) bool { return rt.Path == path })
	return p.d.routes[at].allows(p.caller.Role)
}

// allows reports whether a role may ask for the route.
func (rt Route) allows(role string) bool {
	return slices.Contains(rt.roles, schema.Anyone) || slices.Contains(rt.roles, role)
}

// navigation lists the pages that the caller may ask for.
func (p *pageRequest) navigation() (links []navLink) {
	for _, rt := range p.d.routes {
		// The first page leads a recorder, who has nothing else, to the data.
		if rt.label == "" || !rt.allows(p.caller.Role) || rt.Path == pathActivity && !p.mayAsk(pathSessions) {
			continue
		}
		here := p.URL.Path == rt.Path || rt.Path != pathActivity && strings.HasPrefix(p.URL.Path, rt.Path+"/")
		links = append(links, navLink{Label: rt.label, Path: rt.Path, Current: here})
	}
	return links
}
