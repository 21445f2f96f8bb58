package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"glow/schema"
	"glow/schema/testenv"
	"glow/store/benchdb"
)

const startSecret = "secret-of-the-benchmark-of-the-start"

// BenchmarkStart runs the program on a large file until it has answered the
// activity of the last month, and reports its memory before that and after.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "glow")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "glow")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	db := benchdb.Copy(b, benchdb.Loaded(b, *benchdb.Factor))
	home := b.TempDir()
	var before, after int64
	for b.Loop() {
		before, after = start(b, binary, db, home)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
	b.ReportMetric(float64(before)/(1<<20), "MiB-idle")
	b.ReportMetric(float64(after)/(1<<20), "MiB-after")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
}

// start returns the resident bytes of the process before and after its first
// answer. Only the time up to that counts.
func start(b *testing.B, binary, db, home string) (before, after int64) {
	cmd := exec.Command(binary, "serve", "--db", db, "--addr", "127.0.0.1:0")
	cmd.Env = []string{"HOME=" + home, "GLOW_TOKEN=" + startSecret}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Serving at "); ok {
			before = resident(b, cmd.Process.Pid)
			askOnce(b, url)
			break
		}
	}
	b.StopTimer()
	defer b.StartTimer()
	after = resident(b, cmd.Process.Pid)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return before, after
}

// resident is the memory of a process, in bytes.
func resident(b *testing.B, pid int) (size int64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		testenv.Lacking(b, "memory is measured where /proc is: %v", err)
	}
	for line := range bytes.Lines(status) {
		if _, err := fmt.Sscanf(string(line), "VmRSS: %d kB", &size); err == nil {
			return size << 10
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

func askOnce(b *testing.B, url string) {
	b.Helper()
	body := strings.NewReader(`{"date_from":"2025-12-01","date_to":"2025-12-31"}`)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+schema.Activity.Path, body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", schema.TypeJSON)
	r.Header.Set("Authorization", "Bearer "+startSecret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatal(resp.Status)
	}
}
