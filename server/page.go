package server

import (
	"bytes"
	_ "embed" // the page's files
	"html/template"
	"net/http"
	"time"

	"glow/schema"
)

//go:embed web/index.html
var pageText string

//go:embed web/page.css
var pageStyle []byte

const pageStylePath = "/page.css"

// renderPage makes the page at "/", which says what runs here.
func renderPage(version string, zone *time.Location) ([]byte, error) {
	page, err := template.New("index.html").Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Version": version, "Zone": zone.String(), "Style": pageStylePath, "OpenAPI": schema.PathOpenAPI, "Routes": schema.Endpoints,
	})
	return b.Bytes(), err
}

func (s *Server) showPage(w *reply, _ *http.Request, _ schema.Caller) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(s.page)
	return nil
}

func (s *Server) showStyle(w *reply, _ *http.Request, _ schema.Caller) error {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(pageStyle)
	return nil
}

func (s *Server) showOpenAPI(w *reply, _ *http.Request, _ schema.Caller) error {
	w.Header().Set("Content-Type", schema.TypeJSON)
	_, _ = w.Write(s.openAPI)
	return nil
}
