package benchdb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Peer is another database, driven by its own command line program. One process
// answers all statements, as an application keeps its connection open.
type Peer struct {
	Name string
	dialect
	tb         testing.TB
	program    func() *exec.Cmd // reads statements, prints rows as CSV
	file       string           // what it keeps the records in; empty: a server does
	process    *exec.Cmd
	in         io.WriteCloser
	out        *bufio.Scanner
	complaints bytes.Buffer
}

// PostgreSQL starts a server of its own, which ends with the benchmark. The error
// says that it is not installed.
func PostgreSQL(tb testing.TB) (*Peer, error) {
	tb.Helper()
	if err := onPath("initdb", "pg_ctl", "psql"); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "glow-peer") // short: the path of a socket has at most 107 bytes
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(folder) })
	unprivileged := asNobody(tb, folder)
	run := func(args ...string) {
		tb.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = folder
		if said, err := cmd.CombinedOutput(); err != nil {
			tb.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said)
		}
	}
	data := filepath.Join(folder, "data")
	run(append(unprivileged, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")...)
	tuned := "-c listen_addresses= -c port=5432 -c unix_socket_directories=" + folder +
		" -c timezone=UTC -c shared_buffers=1GB -c effective_cache_size=4GB -c work_mem=64MB" +
		" -c maintenance_work_mem=512MB -c max_wal_size=4GB -c random_page_cost=1.1"
	run(append(unprivileged, "pg_ctl", "-D", data, "-w", "-l", filepath.Join(folder, "log"), "-o", tuned, "start")...)
	tb.Cleanup(func() { run(append(unprivileged, "pg_ctl", "-D", data, "-m", "immediate", "stop")...) })
	return &Peer{Name: "PostgreSQL", dialect: postgreSQL, tb: tb, program: func() *exec.Cmd {
		return exec.Command("psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", "5432", "-U", "postgres", "-d", "postgres")
	}}, nil
}

// asNobody is how a command is started that refuses to run as root: with words
// before it that make it another user's, to whom the folder then belongs.
func asNobody(tb testing.TB, folder string) []string {
	tb.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("nobody")
	if err != nil {
		tb.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid) // numbers wherever there is a root
	gid, _ := strconv.Atoi(who.Gid)
	if err := os.Chown(folder, uid, gid); err != nil {
		tb.Fatal(err)
	}
	return []string{"runuser", "-u", who.Username, "--"}
}

// DuckDB keeps the records in a file. The error says that it is not installed.
func DuckDB(tb testing.TB, file string) (*Peer, error) {
	return &Peer{Name: "DuckDB", dialect: duckDB, tb: tb, file: file, program: func() *exec.Cmd {
		return exec.Command("duckdb", "-batch", "-bail", "-csv", "-noheader", "-nullvalue", "", file)
	}}, onPath("duckdb")
}

// SQLite is the sqlite3 shell on a file. The error says that it is not installed.
func SQLite(tb testing.TB, file string) (*Peer, error) {
	return &Peer{Name: "sqlite3", dialect: sqlite3, tb: tb, file: file, program: func() *exec.Cmd {
		return exec.Command("sqlite3", "-batch", "-bail", "-csv", file)
	}}, onPath("sqlite3")
}

func onPath(names ...string) error {
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("there is no %s on the PATH", name)
		}
	}
	return nil
}

// endOfAnswer is a row that says that all rows before it have come.
const endOfAnswer = "end-of-answer"

// Ask runs statements and returns the rows that they print, each one line of CSV, and
// how long they took. The first call starts the program, which is not counted.
func (p *Peer) Ask(script string) (rows []string, took time.Duration) {
	p.tb.Helper()
	if p.process == nil {
		p.start()
	}
	started := time.Now()
	if _, err := io.WriteString(p.in, script+"\nSELECT '"+endOfAnswer+"';\n"); err != nil {
		p.fail(err)
	}
	for p.out.Scan() {
		row := strings.TrimSuffix(p.out.Text(), "\r")
		if strings.Trim(row, `"`) == endOfAnswer {
			return rows, time.Since(started)
		}
		rows = append(rows, row)
	}
	p.fail(errors.New("it ended before its answer did"))
	return nil, 0
}

func (p *Peer) start() {
	p.tb.Helper()
	p.process = p.program()
	p.process.Stderr = &p.complaints
	in, err := p.process.StdinPipe()
	if err != nil {
		p.tb.Fatal(err)
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		p.tb.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.tb.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	p.tb.Cleanup(p.Close) // also when the benchmark fails in between
	p.Ask(p.prepare)
}

func (p *Peer) fail(err error) {
	p.tb.Helper()
	p.in.Close()
	p.process.Wait() // then it has complained of all it will
	p.process = nil
	p.tb.Fatalf("%s: %v: %s", p.Name, err, p.complaints.String())
}

// Close ends the program; the next Ask starts it again.
func (p *Peer) Close() {
	if p.process == nil {
		return
	}
	p.in.Close()
	if err := p.process.Wait(); err != nil {
		p.tb.Errorf("%s: %v: %s", p.Name, err, p.complaints.String())
	}
	p.process = nil
}

// Peak is the most memory, in bytes, that the process which answers has had since the
// first Ask; 0 where the system does not tell.
func (p *Peer) Peak() int64 {
	pid := strconv.Itoa(p.process.Process.Pid)
	if p.answering != "" {
		rows, _ := p.Ask(p.answering)
		pid = rows[0]
	}
	return PeakOf(pid)
}

// PeakOf is the most memory, in bytes, that a process has had; "self" is this one. It
// is 0 where the system does not tell.
func PeakOf(pid string) int64 {
	status, _ := os.ReadFile(filepath.Join("/proc", pid, "status")) // only Linux has it
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// Size is how large the database is, in bytes.
func (p *Peer) Size() (bytes int64) {
	p.tb.Helper()
	rows, _ := p.Ask(p.size)
	if p.file == "" {
		bytes, _ = strconv.ParseInt(rows[0], 10, 64)
		return bytes
	}
	info, err := os.Stat(p.file)
	if err != nil {
		p.tb.Fatal(err)
	}
	return info.Size()
}

// ZIP has the program print everything into zip -1, and returns how long that took.
func (p *Peer) ZIP(path string) time.Duration {
	p.tb.Helper()
	p.Close() // a file may be open in one program only
	return zipOutput(p.tb, p.program(), p.everything(), path)
}
