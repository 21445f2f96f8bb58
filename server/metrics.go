package server

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"glow/schema"
)

// metrics count what happens, for Prometheus. Nothing in them is about a person.
type metrics struct {
	inFlight atomic.Int64
	failed   atomic.Int64 // sign-ins

	mu       sync.Mutex
	requests map[requestKey]int64
	latency  map[string]*histogram // by route
	records  map[recordKey]int64
}

type requestKey struct {
	route  string
	status int
}

type recordKey struct{ kind, outcome string }

// buckets are the upper ends of the latency histogram, in seconds.
var buckets = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60}

type histogram struct {
	counts [len(buckets)]int64
	count  int64
	sum    time.Duration
}

func newMetrics() *metrics {
	return &metrics{requests: map[requestKey]int64{}, latency: map[string]*histogram{}, records: map[recordKey]int64{}}
}

func (m *metrics) begin() { m.inFlight.Add(1) }

func (m *metrics) end(route string, status int, took time.Duration) {
	m.inFlight.Add(-1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[requestKey{route, status}]++
	h := m.latency[route]
	if h == nil {
		h = &histogram{}
		m.latency[route] = h
	}
	h.count++
	h.sum += took
	for i, end := range buckets {
		if took.Seconds() <= end {
			h.counts[i]++
			break
		}
	}
}

func (m *metrics) signInFailed() { m.failed.Add(1) }

func (m *metrics) imported(a schema.ImportResponse) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for kind, t := range a.ByKind {
		m.records[recordKey{kind, "inserted"}] += t.Inserted
		m.records[recordKey{kind, "updated"}] += t.Updated
		m.records[recordKey{kind, "unchanged"}] += t.Unchanged
	}
	m.records[recordKey{"", "rejected"}] += a.Rejected
	m.records[recordKey{"", "skipped"}] += a.Skipped
}

func (m *metrics) rejected(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records[recordKey{"", "rejected"}] += n
}

// write prints the metrics in the text format of Prometheus.
func (m *metrics) write(w io.Writer, version string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	head := func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }

	head("glow_info", "gauge", "What runs here.")
	fmt.Fprintf(w, "glow_info{version=%q} 1\n", version)
	head("glow_requests_in_flight", "gauge", "Requests being answered.")
	fmt.Fprintf(w, "glow_requests_in_flight %d\n", m.inFlight.Load())
	head("glow_sign_ins_failed_total", "counter", "Requests with a token that is nobody's.")
	fmt.Fprintf(w, "glow_sign_ins_failed_total %d\n", m.failed.Load())

	head("glow_requests_total", "counter", "Requests answered; route is empty where there is none, status 499 where the caller went away.")
	for _, k := range slices.SortedFunc(maps.Keys(m.requests), func(a, b requestKey) int {
		return cmp.Or(strings.Compare(a.route, b.route), a.status-b.status)
	}) {
		fmt.Fprintf(w, "glow_requests_total{route=%q,status=\"%d\"} %d\n", k.route, k.status, m.requests[k])
	}
	head("glow_request_duration_seconds", "histogram", "From the header of a request to the end of its answer.")
	for _, route := range slices.Sorted(maps.Keys(m.latency)) {
		m.latency[route].write(w, "glow_request_duration_seconds", route)
	}
	head("glow_import_records_total", "counter", "Records of imports, by what became of them.")
	for _, k := range slices.SortedFunc(maps.Keys(m.records), func(a, b recordKey) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.outcome, b.outcome))
	}) {
		fmt.Fprintf(w, "glow_import_records_total{kind=%q,outcome=%q} %d\n", k.kind, k.outcome, m.records[k])
	}
}

func (h *histogram) write(w io.Writer, name, route string) {
	var below int64
	for i, end := range buckets {
		below += h.counts[i]
		fmt.Fprintf(w, "%s_bucket{route=%q,le=\"%g\"} %d\n", name, route, end, below)
	}
	fmt.Fprintf(w, "%s_bucket{route=%q,le=\"+Inf\"} %d\n", name, route, h.count)
	fmt.Fprintf(w, "%s_sum{route=%q} %g\n", name, route, h.sum.Seconds())
	fmt.Fprintf(w, "%s_count{route=%q} %d\n", name, route, h.count)
}

func (s *Server) showMetrics(w *reply, _ *http.Request, _ schema.Caller) error {
	var b bytes.Buffer // a slow reader must not hold the counters
	s.metrics.write(&b, s.o.Version)
	if s.o.Metrics != nil {
		s.o.Metrics(&b)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(b.Bytes())
	return nil
}
