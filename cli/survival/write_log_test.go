//go:build unix

package survival

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"glow/schema"
	"glow/schema/testenv"
)

// writeLog knows what writers sent to a database and what was acknowledged to them.
type writeLog struct {
	sorts int          // of writers: all four of write, or the first only
	next  atomic.Int64 // number of the next record
	cut   atomic.Bool  // the power is off: answers that come now prove nothing

	mu       sync.Mutex
	acked    map[string]bool
	unsure   map[string]string // sent, but not answered: the request that may be repeated
	refused  map[string]int    // mark → status
	statuses map[int]int       // refusals by status
	faults   []error           // answers that should not have been
	times    []time.Duration   // of all answers
}

func newWriteLog() *writeLog {
	return &writeLog{sorts: 4, acked: map[string]bool{}, unsure: map[string]string{}, refused: map[string]int{}, statuses: map[int]int{}}
}

// epoch is the time of record number 0 in microseconds, each of the others is one
// more: that distinguishes those without an id.
const epoch = int64(1_740_000_000_000_000)

// write makes a request, and the mark under which its record is found later. Of
// four writers two choose the ids, one leaves them out, and one reports problems
// under an idempotency key. What may be repeated says so.
func (b *writeLog) write(writer int) (mark, request string, repeat bool) {
	n := b.next.Add(1)
	person := n % persons
	at := time.UnixMicro(epoch + n).UTC().Format(time.RFC3339Nano)
	switch writer % b.sorts {
	case 0:
		return fmt.Sprintf("a%d", n), record(fmt.Sprintf(`{"kind":"activity","id":"a%d","profile_id":"p%d","session_id":"s%[2]d","created_at":%q}`, n, person, at)), true
	case 1:
		return fmt.Sprintf("t%d", epoch+n), record(fmt.Sprintf(`{"kind":"login","profile_id":"p%d","created_at":%q}`, person, at)), false
	case 2:
		return fmt.Sprintf("n%d", n), record(fmt.Sprintf(`{"kind":"session","id":"n%d","profile_id":"p%d","created_at":%q}`, n, person, at)), true
	}
	body, _ := json.Marshal(schema.ProblemRequest{Type: "bug", Message: fmt.Sprintf("k%d", n), ProfileID: fmt.Sprintf("p%d", person), IdempotencyKey: fmt.Sprintf("k%d", n)})
	return fmt.Sprintf("k%d", n), post(schema.ReportProblem.Path, schema.TypeJSON, string(body)), true
}

// marks asks a database for the marks of all records that writers sent.
const marks = `SELECT id FROM activity UNION ALL SELECT 't' || created_at FROM login UNION ALL
	SELECT id FROM session WHERE id LIKE 'n%' UNION ALL SELECT message FROM problem`

// writers writes from many connections until each of them breaks, or stop.
func (b *writeLog) writers(in *instance, many int) (stop func()) {
	var running sync.WaitGroup
	var stopped atomic.Bool
	for w := range many {
		running.Go(func() {
			for !stopped.Load() && b.writeOn(in, w, &stopped) {
				time.Sleep(time.Millisecond) // a refusal closed the line
			}
		})
	}
	return func() {
		stopped.Store(true)
		running.Wait()
	}
}

// writeOn writes on one line; it reports whether another may follow.
func (b *writeLog) writeOn(in *instance, writer int, stopped *atomic.Bool) bool {
	l, err := dial(in.addr)
	if err != nil {
		return false
	}
	defer l.Close()
	for !stopped.Load() {
		mark, request, repeat := b.write(writer)
		began := time.Now()
		a, err := l.ask(request)
		b.note(mark, request, repeat, a, err, time.Since(began))
		if err != nil {
			return false
		}
		if a.status != http.StatusOK {
			time.Sleep(20 * time.Millisecond) // nobody asks at full speed what is refused
			return true
		}
	}
	return false
}

// note writes an answer, or that there was none, into the log of writes.
func (b *writeLog) note(mark, request string, repeat bool, a answer, err error, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil || b.cut.Load():
		if !repeat {
			request = ""
		}
		b.unsure[mark] = request
	case a.status == http.StatusOK:
		b.acked[mark] = true
		b.times = append(b.times, took)
	default:
		b.refused[mark] = a.status
		b.statuses[a.status]++
		if err := properRefusal(a); err != nil {
			b.faults = append(b.faults, err)
		}
	}
}

// properRefusal wants of a refusal that is not the client's fault that it says so.
func properRefusal(a answer) error {
	if a.status != http.StatusServiceUnavailable && a.status != http.StatusInsufficientStorage {
		return fmt.Errorf("status %d: %s", a.status, a.body)
	}
	if a.header.Get("Retry-After") == "" || a.header.Get("Content-Type") != schema.TypeProblem {
		return fmt.Errorf("%d with the headers %v", a.status, a.header)
	}
	return nil
}

// checkRefusals wants every refusal to have been what it should be; of those that
// were not, and of what the program said, it shows the first.
func (b *writeLog) checkRefusals(in *instance) {
	in.t.Helper()
	if len(b.faults) > 0 {
		in.t.Errorf("%d refusals are wrong; the first: %v\n%.2000s", len(b.faults), b.faults[0], in.errs)
	}
}

// count is how many records were acknowledged.
func (b *writeLog) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.acked)
}

// marked are the marks of all that was acknowledged so far.
func (b *writeLog) marked() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.acked)
}

// repeat sends again what was sent and not answered: each must be taken now,
// whether or not it had been.
func (b *writeLog) repeat(t *testing.T, in *instance) {
	t.Helper()
	l, err := dial(in.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for mark, request := range b.unsure {
		if request == "" {
			continue
		}
		if a, err := l.ask(request); err != nil || a.status != http.StatusOK {
			t.Errorf("the repeat of %s: %d, %v: %s", mark, a.status, err, a.body)
		}
		b.acked[mark] = true
	}
	clear(b.unsure)
}

// checkAgainstFile compares the log of writes with the file of an instance: from outside of the
// program, while that is running.
func (b *writeLog) checkAgainstFile(t *testing.T, in *instance) (lost, doubled int) {
	t.Helper()
	there := map[string]int{}
	for _, mark := range sqlite(t, in.db, marks) {
		if there[mark]++; there[mark] > 1 {
			doubled++
		}
	}
	for mark := range b.acked {
		if there[mark] == 0 {
			lost++
		}
	}
	for mark, status := range b.refused {
		if there[mark] > 0 {
			t.Errorf("%s was refused with %d, and is there", mark, status)
		}
	}
	if lost+doubled > 0 {
		t.Errorf("of %d acknowledged records %d are lost, %d are there twice", len(b.acked), lost, doubled)
	}
	return lost, doubled
}

// sound wants a file whose pages, indexes, references and summaries are all right.
func (in *instance) sound() {
	in.t.Helper()
	if got := sqlite(in.t, in.db, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		in.t.Errorf("integrity_check: %v", got)
	}
	for _, c := range call(in, schema.Doctor, schema.Empty{}).Checks {
		if !c.OK {
			in.t.Errorf("doctor: %s: %s", c.Name, c.Detail)
		}
	}
}

// sqlite asks a database with a program that is not ours, which cannot write to it.
func sqlite(t *testing.T, db, query string) (rows []string) {
	t.Helper()
	needs(t, "sqlite3")
	cmd := exec.Command("sqlite3", "-readonly", "-cmd", ".timeout 10000", db, query)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("sqlite3: %v: %s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// needs skips a test where a program that it runs is missing. The project's
// checks install them all, and there it fails.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		testenv.Lacking(t, "%s is not installed here", program)
	}
}

// instant is a random moment within some time.
func instant(most time.Duration) time.Duration { return rand.N(most) }

// at is the value below which a share of the times lie.
func at(share float64, times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func median(times []time.Duration) time.Duration { return at(0.5, times) }

// list shows counts by status.
func list(statuses map[int]int) string {
	var b strings.Builder
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		fmt.Fprintf(&b, " %d×%d", statuses[status], status)
	}
	return strings.TrimSpace(b.String())
}
