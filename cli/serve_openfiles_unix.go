//go:build unix

package cli

import "golang.org/x/sys/unix"

// openFiles is how many files and connections this process may have open. Go
// has raised it to what the system allows.
func openFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<30))
}
