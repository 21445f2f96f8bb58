package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"glow/schema"
	"glow/server"
	"glow/store"
	"glow/store/benchdb"
)

// Benchmarks over HTTP, each beside the sqlite3 shell on the same file.

// served is an instance that a benchmark asks over a real connection.
type served struct {
	b      testing.TB
	store  *store.Store
	url    string
	client *http.Client
}

const secret = "secret-of-the-benchmarks"

func serve(b testing.TB, path string) *served {
	b.Helper()
	st := benchdb.Open(b, path)
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	if has, err := st.HasTokens(b.Context()); err != nil {
		b.Fatal(err)
	} else if !has {
		if err := st.AdoptToken(b.Context(), "first", secret); err != nil {
			b.Fatal(err)
		}
	}
	handler, err := server.New(st, server.Options{})
	if err != nil {
		b.Fatal(err)
	}
	listener := httptest.NewUnstartedServer(nil)
	listener.Config = handler.HTTP()
	listener.Start()
	b.Cleanup(listener.Close)
	client := listener.Client()
	client.Transport.(*http.Transport).DisableCompression = true // packing has a benchmark of its own
	return &served{b: b, store: st, url: listener.URL, client: client}
}

// post returns the answer to a request, which must be given.
func (s *served) post(path, contentType string, body io.Reader) []byte {
	s.b.Helper()
	answer, err := s.try(path, contentType, body)
	if err != nil {
		s.b.Fatal(err)
	}
	return answer
}

func (s *served) try(path, contentType string, body io.Reader) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, s.url+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer := bytes.NewBuffer(make([]byte, 0, max(0, int(resp.ContentLength))+bytes.MinRead))
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %.500s", path, resp.Status, answer)
	}
	return answer.Bytes(), nil
}

// ask asks a question and reads the answer into a value; nil reads nothing.
func (s *served) ask(path string, request, into any) {
	s.b.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		s.b.Fatal(err)
	}
	answer := s.post(path, schema.TypeJSON, bytes.NewReader(body))
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		s.b.Fatal(err)
	}
}

// department is one of the load's, of middling size.
func (s *served) department() string {
	s.b.Helper()
	var answer schema.ActivityResponse
	none := 0
	s.ask(schema.Activity.Path, schema.ActivityRequest{PageLimit: &none}, &answer)
	return answer.Analytics.DepartmentOptions[3].Value
}

func window(b testing.TB, f schema.Filter) schema.Window {
	b.Helper()
	w, err := f.Window(time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	return w
}

func BenchmarkActivity(b *testing.B) {
	file := benchdb.Loaded(b, *benchdb.Factor)
	s := serve(b, benchdb.Copy(b, file))
	month := schema.Filter{DateFrom: "2025-03-01", DateTo: "2025-03-31", DepartmentIDs: []string{s.department()}}
	for name, filter := range map[string]schema.Filter{"year, all people": benchdb.Year, "month, one department": month} {
		b.Run(name, func(b *testing.B) {
			department := ""
			if len(filter.DepartmentIDs) > 0 {
				department = filter.DepartmentIDs[0]
			}
			shell := benchdb.Shell(b, file, benchdb.CountRecords(window(b, filter), department), 3)
			request, err := json.Marshal(schema.ActivityRequest{Filter: filter})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.SetBytes(int64(len(s.post(schema.Activity.Path, schema.TypeJSON, bytes.NewReader(request)))))
			}
			benchdb.Report(b, shell)
		})
	}
}

// BenchmarkActivityGrowth asks the same of a tenth of the records of the same
// people and days, and of all.
func BenchmarkActivityGrowth(b *testing.B) {
	var tenth time.Duration
	for _, factor := range []float64{*benchdb.Factor / 10, *benchdb.Factor} {
		b.Run(strconv.FormatFloat(factor, 'g', -1, 64), func(b *testing.B) {
			s := serve(b, benchdb.Copy(b, benchdb.Loaded(b, factor)))
			for b.Loop() {
				s.ask(schema.Activity.Path, schema.ActivityRequest{Filter: benchdb.Year}, nil)
			}
			per := b.Elapsed() / time.Duration(b.N)
			if tenth == 0 {
				tenth = per
			}
			b.ReportMetric(float64(per)/float64(tenth), "×tenth")
		})
	}
}

func BenchmarkSessions(b *testing.B) {
	s := serve(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor)))
	yes := true
	for _, filter := range []struct {
		name    string
		request schema.SessionsRequest
	}{
		{"all", schema.SessionsRequest{}},
		{"department, quarter", schema.SessionsRequest{Filter: schema.Filter{
			DateFrom: "2025-04-01", DateTo: "2025-06-30", DepartmentIDs: []string{s.department()},
		}}},
		{"active", schema.SessionsRequest{Active: &yes}},
	} {
		var answer schema.SessionsResponse
		s.ask(schema.Sessions.Path, filter.request, &answer)
		if answer.TotalCount == 0 {
			b.Fatalf("no sessions: %s", filter.name)
		}
		last := int(answer.TotalPages)
		for _, page := range []struct {
			name   string
			number int
		}{{"first", 1}, {"middle", (last + 1) / 2}, {"last", last}} {
			b.Run(filter.name+", "+page.name, func(b *testing.B) {
				req := filter.request
				req.Page = &page.number
				for b.Loop() {
					s.ask(schema.Sessions.Path, req, nil)
				}
			})
		}
	}
}
