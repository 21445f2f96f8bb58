package server

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
)

var basePathShape = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// CheckBasePath says what is wrong with a base path. "" is that of an instance at the
// root.
func CheckBasePath(base string) error {
	if base != "" && (!basePathShape.MatchString(base) || path.Clean(base) != base) {
		return errors.New("write it as /glow: a slash before each part, none at the end, and in the parts letters, digits, and - . _ ~")
	}
	return nil
}

// path is how the world knows a path of this instance. Every address that leaves the
// server is made by it or, on pages, by the dashboard.
func (s *Server) path(p string) string { return s.o.BasePath + p }

// below serves what is below the base path, whose routes do not know of it. There is
// nothing elsewhere.
func (s *Server) below(routes http.Handler) http.Handler {
	base := s.o.BasePath
	if base == "" {
		return routes
	}
	inner, nowhere := http.StripPrefix(base, routes), s.nowhere()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == base:
			s.toRoot(w, r)
		case strings.HasPrefix(r.URL.EscapedPath(), base+"/"):
			inner.ServeHTTP(w, r)
		default:
			nowhere.ServeHTTP(w, r)
		}
	})
}

// toRoot leads from the base path without a slash to the page that people mean by it.
func (s *Server) toRoot(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: s.path("/"), RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusPermanentRedirect)
}
