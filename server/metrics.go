package server

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"glow/schema"
	"glow/store"
)

// metrics counts what the server does, for Prometheus. Nothing in it is about a person.
// The maps are by labels, as Prometheus writes them.
type metrics struct {
	mu            sync.Mutex
	inFlight      int64
	failedSignIns int64
	requests      map[string]int64
	latency       map[string]*store.Histogram
	records       map[string]int64
}

func newMetrics() *metrics {
	return &metrics{requests: map[string]int64{}, latency: map[string]*store.Histogram{}, records: map[string]int64{}}
}

func (m *metrics) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight++
}

func (m *metrics) end(route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight--
	m.requests[fmt.Sprintf("route=%q,status=\"%d\"", route, status)]++
	labels := fmt.Sprintf("route=%q", route)
	if m.latency[labels] == nil {
		m.latency[labels] = &store.Histogram{}
	}
	m.latency[labels].Observe(took)
}

func (m *metrics) signInFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failedSignIns++
}

func (m *metrics) imported(a schema.ImportResponse) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for kind, t := range a.ByKind {
		m.countRecords(kind, "inserted", t.Inserted)
		m.countRecords(kind, "updated", t.Updated)
		m.countRecords(kind, "unchanged", t.Unchanged)
		if t.Known > 0 {
			m.countRecords(kind, "known", t.Known)
		}
	}
	m.countRecords("", "rejected", a.Rejected)
	m.countRecords("", "skipped", a.Skipped)
}

func (m *metrics) rejected(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.countRecords("", "rejected", n)
}

func (m *metrics) countRecords(kind, outcome string, n int64) {
	m.records[fmt.Sprintf("kind=%q,outcome=%q", kind, outcome)] += n
}

// exposition is a text in the format of Prometheus. It is written whole before it is
// sent, so that a slow reader does not hold the counters.
type exposition struct{ bytes.Buffer }

func (e *exposition) head(name, kind, help string) {
	fmt.Fprintf(e, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (e *exposition) gauge(name, help string, value any) {
	e.head(name, "gauge", help)
	fmt.Fprintf(e, "%s %v\n", name, value)
}

func (e *exposition) counter(name, help string, value int64) {
	e.head(name, "counter", help)
	fmt.Fprintf(e, "%s %d\n", name, value)
}

func (e *exposition) counters(name, help string, values map[string]int64) {
	e.head(name, "counter", help)
	for _, labels := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(e, "%s{%s} %d\n", name, labels, values[labels])
	}
}

// histograms prints a metric of which there is a histogram for each labels; "" is none.
func (e *exposition) histograms(name, help string, histograms map[string]*store.Histogram) {
	e.head(name, "histogram", help)
	for _, labels := range slices.Sorted(maps.Keys(histograms)) {
		h, set, more := histograms[labels], "", ""
		if labels != "" {
			set, more = "{"+labels+"}", labels+","
		}
		var below int64
		for i, end := range store.Buckets {
			below += h.Counts[i]
			fmt.Fprintf(e, "%s_bucket{%sle=\"%g\"} %d\n", name, more, end, below)
		}
		fmt.Fprintf(e, "%s_bucket{%sle=\"+Inf\"} %d\n", name, more, h.Count)
		fmt.Fprintf(e, "%s_sum%s %g\n", name, set, h.Sum.Seconds())
		fmt.Fprintf(e, "%s_count%s %d\n", name, set, h.Count)
	}
}

// expose prints what the server did.
func (m *metrics) expose(e *exposition) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.gauge("glow_requests_in_flight", "Requests being answered.", m.inFlight)
	e.counter("glow_sign_ins_failed_total", "Requests with a token that is nobody's.", m.failedSignIns)
	e.counters("glow_requests_total", "Requests answered; route is empty where there is none, status 499 where the caller went away.", m.requests)
	e.histograms("glow_request_duration_seconds", "From the header of a request to the end of its answer.", m.latency)
	e.counters("glow_import_records_total", "Records of imports, by what became of them.", m.records)
}

// exposeStore prints how the store does.
func exposeStore(e *exposition, s store.Stats) {
	e.histograms("glow_commit_duration_seconds", "From the begin of a commit of small writes until it is on the disk.",
		map[string]*store.Histogram{"": &s.Commits})
	e.counter("glow_writes_total", "Small writes; several share a commit.", s.Writes)
	e.gauge("glow_writes_waiting", "Small writes that wait for a commit.", s.Waiting)
	e.histograms("glow_refresh_duration_seconds", "Refreshes of the summary tables, of whatever size; those inside an import are not among them.",
		map[string]*store.Histogram{"": &s.Refreshes})
	e.gauge("glow_refresh_lag_seconds", "Age of the oldest write that the summaries do not show yet; 0 when they show all.", s.RefreshLag.Seconds())
	e.gauge("glow_database_bytes", "Size of the database file.", s.Size.Database)
	e.gauge("glow_wal_bytes", "Size of the write-ahead log beside it.", s.Size.WAL)
	if s.Backup != nil {
		e.gauge("glow_last_backup_timestamp_seconds", "When the newest backup of --backup-dir was made.", s.Backup.MadeAt.Time().Unix())
	}
	e.counter("glow_backup_failures_total", "Backups of --backup-dir that failed.", s.BackupFailures)
	if s.Size.DiskFree != nil {
		e.gauge("glow_disk_free_bytes", "What the disk of the database would still take.", *s.Size.DiskFree)
	}
}

func (s *Server) showMetrics(w *reply, _ *http.Request, _ schema.Caller) error {
	var e exposition
	e.head("glow_info", "gauge", "What runs here.")
	fmt.Fprintf(&e, "glow_info{version=%q} 1\n", s.o.Version)
	s.metrics.expose(&e)
	exposeStore(&e, s.store.Stats())
	exposeInbox(&e, s.inboxState())
	w.send(http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", e.Bytes())
	return nil
}
