//go:build unix

package survival

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"glow/schema"
)

// point is one thing that an auditor of answers looks for.
type point struct {
	name    string
	request string
	holds   func(a answer) bool
}

// has wants a header of that very value.
func has(name, value string) func(answer) bool {
	return func(a answer) bool { all := a.header.Values(name); return len(all) == 1 && all[0] == value }
}

// mentions wants a header with something in it.
func mentions(name, part string) func(answer) bool {
	return func(a answer) bool { return strings.Contains(a.header.Get(name), part) }
}

func lacks(names ...string) func(answer) bool {
	return func(a answer) bool {
		for _, name := range names {
			if len(a.header.Values(name)) > 0 {
				return false
			}
		}
		return true
	}
}

func status(want int) func(answer) bool { return func(a answer) bool { return a.status == want } }

func both(first, second func(answer) bool) func(answer) bool {
	return func(a answer) bool { return first(a) && second(a) }
}

// problem wants an error that says so in JSON, keeps itself out of caches and
// tells nothing of what is inside.
func problem(want int) func(answer) bool {
	inside := regexp.MustCompile(`(?i)goroutine|\.go:\d|sqlite|select |panic`)
	return func(a answer) bool {
		return a.status == want && a.header.Get("Content-Type") == schema.TypeProblem && a.header.Get("Cache-Control") == "no-store" &&
			a.header.Get("X-Content-Type-Options") == "nosniff" && !inside.MatchString(a.body)
	}
}

func get(path string, headers ...string) string { return bare("GET", path, headers...) }

func bare(method, path string, headers ...string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, strings.Join(append(headers, ""), "\r\n"))
}

// points are what the answers of an instance are held against. cookie is that of
// somebody who is signed in.
func points(cookie string, signIn string) []point {
	data, page := activityQuestion, get("/", "Cookie: "+cookie)
	export := post(schema.Export.Path, schema.TypeJSON, "{}")
	preflight := bare("OPTIONS", schema.Activity.Path, "Origin: https://evil.example", "Access-Control-Request-Method: POST")
	foreign := strings.Replace(data, "\r\n\r\n", "\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n\r\n", 1)
	large := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n", schema.Activity.Path, secret)
	wideHeader := get("/", "X-Wide: "+strings.Repeat("x", 40_000))
	return []point{
		{"data: Cache-Control", data, has("Cache-Control", "no-store")},
		{"data: Content-Type", data, has("Content-Type", schema.TypeJSON)},
		{"data: nosniff", data, has("X-Content-Type-Options", "nosniff")},
		{"data: a policy that allows nothing", data, mentions("Content-Security-Policy", "default-src 'none'")},
		{"data: in no frame", data, mentions("Content-Security-Policy", "frame-ancestors 'none'")},
		{"data: in no frame of old browsers", data, has("X-Frame-Options", "DENY")},
		{"data: Referrer-Policy", data, has("Referrer-Policy", "no-referrer")},
		{"data: Cross-Origin-Resource-Policy", data, has("Cross-Origin-Resource-Policy", "same-origin")},
		{"data: Cross-Origin-Opener-Policy", data, has("Cross-Origin-Opener-Policy", "same-origin")},
		{"data: no word of what serves", data, lacks("Server", "X-Powered-By", "Via", "X-AspNet-Version")},
		{"data: no CORS", data, lacks("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")},
		{"data: no HSTS without TLS", data, lacks("Strict-Transport-Security")},
		{"data: no cookie for a token", data, lacks("Set-Cookie")},
		{"data: a request id", data, func(a answer) bool { return len(a.header.Get("X-Request-Id")) == 36 }},
		{"data: a Date", data, func(a answer) bool { _, err := http.ParseTime(a.header.Get("Date")); return err == nil }},
		{"data: neither kept nor tagged", data, lacks("ETag", "Last-Modified", "Expires")},

		{"page: Cache-Control", page, both(status(200), has("Cache-Control", "no-store"))},
		{"page: Content-Type with a charset", page, has("Content-Type", "text/html; charset=utf-8")},
		{"page: scripts of this instance only", page, mentions("Content-Security-Policy", "script-src 'self'")},
		{"page: nothing inline", page, func(a answer) bool { return !strings.Contains(a.header.Get("Content-Security-Policy"), "unsafe") }},
		{"page: forms to this instance only", page, mentions("Content-Security-Policy", "form-action 'self'")},
		{"page: no other base", page, mentions("Content-Security-Policy", "base-uri 'none'")},
		{"page: in no frame", page, mentions("Content-Security-Policy", "frame-ancestors 'none'")},
		{"page: differs by cookie", page, mentions("Vary", "Cookie")},
		{"page: no inline script or style", page, func(a answer) bool {
			return !regexp.MustCompile(`<script>|<style|\son\w+=|\sstyle=`).MatchString(a.body)
		}},
		{"page: nothing from elsewhere", page, func(a answer) bool {
			return !regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(a.body)
		}},
		{"page: without a cookie to the sign-in", get("/"), both(status(303), mentions("Location", "/sign-in"))},
		{"page: leads nowhere else", get("/sign-in?next=//evil.example/"), func(a answer) bool { return !strings.Contains(a.body, "//evil.example") }},

		{"cookie: HttpOnly", signIn, mentions("Set-Cookie", "; HttpOnly")},
		{"cookie: SameSite", signIn, mentions("Set-Cookie", "; SameSite=Strict")},
		{"cookie: of all paths, and no other name", signIn, func(a answer) bool {
			c := a.header.Get("Set-Cookie")
			return strings.Contains(c, "; Path=/") && !strings.Contains(c, "Domain=")
		}},
		{"cookie: ends", signIn, mentions("Set-Cookie", "; Max-Age=")},
		{"cookie: not the token", signIn, func(a answer) bool { return !strings.Contains(a.header.Get("Set-Cookie"), secret) }},
		{"sign-in: leads to a page without the code", signIn, func(a answer) bool { return !strings.Contains(a.header.Get("Location"), "code") }},

		{"download: an attachment with a safe name", export, func(a answer) bool {
			return regexp.MustCompile(`^attachment; filename="[A-Za-z0-9._-]+"$`).MatchString(a.header.Get("Content-Disposition"))
		}},
		{"download: Content-Type", export, has("Content-Type", schema.TypeZIP)},
		{"download: Cache-Control", export, has("Cache-Control", "no-store")},
		{"download: nosniff", export, has("X-Content-Type-Options", "nosniff")},

		{"400", post(schema.Activity.Path, schema.TypeJSON, "{"), func(a answer) bool { return problem(400)(a) || problem(422)(a) }},
		{"401", postAs("nobody", schema.Activity.Path, schema.TypeJSON, "{}"), problem(401)},
		{"401: says how", postAs("nobody", schema.Activity.Path, schema.TypeJSON, "{}"), mentions("WWW-Authenticate", "Bearer")},
		{"403 to a page of another origin", foreign, problem(403)},
		{"404", get("/nothing-here", "Accept: application/json"), problem(404)},
		{"404 to a path that only resembles one", post("//system/activity", schema.TypeJSON, "{}"), problem(404)},
		{"404 to a path around one", post("/system/x/../tokens", schema.TypeJSON, "{}"), problem(404)},
		{"405", bare("PUT", "/healthz"), problem(405)},
		{"405: says what would do", bare("PUT", "/healthz"), has("Allow", "GET, HEAD")},
		{"413", large, problem(413)},
		{"413: and no more of it", large, func(a answer) bool { return a.last }},
		{"415", post(schema.Activity.Path, "text/plain", "{}"), problem(415)},
		{"421 to another name", strings.Replace(data, "Host: localhost", "Host: evil.example", 1), problem(421)},
		{"422: names the field", post(schema.Activity.Path, schema.TypeJSON, `{"rolse":[]}`), func(a answer) bool { return problem(422)(a) && strings.Contains(a.body, "rolse") }},
		{"431 to a wide header", wideHeader, status(431)},

		{"TRACE is refused", bare("TRACE", "/healthz"), func(a answer) bool { return a.status == 405 && !strings.Contains(a.body, "TRACE /") }},
		{"CONNECT is refused", bare("CONNECT", "/healthz"), func(a answer) bool { return a.status >= 400 }},
		{"OPTIONS allows no other origin", preflight, both(lacks("Access-Control-Allow-Origin", "Access-Control-Allow-Methods"), func(a answer) bool { return a.status >= 400 })},
		{"OPTIONS * is refused", bare("OPTIONS", "*"), func(a answer) bool { return a.status >= 400 && a.header.Get("Cache-Control") == "no-store" }},
		{"metrics name nobody", get("/metrics"), func(a answer) bool { return a.status == 200 && !strings.Contains(a.body, "Person") }},
		{"assets may be kept, and are typed", get(asset), func(a answer) bool {
			return a.status == 200 && strings.Contains(a.header.Get("Cache-Control"), "max-age") && a.header.Get("X-Content-Type-Options") == "nosniff"
		}},
	}
}

// asset is one of the files that pages load; pages name it.
var asset string

// What an auditor looks for in the answers is there.
func TestAnswersStandAnAudit(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"))
	in.people()
	cookie := in.signIn()
	front, err := in.ask(get("/", "Cookie: "+cookie))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`src="(/[^"]+)"`).FindStringSubmatch(front.body); found != nil {
		asset = found[1]
	}
	all := points(cookie, signInForm())
	met := 0
	for _, p := range all {
		a, err := in.ask(p.request)
		if !p.holds(a) { // an error may be that more was sent than was read
			t.Errorf("%s: %d, %v: %v %.300s", p.name, a.status, err, a.header, a.body)
			continue
		}
		met++
	}
	met += in.headIsAsGet()
	in.stop()
	figure(t, "audit of answers: %d of %d points", met, len(all)+1)
}

// headIsAsGet compares the two, of which one has no body.
func (in *instance) headIsAsGet() (met int) {
	in.t.Helper()
	whole := in.want(http.StatusOK, get("/healthz"))
	l, err := dial(in.addr)
	if err != nil {
		in.t.Fatal(err)
	}
	defer l.Close()
	if _, err := io.WriteString(l, bare("HEAD", "/healthz")); err != nil {
		in.t.Fatal(err)
	}
	resp, err := http.ReadResponse(l.r, &http.Request{Method: http.MethodHead})
	if err != nil {
		in.t.Fatal(err)
	}
	resp.Body.Close()
	for name := range whole.header {
		if name != "X-Request-Id" && name != "Date" && resp.Header.Get(name) != whole.header.Get(name) {
			in.t.Errorf("HEAD: %s is %q, of GET %q", name, resp.Header.Get(name), whole.header.Get(name))
			return 0
		}
	}
	return 1
}

// signInForm is what the page that asks for a token sends.
func signInForm() string {
	form := "token=" + secret + "&next=%2F"
	return fmt.Sprintf("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(form), form)
}

// signIn returns the cookie of a visit.
func (in *instance) signIn() string {
	in.t.Helper()
	a := in.want(http.StatusSeeOther, signInForm())
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if cookie == "" {
		in.t.Fatalf("no cookie: %v", a.header)
	}
	return cookie
}
