package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"glow/schema"
)

// statusGone is what the log says of a request whose caller went away.
const statusGone = 499

// retryAfter is how many seconds a caller is asked to wait before it tries
// again what was not possible now.
const retryAfter = 2

// refusal logs an error and sets the headers of its answer. It is the one place where
// errors become what a caller may know; the rest stays in the log.
func (s *Server) refusal(w *reply, r *http.Request, err error) *schema.Error {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.status = statusGone
		panic(http.ErrAbortHandler) // to return would be to say that all is well
	}
	var refusal *schema.Error
	if !errors.As(err, &refusal) {
		refusal = asRefusal(err)
	}
	if refusal.Code.Refusal().Status >= 500 {
		s.logFailure(w, r, err)
	}
	if w.status != 0 {
		// Part of the answer is out. Only a broken connection says that the rest is missing.
		panic(http.ErrAbortHandler)
	}
	s.refusalHeaders(w, refusal.Code)
	return refusal
}

// fail answers with an error as the API does.
func (s *Server) fail(w *reply, r *http.Request, err error) {
	refusal := s.refusal(w, r, err)
	body := any(s.errorResponse(w, refusal))
	var refused *importRefused
	if errors.As(err, &refused) {
		a := refused.answer
		body = schema.ImportErrorResponse{
			ErrorResponse: s.errorResponse(w, refusal), Tally: a.Tally,
			Skipped: a.Skipped, SkippedReasons: a.SkippedReasons, ByKind: a.ByKind, DryRun: a.DryRun,
		}
	}
	if err := w.json(refusal.Code.Refusal().Status, schema.TypeProblem, body); err != nil {
		panic(err)
	}
}

// logFailure logs a request that failed.
func (s *Server) logFailure(w *reply, r *http.Request, err error) {
	s.store.LogError(r.Context(), s.log, "request failed", err, slog.String("request_id", w.id), slog.String("route", w.route))
}

// asRefusal says of an error that no schema.Error explains as much as a caller
// may know.
func asRefusal(err error) *schema.Error {
	var fault schema.Fault
	switch {
	case errors.As(err, &fault):
		return &schema.Error{Code: schema.CodeInvalid, Message: "the request is not valid", Fields: []schema.Fault{fault}}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return schema.Errorf(schema.CodeUnavailable, "the answer took too long; try again")
	}
	return schema.Errorf(schema.CodeInternal, "internal error; the server's log says more under the request's id")
}

func (s *Server) errorResponse(w *reply, e *schema.Error) schema.ErrorResponse {
	row := e.Code.Refusal()
	return schema.ErrorResponse{
		Type: s.path(row.Type()), Title: row.Title, Status: row.Status,
		Detail: e.Detail(), Errors: e.Fields, RequestID: w.id,
	}
}

// refusalHeaders sets what a status calls for, and takes back what was set for
// an answer that did not come to be.
func (s *Server) refusalHeaders(w *reply, code schema.Code) {
	h := w.Header()
	h.Del("Content-Disposition")
	h.Del("Content-Encoding")
	switch code {
	case schema.CodeUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="glow"`)
	case schema.CodeUnavailable, schema.CodeNoSpace:
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	case schema.CodeTooLarge, schema.CodeMalformed:
		h.Set("Connection", "close") // the rest of the body is not waited for
	}
}
