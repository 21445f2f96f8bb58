package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"glow/schema"
	"glow/server/dashboard"
)

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "deflate, gzip;q=1.0, *;q=0.5": true, "gzip, deflate, br, zstd": true,
		"br": false, "identity": false, "gzip;q=0": false, "gzip; q=0.000": false, "gzip ; Q=0.3": true, "*": true, "*;q=0": false,
		"*, gzip;q=0": false, "gzip;q=0, *": false, "gzip;q=0.5, identity": false, "gzip;q=0.5, identity;q=0.5": true,
		"identity;q=0.5, *;q=0.2": false, "gzip;q=x": false, "gzip;q=2": false, "gzip;q=-1": false, "gzip;q=NaN": false, "gzip;level=1": false, ",": false,
	} {
		if got := acceptsGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	if !acceptsGzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) {
		t.Error("the second line is not read")
	}
}

// onTheWire sends a request, asking for an encoding, and returns the answer with its body as it came.
func (in *instance) onTheWire(r *http.Request, encoding string) answer {
	in.t.Helper()
	r.Header.Set("Accept-Encoding", encoding)
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		in.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		in.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

func unpacked(t *testing.T, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWhoAsksGetsCompressedAnswers asks for each thing plain, compressed and by HEAD.
func TestWhoAsksGetsCompressedAnswers(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, manyProfiles(200)))
	g := in.signedIn(schema.RoleAdmin)
	asset := func(name string) string { return dashboard.AssetPath + name + "?v=" + dashboard.Assets()[name].Version }
	for _, c := range []struct {
		name, method, path, body string
		compressed               bool
		length                   bool // the header tells it
	}{
		{"answer", "POST", schema.Activity.Path, `{}`, true, true},
		{"short answer", "POST", schema.Context.Path, `{}`, false, true},
		{"error", "POST", schema.Activity.Path, `{"x":1}`, false, true},
		{"document", "GET", schema.OpenAPIDocument.Path, "", true, true},
		{"page", "GET", "/help", "", true, true},
		{"page without a route", "GET", "/nowhere", "", true, true},
		{"script", "GET", asset("app.js"), "", true, true},
		{"style", "GET", asset("app.css"), "", true, true},
		{"licence", "GET", asset("htmx.LICENSE"), "", false, true},
		{"picture", "GET", "/help/dashboard.png", "", false, false},
		{"CSV", "POST", schema.Export.Path, `{"kind":"profile"}`, true, false},
		{"ZIP", "POST", schema.Export.Path, `{}`, false, false},
		{"backup", "POST", schema.Backup.Path, `{}`, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := func(method string) *http.Request {
				r := in.request(schema.RoleAdmin, method, c.path, "", c.body)
				if c.body != "" {
					r.Header.Set("Content-Type", schema.TypeJSON)
				} else {
					r.Header.Set("Accept", "text/html")
					g.dress(r)
				}
				return r
			}
			plain, packed := in.onTheWire(request(c.method), "identity"), in.onTheWire(request(c.method), "gzip")
			if plain.StatusCode != packed.StatusCode || plain.Header.Get("Content-Type") != packed.Header.Get("Content-Type") {
				t.Errorf("%s %v, and compressed %s %v", plain.Status, plain.Header, packed.Status, packed.Header)
			}
			if got := packed.Header.Get("Content-Encoding"); (got == "gzip") != c.compressed || plain.Header.Get("Content-Encoding") != "" {
				t.Fatalf("encoding %q, and %q for who does not ask", got, plain.Header.Get("Content-Encoding"))
			}
			for _, a := range []answer{plain, packed} {
				if varies := strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Encoding"); varies != c.compressed {
					t.Errorf("Vary: %q", a.Header.Values("Vary"))
				}
				if c.length && a.ContentLength != int64(len(a.body)) {
					t.Errorf("length %d of %d", a.ContentLength, len(a.body))
				}
			}
			if c.compressed {
				if text := unpacked(t, packed.body); c.method == "POST" && c.path == schema.Export.Path && text != plain.body ||
					c.path == asset("app.js") && text != plain.body || len(packed.body) >= len(text)/2 {
					t.Errorf("%d bytes compressed, %d unpacked, %d plain", len(packed.body), len(text), len(plain.body))
				}
			}
			if c.method == "GET" && c.compressed && c.path != "/nowhere" { // which is no page for HEAD
				head := in.onTheWire(request("HEAD"), "gzip")
				if head.body != "" || head.Header.Get("Content-Encoding") != packed.Header.Get("Content-Encoding") {
					t.Errorf("HEAD: %v", head.Header)
				}
			}
		})
	}
}

// manyProfiles are enough records that their answers are worth compressing.
func manyProfiles(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"kind":"profile","id":"p%d","name":"Person %d","email":"p%d@example.org"}`+"\n", i, i, i)
	}
	return b.String()
}

// TestACompressedDownloadIsAuditedByItsContent compares the digest of the audit list with what is unpacked.
func TestACompressedDownloadIsAuditedByItsContent(t *testing.T) {
	in := withPeople(t, Options{})
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, manyProfiles(200)))
	a := in.onTheWire(in.request(schema.RoleAdmin, "POST", schema.Export.Path, schema.TypeJSON, `{"kind":"profile"}`), "")
	r := in.request(schema.RoleAdmin, "POST", schema.Export.Path, schema.TypeJSON, `{"kind":"profile"}`)
	text := unpacked(t, in.onTheWire(r, "gzip").body)
	if text != a.body {
		t.Error("the compressed file has another content")
	}
	sum := sha256.Sum256([]byte(text))
	detail := in.audit(`{"action":"` + schema.ActionExport + `"}`).Data[0].Detail
	if detail["sha256"] != hex.EncodeToString(sum[:]) || detail["bytes"] != float64(len(text)) || detail["complete"] != true {
		t.Errorf("the audit list says %v of %d bytes", detail, len(text))
	}
}

// TestTheSecretOfFormsDiffersFromPageToPage holds that the length of compressed pages tells nothing of it.
func TestTheSecretOfFormsDiffersFromPageToPage(t *testing.T) {
	in := withPeople(t, Options{})
	g := in.signedIn(schema.RoleAdmin)
	first := g.csrf
	in.want(http.StatusOK, g.open("/data"))
	if g.csrf == first {
		t.Error("two pages have the same secret")
	}
	for _, secret := range []string{first, g.csrf} { // an older page goes on to work
		g.csrf = secret
		in.want(http.StatusSeeOther, g.send("/theme", "theme", "dark"))
	}
}

// BenchmarkCompress measures what compressing costs, on a body of a file that is named by
// GLOW_BODY, or on many records.
func BenchmarkCompress(b *testing.B) {
	body := []byte(manyProfiles(20_000))
	if name := os.Getenv("GLOW_BODY"); name != "" {
		var err error
		if body, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		size = len(compress(body))
	}
	b.ReportMetric(float64(len(body))/float64(size), "times-shorter")
}
