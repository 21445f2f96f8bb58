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
	"glow/store"
)

// metrics count what happens, for Prometheus. Nothing in them is about a person.
type metrics struct {
	inFlight atomic.Int64
	failed   atomic.Int64 // sign-ins

	mu       sync.Mutex
	requests map[requestKey]int64
	latency  map[string]*store.Histogram // by route
	records  map[recordKey]int64
}

type requestKey struct {
	route  string
	status int
}

type recordKey struct{ kind, outcome string }

func newMetrics() *metrics {
	return &metrics{requests: map[requestKey]int64{}, latency: map[string]*store.Histogram{}, records: map[recordKey]int64{}}
}

func (m *metrics) begin() { m.inFlight.Add(1) }

func (m *metrics) end(route string, status int, took time.Duration) {
	m.inFlight.Add(-1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[requestKey{route, status}]++
	h := m.latency[route]
	if h == nil {
		h = &store.Histogram{}
		m.latency[route] = h
	}
	h.Observe(took)
}

func (m *metrics) signInFailed() { m.failed.Add(1) }

func (m *metrics) imported(a schema.ImportResponse) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for kind, t := range a.ByKind {
		m.records[recordKey{kind, "inserted"}] += t.Inserted
		m.records[recordKey{kind, "updated"}] += t.Updated
		m.records[recordKey{kind, "unchanged"}] += t.Unchanged
		if t.Known > 0 {
			m.records[recordKey{kind, "known"}] += t.Known
		}
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
	head := headOf(w)
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
		writeHistogram(w, "glow_request_duration_seconds", fmt.Sprintf("route=%q", route), m.latency[route])
	}
	head("glow_import_records_total", "counter", "Records of imports, by what became of them.")
	for _, k := range slices.SortedFunc(maps.Keys(m.records), func(a, b recordKey) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.outcome, b.outcome))
	}) {
		fmt.Fprintf(w, "glow_import_records_total{kind=%q,outcome=%q} %d\n", k.kind, k.outcome, m.records[k])
	}
}

// headOf prints what Prometheus wants to know before a metric.
func headOf(w io.Writer) func(name, kind, help string) {
	return func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
}

// writeHistogram prints one histogram. labels may be empty.
func writeHistogram(w io.Writer, name, labels string, h *store.Histogram) {
	set, more := "", ""
	if labels != "" {
		set, more = "{"+labels+"}", labels+","
	}
	var below int64
	for i, end := range store.Buckets {
		below += h.Counts[i]
		fmt.Fprintf(w, "%s_bucket{%sle=\"%g\"} %d\n", name, more, end, below)
	}
	fmt.Fprintf(w, "%s_bucket{%sle=\"+Inf\"} %d\n", name, more, h.Count)
	fmt.Fprintf(w, "%s_sum%s %g\n", name, set, h.Sum.Seconds())
	fmt.Fprintf(w, "%s_count%s %d\n", name, set, h.Count)
}

// writeStats prints how the store does.
func writeStats(w io.Writer, s store.Stats) {
	head := headOf(w)
	head("glow_commit_duration_seconds", "histogram", "From the begin of a commit of small writes until it is on the disk.")
	writeHistogram(w, "glow_commit_duration_seconds", "", &s.Commits)
	gauge := func(name, help string, value any) {
		head(name, "gauge", help)
		fmt.Fprintf(w, "%s %v\n", name, value)
	}
	head("glow_writes_total", "counter", "Small writes; several share a commit.")
	fmt.Fprintf(w, "glow_writes_total %d\n", s.Writes)
	gauge("glow_writes_waiting", "Small writes that wait for a commit.", s.Waiting)
	head("glow_refresh_duration_seconds", "histogram", "Refreshes of the summary tables, of whatever size; those inside an import are not among them.")
	writeHistogram(w, "glow_refresh_duration_seconds", "", &s.Refreshes)
	gauge("glow_refresh_lag_seconds", "Age of the oldest write that the summaries do not show yet; 0 when they show all.", s.RefreshLag.Seconds())
	gauge("glow_database_bytes", "Size of the database file.", s.Size.Database)
	gauge("glow_wal_bytes", "Size of the write-ahead log beside it.", s.Size.WAL)
	if s.Backup != nil {
		gauge("glow_last_backup_timestamp_seconds", "When the newest backup of --backup-dir was made.", s.Backup.MadeAt.Time().Unix())
	}
	head("glow_backup_failures_total", "counter", "Backups of --backup-dir that failed.")
	fmt.Fprintf(w, "glow_backup_failures_total %d\n", s.BackupFailures)
	if s.Size.DiskFree != nil {
		gauge("glow_disk_free_bytes", "What the disk of the database would still take.", *s.Size.DiskFree)
	}
}

func (s *Server) showMetrics(w *reply, _ *http.Request, _ schema.Caller) error {
	var b bytes.Buffer // a slow reader must not hold the counters
	s.metrics.write(&b, s.o.Version)
	writeStats(&b, s.store.Stats())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(b.Bytes())
	return nil
}
