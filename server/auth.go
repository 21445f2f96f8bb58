package server

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"glow/schema"
)

// authenticate finds out who asks. A secret that is nobody's counts as a guess;
// a right one is let in however many were wrong before it.
func (s *Server) authenticate(w *reply, r *http.Request) (schema.Caller, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		if s.o.Local {
			caller := schema.ByItself(schema.NameLocal)
			caller.RequestID = w.id
			return caller, nil
		}
		return schema.Caller{}, schema.Errorf(schema.CodeUnauthorized, "this needs a token; send it as Authorization: Bearer TOKEN")
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	secret = strings.TrimSpace(secret)
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return schema.Caller{}, schema.Errorf(schema.CodeUnauthorized, "the Authorization header is not of the form Bearer TOKEN")
	}
	caller, err := s.whose(r.Context(), secret)
	if schema.ErrorCode(err) == schema.CodeUnauthorized {
		return caller, s.signInFailed(w, r, err)
	}
	caller.Remote, caller.RequestID = s.remote(r), w.id
	return caller, err
}

func (s *Server) whose(ctx context.Context, secret string) (schema.Caller, error) {
	done, err := s.requests.acquire(ctx, s.o.Limits.Wait)
	if err != nil {
		return schema.Caller{}, err
	}
	defer done()
	return s.store.Authenticate(ctx, secret)
}

// signInFailed counts a failed sign-in. It returns the error to answer with: err, or that
// there were too many.
func (s *Server) signInFailed(w *reply, r *http.Request, err error) error {
	remote := s.remote(r)
	v := s.throttle.note(remote)
	s.metrics.signInFailed()
	if v.audit {
		c := schema.Caller{Remote: remote, RequestID: w.id}
		ctx := context.WithoutCancel(r.Context())
		_ = host{s}.Soon(func() error {
			err := s.store.AuditEnd(ctx, c, schema.ActionSignInFailed, map[string]any{"tries": v.tries})
			if err != nil {
				s.log.Warn("a failed sign-in was not put on the audit list", "request_id", c.RequestID, "error", err)
			}
			return err
		})
	}
	if v.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(v.wait.Seconds())+1))
		return schema.Errorf(schema.CodeTooMany, "too many wrong tokens; try again later, or with a right one")
	}
	return err
}

// remote is the caller's address, without port.
func (s *Server) remote(r *http.Request) string {
	if s.o.BehindProxy {
		if all := r.Header.Values("X-Forwarded-For"); len(all) > 0 {
			last := all[len(all)-1]
			address := strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
			if net.ParseIP(address) != nil { // anything else would be the caller's own words
				return address
			}
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return schema.NameLocal // asked from within this process
	}
	return host
}
