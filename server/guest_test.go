package server

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"glow/schema"
)

// What the tests know of the pages: addresses, and for how long something holds.
const (
	pathSignIn   = "/sign-in"
	pathActivity = "/"
	pathData     = "/data"

	sessionTime = 12 * time.Hour
	viewTime    = time.Hour
)

// guest is a browser without a screen: it keeps its cookies, and sends forms with
// what the pages before gave it.
type guest struct {
	in      *instance
	cookies map[string]string
	csrf    string
	header  http.Header // sent with every request
}

func (in *instance) guest() *guest {
	return &guest{in: in, cookies: map[string]string{}, header: http.Header{}}
}

// signedIn is a guest who gave the token of a role.
func (in *instance) signedIn(role string) *guest {
	in.t.Helper()
	g := in.guest()
	in.want(http.StatusSeeOther, g.send(pathSignIn, "token", in.tokens[role]))
	start := pathActivity
	if role == schema.RoleRecorder {
		start = pathData
	}
	in.want(http.StatusOK, g.open(start))
	return g
}

// open asks for a page.
func (g *guest) open(path string) answer {
	g.in.t.Helper()
	r := g.in.request("", http.MethodGet, path, "", "")
	r.Header.Set("Accept", "text/html")
	return g.do(r)
}

// send sends a form: names and values in turn.
func (g *guest) send(path string, fields ...string) answer {
	g.in.t.Helper()
	form := url.Values{"csrf": {g.csrf}}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return g.do(g.in.request("", http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode()))
}

// upload sends a form with files: names and contents in turn.
func (g *guest) upload(fields url.Values, files ...string) answer {
	g.in.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	check := func(err error) {
		if err != nil {
			g.in.t.Fatal(err)
		}
	}
	if !fields.Has("csrf") {
		check(w.WriteField("csrf", g.csrf))
	}
	for name, values := range fields {
		for _, v := range values {
			check(w.WriteField(name, v))
		}
	}
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateFormFile("files", files[i])
		check(err)
		_, err = part.Write([]byte(files[i+1]))
		check(err)
	}
	check(w.Close())
	return g.do(g.in.request("", http.MethodPost, "/data/check", w.FormDataContentType(), body.String()))
}

var csrfField = regexp.MustCompile(`name="csrf" value="([A-Z2-7]+)"`)

func (g *guest) do(r *http.Request) answer {
	g.in.t.Helper()
	g.dress(r)
	a := g.in.do(r)
	for _, c := range a.Cookies() {
		if g.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(g.cookies, c.Name)
		}
	}
	if found := csrfField.FindStringSubmatch(a.body); found != nil {
		g.csrf = found[1]
	}
	return a
}

// dress adds what a browser sends by itself.
func (g *guest) dress(r *http.Request) {
	for name, values := range g.header {
		r.Header[name] = values
	}
	for name, value := range g.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
}

// wantLead fails the test unless an answer leads there.
func (in *instance) wantLead(a answer, to string) {
	in.t.Helper()
	in.want(http.StatusSeeOther, a)
	if got := a.Header.Get("Location"); got != to {
		in.t.Errorf("%s %s leads to %s, not to %s", a.Request.Method, a.Request.URL.Path, got, to)
	}
}

// shows fails the test unless a page was served that has all the parts; a part
// that starts with ! must not be there.
func (in *instance) shows(a answer, status int, parts ...string) {
	in.t.Helper()
	in.want(status, a)
	text := textOf(a.body)
	for _, part := range parts {
		without, not := strings.CutPrefix(part, "!")
		if strings.Contains(text, without) == not {
			in.t.Errorf("%s %s: “%s” there: %v\n%.3000s", a.Request.Method, a.Request.URL, without, !not, text)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// textOf is what a person reads of a page, with single spaces.
func textOf(page string) string {
	if at := strings.Index(page, `<main`); at >= 0 {
		page = page[at:]
	}
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}
