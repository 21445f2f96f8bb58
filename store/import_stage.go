package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"glow/schema"
)

// staged is an input after it was read once. Its records are in temporary tables of the
// importing connection.
type staged struct {
	zone     dayFinder
	files    []string
	fileID   map[string]int
	counts   map[*table]int64
	derived  map[*table]bool // some ids were derived
	given    map[*table]bool // some ids were not
	partial  map[*table]bool // some records do not have all fields
	days     map[*table]map[schema.Day]bool
	faults   []schema.Fault
	rejected int64
	faulty   map[*schema.Kind]int64 // rejected records by kind, where the kind is known
	seq      int64
	args     []any
	pending  *table // whose rows wait in args
	live     bool
	strict   bool // one fault, and nothing is imported
}

// stageRows is the largest number of rows of one INSERT; a power of two.
const stageRows = 32

func (s *Store) newStaged(o PutOptions) *staged {
	return &staged{
		zone: dayFinder{zone: s.o.Zone}, live: o.Live, strict: !o.SkipInvalid,
		faulty: map[*schema.Kind]int64{}, fileID: map[string]int{}, counts: map[*table]int64{},
		derived: map[*table]bool{}, given: map[*table]bool{}, partial: map[*table]bool{}, days: map[*table]map[schema.Day]bool{},
	}
}

// prepareStage creates the staging tables of a connection. It runs outside of any
// transaction, because a rollback would drop them again.
func (t *tx) prepareStage() error {
	statements := []string{`CREATE TABLE IF NOT EXISTS temp.changed (key INTEGER PRIMARY KEY)`}
	for _, table := range tables {
		statements = append(statements, table.createStage())
	}
	return t.ExecAll(statements...)
}

// clear empties the staging tables that were used.
func (st *staged) clear(t *tx) error {
	for table := range st.counts {
		if err := t.Exec("DELETE FROM " + table.stage); err != nil {
			return err
		}
	}
	return nil
}

// readAll stages all records.
func (st *staged) readAll(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := readInput(st, t, records, func(r *schema.Record) error { return st.add(t, r) }); err != nil {
		return err
	}
	return st.flush(t)
}

// readInput calls add for everything in an input but its faults, which it rejects. In
// strict mode it stops once there are as many faults as an answer lists.
func readInput[T any](st *staged, t *tx, input iter.Seq2[T, error], add func(T) error) error {
	seen := 0
	for one, err := range input {
		if seen++; seen%1024 == 0 && t.Context().Err() != nil {
			return t.Context().Err()
		}
		var fault schema.Fault
		switch {
		case err == nil:
			if err := add(one); err != nil {
				return err
			}
		case !errors.As(err, &fault):
			return err
		default:
			if st.reject(fault); st.full() {
				return nil
			}
		}
	}
	return nil
}

// reject counts a fault and keeps the first schema.MaxFaults in the order of the input.
func (st *staged) reject(f schema.Fault) {
	st.rejected++
	if f.Kind != nil {
		st.faulty[f.Kind]++
	}
	at, _ := slices.BinarySearchFunc(st.faults, f, func(a, b schema.Fault) int {
		if a.File == b.File && a.Line == b.Line {
			return -1 // behind those of the same line
		}
		return cmp.Or(cmp.Compare(st.file(a.File), st.file(b.File)), cmp.Compare(a.Line, b.Line))
	})
	if at < schema.MaxFaults {
		st.faults = slices.Insert(st.faults, at, f)
		st.faults = st.faults[:min(len(st.faults), schema.MaxFaults)]
	}
}

// full reports whether the import has failed and its list of faults is full.
func (st *staged) full() bool { return st.strict && len(st.faults) >= schema.MaxFaults }

func (st *staged) add(t *tx, r *schema.Record) error {
	table := tableOf(r.Kind.Name)
	if st.pending != table {
		if err := st.flush(t); err != nil {
			return err
		}
		st.pending = table
	}
	st.seq++
	id, derived := st.identify(r)
	if derived {
		st.derived[table] = true
	} else {
		st.given[table] = true
	}
	if r.Absent != 0 {
		st.partial[table] = true
	}
	st.args = append(st.args, st.seq, st.file(r.File), r.Line, derived, int64(r.Absent), id)
	for i := range table.columns {
		st.args = append(st.args, table.columns[i].value(r))
	}
	st.counts[table]++
	if at := r.Get("created_at"); table.marks.day && at.Set {
		st.noteDay(table, schema.Instant(at.Int))
	}
	if len(st.args) >= stageRows*table.width() {
		return st.flush(t)
	}
	return nil
}

// width is how many values a staged record has.
func (t *table) width() int { return 6 + len(t.columns) }

func (st *staged) flush(t *tx) error {
	if len(st.args) == 0 {
		return nil
	}
	b := rowBatch{table: st.pending.stage, width: st.pending.width(), args: st.args}
	st.args = st.args[:0]
	return b.flush(t)
}

// rowBatch inserts rows of one width into a table, up to stageRows at a time.
type rowBatch struct {
	table string
	width int
	args  []any
}

func (b *rowBatch) add(t *tx, values ...any) error {
	if b.args = append(b.args, values...); len(b.args) < stageRows*b.width {
		return nil
	}
	return b.flush(t)
}

func (b *rowBatch) flush(t *tx) error {
	for done, rows := 0, stageRows; done < len(b.args); {
		end := done + rows*b.width
		if end > len(b.args) {
			rows /= 2 // halving keeps the number of prepared statements small
			continue
		}
		if err := t.Exec(insertRows(b.table, b.width, rows), b.args[done:end]...); err != nil {
			return err
		}
		done = end
	}
	b.args = b.args[:0]
	return nil
}

// insertRows is an INSERT of so many rows of a width into a table.
func insertRows(table string, width, rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", width), ",") + ")"
	return "INSERT INTO " + table + " VALUES " + strings.TrimSuffix(strings.Repeat(row+",", rows), ",")
}

func (st *staged) file(name string) int {
	id, ok := st.fileID[name]
	if !ok {
		id = len(st.files)
		st.fileID[name] = id
		st.files = append(st.files, name)
	}
	return id
}

func (st *staged) noteDay(t *table, at schema.Instant) {
	day := st.zone.day(at)
	if st.days[t] == nil {
		st.days[t] = map[schema.Day]bool{}
	}
	st.days[t][day] = true
}

// identify returns the record's id and, where it has none, a new one: for a
// single live record a UUIDv7, else one derived from its content.
func (st *staged) identify(r *schema.Record) (id string, derived bool) {
	if v := r.Values[0]; v.Set {
		return v.Text, false
	}
	if st.live {
		return newID(), false
	}
	return deriveID(r), true
}

// idEncoding keeps the order of bytes and uses no sign that needs quoting.
var idEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

// deriveID makes an id from a record's content: the second of its created_at
// (so that ids of neighbouring records lie side by side in the index), then 64
// bits of SHA-256. The store appends "-2", "-3" … to those of further records
// of the same file that are identical.
func deriveID(r *schema.Record) string {
	h := sha256.New()
	h.Write([]byte(r.Kind.Name))
	var b []byte
	for i := 1; i < len(r.Values); i++ {
		b = append(b[:0], 0)
		b = r.Kind.Fields[i].Append(b, r.Values[i])
		h.Write(b)
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	var id [13]byte
	seconds := uint64(r.Get("created_at").Int / 1e6)
	binary.BigEndian.PutUint64(id[:8], seconds<<24)
	copy(id[5:], sum[:8])
	return strings.ToLower(idEncoding.EncodeToString(id[:]))
}

// numberRepeats gives identical records of one file different ids. Identical records of
// two files stay one record, so that files give the same together as one after the other.
func (t *tx) numberRepeats(table *table) error {
	// The index makes finding repeats fast; it would slow down staging.
	index := "temp.repeats_" + table.kind.Name
	defer func() { _ = t.ExecAll("DROP INDEX IF EXISTS " + index) }()
	return t.ExecAll(
		"CREATE INDEX "+index+" ON "+strings.TrimPrefix(table.stage, "temp.")+" (id, file) WHERE derived",
		"UPDATE "+table.stage+" AS t SET id = t.id || '-' || n.n FROM (SELECT seq, row_number() OVER (PARTITION BY id, file ORDER BY seq) AS n FROM "+
			table.stage+" WHERE derived AND id IN (SELECT id FROM "+table.stage+" WHERE derived GROUP BY id HAVING count(*) > 1)) AS n WHERE n.seq = t.seq AND n.n > 1",
	)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
