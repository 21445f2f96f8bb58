package dashboard

import (
	"cmp"
	"net"
	"net/http"
	"time"
)

const (
	sessionCookie = "glow_visit"
	themeCookie   = "glow_theme"
	themeTime     = 400 * 24 * time.Hour // the most that browsers keep
)

// cookie is a cookie of this instance without its value. The name of a visit's differs
// by port: browsers keep cookies by host alone, and two instances on one computer must
// not sign each other out. Under TLS the prefix __Host- has browsers take it from this
// very host alone, over TLS and for all paths: a neighbour's page cannot set another.
// Below a base path a cookie is not for all paths, and __Secure- asks for TLS alone.
func (d *Dashboard) cookie(r *http.Request, name string) *http.Cookie {
	c := &http.Cookie{
		Name: name, Path: cmp.Or(d.o.BasePath, "/"), HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: d.o.BehindProxy || r.TLS != nil,
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && name == sessionCookie {
		c.Name += "_" + port
	}
	switch {
	case c.Secure && d.o.BasePath == "":
		c.Name = "__Host-" + c.Name
	case c.Secure:
		c.Name = "__Secure-" + c.Name
	}
	return c
}

// setCookie has the browser keep a value for a time; none takes the cookie away.
func (p *pageRequest) setCookie(name, value string, age time.Duration) {
	c := p.d.cookie(p.Request, name)
	c.Value, c.MaxAge = value, int(age/time.Second)
	if value == "" {
		c.MaxAge = -1 // gone
	}
	http.SetCookie(p.w, c)
}

// setTheme keeps which of light and dark somebody chose; neither is the system's.
func setTheme(p *pageRequest) error {
	theme := p.fields.Get("theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	p.setCookie(themeCookie, theme, themeTime)
	return p.redirect(p.fields.Get("back"))
}

func (p *pageRequest) theme() string {
	if c, err := p.Cookie(p.d.cookie(p.Request, themeCookie).Name); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}
