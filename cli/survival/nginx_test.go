//go:build unix

package survival

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/schema/testenv"
)

// proxied is the configuration in the manual of an nginx in front of an instance
// below a path.
func proxied(t *testing.T) string {
	t.Helper()
	manual, err := os.ReadFile("../../server/manual/department.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```nginx\n(.*?)```").FindAllStringSubmatch(string(manual), -1) {
		if strings.Contains(block[1], "location /glow/") {
			return block[1]
		}
	}
	t.Fatal("the manual has no nginx in front of a path")
	return ""
}

// nginx serves as the manual has it, on a socket of the test's own and with a
// certificate of the test's, and passes on to upstream. It returns a browser whose
// every connection ends there.
func nginx(t *testing.T, upstream string) *http.Client {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		testenv.Lacking(t, "nginx is not installed here: nothing is asked through it (apt-get install nginx)")
	}
	folder := t.TempDir()
	socket := shortSocket(t)
	site := strings.NewReplacer(
		"listen 443 ssl;", "listen unix:"+socket+" ssl;",
		"/etc/ssl/glow.pem", filepath.Join(folder, "cert.pem"), "/etc/ssl/glow.key", filepath.Join(folder, "key.pem"),
		"127.0.0.1:8000", upstream,
	).Replace(proxied(t))
	trusted := certificate(t, folder)
	config := fmt.Sprintf("daemon off;\npid %[1]s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n%[2]s}\n", folder, temporary(folder)+site)
	path := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &notes{}
	cmd := exec.Command(program, "-e", "stderr", "-p", folder, "-c", path)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-exited
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	listens(t, dial, exited, said)
	return browser(t, dial, trusted)
}

// temporary has nginx keep to a folder.
func temporary(folder string) (lines string) {
	for _, of := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		lines += fmt.Sprintf("%s_temp_path %s/%s;\n", of, folder, of)
	}
	return lines
}

// shortSocket is a place for a socket, whose path may not be long.
func shortSocket(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "nginx")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return filepath.Join(folder, "s")
}

// certificate writes the certificate and key that httptest has, and returns whom to
// trust for it.
func certificate(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pair := s.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// listens waits until a program accepts connections.
func listens(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), exited <-chan struct{}, said *notes) {
	t.Helper()
	late := time.After(startTime)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		if c, err := dial(t.Context(), "", ""); err == nil {
			c.Close()
			return
		}
		select {
		case <-again.C:
		case <-exited:
			t.Fatalf("nginx ended: %s", said)
		case <-late:
			t.Fatalf("nginx does not listen: %s", said)
		}
	}
}

func browser(t *testing.T, dial func(context.Context, string, string) (net.Conn, error), trusted *x509.CertPool) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "example.com"}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}
}

// Behind the nginx of the manual, whoever opens the printed link is signed in, and all
// that a page leads to and loads is there.
func TestBelowAPathBehindNginx(t *testing.T) {
	in := start(t, filepath.Join(t.TempDir(), "glow.db"), "--behind-proxy", "--host", "glow.example.edu", "--base-path", "/glow")
	upstream, _, _ := strings.Cut(in.addr, "/")
	b := nginx(t, upstream)
	const site = "https://glow.example.edu"
	get := func(address string) (*http.Response, string) {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		resp, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(text)
	}
	link := in.dashboard()
	if !strings.HasPrefix(link, site+"/glow/sign-in?code=") {
		t.Fatalf("the printed link is %s", link)
	}
	resp, page := get(link)
	if resp.StatusCode != http.StatusOK || resp.Request.URL.String() != site+"/glow/" {
		t.Fatalf("%s leads to %s: %s", link, resp.Request.URL, resp.Status)
	}
	found := regexp.MustCompile(`\s(?:href|src)="(/[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(found) < 10 {
		t.Errorf("few links are on the page: %v", found)
	}
	for _, to := range found {
		if resp, _ := get(site + strings.ReplaceAll(to[1], "&amp;", "&")); resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Request.URL.Path, "/glow/") {
			t.Errorf("%s: %s at %s", to[1], resp.Status, resp.Request.URL)
		}
	}
	for path, want := range map[string]int{"/glow": 200, "/glow/healthz": 200, "/glow/metrics": 404} {
		if resp, _ := get(site + path); resp.StatusCode != want {
			t.Errorf("GET %s: %s, want %d", path, resp.Status, want)
		}
	}
	takesIn(t, b, site)
	hearsNews(t, b, site)
}

// takesIn sends an import through the proxy.
func takesIn(t *testing.T, b *http.Client, site string) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/glow"+schema.Import.Path, strings.NewReader(`{"kind":"profile","id":"a","name":"Ann"}`))
	r.Header.Set("Content-Type", schema.TypeNDJSON)
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Errorf("an import: %s %s", resp.Status, text)
	}
}

// hearsNews reads the beginning of the live news, which nginx must not keep back.
func hearsNews(t *testing.T, b *http.Client, site string) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, site+"/glow/live", nil)
	resp, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, len(": here\n"))
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != ": here\n" {
		t.Errorf("the news: %s %q %v", resp.Status, first, err)
	}
}
