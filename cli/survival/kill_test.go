//go:build unix

package survival

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

const (
	writersAtOnce = 32
	roundsPerFile = 20 // then a new one: to check a large one takes long
)

// toll is what rounds of kills found.
type toll struct {
	rounds, acked, lost, doubled int
	starts                       []time.Duration // from the start of the program to its first answer
}

func (k *toll) add(other toll) {
	k.rounds += other.rounds
	k.acked += other.acked
	k.lost += other.lost
	k.doubled += other.doubled
	k.starts = append(k.starts, other.starts...)
}

// Whatever was acknowledged is there after a kill -9 at any moment, and once.
func TestKill(t *testing.T) {
	needs(t, "sqlite3")
	all := roundsOf(6, 200)
	var k toll
	for k.rounds < all {
		k.add(killOver(t, min(roundsPerFile, all-k.rounds)))
	}
	figure(t, "kill -9, %d rounds, %d writers: %d acknowledged, %d lost, %d doubled; first answer after a median of %s, 99 %% within %s",
		k.rounds, writersAtOnce, k.acked, k.lost, k.doubled, median(k.starts), at(0.99, k.starts))
}

// killOver kills the program over and over while it writes to one file.
func killOver(t *testing.T, rounds int) (k toll) {
	b, db := newWriteLog(), filepath.Join(t.TempDir(), "glow.db")
	in := start(t, db)
	in.people()
	for round := range rounds {
		stop := b.writers(in, writersAtOnce)
		time.Sleep(instant(200 * time.Millisecond)) // any moment
		in.kill()
		stop()
		if round%4 == 3 { // once more, before it has recovered
			again := launch(t, exec.Command(glow(t), serving(db)...), db)
			time.Sleep(instant(60 * time.Millisecond))
			again.kill()
		}
		in = start(t, db)
		in.want(http.StatusOK, activityQuestion)
		k.starts = append(k.starts, time.Since(in.since))
		lost, doubled := b.checkAgainstFile(t, in)
		b.repeat(t, in)
		in.sound()
		k.add(toll{rounds: 1, lost: lost, doubled: doubled})
	}
	if _, doubled := b.checkAgainstFile(t, in); doubled > 0 {
		t.Errorf("%d records are there twice after the repeats", doubled)
	}
	in.stop()
	k.acked = b.count()
	return k
}

// An import is all or nothing, and once it is acknowledged it is all.
func TestKillDuringImport(t *testing.T) {
	needs(t, "sqlite3")
	size := many(5000, 20_000)
	db := filepath.Join(t.TempDir(), "glow.db")
	in := start(t, db)
	in.people()
	whole, none := 0, 0
	began := time.Now()
	in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("first", size)))
	takes := time.Since(began)
	for round := range roundsOf(2, 20) {
		name := fmt.Sprintf("i%d", round)
		acked := make(chan bool)
		go func() {
			a, err := in.ask(post(schema.Import.Path, schema.TypeNDJSON, bulk(name, size)))
			acked <- err == nil && a.status == http.StatusOK
		}()
		time.Sleep(takes/4 + instant(takes)) // most of them in the midst of it
		in.kill()
		answered := <-acked
		in = start(t, db)
		got := len(sqlite(t, db, `SELECT id FROM activity WHERE id LIKE '`+name+`-%'`))
		switch {
		case got == size:
			whole++
		case got == 0 && !answered:
			none++
		default:
			t.Errorf("%d records of %d are there; acknowledged: %v", got, size, answered)
		}
		in.sound()
	}
	in.stop()
	figure(t, "kill -9 during an import of %d records: %d whole, %d not at all, none in part", size, whole, none)
}

// bulk is an import of activity records.
func bulk(name string, size int) string {
	var b strings.Builder
	for i := range size {
		at := time.UnixMicro(epoch + int64(i)*1_000_000).UTC().Format(time.RFC3339)
		fmt.Fprintf(&b, `{"kind":"activity","id":"%s-%d","profile_id":"p%d","session_id":"s%[3]d","created_at":%q}`+"\n", name, i, i%persons, at)
	}
	return b.String()
}

// What is done to the whole file leaves it as it was, or done.
func TestKillDuringUpkeep(t *testing.T) {
	needs(t, "sqlite3")
	for name, request := range map[string]string{
		"refresh": post(schema.Refresh.Path, schema.TypeJSON, `{"full":true}`),
		"backup":  post(schema.Backup.Path, schema.TypeJSON, "{}"),
		"doctor":  post(schema.Doctor.Path, schema.TypeJSON, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "glow.db")
			in := start(t, db)
			in.people()
			size := many(4000, 20_000)
			in.want(http.StatusOK, post(schema.Import.Path, schema.TypeNDJSON, bulk("a", size)))
			began := time.Now()
			in.want(http.StatusOK, request)
			takes := time.Since(began)
			all := roundsOf(2, 20)
			for range all {
				asked := make(chan struct{})
				go func() {
					defer close(asked)
					_, _ = in.ask(request) // whether it is answered is a matter of luck
				}()
				time.Sleep(instant(takes))
				in.kill()
				<-asked
				in = start(t, db)
				in.sound()
				onlyTheDatabase(t, db)
			}
			in.stop()
			if got := sqlite(t, db, `SELECT count(*) FROM activity`); got[0] != fmt.Sprint(size) {
				t.Errorf("%s records are left", got)
			}
			figure(t, "kill -9 during %s: %d rounds, nothing lost, nothing left behind", name, all)
		})
	}
}

// onlyTheDatabase wants no scratch files beside a database.
func onlyTheDatabase(t *testing.T, db string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(db))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch strings.TrimPrefix(e.Name(), filepath.Base(db)) {
		case "", "-wal", "-shm", ".lock":
		default:
			t.Errorf("%s is left behind", e.Name())
		}
	}
}

// A first start that is cut off anywhere leaves what the next one can go on with.
func TestKillDuringFirstStart(t *testing.T) {
	needs(t, "sqlite3")
	all := roundsOf(4, 100)
	for range all {
		db := filepath.Join(t.TempDir(), "glow.db")
		for range 2 {
			in := launch(t, exec.Command(glow(t), serving(db)...), db)
			time.Sleep(instant(80 * time.Millisecond))
			in.kill()
		}
		in := start(t, db)
		in.people()
		in.sound()
		in.stop()
	}
	figure(t, "kill -9 during the first start: %d rounds, each went on at the next", all)
}

// A restore that is cut off loses neither the old database nor the new one, and
// nobody finds an empty one in their place.
func TestKillDuringRestore(t *testing.T) {
	needs(t, "sqlite3")
	folder := t.TempDir()
	backup := filepath.Join(folder, "backup.db")
	databaseWith(t, backup, "new").stop()
	began := time.Now()
	restored := filepath.Join(folder, "tried.db")
	if out, code := run(t, "restore", backup, "--db", restored); code != 0 {
		t.Fatal(out)
	}
	takes := time.Since(began)
	ends := map[string]int{}
	all := roundsOf(3, 60)
	for round := range all {
		db := filepath.Join(folder, fmt.Sprint(round), "glow.db")
		databaseWith(t, db, "old").kill() // the department is only in the log
		cmd := exec.Command(glow(t), "restore", backup, "--db", db)
		cmd.Env = environment(t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takes/2 + instant(takes/2)) // most of them near its end
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		in := start(t, db)
		in.sound()
		got := strings.Join(sqlite(t, db, `SELECT id FROM department`), " ")
		if ends[got]++; got != "old" && got != "new" {
			t.Errorf("round %d: the departments are %q", round, got)
		}
		in.stop()
		if got == "new" {
			kept := start(t, db+".before-restore")
			if old := sqlite(t, kept.db, `SELECT id FROM department`); len(old) != 1 || old[0] != "old" {
				t.Errorf("round %d: the old database has %q", round, old)
			}
			kept.stop()
		}
	}
	figure(t, "kill -9 during a restore: %d rounds ended with %v, none with neither", all, ends)
}

// databaseWith serves a new database with one department.
func databaseWith(t *testing.T, db, department string) *instance {
	t.Helper()
	in := start(t, db)
	in.want(http.StatusOK, record(fmt.Sprintf(`{"kind":"department","id":%q,"name":"x"}`, department)))
	return in
}
