//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"glow/schema/testenv"
)

// exportTo runs an export of 100,000 bytes into a file, over what is there.
func exportTo(t *testing.T, whole bool, path string, want int) {
	t.Helper()
	if code, _, errs := runAt(t, sendFile(whole), "system", "export", "-o", path, "--yes"); code != want {
		t.Fatalf("exit %d, want %d: %s", code, want, errs)
	}
}

func TestPipeGetsWhatIsWrittenAndStaysAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		testenv.Lacking(t, "there are no named pipes here: %v", err)
	}
	for _, whole := range []bool{true, false} {
		reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // does not wait for a writer, as reading alone would
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan int64, 1)
		go func() {
			n, _ := io.CopyN(io.Discard, reader, 100_000)
			got <- n
		}()
		if whole {
			exportTo(t, whole, pipe, exitDone)
			select {
			case n := <-got:
				if n != 100_000 {
					t.Errorf("%d bytes came out of the pipe", n)
				}
			case <-time.After(5 * time.Second):
				t.Error("nothing came out of the pipe")
			}
		} else {
			exportTo(t, whole, pipe, exitFailed)
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
			t.Errorf("whole %v: the pipe has become %v, %v", whole, info, err)
		}
	}
}

func TestLinkStaysAndWhatItPointsAtIsReplaced(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"a/deep", "b"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "b", "old.zip"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a/deep", filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, link := range []struct{ name, to, file string }{
		{"a/direct", "../b/old.zip", "b/old.zip"},
		{"a/twice", "direct", "b/old.zip"},
		{"a/dangling", "../b/new.zip", "b/new.zip"},
		{"a/absolute", filepath.Join(dir, "b", "old.zip"), "b/old.zip"},
		{"through", "folder/../far.zip", "a/far.zip"},
		{"null", os.DevNull, ""},
		{"loop", "loop", ""},
	} {
		path := filepath.Join(dir, link.name)
		if err := os.Symlink(link.to, path); err != nil {
			t.Fatal(err)
		}
		want := exitDone
		if link.name == "loop" {
			want = exitFailed
		}
		exportTo(t, true, path, want)
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSymlink {
			t.Errorf("%s has become %v, %v", link.name, info, err)
		}
		if link.file == "" {
			continue
		}
		if info, err := os.Lstat(filepath.Join(dir, link.file)); err != nil || info.Size() != 100_000 || !info.Mode().IsRegular() {
			t.Errorf("%s: %s is %v, %v", link.name, link.file, info, err)
		}
		if err := os.WriteFile(filepath.Join(dir, link.file), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		exportTo(t, false, path, exitFailed)
		if text, err := os.ReadFile(filepath.Join(dir, link.file)); string(text) != "old" {
			t.Errorf("%s: a download that broke off left %d bytes, %v", link.name, len(text), err)
		}
	}
	for _, pattern := range []string{".glow-*", "*/.glow-*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
