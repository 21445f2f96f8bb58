package store_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
	"glow/store"
	"glow/store/benchdb"
	"glow/store/scale"
)

// Benchmarks on a large file, each beside the sqlite3 shell.

func closeAfter(b *testing.B, s *store.Store) *store.Store {
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func refresh(b *testing.B, s *store.Store, full bool) schema.RefreshResponse {
	b.Helper()
	answer, err := s.Refresh(b.Context(), schema.RefreshRequest{Full: full})
	if err != nil {
		b.Fatal(err)
	}
	return answer
}

// BenchmarkRebuild computes all summaries anew, as the shell does with the same
// statements on a copy of the same file.
func BenchmarkRebuild(b *testing.B) {
	file := benchdb.Loaded(b, *benchdb.Factor)
	shell := benchdb.Shell(b, benchdb.Copy(b, file), store.RebuildScript(), 1)
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, file)))
	for b.Loop() {
		refresh(b, s, true)
	}
	benchdb.Report(b, shell)
}

// BenchmarkRefresh brings in 10,000 records, and measures what follows from them:
// the refresh. Beside it stands a rebuild. Records of one day are what a tool
// posts; those of a week or a year are what a late import brings, which adds them. The
// days of posted records are counted again.
func BenchmarkRefresh(b *testing.B) {
	s := closeAfter(b, benchdb.Open(b, benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))))
	s.StopRefreshing()
	started := time.Now()
	refresh(b, s, true)
	rebuild := time.Since(started)
	people, sessions := ids(b, s, schema.KindProfile), ids(b, s, schema.KindSession)
	round := 0
	for _, spread := range []struct {
		name         string
		days, people int // days back from the end; one person in so many
		imported     bool
	}{
		{"posted, of one day, a tenth of the people", 1, 10, false},
		{"posted, of a year, all people", 365, 1, false},
		{"imported, of a week, all people", 7, 1, true},
		{"imported, of a year, all people", 365, 1, true},
	} {
		b.Run(spread.name, func(b *testing.B) {
			total := time.Duration(0)
			for b.Loop() {
				round++
				took, err := refreshOf(b, s, news(round, 10_000, spread.days, people[:len(people)/spread.people], sessions), spread.imported)
				if err != nil {
					b.Fatal(err)
				}
				total += took
			}
			per := total / time.Duration(b.N)
			b.ReportMetric(float64(per.Microseconds())/1000, "ms")
			b.ReportMetric(float64(rebuild)/float64(per), "×rebuild")
		})
	}
}

// refreshOf brings records in and returns how long their refresh took.
func refreshOf(b *testing.B, s *store.Store, records iter.Seq2[*schema.Record, error], imported bool) (time.Duration, error) {
	if imported {
		return s.RefreshOfImport(b.Context(), records)
	}
	if _, err := s.Put(b.Context(), records, store.PutOptions{Live: true}); err != nil { // does not refresh
		return 0, err
	}
	started := time.Now()
	refresh(b, s, false)
	return time.Since(started), nil
}

// news are records of the last days, evenly over them and over the people: logins,
// and activity in the latest sessions that are there.
func news(round, count, days int, people, sessions []string) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		var r schema.Record
		step := int64(days) * 24 * 3600 * 1_000_000 / int64(count)
		first := int64((scale.End - schema.Day(days)).Start(time.UTC))
		for i := range count {
			kind := schema.KindActivity
			if i%10 == 0 {
				kind = schema.KindLogin
			}
			r.Reset(schema.KindNamed(kind))
			r.Put("id", fmt.Sprintf("news-%d-%d", round, i))
			r.Put("profile_id", people[i*7%len(people)])
			if i%10 < 5 {
				r.Put("session_id", sessions[len(sessions)-1-i%min(200, len(sessions))])
			}
			r.PutInt("created_at", first+int64(i)*step+int64(round))
			if !yield(&r, r.Finish()) {
				return
			}
		}
	}
}

// ids lists the ids of a kind.
func ids(b *testing.B, s *store.Store, kind string) (list []string) {
	b.Helper()
	_, err := s.Export(b.Context(), schema.Scope{All: true}, schema.ExportRequest{Kind: kind}, func(tables []store.Table) error {
		for row, err := range tables[0].Rows {
			if err != nil {
				return err
			}
			list = append(list, strings.Clone(row[0].Text))
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// BenchmarkFileSize is no matter of time: it sets the size of the file beside
// that of the same rows in the plainest tables.
func BenchmarkFileSize(b *testing.B) {
	file := benchdb.Loaded(b, *benchdb.Factor)
	var theirs int64
	for b.Loop() {
		theirs = plainest(b, file)
	}
	ours := size(b, file)
	b.ReportMetric(float64(ours)/1e6, "MB")
	b.ReportMetric(float64(ours)/float64(theirs), "×plain")
}

// plainest is the size of the rows of a file in the plainest tables there can be, with
// ids of sixteen bytes, whole numbers for references, the index that keeps ids unique,
// and nothing to find anything else by.
func plainest(b *testing.B, file string) int64 {
	b.Helper()
	plain := filepath.Join(b.TempDir(), "plain.db")
	var script strings.Builder
	fmt.Fprintf(&script, "ATTACH '%s' AS plain;\n", plain)
	for _, kind := range schema.Kinds {
		names := []string{"key INTEGER PRIMARY KEY", "id BLOB UNIQUE"}
		values := []string{"key", "randomblob(16)"}
		for _, f := range kind.Fields[1:] {
			column := f.Name
			if f.Ref != "" && f.Type == schema.ID {
				column = strings.TrimSuffix(column, "_id") + "_key"
			}
			names, values = append(names, column), append(values, column)
		}
		fmt.Fprintf(&script, "CREATE TABLE plain.%q (%s);\nINSERT INTO plain.%[1]q SELECT %[3]s FROM main.%[1]q;\n",
			kind.Name, strings.Join(names, ", "), strings.Join(values, ", "))
	}
	benchdb.Shell(b, file, script.String(), 1)
	return size(b, plain)
}

func size(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
