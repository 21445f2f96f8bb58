package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
	"glow/server/dashboard"
)

// route is one line of the route table.
type route struct {
	method, path string
	who          audience
	serve        func(*Server, *reply, *http.Request, schema.Caller) error
	upload       bool // brings files
}

// audience are the roles that may ask for a route; nobody by default.
type audience []string

// everyone in an audience means those without a token too.
const everyone = schema.Anyone

// routes is the table of all there is to ask. Whose rows a caller sees is the
// store's to know, by the caller's scope.
func (s *Server) routes() []route {
	st := s.store
	return []route{
		call(schema.Activity, scoped(st.Activity)),
		call(schema.Sessions, scoped(st.Sessions)),
		call(schema.Session, scoped(st.Session)),
		call(schema.Problems, scoped(st.Problems)),
		call(schema.ReportProblem, st.ReportProblem),
		call(schema.Resolve, st.Resolve),
		call(schema.ResolveActivity, st.Resolve),
		call(schema.Refresh, s.refresh),
		call(schema.Context, s.context),
		call(schema.Dashboard, s.dashboard.SignInLink),
		call(schema.Audit, unscoped(st.AuditList)),
		call(schema.Doctor, withoutRequest(s.doctor)),
		call(schema.Tokens, withoutRequest(st.Tokens)),
		call(schema.CreateToken, st.CreateToken),
		call(schema.RevokeToken, st.RevokeToken),
		call(schema.Forget, st.Forget),
		call(schema.Merge, st.Merge),
		call(schema.Delete, st.Delete),
		call(schema.SetProfiles, st.SetProfiles),
		call(schema.Duplicates, unscoped(st.Duplicates)),
		call(schema.Horizons, st.SetHorizon),
		download(schema.Export, s.export),
		download(schema.Backup, s.backup),
		withFiles(endpoint(schema.Import.Route, (*Server).takeIn)),
		withFiles(endpoint(schema.Look.Route, (*Server).look)),
		call(schema.Imports, withoutRequest(s.imports)),
		call(schema.TakeBack, s.takeBack),
		call(schema.Mappings, withoutRequest(s.mappings)),

		endpoint(schema.Health.Route, (*Server).health),
		endpoint(schema.Ready.Route, (*Server).readyz),
		endpoint(schema.Metrics.Route, (*Server).showMetrics),
		endpoint(schema.OpenAPIDocument.Route, (*Server).showOpenAPI),
		{method: http.MethodGet, path: dashboard.AssetPath + "{name}", who: schema.Public, serve: (*Server).showAsset},
	}
}

func withFiles(rt route) route { rt.upload = true; return rt }

// newRouter makes the handler of the table. Paths are taken as they are: one
// that only resembles a route is none.
func (s *Server) newRouter() http.Handler {
	router := mux.NewRouter().SkipClean(true)
	methods := map[string][]string{}
	for _, rt := range append(s.routes(), s.pageRoutes()...) {
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
		if dashboard.WantsPage(r) {
			return schema.Errorf(schema.CodeNotFound, "no page has this address; it may have been mistyped")
		}
		return schema.Errorf(schema.CodeNotFound, "there is no such route; GET %s lists all of them", s.path(schema.OpenAPIDocument.Path))
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
		w.route = rt.path
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
		if caller, err = s.authenticate(w, r); err != nil {
			return err
		}
		w.role = caller.Role
		if !slices.Contains(rt.who, caller.Role) {
			return schema.Errorf(schema.CodeForbidden, "a token with the role %s may not ask for %s", caller.Role, s.path(rt.path))
		}
	}
	return rt.serve(s, w, r, caller)
}

// refuse makes a handler of an error.
func (s *Server) refuse(reason func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := w.(*reply)
		if err := reason(w, r); dashboard.WantsPage(r) {
			s.dashboard.ServeError(w, r, err)
		} else {
			s.fail(answer, r, err)
		}
	})
}
