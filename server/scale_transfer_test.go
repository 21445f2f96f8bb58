package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"glow/schema"
	"glow/schema/testenv"
	"glow/server/formats"
	"glow/store/benchdb"
)

// Benchmarks of what goes in and out.

// incoming is how many records an import of the benchmarks brings.
func incoming() int { return max(20_000, int(1e6**benchdb.Factor)) }

// activity yields records of activity by the people of an instance, in their
// sessions, with random ids.
func (s *served) activity(count int) iter.Seq2[*schema.Record, error] {
	sessions := s.table(schema.KindSession)
	return func(yield func(*schema.Record, error) bool) {
		random := rand.New(rand.NewPCG(1, 2))
		var (
			r  schema.Record
			id uuid.UUID
		)
		for range count {
			r.Reset(schema.KindNamed(schema.KindActivity))
			for i := range id {
				id[i] = byte(random.Uint32())
			}
			row := sessions[random.IntN(len(sessions))]
			r.Put("id", id.String())
			r.Put("profile_id", row[1])
			r.Put("session_id", row[0])
			r.PutInt("created_at", int64(parseInstant(s.b, row[2]))+random.Int64N(3_600_000_000))
			if !yield(&r, r.Finish()) {
				return
			}
		}
	}
}

func parseInstant(b testing.TB, text string) schema.Instant {
	at, err := schema.ParseInstant(text, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	return at
}

// table returns id, profile_id and created_at of the rows of a kind.
func (s *served) table(kind string) (rows [][3]string) {
	s.b.Helper()
	answer := s.post(schema.Export.Path, schema.TypeJSON, strings.NewReader(`{"kind":"`+kind+`"}`))
	lines := bufio.NewScanner(bytes.NewReader(answer))
	lines.Scan()
	columns := strings.Split(lines.Text(), ",")
	at := [3]int{slices.Index(columns, "id"), slices.Index(columns, "profile_id"), slices.Index(columns, "created_at")}
	for lines.Scan() {
		cells := strings.Split(lines.Text(), ",")
		rows = append(rows, [3]string{cells[at[0]], cells[at[1]], cells[at[2]]})
	}
	return rows
}

// activityFile writes the records as a file of one of the forms of an import.
func (s *served) activityFile(form string, count int) string {
	s.b.Helper()
	path := filepath.Join(s.b.TempDir(), "activity."+form)
	f, err := os.Create(path)
	if err != nil {
		s.b.Fatal(err)
	}
	out := bufio.NewWriter(f)
	kind := schema.KindNamed(schema.KindActivity)
	rows := func(yield func([]schema.Value, error) bool) {
		for r, err := range s.activity(count) {
			if !yield(r.Values, err) {
				return
			}
		}
	}
	switch form {
	case "csv":
		_, err = formats.WriteCSV(out, kind.Fields, rows)
	case "zip":
		z := formats.NewZIPWriter(out, time.Now())
		if _, err = z.Table("activity.csv", kind.Fields, rows); err == nil {
			err = z.Close()
		}
	case "ndjson":
		for r := range s.activity(count) {
			fmt.Fprintf(out, `{"kind":"activity","id":%q,"profile_id":%q,"session_id":%q,"created_at":"%s"}`+"\n",
				r.Get("id").Text, r.Get("profile_id").Text, r.Get("session_id").Text, schema.Instant(r.Get("created_at").Int))
		}
	}
	if err != nil {
		s.b.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		s.b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		s.b.Fatal(err)
	}
	return path
}

// twin is the table of activity as the shell can fill it from a CSV: no checks, no
// summaries, references as they stand, and the same indexes over those. Its memory
// is that of glow.
const twin = `PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -8192;
CREATE TABLE twin (id TEXT NOT NULL UNIQUE, profile_id TEXT NOT NULL, session_id TEXT, created_at TEXT NOT NULL);
CREATE INDEX twin_by_time ON twin (created_at, profile_id);
CREATE INDEX twin_by_session ON twin (session_id, created_at, profile_id) WHERE session_id IS NOT NULL;
`

// BenchmarkImport takes activity records in over HTTP: checked, on the disk, and
// counted in the summaries when it is answered. The shell imports the CSV.
func BenchmarkImport(b *testing.B) {
	base := benchdb.Base(b, *benchdb.Factor)
	sample := serve(b, benchdb.Copy(b, base))
	csv := sample.activityFile("csv", incoming())
	shell := benchdb.Shell(b, filepath.Join(b.TempDir(), "twin.db"), twin+".import --csv --skip 1 "+csv+" twin\n", 1)
	for form, contentType := range map[string]string{"csv": schema.TypeCSV, "ndjson": schema.TypeNDJSON, "zip": schema.TypeZIP} {
		path := csv
		if form != "csv" {
			path = sample.activityFile(form, incoming())
		}
		b.Run(form, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := serve(b, benchdb.Copy(b, base))
				b.StartTimer()
				s.takeIn(path, contentType)
			}
			benchdb.Report(b, shell)
		})
	}
}

func (s *served) takeIn(path, contentType string) {
	s.b.Helper()
	if err := s.tryTakeIn(path, contentType); err != nil {
		s.b.Fatal(err)
	}
}

// tryTakeIn is takeIn on another goroutine than the benchmark's.
func (s *served) tryTakeIn(path, contentType string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	query := ""
	if contentType == schema.TypeCSV {
		query = "?kind=" + schema.KindActivity
	}
	answer, err := s.try(schema.Import.Path+query, contentType, f)
	if want := fmt.Sprintf(`"inserted":%d`, incoming()); err == nil && !bytes.Contains(answer, []byte(want)) {
		err = fmt.Errorf("want %s: %.300s", want, answer)
	}
	return err
}

// BenchmarkLive posts one record a request from some clients, each of whom waits
// until theirs is on the disk. The shell commits one record at a time. Where there
// are changes, every fourth record is one of a record that is there.
func BenchmarkLive(b *testing.B) {
	for _, clients := range []int{8, 32} {
		for _, changes := range []bool{false, true} {
			name := fmt.Sprintf("%d clients", clients)
			if changes {
				name += ", changes among it"
			}
			b.Run(name, func(b *testing.B) { benchmarkLive(b, clients, changes) })
		}
	}
}

func benchmarkLive(b *testing.B, clients int, changes bool) {
	const alone = 2000
	s := serve(b, benchdb.Copy(b, benchdb.Base(b, *benchdb.Factor)))
	person := s.table(schema.KindSession)[0][1]
	var script strings.Builder
	script.WriteString(twin)
	for i := range alone {
		fmt.Fprintf(&script, "INSERT INTO twin VALUES ('%s', 'p', 's', '2025-03-01T09:00:00Z');\n", strconv.Itoa(i))
	}
	shell := benchdb.Shell(b, filepath.Join(b.TempDir(), "twin.db"), script.String(), 1) / alone
	var left atomic.Int64
	left.Store(int64(b.N))
	body := func(client int, n int64) string {
		if changes && n%4 == 0 {
			return fmt.Sprintf(`{"kind":"login","id":"live-%d","profile_id":%q,"created_at":"2025-03-01T09:00:00.%06dZ"}`, client, person, n%1_000_000)
		}
		return `{"kind":"activity","profile_id":"` + person + `","created_at":"2025-03-01T09:00:00Z"}`
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				if _, err := s.try(schema.Import.Path, schema.TypeJSON, strings.NewReader(body(client, n))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	benchdb.Report(b, shell)
}

// BenchmarkReadsDuringImport asks what people ask, over and over, while a large
// import runs into a file that holds a year, and reports how long the middle and
// the slowest in a hundred of each question took.
func BenchmarkReadsDuringImport(b *testing.B) {
	file := benchdb.Loaded(b, *benchdb.Factor)
	s := serve(b, benchdb.Copy(b, file))
	path := s.activityFile("csv", incoming())
	questions := []struct {
		name, path string
		request    any
	}{
		{"month", schema.Activity.Path, schema.ActivityRequest{Filter: schema.Filter{
			DateFrom: "2025-03-01", DateTo: "2025-03-31", DepartmentIDs: []string{s.department()},
		}}},
		{"sessions", schema.Sessions.Path, schema.SessionsRequest{}},
		{"year", schema.Activity.Path, schema.ActivityRequest{Filter: benchdb.Year}},
	}
	took := make([][]time.Duration, len(questions))
	for b.Loop() {
		done := make(chan error, 1)
		go func() { done <- s.tryTakeIn(path, schema.TypeCSV) }()
		for running := true; running; {
			select {
			case err := <-done:
				if running = false; err != nil {
					b.Fatal(err)
				}
			default:
				for i, q := range questions {
					started := time.Now()
					s.ask(q.path, q.request, nil)
					took[i] = append(took[i], time.Since(started))
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
		b.StopTimer()
		s = serve(b, benchdb.Copy(b, file))
		b.StartTimer()
	}
	for i, q := range questions {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2].Microseconds())/1000, q.name+"-ms-p50")
		b.ReportMetric(float64(took[i][len(took[i])*99/100].Microseconds())/1000, q.name+"-ms-p99")
	}
}

// BenchmarkExport streams everything as a ZIP. The shell prints the same rows,
// with the same ids and names, and zip -1 packs them.
func BenchmarkExport(b *testing.B) {
	file := benchdb.Loaded(b, *benchdb.Factor)
	s := serve(b, benchdb.Copy(b, file))
	shell := benchdb.ShellZIP(b, file)
	debug.FreeOSMemory()
	idle := memory(b, "VmRSS")
	resetPeak(b)
	var size int64
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.url+schema.Export.Path, strings.NewReader("{}"))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", schema.TypeJSON)
		r.Header.Set("Authorization", "Bearer "+secret)
		resp, err := s.client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if size, err = io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err)
		}
		resp.Body.Close()
	}
	b.ReportMetric(float64(size)/1e6, "MB-zip")
	b.ReportMetric(float64(memory(b, "VmHWM")-idle)/(1<<20), "MiB-above-idle")
	benchdb.Report(b, shell)
}

// memory is what the kernel knows of the process, in bytes.
func memory(b testing.TB, field string) int64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		testenv.Lacking(b, "memory is measured where /proc is: %v", err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(field+":")); ok {
			kb, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatalf("no %s", field)
	return 0
}

// resetPeak makes VmHWM begin anew.
func resetPeak(b testing.TB) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Fatal(err)
	}
}
