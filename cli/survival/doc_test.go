// Package survival tests the real program over HTTP under stress: it is killed, the disk
// under it fills up, fails or loses its power, its file is damaged, and crowds,
// slow callers and hostile bodies come. Each test says in one line, "figure: …",
// what it measured.
//
// go test ./cli/survival runs a few rounds of each. All of them:
//
//	go test -v -timeout 40m ./cli/survival -full -rounds 40
//
// Some need root, a loop device or strace, and say so where they are skipped; with CI
// in the environment they fail there.
package survival
