package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
)

// route is one line of the route table.
type route struct {
	method, path string
	who          audience
	serve        func(*Server, *reply, *http.Request, schema.Caller) error
}

// audience are the roles that may ask for a route; nobody by default.
type audience []string

// everyone in an audience means those without a token too.
const everyone = "everyone"

// routes is the table of all there is to ask. Whose rows a caller sees is the
// store's to know, by the caller's scope.
func (s *Server) routes() []route {
	var (
		st     = s.store
		public = audience{everyone}
		holder = audience(schema.Roles)
		admin  = audience{schema.RoleAdmin}
		report = audience{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleTA}
		read   = audience{schema.RoleAdmin, schema.RoleCoordinator, schema.RoleViewer, schema.RoleTA}
		export = audience{schema.RoleAdmin, schema.RoleCoordinator}
		record = audience{schema.RoleAdmin, schema.RoleRecorder}
	)
	return []route{
		call(schema.Activity, read, scoped(st.Activity)),
		call(schema.Sessions, read, scoped(st.Sessions)),
		call(schema.Session, read, scoped(st.Session)),
		call(schema.Problems, read, scoped(st.Problems)),
		call(schema.ReportProblem, report, st.ReportProblem),
		call(schema.Resolve, report, st.Resolve),
		call(schema.ResolveActivity, report, st.Resolve),
		call(schema.Refresh, admin, s.refresh),
		call(schema.Context, holder, s.context),
		call(schema.Audit, admin, unscoped(st.AuditList)),
		call(schema.Doctor, admin, func(ctx context.Context, _ schema.Caller, _ schema.Empty) (schema.DoctorResponse, error) {
			return st.Doctor(ctx)
		}),
		call(schema.Tokens, admin, func(ctx context.Context, _ schema.Caller, _ schema.Empty) (schema.TokensResponse, error) {
			return st.Tokens(ctx)
		}),
		call(schema.CreateToken, admin, st.CreateToken),
		call(schema.RevokeToken, admin, st.RevokeToken),
		download(schema.Export, export, s.export),
		download(schema.Backup, admin, s.backup),
		{schema.Import.Method, schema.Import.Path, record, (*Server).takeIn},

		{http.MethodGet, schema.PathHealth, public, (*Server).health},
		{http.MethodGet, schema.PathReady, public, (*Server).readyz},
		{http.MethodGet, schema.PathMetrics, public, (*Server).showMetrics},
		{http.MethodGet, schema.PathOpenAPI, public, (*Server).showOpenAPI},
		{http.MethodGet, "/", public, (*Server).showPage},
		{http.MethodGet, pageStylePath, public, (*Server).showStyle},
	}
}

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
	router.NotFoundHandler = s.refuse(func(http.ResponseWriter, *http.Request) error {
		return schema.Errorf(schema.CodeNotFound, "there is no such route; GET %s lists all of them", schema.PathOpenAPI)
	})
	router.MethodNotAllowedHandler = s.refuse(func(w http.ResponseWriter, r *http.Request) error {
		allowed := strings.Join(methods[r.URL.Path], ", ")
		w.Header().Set("Allow", allowed)
		return schema.Errorf(schema.CodeMethod, "this route is asked by %s", allowed)
	})
	return router
}

// handler does for every route what must not be forgotten for any.
func (s *Server) handler(rt route) http.Handler {
	return http.HandlerFunc(func(hw http.ResponseWriter, r *http.Request) {
		w := hw.(*reply) // see ServeHTTP
		w.route = rt.path
		if err := s.answer(rt, w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *Server) answer(rt route, w *reply, r *http.Request) error {
	if slices.Contains(rt.who, everyone) {
		return rt.serve(s, w, r, schema.Caller{})
	}
	caller, err := s.authenticate(w, r)
	if err != nil {
		return err
	}
	w.role = caller.Role
	if !slices.Contains(rt.who, caller.Role) {
		return schema.Errorf(schema.CodeForbidden, "a token with the role %s may not ask for %s", caller.Role, rt.path)
	}
	return rt.serve(s, w, r, caller)
}

// refuse makes a handler of an error.
func (s *Server) refuse(reason func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w.(*reply), r, reason(w, r))
	})
}
