package store_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/server/formats"
	"glow/store"
	"glow/store/benchdb"
	"glow/store/scale"
)

// BenchmarkPeers measures glow beside PostgreSQL, DuckDB and the sqlite3 shell on the
// same records in one run, and prints a Markdown table of it. Every answer of theirs
// must be glow's. Who is not installed is named as skipped.
//
// PostgreSQL and DuckDB have tables of the same records and keep two summaries, a row a
// person and day and a row a session: PostgreSQL as materialized views, which it can only
// compute as a whole, DuckDB as tables. The shell asks glow's own file; what it takes in
// it does not check or summarize.
func BenchmarkPeers(b *testing.B) {
	for b.Loop() {
		t := &comparison{b: b, file: benchdb.Loaded(b, *benchdb.Factor), cells: map[string]map[string]string{}}
		t.measureGlow()
		postgreSQL, err := benchdb.PostgreSQL(b)
		t.measure("PostgreSQL", postgreSQL, err)
		duckDB, err := benchdb.DuckDB(b, filepath.Join(b.TempDir(), "peer.duckdb"))
		t.measure("DuckDB", duckDB, err)
		t.measureShell()
		fmt.Print("\n", t, "\n")
	}
}

// comparison is a table: for each thing measured, what each database took.
type comparison struct {
	b    *testing.B
	file string // glow's, with all records
	glow string // the same, once more have come in

	records   string // a ZIP of the records
	questions []question
	newer     []batch
	atLast    question // once the newer records are in
	lines     int64    // of all files of an export then

	measured, databases []string
	cells               map[string]map[string]string
	skipped             string
}

// batch is 10,000 records that come in later, in a CSV for each kind.
type batch struct {
	what  string
	files map[*schema.Kind]string
}

const (
	glow    = "glow"
	takeIn  = "everything in, from one ZIP, durable"
	giveOut = "everything out, CSV in a ZIP"
	rebuild = "full rebuild of the summaries"
	onDisk  = "size on the disk, MB"
	memory  = "memory at its peak, MB"
)

func (t *comparison) set(what, database, cell string) {
	if t.cells[what] == nil {
		t.cells[what] = map[string]string{}
		t.measured = append(t.measured, what)
	}
	if !slices.Contains(t.databases, database) {
		t.databases = append(t.databases, database)
	}
	t.cells[what][database] = cell
}

func (t *comparison) took(what, database string, d time.Duration) {
	cell := fmt.Sprintf("%.2g s", d.Seconds())
	switch {
	case d < time.Second:
		cell = fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	case d >= 10*time.Second:
		cell = fmt.Sprintf("%.0f s", d.Seconds())
	}
	t.set(what, database, cell)
}

func (t *comparison) bytes(what, database string, n int64) {
	if n > 0 {
		t.set(what, database, fmt.Sprintf("%.0f", float64(n)/1e6))
	}
}

// String is the table in Markdown, and who was skipped.
func (t *comparison) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "| what | %s |\n|%s\n", strings.Join(t.databases, " | "), strings.Repeat("---|", len(t.databases)+1))
	for _, what := range t.measured {
		fmt.Fprintf(&text, "| %s |", what)
		for _, database := range t.databases {
			cell := t.cells[what][database]
			if cell == "" {
				cell = "–"
			}
			fmt.Fprintf(&text, " %s |", cell)
		}
		text.WriteByte('\n')
	}
	return text.String() + t.skipped
}

// best is the shortest of three times.
func best(ask func() time.Duration) time.Duration {
	return min(ask(), ask(), ask())
}

// measureGlow is first: it makes the files and the answers for the others.
func (t *comparison) measureGlow() {
	b := t.b
	people, sessions := t.writeRecords()
	t.glow = filepath.Join(b.TempDir(), "glow.db")
	s := benchdb.Open(b, t.glow)
	s.StopRefreshing()
	forgetPeak(b)
	started := time.Now()
	t.readZIP(s)
	t.took(takeIn, glow, time.Since(started))
	t.ask(s)
	for i, span := range []struct {
		what string
		days int
	}{{"a week", 7}, {"a year", 365}} {
		records := func() iter.Seq2[*schema.Record, error] { return news(1000+i, 10_000, span.days, people, sessions) }
		batch := batch{"refresh after 10,000 new records strewn over " + span.what, t.writeCSVs(records())}
		took, err := s.RefreshOfImport(b.Context(), records())
		if err != nil {
			b.Fatal(err)
		}
		t.took(batch.what, glow, took)
		t.newer = append(t.newer, batch)
	}
	started = time.Now()
	refresh(b, s, true)
	t.took(rebuild, glow, time.Since(started))
	t.atLast = t.questions[0]
	t.atLast.answer = canonical(b, t.atLast.glow()())
	t.bytes(memory, glow, benchdb.PeakOf("self"))
	started = time.Now()
	t.lines = t.writeZIP(s, filepath.Join(b.TempDir(), "out.zip"), true)
	t.took(giveOut, glow, time.Since(started))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	t.bytes(onDisk, glow, size(b, t.glow))
}

// writeRecords makes the ZIP that all take in, and returns the ids of the people and of
// the sessions in it.
func (t *comparison) writeRecords() (people, sessions []string) {
	s := benchdb.Open(t.b, benchdb.Copy(t.b, t.file))
	defer s.Close()
	t.records = filepath.Join(t.b.TempDir(), "records.zip")
	t.writeZIP(s, t.records, false)
	return ids(t.b, s, schema.KindProfile), ids(t.b, s, schema.KindSession)
}

// forgetPeak makes the peak of this process begin anew, where the system can.
func forgetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil && !os.IsNotExist(err) {
		b.Fatal(err)
	}
}

// writeZIP exports everything, or only the fields of the records, and returns how
// many lines its files have.
func (t *comparison) writeZIP(s *store.Store, path string, everything bool) (lines int64) {
	t.b.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.b.Fatal(err)
	}
	defer f.Close()
	buffered := bufio.NewWriter(f)
	z := formats.NewZIPWriter(buffered, scale.End.Start(time.UTC).Time())
	_, err = s.Export(t.b.Context(), schema.Scope{All: true}, schema.ExportRequest{}, func(tables []store.Table) error {
		for _, table := range tables {
			fields := table.Fields
			if kind := schema.KindNamed(table.Name); kind != nil && !everything {
				fields = kind.Fields
			} else if !everything {
				continue
			}
			file, err := z.Table(table.File, fields, table.Rows)
			if err != nil {
				return err
			}
			lines += 1 + file.Rows
		}
		return z.Close()
	})
	if err != nil {
		t.b.Fatal(err)
	}
	if err := buffered.Flush(); err != nil {
		t.b.Fatal(err)
	}
	return lines
}

// readZIP takes the records in as an import does.
func (t *comparison) readZIP(s *store.Store) {
	t.b.Helper()
	f, err := os.Open(t.records)
	if err != nil {
		t.b.Fatal(err)
	}
	defer f.Close()
	if _, err := s.Put(t.b.Context(), formats.ReadZIP(f, size(t.b, t.records), formats.Options{}), store.PutOptions{}); err != nil {
		t.b.Fatal(err)
	}
}

// writeCSVs writes records into a file for each of their kinds.
func (t *comparison) writeCSVs(records iter.Seq2[*schema.Record, error]) map[*schema.Kind]string {
	t.b.Helper()
	text := map[*schema.Kind][]byte{}
	for r, err := range records {
		if err != nil {
			t.b.Fatal(err)
		}
		if text[r.Kind] == nil {
			text[r.Kind] = formats.AppendCSVHeader(nil, r.Kind.Fields)
		}
		text[r.Kind] = formats.AppendCSVRow(text[r.Kind], r.Kind.Fields, r.Values)
	}
	files, folder := map[*schema.Kind]string{}, t.b.TempDir()
	for kind, content := range text {
		files[kind] = filepath.Join(folder, kind.File)
		if err := os.WriteFile(files[kind], content, 0o600); err != nil {
			t.b.Fatal(err)
		}
	}
	return files
}

// ask puts the questions to glow and keeps its answers.
func (t *comparison) ask(s *store.Store) {
	t.b.Helper()
	t.questions = peerQuestions(t.b, s)
	for i := range t.questions {
		q := &t.questions[i]
		t.took(q.what, "glow", best(func() time.Duration {
			started := time.Now()
			lines := q.glow()
			took := time.Since(started)
			q.answer = canonical(t.b, lines())
			return took
		}))
	}
}

// skip says why somebody is not in the table.
func (t *comparison) skip(database string, why error) {
	t.skipped += fmt.Sprintf("\nSkipped: %s, since %v.\n", database, why)
}

// measure does to a peer what was done to glow.
func (t *comparison) measure(database string, p *benchdb.Peer, missing error) {
	t.b.Helper()
	if missing != nil {
		t.skip(database, missing)
		return
	}
	t.took(takeIn, database, t.unzipInto(p))
	for _, q := range t.questions {
		t.took(q.what, database, t.bestOf(q, p, q.sql(p)))
	}
	for _, batch := range t.newer {
		for kind, path := range batch.files {
			p.Add(kind, path)
		}
		t.took(batch.what, database, p.Refresh())
	}
	t.took(rebuild, database, p.Refresh())
	t.check(t.atLast, p, t.atLast.sql(p))
	t.bytes(onDisk, database, p.Size())
	t.bytes(memory, database, p.Peak())
	t.took(giveOut, database, t.zipOf(p))
}

// unzipInto unpacks the records and has a peer take them in.
func (t *comparison) unzipInto(p *benchdb.Peer) time.Duration {
	t.b.Helper()
	p.Ask("SELECT 1;") // the program starts
	folder := t.b.TempDir()
	started := time.Now()
	z, err := zip.OpenReader(t.records)
	if err != nil {
		t.b.Fatal(err)
	}
	defer z.Close()
	if err := os.CopyFS(folder, z); err != nil {
		t.b.Fatal(err)
	}
	return time.Since(started) + p.TakeIn(folder)
}

// bestOf is how long the answer to a question took at its best.
func (t *comparison) bestOf(q question, p *benchdb.Peer, script string) time.Duration {
	t.b.Helper()
	return best(func() time.Duration { return t.check(q, p, script) })
}

// check asks a peer and fails unless its answer is glow's.
func (t *comparison) check(q question, p *benchdb.Peer, script string) time.Duration {
	t.b.Helper()
	rows, took := p.Ask(script)
	if theirs := canonical(t.b, rows); !slices.Equal(theirs, q.answer) {
		i := 0
		for i < min(len(theirs), len(q.answer)) && theirs[i] == q.answer[i] {
			i++
		}
		t.b.Fatalf("%s: %s answers %d rows, glow %d; they differ from here on:\n%s\n%s", q.what, p.Name, len(theirs), len(q.answer),
			strings.Join(theirs[i:min(i+3, len(theirs))], "\n"), strings.Join(q.answer[i:min(i+3, len(q.answer))], "\n"))
	}
	return took
}

// zipOf has a peer export everything, and fails unless that is as many lines as glow's.
func (t *comparison) zipOf(p *benchdb.Peer) time.Duration {
	t.b.Helper()
	path := filepath.Join(t.b.TempDir(), "out.zip")
	took := p.ZIP(path)
	z, err := zip.OpenReader(path)
	if err != nil {
		t.b.Fatal(err)
	}
	defer z.Close()
	content, err := z.File[0].Open()
	if err != nil {
		t.b.Fatal(err)
	}
	lines := int64(0)
	for scanner := bufio.NewScanner(content); scanner.Scan(); {
		lines++
	}
	if lines != t.lines {
		t.b.Fatalf("%s gives %d lines out, glow %d", p.Name, lines, t.lines)
	}
	return took
}

// measureShell has the sqlite3 shell do what it can: what goes in, in a file of its own;
// the rest, with glow's tables.
func (t *comparison) measureShell() {
	b := t.b
	open := func(file string) *benchdb.Peer {
		p, err := benchdb.SQLite(b, file)
		if err != nil {
			t.skip("sqlite3", err)
			return nil
		}
		return p
	}
	p := open(filepath.Join(b.TempDir(), "peer.db"))
	if p == nil {
		return
	}
	t.took(takeIn, p.Name, t.unzipInto(p))
	held := t.questions[len(t.questions)-1]
	t.took(held.what, p.Name, t.bestOf(held, p, p.Holdings()))
	p.Close()
	p = open(t.file)
	for _, q := range t.questions {
		if q.shell != "" {
			t.took(q.what, p.Name, t.bestOf(q, p, q.shell))
		}
	}
	p.Close()
	p = open(t.glow)
	_, took := p.Ask(store.RebuildScript())
	t.took(rebuild, p.Name, took)
	t.bytes(memory, p.Name, p.Peak())
	t.took(giveOut, p.Name, t.zipOf(p))
	t.bytes(onDisk, p.Name, plainest(b, t.glow))
}
