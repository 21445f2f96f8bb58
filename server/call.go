package server

import (
	"context"
	"net/http"

	"glow/schema"
)

// endpoint makes the route of an endpoint that reads its request and answers in a way of its own.
func endpoint(e schema.Route, serve func(*Server, *reply, *http.Request, schema.Caller) error) route {
	return route{method: e.Method, path: e.Path, who: e.Roles, serve: serve}
}

// call makes the route of an endpoint that answers with JSON: decode, then fn,
// then encode. Its caller was let in before.
func call[Req schema.Request, Resp any](e schema.Endpoint[Req, Resp], fn func(context.Context, schema.Caller, Req) (Resp, error)) route {
	return endpoint(e.Route, func(s *Server, w *reply, r *http.Request, caller schema.Caller) error {
		req, err := readRequest[Req](s, w, r)
		if err != nil {
			return err
		}
		resp, err := inTurn(s, r.Context(), func() (Resp, error) { return fn(r.Context(), caller, req) })
		if err != nil {
			return err
		}
		return w.json(http.StatusOK, schema.TypeJSON, &resp)
	})
}

// inTurn calls fn when there is a place for it. The place is free again, even after a panic,
// before an answer leaves: a slow reader must hold up nobody.
func inTurn[Resp any](s *Server, ctx context.Context, fn func() (Resp, error)) (resp Resp, err error) {
	done, err := s.requests.acquire(ctx, s.o.Limits.Wait)
	if err != nil {
		return resp, err
	}
	defer done()
	return fn()
}

// download makes the route of an endpoint that streams a file.
func download[Req schema.Request](e schema.Endpoint[Req, schema.Download], fn func(*reply, *http.Request, schema.Caller, Req) error) route {
	return endpoint(e.Route, func(s *Server, w *reply, r *http.Request, caller schema.Caller) error {
		req, err := readRequest[Req](s, w, r)
		if err != nil {
			return err
		}
		done, err := s.downloads.acquire(r.Context(), s.o.Limits.Wait)
		if err != nil {
			return err
		}
		defer done()
		return fn(w, r, caller, req)
	})
}

// scoped adapts a question about the rows that a caller may see.
func scoped[Req, Resp any](fn func(context.Context, schema.Scope, Req) (Resp, error)) func(context.Context, schema.Caller, Req) (Resp, error) {
	return func(ctx context.Context, c schema.Caller, req Req) (Resp, error) { return fn(ctx, c.Scope(), req) }
}

// unscoped adapts a question that only an admin may ask.
func unscoped[Req, Resp any](fn func(context.Context, Req) (Resp, error)) func(context.Context, schema.Caller, Req) (Resp, error) {
	return func(ctx context.Context, _ schema.Caller, req Req) (Resp, error) { return fn(ctx, req) }
}

// withoutRequest adapts a question that only an admin may ask and that takes no parameters.
func withoutRequest[Resp any](fn func(context.Context) (Resp, error)) func(context.Context, schema.Caller, schema.Empty) (Resp, error) {
	return func(ctx context.Context, _ schema.Caller, _ schema.Empty) (Resp, error) { return fn(ctx) }
}

func (s *Server) refresh(ctx context.Context, c schema.Caller, req schema.RefreshRequest) (schema.RefreshResponse, error) {
	answer, err := s.store.Refresh(ctx, req)
	if err == nil {
		err = s.store.AuditEnd(context.WithoutCancel(ctx), c, schema.ActionRefresh, map[string]any{"full": req.Full, "rows": answer.Rows})
	}
	return answer, err
}

func (s *Server) context(_ context.Context, c schema.Caller, _ schema.Empty) (schema.ContextResponse, error) {
	answer := schema.ContextResponse{
		TokenName: c.TokenName, Role: c.Role, DepartmentIDs: c.DepartmentIDs,
		Version: s.o.Version, Timezone: s.store.Zone().String(),
	}
	if c.ProfileID != "" {
		answer.ProfileID = &c.ProfileID
	}
	return answer, nil
}
