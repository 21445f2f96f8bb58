// Package benchdb measures glow beside the sqlite3 shell: the embedded engine,
// in C, on the same file and in the same run.
package benchdb

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"glow/schema"
	"glow/schema/testenv"
	"glow/store"
	"glow/store/scale"
)

// Factor is the size of the load that benchmarks measure on: 1 is a university's
// year, 16.5 million records.
var Factor = flag.Float64("scale", 0.02, "size of the load of benchmarks, 0.01 to 10; 1 is 16.5 million records")

// folder is where loaded files stay from one run to the next.
var folder = flag.String("scale.dir", filepath.Join(os.TempDir(), "glow-scale"), "folder in which loaded files are kept")

// Year is the window that every load of up to one year fills.
var Year = schema.Filter{DateFrom: "2025-01-01", DateTo: "2025-12-31"}

// kinds are those that a load has records of: all but the rare ones.
var kinds = slices.DeleteFunc(slices.Clone(schema.Kinds), func(k *schema.Kind) bool { return k.Rare })

// Loaded returns the path of a database that holds a load of one year. It is made
// once and then kept: to change it, take a Copy.
func Loaded(tb testing.TB, factor float64) string {
	tb.Helper()
	return made(tb, fmt.Sprintf("dense-%g", factor), func() iter.Seq2[*schema.Record, error] { return scale.LoadDense(factor) })
}

// Base returns the path of a database with nothing of a load but departments,
// terms, people and sessions: what records of other kinds refer to.
func Base(tb testing.TB, factor float64) string {
	tb.Helper()
	return made(tb, fmt.Sprintf("base-%g", factor), func() iter.Seq2[*schema.Record, error] {
		return only(scale.LoadDense(factor), schema.KindDepartment, schema.KindTerm, schema.KindProfile, schema.KindSession)
	})
}

// only yields the records of the first kinds of the table, and ends with them.
func only(all iter.Seq2[*schema.Record, error], kinds ...string) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		wanted := map[string]bool{}
		for _, k := range kinds {
			wanted[k] = true
		}
		for r, err := range all {
			if err == nil && !wanted[r.Kind.Name] || !yield(r, err) {
				return
			}
		}
	}
}

var making sync.Mutex

func made(tb testing.TB, name string, records func() iter.Seq2[*schema.Record, error]) string {
	tb.Helper()
	making.Lock()
	defer making.Unlock()
	path := filepath.Join(*folder, name+"-"+fingerprint(tb)+".db")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	tb.Logf("making %s", path)
	part := fmt.Sprintf("%s.%d.part", path, os.Getpid()) // tests of other packages may make the same at once
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(part + suffix); err != nil && !os.IsNotExist(err) {
			tb.Fatal(err)
		}
	}
	fill(tb, part, records())
	if err := os.Remove(part + ".lock"); err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	if err := os.Rename(part, path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// loadVersion is to be raised when the load, or what a summary holds of it, changes.
const loadVersion = 1

// fingerprint tells files of different schemas and loads apart.
func fingerprint(tb testing.TB) string {
	tb.Helper()
	h := sha256.New()
	fmt.Fprintln(h, loadVersion)
	err := fs.WalkDir(schema.Migrations, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(schema.Migrations, path)
		h.Write(data)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:4])
}

func fill(tb testing.TB, path string, records iter.Seq2[*schema.Record, error]) {
	tb.Helper()
	s := Open(tb, path)
	if _, err := s.Put(context.Background(), records, store.PutOptions{}); err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
}

// Open opens a database whose clock stands at the end of the load.
func Open(tb testing.TB, path string) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), store.Options{
		Path: path, Zone: time.UTC, Now: func() time.Time { return scale.End.Start(time.UTC).Time() },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Copy returns the path of a copy that the benchmark may write to.
func Copy(tb testing.TB, path string) string {
	tb.Helper()
	from, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(tb.TempDir(), "glow.db"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		tb.Fatal(err)
	}
	if err := to.Close(); err != nil {
		tb.Fatal(err)
	}
	return to.Name()
}

// Shell runs a script in the sqlite3 shell and returns how long that took, from
// the start of the process to its end: the fastest of a few tries. The file may
// be open elsewhere. What the shell prints is counted, not kept.
func Shell(tb testing.TB, file, script string, tries int) time.Duration {
	tb.Helper()
	if _, err := exec.LookPath("sqlite3"); err != nil {
		testenv.Lacking(tb, "there is no sqlite3 shell here to measure beside")
	}
	best := time.Duration(0)
	for range tries {
		started := time.Now()
		cmd := exec.Command("sqlite3", "-batch", "-bail", file)
		cmd.Stdin = strings.NewReader(script)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		if err := cmd.Run(); err != nil {
			tb.Fatalf("sqlite3: %v: %s", err, complaints.String())
		}
		if took := time.Since(started); best == 0 || took < best {
			best = took
		}
	}
	return best
}

// ShellZIP has the shell print the rows of an export into zip -1, which keeps
// nothing, and returns how long that took.
func ShellZIP(tb testing.TB, file string) time.Duration {
	tb.Helper()
	for _, name := range []string{"sqlite3", "zip"} {
		if _, err := exec.LookPath(name); err != nil {
			testenv.Lacking(tb, "there is no %s here to measure beside", name)
		}
	}
	return zipOutput(tb, exec.Command("sqlite3", "-batch", "-bail", file), Rows(), os.DevNull)
}

// zipOutput has a program print what a script says into zip -1, which writes it to a
// file, and returns how long that took.
func zipOutput(tb testing.TB, program *exec.Cmd, script, path string) time.Duration {
	tb.Helper()
	zip := exec.Command("zip", "-q", "-1", "-", "-")
	program.Stdin = strings.NewReader(script)
	var complaints strings.Builder
	program.Stderr = &complaints
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	defer to.Close()
	zip.Stdout = to
	if zip.Stdin, err = program.StdoutPipe(); err != nil {
		tb.Fatal(err)
	}
	started := time.Now()
	if err := errors.Join(program.Start(), zip.Start()); err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(zip.Wait(), program.Wait()); err != nil {
		tb.Fatalf("%s | zip: %v: %s", program.Path, err, complaints.String())
	}
	return time.Since(started)
}

// Report adds how many times as fast as the shell one operation was.
func Report(b *testing.B, shell time.Duration) {
	b.Helper()
	per := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(per.Microseconds())/1000, "ms")
	b.ReportMetric(float64(shell.Microseconds())/1000, "ms-shell")
	b.ReportMetric(float64(shell)/float64(per), "×shell")
}
