package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
	"glow/server/web"
)

// route is one line of the route table.
type route struct {
	method, path string
	who          audience
	serve        func(*Server, *reply, *http.Request, schema.Caller) error

	// A route of the dashboard has this in the place of serve: its callers have a
	// cookie, not a token.
	page         func(*pageRequest) error
	form         bool                    // sends the fields of a form, of this visit's pages
	limit        func(*Server) semaphore // of those like it that are served at once; nil: of all requests
	upload       bool                    // brings files
	stream       bool                    // goes on for as long as somebody listens
	whileViewing bool                    // changes something, and may be asked while looking as somebody else
}

// audience are the roles that may ask for a route; nobody by default.
type audience []string

// everyone in an audience means those without a token too.
const everyone = "everyone"

// Audiences of more than one route.
var (
	public    = audience{everyone}
	holders   = audience(schema.Roles)
	admins    = audience{schema.RoleAdmin}
	readers   = audience{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleViewer, schema.RoleTA}
	reporters = audience{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleTA}
	exporters = audience{schema.RoleAdmin, schema.RoleCoordinator}
	recorders = audience{schema.RoleAdmin, schema.RoleRecorder}
	movers    = audience{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleRecorder}
)

// routes is the table of all there is to ask. Whose rows a caller sees is the
// store's to know, by the caller's scope.
func (s *Server) routes() []route {
	st := s.store
	return []route{
		call(schema.Activity, readers, scoped(st.Activity)),
		call(schema.Sessions, readers, scoped(st.Sessions)),
		call(schema.Session, readers, scoped(st.Session)),
		call(schema.Problems, readers, scoped(st.Problems)),
		call(schema.ReportProblem, reporters, st.ReportProblem),
		call(schema.Resolve, reporters, st.Resolve),
		call(schema.ResolveActivity, reporters, st.Resolve),
		call(schema.Refresh, admins, s.refresh),
		call(schema.Context, holders, s.context),
		call(schema.Dashboard, holders, s.signInLink),
		call(schema.Audit, admins, unscoped(st.AuditList)),
		call(schema.Doctor, admins, func(ctx context.Context, _ schema.Caller, _ schema.Empty) (schema.DoctorResponse, error) {
			return st.Doctor(ctx)
		}),
		call(schema.Tokens, admins, func(ctx context.Context, _ schema.Caller, _ schema.Empty) (schema.TokensResponse, error) {
			return st.Tokens(ctx)
		}),
		call(schema.CreateToken, admins, st.CreateToken),
		call(schema.RevokeToken, admins, st.RevokeToken),
		call(schema.Forget, admins, st.Forget),
		call(schema.Horizons, exporters, st.SetHorizon),
		download(schema.Export, exporters, s.export),
		download(schema.Backup, admins, s.backup),
		{method: schema.Import.Method, path: schema.Import.Path, who: recorders, serve: (*Server).takeIn, upload: true},

		{method: http.MethodGet, path: schema.PathHealth, who: public, serve: (*Server).health},
		{method: http.MethodGet, path: schema.PathReady, who: public, serve: (*Server).readyz},
		{method: http.MethodGet, path: schema.PathMetrics, who: public, serve: (*Server).showMetrics},
		{method: http.MethodGet, path: schema.PathOpenAPI, who: public, serve: (*Server).showOpenAPI},
		{method: http.MethodGet, path: web.AssetPath + "{name}", who: public, serve: (*Server).showAsset},

		page(pathHelp, public, helpPage),
		page(pathHelp+"/{topic}", public, helpTopic),
		page(pathSignIn, public, signInPage),
		form(pathSignIn, public, takeToken),
		whileViewing(form("/sign-in/replace", holders, replaceVisit)),
		whileViewing(form("/sign-out", holders, signOut)),
		whileViewing(form("/theme", holders, setTheme)),
		page(pathActivity, holders, activityPage),
		page("/usage", readers, usagePart),
		stream("/live", holders, liveNews),
		page(pathSessions, readers, sessionsPage),
		page(pathSessions+anyID, readers, sessionPage),
		page("/people"+anyID, readers, personPage),
		form("/view-as", admins, viewAs),
		whileViewing(form("/view-as/end", holders, endViewing)),
		page(pathProblems, readers, problemsPage),
		form("/problems/resolve", reporters, resolveProblems),
		page(pathData, movers, showData),
		page("/data/holdings", admins, holdingsPart),
		uploading(route{method: http.MethodPost, path: "/data/check", who: recorders, page: checkImport, upload: true}),
		uploading(form("/data/import", recorders, takeImport)),
		downloading(form("/data/export", exporters, exportFile)),
		form("/data/refresh", admins, refreshNow),
		form("/data/terms", admins, putTerm),
		form("/data/horizon", exporters, sayHorizon),
		page(pathAccess, admins, showAccess),
		form("/access/create", admins, createToken),
		form("/access/revoke", admins, revokeToken),
	}
}

// page makes a route of a page, or of a part of one.
func page(path string, who audience, serve func(*pageRequest) error) route {
	return route{method: http.MethodGet, path: path, who: who, page: serve}
}

// form makes a route of a form that changes something.
func form(path string, who audience, serve func(*pageRequest) error) route {
	return route{method: http.MethodPost, path: path, who: who, page: serve, form: true}
}

func stream(path string, who audience, serve func(*pageRequest) error) route {
	return route{method: http.MethodGet, path: path, who: who, page: serve, stream: true}
}

func uploading(rt route) route {
	rt.limit = func(s *Server) semaphore { return s.uploads }
	return rt
}

func downloading(rt route) route {
	rt.limit = func(s *Server) semaphore { return s.downloads }
	return rt
}

func whileViewing(rt route) route { rt.whileViewing = true; return rt }

// anyID ends the path of a page about one thing. An id may have any characters.
const anyID = "/{id:.+}"

// newRouter makes the handler of the table. Paths are taken as they are: one
// that only resembles a route is none.
func (s *Server) newRouter() http.Handler {
	router := mux.NewRouter().SkipClean(true)
	methods := map[string][]string{}
	for _, rt := range s.routes() {
		allowed := []string{rt.method}
		if rt.method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
		methods[rt.path] = append(methods[rt.path], allowed...)
		router.Handle(rt.path, s.handler(rt)).Methods(allowed...)
	}
	router.NotFoundHandler = s.nowhere()
	router.MethodNotAllowedHandler = s.refuse(func(w http.ResponseWriter, r *http.Request) error {
		allowed := strings.Join(methods[pathOf(methods, r.URL.Path)], ", ")
		w.Header().Set("Allow", allowed)
		return schema.Errorf(schema.CodeMethod, "this route is asked by %s", allowed)
	})
	return router
}

// nowhere answers for what is no route.
func (s *Server) nowhere() http.Handler {
	return s.refuse(func(_ http.ResponseWriter, r *http.Request) error {
		if wantsPage(r) {
			return schema.Errorf(schema.CodeNotFound, "no page has this address; it may have been mistyped")
		}
		return schema.Errorf(schema.CodeNotFound, "there is no such route; GET %s lists all of them", s.path(schema.PathOpenAPI))
	})
}

// pathOf returns the path of the route that a request's path is of.
func pathOf(routes map[string][]string, path string) string {
	if _, ok := routes[path]; ok {
		return path
	}
	for p := range routes {
		if stem, _, ok := strings.Cut(p, "{"); ok && strings.HasPrefix(path, stem) {
			return p
		}
	}
	return ""
}

// handler does for every route what must not be forgotten for any.
func (s *Server) handler(rt route) http.Handler {
	return http.HandlerFunc(func(hw http.ResponseWriter, r *http.Request) {
		w := hw.(*reply) // see ServeHTTP
		w.route, w.page = rt.path, rt.page != nil
		if err := s.answer(rt, w, r); err != nil {
			s.fail(w, r, err)
		}
		if rt.upload && !w.read {
			w.drain(r.Body)
		}
	})
}

func (s *Server) answer(rt route, w *reply, r *http.Request) (err error) {
	var caller schema.Caller
	if !slices.Contains(rt.who, everyone) {
		if caller, err = s.caller(rt, w, r); err != nil {
			return err
		}
		w.role = caller.Role
		if !slices.Contains(rt.who, caller.Role) {
			what := s.path(rt.path)
			if rt.page != nil {
				what = "this page"
			}
			return schema.Errorf(schema.CodeForbidden, "a token with the role %s may not ask for %s", caller.Role, what)
		}
	}
	if rt.page != nil {
		return s.servePage(rt, w, r, caller)
	}
	return rt.serve(s, w, r, caller)
}

func (s *Server) caller(rt route, w *reply, r *http.Request) (schema.Caller, error) {
	if rt.page != nil {
		return s.pageCaller(rt, w, r)
	}
	return s.authenticate(w, r)
}

// refuse makes a handler of an error.
func (s *Server) refuse(reason func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := w.(*reply)
		if answer.page = wantsPage(r); answer.page {
			_, _ = s.pageCaller(route{}, answer, r) // whoever it is, they keep their way back
		}
		s.fail(answer, r, reason(w, r))
	})
}
