package server

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// news follows the live news of a visit, and returns them line by line. The
// channel is closed when they end.
func (g *guest) news() (lines <-chan string, leave func()) {
	g.in.t.Helper()
	ctx, leave := context.WithCancel(g.in.t.Context())
	r := g.in.request("", http.MethodGet, "/live", "", "").WithContext(ctx)
	g.dress(r)
	resp, err := g.in.client.Do(r)
	if err != nil {
		g.in.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		g.in.t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	all := make(chan string, 100)
	go func() {
		defer close(all)
		defer resp.Body.Close()
		for text := bufio.NewScanner(resp.Body); text.Scan(); {
			if text.Text() != "" {
				all <- text.Text()
			}
		}
	}()
	return all, leave
}

// hears waits for a line that starts with a word.
func hears(t *testing.T, lines <-chan string, word string) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the news ended before %q", word)
			}
			if strings.HasPrefix(line, word) {
				return
			}
		case <-late:
			t.Fatalf("no %q", word)
		}
	}
}

// ends waits for the end of the news.
func ends(t *testing.T, lines <-chan string) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case _, ok := <-lines:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the news go on")
		}
	}
}

func TestNewsOfWhatComesIn(t *testing.T) {
	in := withPeople(t, Options{})
	lines, leave := in.signedIn(schema.RoleTA).news()
	defer leave()
	hears(t, lines, ": here")
	for what, change := range map[string]func(){
		"a live record": func() {
			in.want(200, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeJSON, `{"kind":"login","profile_id":"ann","created_at":"2025-06-15T12:00:00Z"}`))
		},
		"an import": func() {
			in.want(200, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"department","id":"new","name":"New"}`))
		},
		"a resolved problem": func() {
			in.want(200, in.post(schema.RoleAdmin, schema.Resolve.Path, `{"problem_id":"p-bob"}`))
		},
	} {
		in.clock.turnOn(time.Second)
		change()
		t.Log(what)
		hears(t, lines, "event: changed")
	}
}

func TestNewsEndWithTheVisit(t *testing.T) {
	in := withPeople(t, Options{})
	for name, end := range map[string]func(*guest){
		"signing out":     func(g *guest) { in.wantLead(g.send("/sign-out"), pathSignIn) },
		"signing in anew": func(g *guest) { g.send(pathSignIn, "token", adminSecret) },
		"time":            func(*guest) { in.clock.turnOn(sessionTime); in.server.dashboard.EndExpired() },
	} {
		g := in.signedIn(schema.RoleAdmin)
		lines, leave := g.news()
		hears(t, lines, ": here")
		end(g)
		t.Log(name)
		ends(t, lines)
		leave()
	}
}

func TestStreamsOfNewsAreBounded(t *testing.T) {
	in := withPeople(t, Options{Limits: Limits{Requests: 1}}) // which they do not take up
	g := in.signedIn(schema.RoleAdmin)
	var leaves []func()
	for i := range 16 {
		if i%4 == 3 {
			g = in.signedIn(schema.RoleAdmin) // elsewhere, with the same token
		}
		lines, leave := g.news()
		hears(t, lines, ": here")
		leaves = append(leaves, leave)
	}
	in.want(http.StatusTooManyRequests, g.open("/live"))
	in.want(200, g.open("/access"))
	lines, leave := in.signedIn(schema.RoleTA).news() // of others there are still some
	hears(t, lines, ": here")
	leave()
	for _, leave := range leaves {
		leave()
	}
	for range 100 { // a page that was closed makes room
		if g.do(in.request("", http.MethodHead, "/live", "", "")).StatusCode == http.StatusOK {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	lines, leave = g.news()
	defer leave()
	hears(t, lines, ": here")
}

func TestNewsHoldUpNoShutdown(t *testing.T) {
	in := withPeople(t, Options{})
	admin := in.signedIn(schema.RoleAdmin)
	in.wantLead(admin.send("/view-as", "profile_id", "ann"), "/")
	lines, leave := admin.news()
	defer leave()
	hears(t, lines, ": here")
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := in.http.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	ends(t, lines)
	in.server.Close()
	in.checkEmulation(t, in.clock.now(), in.clock.now())
}

func TestNewsBeginWithHowThingsAre(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleViewer)
	for _, path := range []string{"/", "/sessions", "/problems", "/people/ann", "/sessions/s-ann"} {
		found := regexp.MustCompile(`id="live" data-at="(\d+)"`).FindStringSubmatch(g.open(path).body)
		if found == nil || found[1] == "0" {
			t.Fatalf("%s does not say of when it is: %v", path, found)
		}
		lines, leave := g.news()
		hears(t, lines, "event: now")
		hears(t, lines, "data: "+found[1])
		leave()
	}
}

// However much comes in: who may not see it any more hears nothing of it.
func TestNewsEndWithTheRight(t *testing.T) {
	for name, end := range map[string]func(*instance){
		"a revoked token": func(in *instance) { in.want(200, in.post(schema.RoleAdmin, schema.RevokeToken.Path, `{"name":"v"}`)) },
		"time":            func(in *instance) { in.clock.turnOn(sessionTime) },
	} {
		t.Run(name, func(t *testing.T) {
			in := withPeople(t, Options{Limits: Limits{CheckLive: 1500 * time.Millisecond}})
			lines, leave := in.signedIn(schema.RoleViewer).news()
			defer leave()
			hears(t, lines, ": here")
			end(in)
			stop := make(chan struct{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					select {
					case <-stop:
						return
					case <-time.After(200 * time.Millisecond):
						in.clock.turnOn(time.Second)
						in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, `{"kind":"login","profile_id":"bob","created_at":"2025-06-15T12:00:00Z"}`)
					}
				}
			}()
			ends(t, lines)
			close(stop)
			<-done
		})
	}
}

// A page of an error shows no numbers. It must not take one of the few streams that a
// browser may have open.
func TestAnErrorFollowsNoNews(t *testing.T) {
	in := withPeople(t, Options{})
	admin := in.signedIn(schema.RoleAdmin)
	if a := admin.open("/sessions"); !strings.Contains(a.body, "data-live") {
		t.Fatal("the list of sessions follows nothing")
	}
	for _, path := range []string{"/sessions/nothing", "/people/nobody"} {
		if a := admin.open(path); a.StatusCode != http.StatusNotFound || strings.Contains(a.body, "data-live") {
			t.Errorf("%s: status %d, or it follows what comes in", path, a.StatusCode)
		}
	}
}
