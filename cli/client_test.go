package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// runAt runs a command line against a handler.
func runAt(t *testing.T, h http.HandlerFunc, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	var out, errs strings.Builder
	env := []string{"GLOW_INSTANCE_URL=" + s.URL, "GLOW_TOKEN=secret", "XDG_CONFIG_HOME=" + t.TempDir(), "TZ=UTC"}
	code = Run(args, strings.NewReader(""), &out, &errs, env)
	return code, out.String(), strings.ReplaceAll(errs.String(), s.URL, "URL")
}

func refuse(status int, document string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, document)
	}
}

func TestRefusalsAreOneLine(t *testing.T) {
	for name, test := range map[string]struct {
		h    http.HandlerFunc
		code int
		want string
	}{
		"one field": {
			refuse(422, `{"detail":"the request is not valid: dat_from: is not a key","errors":[{"field":"dat_from","message":"is not a key"}]}`),
			exitFailed, "glow: the request is not valid: dat_from: is not a key\n",
		},
		"many faults": {
			refuse(422, `{"detail":"nothing was taken: 1234 faults: a.csv:3: id: is missing","rejected":1234,"errors":[{"file":"a.csv","line":3,"field":"id","message":"is missing"},{"message":"x"}]}`),
			exitFailed, "glow: nothing was taken: 1234 faults; the first: a.csv:3: id: is missing; --json lists them\n",
		},
		"no token": {
			refuse(401, `{"title":"A valid token is needed"}`),
			exitFailed, "glow: A valid token is needed; `glow login URL` saves a token\n",
		},
		"escapes in what was refused": {
			refuse(404, `{"detail":"no session \"\u001b[31m\u202ex\""}`),
			exitFailed, "glow: no session \"\\x1b[31m\\u202ex\"\n",
		},
		"a redirect": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://elsewhere/", http.StatusTemporaryRedirect)
			},
			exitUnreachable, "glow: URL sends on to https://elsewhere/; if that is your instance, name it with --instance-url\n",
		},
		"TLS is spoken": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Error(w, "Client sent an HTTP request to an HTTPS server.", http.StatusBadRequest)
			},
			exitUnreachable, "glow: URL speaks TLS; name it with https://\n",
		},
		"something else answers": {
			func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
			exitUnreachable, "glow: URL answered 404 Not Found, which is not how an instance answers; is the address right?\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, got := runAt(t, test.h, "system", "context"); code != test.code || got != test.want {
				t.Errorf("exit %d, %q\nwant %d, %q", code, got, test.code, test.want)
			}
		})
	}
}

func TestRefusalAsJSONIsTheWholeAnswer(t *testing.T) {
	_, out, _ := runAt(t, refuse(409, `{"status":409,"extra":[1,2]}`), "system", "context", "--json")
	if want := "{\n  \"status\": 409,\n  \"extra\": [\n    1,\n    2\n  ]\n}\n"; out != want {
		t.Errorf("got %s", out)
	}
}

func TestTablesListAllFaults(t *testing.T) {
	_, out, errs := runAt(t, refuse(422, `{"detail":"nothing was taken: 2 faults","errors":[{"file":"a.csv","line":3,"field":"id","message":"is missing"},{"message":"x"}]}`),
		"system", "context", "--table")
	if out != "  a.csv:3: id: is missing\n  x\n" || errs != "glow: nothing was taken: 2 faults\n" {
		t.Errorf("got %q, %q", out, errs)
	}
}

func TestMisspeltRoleIsPointedOut(t *testing.T) {
	for _, test := range []struct{ role, hint string }{
		{"tutr", "0 profiles; nobody is tutr here, there are ta, lead"},
		{"TA", "0 profiles\n"},
	} {
		_, out, _ := runAt(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"analytics":{"role_options":[{"value":"ta","label":"ta"},{"value":"lead","label":"lead"}]}}`)
		}, "system", "activity", "--roles", test.role, "--table")
		if !strings.Contains(out, test.hint) {
			t.Errorf("%s: %s", test.role, out)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	var errs strings.Builder
	code := Run([]string{"system", "context", "--instance-url", "http://127.0.0.1:1", "--token", "x"}, nil, io.Discard, &errs, nil)
	if code != exitUnreachable || !strings.Contains(errs.String(), "no instance at http://127.0.0.1:1; start one with `glow serve`") {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}

func TestJSONIsTheAnswerToTheLetter(t *testing.T) {
	code, out, errs := runAt(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != schema.TypeJSON {
			http.Error(w, "no", http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, `{"token_name":"n","big":12345678901234567890}`)
	}, "system", "context")
	if want := "{\n  \"token_name\": \"n\",\n  \"big\": 12345678901234567890\n}\n"; code != exitDone || out != want {
		t.Errorf("exit %d, %q, %s", code, out, errs)
	}
}

// sendFile answers an export; whole reports whether it is sent to its end.
func sendFile(whole bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="named.zip"`)
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
		if !whole {
			panic(http.ErrAbortHandler)
		}
	}
}

func TestDownloadIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.zip")
	for _, test := range []struct {
		name  string
		whole bool
		args  []string
		code  int
		want  string // on stderr
		file  string // that is there afterwards
	}{
		{"cut", false, []string{"-o", path}, exitFailed, "the download broke off after", ""},
		{"whole", true, []string{"-o", path}, exitDone, "", path},
		{"there already", true, []string{"-o", path}, exitFailed, "out.zip is there already; --yes overwrites it", path},
		{"cut over another", false, []string{"-o", path, "--yes"}, exitFailed, "the download broke off after", path},
		{"over another", true, []string{"-o", path, "--yes"}, exitDone, "", path},
		{"into a folder", true, []string{"-o", dir}, exitDone, "", filepath.Join(dir, "named.zip")},
		{"no such folder", true, []string{"-o", filepath.Join(dir, "no", "x.zip")}, exitFailed, "cannot write", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, errs := runAt(t, sendFile(test.whole), append([]string{"system", "export"}, test.args...)...)
			if code != test.code || !strings.Contains(errs, test.want) {
				t.Errorf("exit %d, %q; want %d, %q", code, errs, test.code, test.want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".glow-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if test.file == "" {
				return
			}
			if info, err := os.Stat(test.file); err != nil || info.Size() != 100_000 || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}

func TestNameOfTrustsNoPath(t *testing.T) {
	for header, want := range map[string]string{
		`attachment; filename="a-1.zip"`:        "a-1.zip",
		`attachment; filename="../../etc/x"`:    "fallback",
		`attachment; filename=".bashrc"`:        "fallback",
		`attachment; filename="c:\x"`:           "fallback",
		`attachment; filename*=UTF-8''a%1b.zip`: "fallback",
		``:                                      "fallback",
	} {
		resp := &http.Response{Header: http.Header{"Content-Disposition": {header}}}
		if got := nameOf(resp, "fallback"); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestInProcessAnswersStreamAndBreakOff(t *testing.T) {
	get := func(h http.HandlerFunc, body io.Reader) (*http.Response, error) {
		c := &http.Client{Transport: inProcess{h}}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost/x?q=1", body)
		if err != nil {
			t.Fatal(err)
		}
		return c.Do(req)
	}
	t.Run("whole", func(t *testing.T) {
		resp, err := get(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			if err := errors.Join(control.SetReadDeadline(time.Now()), control.SetWriteDeadline(time.Now()), control.Flush()); err != nil {
				t.Error(err)
			}
			_, _ = io.Copy(w, r.Body)
		}, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); string(text) != "hello" || err != nil || resp.StatusCode != 200 {
			t.Errorf("%q, %v, %d", text, err, resp.StatusCode)
		}
	})
	t.Run("cut", func(t *testing.T) {
		resp, err := get(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); string(text) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q, %v", text, err)
		}
	})
	t.Run("cut before it began", func(t *testing.T) {
		if _, err := get(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil); err == nil {
			t.Error("no error")
		}
	})
	t.Run("closed early", func(t *testing.T) {
		finished := false
		resp, err := get(func(w http.ResponseWriter, r *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					finished = true
					return
				}
			}
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if !finished {
			t.Error("the handler still runs")
		}
	})
}
