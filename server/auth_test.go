package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
)

func TestOnlyABearerTokenSignsIn(t *testing.T) {
	in := newInstance(t, Options{})
	for header, want := range map[string]int{
		"Bearer " + adminSecret: 200, "bearer " + adminSecret: 200, "Bearer  " + adminSecret: 200,
		"": 401, "Bearer": 401, "Bearer ": 401, adminSecret: 401, "Basic " + adminSecret: 401, "Bearer " + adminSecret + "x": 401,
		"Bearer " + strings.ToUpper(adminSecret): 401,
	} {
		r := in.request("", "POST", "/system/context", "", "")
		r.Header["Authorization"] = []string{header}
		if a := in.do(r); a.StatusCode != want {
			t.Errorf("%q: status %d, want %d", header, a.StatusCode, want)
		}
	}
	r := in.request(schema.RoleAdmin, "POST", "/system/context", "", "")
	r.Header.Add("Authorization", "Bearer other")
	in.refusal(http.StatusUnauthorized, in.do(r))
	in.refusal(http.StatusUnauthorized, in.ask("", "POST", "/system/context?token="+adminSecret, "", ""))
}

func TestARevokedTokenIsNobodys(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.post(schema.RoleViewer, "/system/context", ``))
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/tokens/revoke", `{"name":"v"}`))
	in.refusal(http.StatusUnauthorized, in.post(schema.RoleViewer, "/system/context", ``))
}

func TestContextSaysWhoOneIs(t *testing.T) {
	in := withPeople(t, Options{Version: "1.2"})
	var c schema.ContextResponse
	in.decode(in.post(schema.RoleTA, "/system/context", ``), &c)
	if c.TokenName != "t" || c.Role != "ta" || c.ProfileID == nil || *c.ProfileID != "ann" || c.Version != "1.2" || c.Timezone != "UTC" {
		t.Errorf("%+v", c)
	}
}

func TestGuessersAreToldToWaitAndOthersAreNot(t *testing.T) {
	in := newInstance(t, Options{})
	in.tokens["wrong"] = "wrong"
	for i := 1; i <= 25; i++ {
		a := in.post("wrong", "/system/context", ``)
		if want := map[bool]int{true: 401, false: 429}[i < 20]; a.StatusCode != want {
			t.Fatalf("guess %d: status %d, want %d", i, a.StatusCode, want)
		}
		if a.StatusCode == 429 && a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	in.want(http.StatusOK, in.post(schema.RoleAdmin, "/system/context", ``))
	var list schema.AuditResponse
	in.decode(in.post(schema.RoleAdmin, "/system/audit", `{"action":"sign_in_failed"}`), &list)
	if list.TotalCount == 0 || list.TotalCount > auditAtOnce+1 || list.Data[0].TokenName != "" {
		t.Errorf("the audit list has %d failed sign-ins", list.TotalCount)
	}
	if strings.Contains(in.post(schema.RoleAdmin, "/system/audit", `{}`).body, "wrong") {
		t.Error("a guessed token is on the audit list")
	}
}

func TestGuessesAreForgottenAfterAMinuteAndCountedByAddress(t *testing.T) {
	now := started
	g := newLoginThrottle(func() time.Time { return now })
	for range maxGuesses {
		if v := g.note("10.0.0.1"); v.wait > 0 {
			t.Fatal("too early")
		}
	}
	if v := g.note("10.0.0.1"); v.wait != guessWindow {
		t.Errorf("the 20th waits %s", v.wait)
	}
	if v := g.note("10.0.0.2"); v.wait > 0 {
		t.Error("another address waits, too")
	}
	now = now.Add(guessWindow + time.Second)
	if v := g.note("10.0.0.1"); v.wait > 0 {
		t.Error("it waits still after a minute")
	}
	for i := range 40 { // one household is one guesser
		if v := g.note(fmt.Sprintf("2001:db8::%x", i)); (v.wait > 0) != (i >= maxGuesses) {
			t.Errorf("IPv6 guess %d: %s", i, v.wait)
		}
	}
	for i := range 3 * maxGuessers {
		now = now.Add(200 * time.Millisecond)
		g.note(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if len(g.from) > maxGuessers+1 {
		t.Errorf("%d addresses are remembered", len(g.from))
	}
}

func TestManyAddressesTogetherAreLimitedToo(t *testing.T) {
	g := newLoginThrottle(func() time.Time { return started })
	limited := 0
	for i := range maxTotal + 10 {
		if g.note(fmt.Sprintf("10.0.%d.%d", i>>8, i&255)).wait > 0 {
			limited++
		}
	}
	if limited != 10 {
		t.Errorf("%d were limited", limited)
	}
}

func TestBehindAProxyTheAddressIsTheOneItNames(t *testing.T) {
	direct, proxied := &Server{}, &Server{o: Options{BehindProxy: true}}
	for _, c := range []struct{ forwarded, direct, proxied string }{
		{"", "192.0.2.1", "192.0.2.1"},
		{"198.51.100.7", "192.0.2.1", "198.51.100.7"},
		{"1.2.3.4, 198.51.100.7", "192.0.2.1", "198.51.100.7"},
		{"1.2.3.4, nonsense", "192.0.2.1", "192.0.2.1"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", nil) // from 192.0.2.1
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := direct.remote(r); got != c.direct {
			t.Errorf("direct, %q: %s", c.forwarded, got)
		}
		if got := proxied.remote(r); got != c.proxied {
			t.Errorf("proxied, %q: %s", c.forwarded, got)
		}
	}
}

func TestInTheProcessItselfNoTokenIsNeeded(t *testing.T) {
	st, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "glow.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s, err := New(st, Options{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]int{"": 200, "Bearer wrong": 401} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/system/context", nil)
		r.RemoteAddr = "local"
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d %s", header, w.Code, w.Body)
		}
	}
}
