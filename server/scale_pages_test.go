package server_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"glow/schema"
	"glow/store/benchdb"
)

// open asks for a page of the dashboard.
func (s *served) open(path string) []byte {
	s.b.Helper()
	resp, err := s.client.Get(s.url + path)
	if err != nil {
		s.b.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		s.b.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		s.b.Fatalf("%s: %s: %.500s", path, resp.Status, page)
	}
	return page
}

// signIn gives the client the cookie of a visit.
func (s *served) signIn(token string) {
	s.b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.b.Fatal(err)
	}
	s.client.Jar = jar
	resp, err := s.client.PostForm(s.url+"/sign-in", url.Values{"token": {token}})
	if err != nil {
		s.b.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.b.Fatal(resp.Status)
	}
}

// cpuTime is what this process has used of the processors: a measure that others
// on the machine disturb less than the clock.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPages asks for every page of the dashboard, as an admin and as a
// coordinator of one department see it.
func BenchmarkPages(b *testing.B) {
	s := serve(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor)))
	department := s.department()
	var coordinator schema.TokenCreateResponse
	s.ask(schema.CreateToken.Path, schema.TokenCreateRequest{Name: "c", Role: schema.RoleCoordinator, DepartmentIDs: []string{department}}, &coordinator)
	var sessions schema.SessionsResponse
	s.ask(schema.Sessions.Path, schema.SessionsRequest{Filter: schema.Filter{DepartmentIDs: []string{department}}}, &sessions)
	one := sessions.Data[0]
	year := "from=2025-01-01&to=2025-12-31"
	for _, who := range []struct {
		name, token string
		pages       map[string]string
	}{
		{"admin", secret, map[string]string{
			"access": "/access", "data": "/data", "holdings": "/data/holdings",
		}},
		{"coordinator", coordinator.Secret, nil},
	} {
		pages := map[string]string{
			"activity": "/", "activity, year": "/?" + year, "activity, all": "/?range=all", "activity, search": "/?range=all&search=an",
			"activity, follow-up": "/?follow_up=7&sort=last_active_at", "activity, one department": "/?department=" + department + "&" + year,
			"usage, month": "/usage", "usage, year": "/usage?" + year,
			"sessions": "/sessions", "sessions, all": "/sessions?range=all", "sessions, search": "/sessions?range=all&search=an",
			"sessions, 200": "/sessions?range=all&size=200", "sessions, trouble": "/sessions?range=all&problems=yes",
			"session": "/sessions/" + one.SessionID, "person": "/people/" + one.ProfileID, "person, year": "/people/" + one.ProfileID + "?" + year,
			"problems": "/problems", "problems, all": "/problems?state=all&size=200",
		}
		for name, path := range who.pages {
			pages[name] = path
		}
		s.signIn(who.token)
		for name, path := range pages {
			b.Run(who.name+"/"+strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
				size, before := 0, cpuTime(b)
				for b.Loop() {
					size = len(s.open(path))
				}
				b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "ms-cpu")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
				b.ReportMetric(float64(size)/1000, "kB")
			})
		}
	}
}
