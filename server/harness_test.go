package server

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"glow/schema"
	"glow/store"
)

// TestMain sets how many random cases a property is held against unless -rapid.checks
// says otherwise.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "6", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// instance is a server on a real database file, asked over a real connection.
// Every request and answer is held against the OpenAPI document.
type instance struct {
	t      *testing.T
	clock  *clock
	store  *store.Store
	server *Server
	http   *http.Server
	url    string
	client *http.Client
	tokens map[string]string // by role
}

const adminSecret = "admin-secret-of-the-tests"

// started is the clock of the tests: everything happens at this moment, unless a
// test turns its clock on.
var started = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

// clock stands still but for what a test turns it on.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return started.Add(time.Duration(c.ahead.Load())) }
func (c *clock) turnOn(by time.Duration) { c.ahead.Add(int64(by)) }

func newInstance(t *testing.T, o Options) *instance {
	t.Helper()
	return newInstanceOn(t, store.Options{}, o)
}

func newInstanceOn(t *testing.T, so store.Options, o Options) *instance {
	t.Helper()
	clock := &clock{}
	so.Path, so.Now = filepath.Join(t.TempDir(), "glow.db"), clock.now
	st, err := store.Open(t.Context(), so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	srv, err := New(st, o)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewUnstartedServer(nil)
	listener.Config = srv.HTTP()
	listener.Start()
	t.Cleanup(listener.Close)
	if err := st.AdoptToken(t.Context(), "first", adminSecret); err != nil {
		t.Fatal(err)
	}
	return &instance{
		t: t, clock: clock, store: st, server: srv, http: listener.Config, url: listener.URL,
		client: &http.Client{Transport: &conforming{t: t, next: listener.Client().Transport}, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		tokens: map[string]string{schema.RoleAdmin: adminSecret},
	}
}

// people is a small instance of two departments, with somebody in both.
const people = `
{"kind":"department","id":"cs","name":"Computing"}
{"kind":"department","id":"ma","name":"Mathematics"}
{"kind":"term","id":"t1","name":"Spring","starts_on":"2025-01-01","ends_on":"2025-06-30"}
{"kind":"profile","id":"ann","name":"Ann","email":"ann@example.org","department_ids":["cs"]}
{"kind":"profile","id":"bob","name":"Bob","department_ids":["ma"]}
{"kind":"profile","id":"cat","name":"=Cat","department_ids":["cs","ma"]}
{"kind":"session","id":"s-ann","profile_id":"ann","created_at":"2025-03-01T09:00:00Z","ended_at":"2025-03-01T10:00:00Z"}
{"kind":"session","id":"s-bob","profile_id":"bob","created_at":"2025-03-02T09:00:00Z"}
{"kind":"login","profile_id":"ann","session_id":"s-ann","created_at":"2025-03-01T09:00:00Z"}
{"kind":"activity","profile_id":"cat","created_at":"2025-03-03T09:00:00Z"}
{"kind":"problem","id":"p-ann","profile_id":"ann","session_id":"s-ann","type":"bug","message":"It broke","created_at":"2025-03-01T09:30:00Z"}
{"kind":"problem","id":"p-bob","profile_id":"bob","session_id":"s-bob","type":"bug","message":"It broke","created_at":"2025-03-02T09:30:00Z"}
{"kind":"group","id":"g1","session_id":"s-ann","name":"Runs","created_at":"2025-03-01T09:10:00Z"}
{"kind":"run","group_id":"g1","model":"m","input_tokens":3,"cost":"0.012345","created_at":"2025-03-01T09:11:00Z"}
`

// withPeople is an instance with people in it and a token of each role, each of
// Computing only.
func withPeople(t *testing.T, o Options) *instance {
	t.Helper()
	in := newInstance(t, o)
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, people))
	for _, req := range []schema.TokenCreateRequest{
		{Name: "c", Role: schema.RoleCoordinator, DepartmentIDs: []string{"cs"}},
		{Name: "v", Role: schema.RoleViewer, DepartmentIDs: []string{"cs"}},
		{Name: "t", Role: schema.RoleTA, ProfileID: "ann"},
		{Name: "r", Role: schema.RoleRecorder},
	} {
		body, _ := json.Marshal(req)
		var made schema.TokenCreateResponse
		in.decode(in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.CreateToken.Path, string(body))), &made)
		in.tokens[req.Role] = made.Secret
	}
	return in
}

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

func (in *instance) request(role, method, path, contentType, body string) *http.Request {
	in.t.Helper()
	r, err := http.NewRequestWithContext(in.t.Context(), method, in.url+path, strings.NewReader(body))
	if err != nil {
		in.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+in.tokens[role])
	}
	return r
}

func (in *instance) do(r *http.Request) answer {
	in.t.Helper()
	resp, err := in.client.Do(r)
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

func (in *instance) ask(role, method, path, contentType, body string) answer {
	in.t.Helper()
	return in.do(in.request(role, method, path, contentType, body))
}

func (in *instance) post(role, path, body string) answer {
	in.t.Helper()
	return in.ask(role, http.MethodPost, path, schema.TypeJSON, body)
}

func (in *instance) want(status int, a answer) answer {
	in.t.Helper()
	if a.StatusCode != status {
		in.t.Fatalf("%s %s: status %d, want %d: %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	return a
}

func (in *instance) decode(a answer, into any) {
	in.t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		in.t.Fatalf("%v in %s", err, a.body)
	}
}

// refusal returns the problem that an answer must be.
func (in *instance) refusal(status int, a answer) schema.ErrorResponse {
	in.t.Helper()
	in.want(status, a)
	var e schema.ErrorResponse
	in.decode(a, &e)
	if a.Header.Get("Content-Type") != schema.TypeProblem || e.Status != status || e.Detail == "" || e.RequestID != a.Header.Get("X-Request-Id") {
		in.t.Errorf("not a problem: %s %s", a.Header.Get("Content-Type"), a.body)
	}
	if len(e.Errors) > 0 && !strings.HasSuffix(e.Detail, e.Errors[0].Error()) {
		in.t.Errorf("the detail does not hold the first fault: %s", a.body)
	}
	return e
}

// conforming holds what passes through it against the OpenAPI document.
type conforming struct {
	t    *testing.T
	next http.RoundTripper
}

var document = sync.OnceValues(func() (validator.Validator, error) {
	text, err := schema.OpenAPI("test", "")
	if err != nil {
		return nil, err
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	if ok, faults := v.ValidateDocument(); !ok {
		return nil, faults[0]
	}
	return v, nil
})

// documentMu guards the validator, which is not made for several goroutines.
var documentMu sync.Mutex

func (c *conforming) RoundTrip(r *http.Request) (*http.Response, error) {
	if !documented(r) { // it may be a stream without end
		return c.next.RoundTrip(r)
	}
	var sent []byte
	if r.GetBody != nil {
		b, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		if sent, err = io.ReadAll(b); err != nil {
			return nil, err
		}
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(got), errorReader{err}))
	if err == nil {
		c.check(r, sent, resp, got)
	}
	return resp, nil
}

type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	return 0, io.EOF
}

// documented reports whether the document speaks of the request's route. Of the
// dashboard it only says that it is there.
func documented(r *http.Request) bool {
	for _, e := range schema.Endpoints {
		if e.Path == r.URL.Path {
			return e.Method == r.Method
		}
	}
	return false
}

// check holds an answer against the document, and a request too if it was
// served: what the document forbids must have been refused.
func (c *conforming) check(r *http.Request, sent []byte, resp *http.Response, got []byte) {
	c.t.Helper()
	v, err := document()
	if err != nil {
		c.t.Fatal(err)
	}
	documentMu.Lock()
	defer documentMu.Unlock()
	if resp.StatusCode < 300 {
		asked := r.Clone(context.Background())
		if len(bytes.TrimSpace(sent)) == 0 && r.Method == http.MethodPost { // nothing means an empty object
			sent = []byte("{}")
			asked.Header.Set("Content-Type", schema.TypeJSON)
		}
		asked.Body = io.NopCloser(bytes.NewReader(sent))
		hold := v.ValidateHttpRequest
		if kind := asked.Header.Get("Content-Type"); kind != "" && kind != schema.TypeJSON { // of these the document only says that they are text
			hold = v.GetParameterValidator().ValidateQueryParams
		}
		if ok, faults := hold(asked); !ok {
			for _, f := range faults {
				c.t.Errorf("%s %s was served, but is not as documented: %s %s %v\n%.300s", r.Method, r.URL, f.Message, f.Reason, f.SchemaValidationErrors, sent)
			}
		}
	}
	told := *resp
	told.Body = io.NopCloser(bytes.NewReader(got))
	if ok, faults := v.ValidateHttpResponse(r, &told); !ok {
		for _, f := range faults {
			c.t.Errorf("the answer %d of %s %s is not as documented: %s %s %v\n%.600s", resp.StatusCode, r.Method, r.URL.Path, f.Message, f.Reason, f.SchemaValidationErrors, got)
		}
	}
}
