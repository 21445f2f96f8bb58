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
	themeTime     = 400 * 24 * time.Hour // browsers keep none longer
)

// cookie returns a cookie of this instance without its value. The name of the session's
// has the port in it: browsers keep cookies by host only, and two instances on one
// computer must not sign each other out. With TLS it has the prefix __Host-, so that no
// other host of the domain can set it; below a base path, where __Host- is not allowed, it
// has __Secure-.
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

// setCookie sets a cookie in the browser; an empty value removes it.
func (p *pageRequest) setCookie(name, value string, age time.Duration) {
	c := p.d.cookie(p.Request, name)
	c.Value, c.MaxAge = value, int(age/time.Second)
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(p.w, c)
}

// setTheme keeps the choice of light or dark; any other value follows the system.
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
