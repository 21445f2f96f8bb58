package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// LogImport is a log of another program: rows from which records are derived.
type LogImport struct {
	Site    string        // starts the ids of its people
	Gap     time.Duration // the longest pause within a session
	Viewers bool          // names like "A as B" are told apart
	Replace bool          // replaces sessions derived from this log whose rows were not kept

	// Rows reads the rows of the files. Its names are positions in Names, which is
	// complete once Rows has been ranged over.
	Rows  iter.Seq2[*schema.LogRow, error]
	Names func() []string

	// Derive makes records from all rows of the site, including those of earlier imports.
	// It passes the rows to store to keep while the records are ranged over.
	Derive func(rows schema.LogRows, keep func(*schema.LogRow) error) *schema.LogRecords
}

// PutLog imports the rows of a log, as Put imports records. The rows are stored, and all
// records of the people in them are derived again from all of their rows: any split of a
// log into files and imports gives the same records.
//
// Rows are staged first. Then one log import at a time reads the stored rows and derives
// the records, without a lock on the file; it becomes the writer only to merge them.
func (s *Store) PutLog(ctx context.Context, log LogImport, o PutOptions) (schema.ImportResponse, error) {
	p := s.newPut(o)
	p.log = &logPut{LogImport: log}
	err := s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		t := s.tx(ctx, c)
		if err := p.within(t, p.stageLogRows); err != nil {
			return sqlite.Translate(err)
		}
		leave, err := s.logs.Acquire(ctx)
		if err != nil {
			return err
		}
		defer leave()
		if err := p.within(t, p.deriveLog); err != nil {
			return sqlite.Translate(err)
		}
		return s.writeOn(ctx, c, cancelWith(ctx, p.merge))
	})
	return p.finish(err)
}

// logPut is the state that only an import of a log has.
type logPut struct {
	LogImport
	siteKey     int64
	newSite     bool
	newNames    map[uint32]string // names that the database does not have yet, by the keys that they get
	nameKeys    []uint32          // keys of the names of this import, by position
	lastProfile int64             // greatest keys of a profile and of a session before the import
	lastSession int64
	result      *schema.LogRecords
	seq         int64
	takenBack   int64 // key of the import whose rows go; 0: of none

	checkOutdated func(*removal) error // of the records that the rows do not give any more; may be nil
	repeats       map[int64]bool       // imports whose rows this one repeats
}

// logColumns are the columns of log_row that name a row and say what it says, in the
// order of logValues.
const logColumns = `id, digest_high, digest_low, position, at, repeated, event, origin, event_name, user, real, related, object, module, name_key, affected_key`

// logValues are the values of logColumns.
func logValues(r *schema.LogRow) []any {
	return []any{int64(r.ID), int64(r.Digest[0]), int64(r.Digest[1]), r.Position, r.At, r.Repeated, r.Event, r.Origin, int64(r.EventName),
		r.User, int64(r.Real), int64(r.Related), int64(r.Object), int64(r.Module), r.Name, r.Affected}
}

var createLogStage = []string{
	`CREATE TEMP TABLE IF NOT EXISTS stage_log (seq INTEGER PRIMARY KEY, file INTEGER, line INTEGER, ` + logColumns + `)`,
	`CREATE TEMP TABLE IF NOT EXISTS kept_log (` + logColumns + `, profile TEXT, viewed TEXT, import_key INTEGER)`,
	`CREATE TEMP TABLE IF NOT EXISTS log_touched (id TEXT PRIMARY KEY) WITHOUT ROWID`,
	`CREATE TEMP TABLE IF NOT EXISTS log_span (id TEXT, from_at INTEGER, until_at INTEGER)`,
	`CREATE TEMP TABLE IF NOT EXISTS log_moved (old_id TEXT PRIMARY KEY, new_id TEXT) WITHOUT ROWID`,
	`CREATE TEMP TABLE IF NOT EXISTS log_made (kind TEXT, key INTEGER, profile_key INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID`,
	`CREATE TEMP TABLE IF NOT EXISTS log_rowless (key INTEGER PRIMARY KEY)`,
	`CREATE TEMP TABLE IF NOT EXISTS log_follow (old_key INTEGER PRIMARY KEY, new_key INTEGER)`,
}

// stageLogRows stages the rows of the files and numbers identical ones.
func (p *put) stageLogRows(t *tx) error {
	if err := t.ExecAll(createLogStage...); err != nil {
		return err
	}
	batch := rowBatch{table: "temp.stage_log", width: 3 + len(logValues(&schema.LogRow{}))}
	err := readInput(p.staged, t, p.log.Rows, func(r *schema.LogRow) error {
		p.log.seq++
		p.preview.noteTime(r.At)
		return batch.add(t, append([]any{p.log.seq, p.file(r.File), r.Line}, logValues(r)...)...)
	})
	if err != nil || p.full() {
		return err
	}
	if err := batch.flush(t); err != nil {
		return err
	}
	return t.ExecAll(
		`CREATE INDEX temp.stage_log_alike ON stage_log (digest_high, digest_low, file, seq) WHERE id = 0`,
		`UPDATE temp.stage_log AS s SET position = n.position FROM (SELECT seq, row_number() OVER (PARTITION BY digest_high, digest_low, file ORDER BY seq) - 1 AS position
			FROM temp.stage_log WHERE id = 0) n WHERE n.seq = s.seq AND n.position > 0`)
}

// deriveLog stages the records derived from all rows of the site.
func (p *put) deriveLog(t *tx) error {
	if p.full() {
		return errRefused
	}
	rows, err := p.logRows(t)
	if err != nil {
		return err
	}
	kept := rowBatch{table: "temp.kept_log", width: 3 + len(logValues(&schema.LogRow{}))}
	p.log.result = p.log.Derive(rows, func(r *schema.LogRow) error {
		return kept.add(t, append(logValues(r), r.Profile, r.Viewed, r.Import)...)
	})
	if err := p.stageAndCheck(t, p.sample(p.observe(p.log.result.Records))); err != nil {
		return err
	}
	if err := kept.flush(t); err != nil {
		return err
	}
	for id := range p.log.result.Touched {
		if err := t.Exec(`INSERT INTO temp.log_touched VALUES (?)`, id); err != nil {
			return err
		}
	}
	for _, span := range p.log.result.Spans {
		if err := t.Exec(`INSERT INTO temp.log_span VALUES (?, ?, ?)`, span.Profile, span.From, span.Until); err != nil {
			return err
		}
	}
	for old, id := range p.log.result.Moved {
		if err := t.Exec(`INSERT INTO temp.log_moved VALUES (?, ?)`, old, id); err != nil {
			return err
		}
	}
	return nil
}

// logRows returns all rows of the site, with its names and known people.
func (p *put) logRows(t *tx) (rows schema.LogRows, err error) {
	if p.log.siteKey, err = t.QueryCount(`SELECT ifnull(max(key), 0) FROM log_site WHERE name = ?`, p.log.Site); err != nil {
		return rows, err
	}
	p.log.newSite = p.log.siteKey == 0
	rows.First = p.log.newSite
	if rows.Names, err = p.assignNameKeys(t); err != nil {
		return rows, err
	}
	profiles := map[int64]string{}
	rows.Profiles, rows.Aliases, rows.Anew = map[string]string{}, map[string]string{}, map[string]bool{}
	err = t.Query(func(scan func(...any) error) error {
		var (
			key      int64
			id, name string
		)
		err := scan(&key, &id, &name)
		profiles[key], rows.Profiles[id] = id, name
		return err
	}, `SELECT key, id, name FROM profile WHERE id >= ? || '-' AND id < ? || '.'`, p.log.Site, p.log.Site)
	if err != nil {
		return rows, err
	}
	err = t.Query(func(scan func(...any) error) error {
		var (
			alias, had, id, name string
			key                  int64
			again                bool
		)
		err := scan(&alias, &had, &again, &key, &id, &name)
		profiles[key], rows.Profiles[id], rows.Profiles[alias], rows.Aliases[alias] = id, name, had, id
		if again {
			rows.Anew[id] = true
		}
		return err
	}, `SELECT a.id, a.name, a.rederive, p.key, p.id, p.name FROM profile_alias a JOIN profile p ON p.key = a.profile_key WHERE a.id >= ? || '-' AND a.id < ? || '.'`, p.log.Site, p.log.Site)
	if err != nil {
		return rows, err
	}
	if rows.Deleted, err = t.deletedLogRows(p.log.siteKey); err != nil {
		return rows, err
	}
	rows.Rows = func(yield func(*schema.LogRow, error) bool) {
		stop := errors.New("stop")
		err := p.eachLogRow(t, profiles, func(r *schema.LogRow) error {
			if !yield(r, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(nil, err)
		}
	}
	return rows, err
}

// namesOfLog selects the names of a site, but those of the rows of an import that is taken back.
const namesOfLog = `SELECT key, name FROM log_name WHERE site_key = ?1 AND (?2 = 0 OR key IN (
	SELECT name_key FROM log_row WHERE site_key = ?1 AND import_key IS NOT ?2 UNION ALL SELECT affected_key FROM log_row WHERE site_key = ?1 AND import_key IS NOT ?2))`

// assignNameKeys gives keys to the names of this import and returns all names by key.
func (p *put) assignNameKeys(t *tx) (map[uint32]string, error) {
	names, keys := map[uint32]string{}, map[string]uint32{}
	err := t.Query(func(scan func(...any) error) error {
		var (
			key  uint32
			name string
		)
		err := scan(&key, &name)
		names[key], keys[name] = name, key
		return err
	}, namesOfLog, p.log.siteKey, p.log.takenBack)
	if err != nil {
		return nil, err
	}
	last, err := t.QueryCount(`SELECT ifnull(max(key), 0) FROM log_name`)
	if err != nil {
		return nil, err
	}
	p.log.newNames, p.log.nameKeys = map[uint32]string{}, make([]uint32, 1)
	for _, name := range p.log.Names()[1:] {
		key, known := keys[name]
		if !known {
			last++
			key = uint32(last)
			names[key], p.log.newNames[key] = name, name
		}
		p.log.nameKeys = append(p.log.nameKeys, key)
	}
	return names, nil
}

// allLogRows selects the stored rows of a site and the staged ones, each as one text,
// because database/sql is slow per value: to add 500 rows to a stored log of 50,000 takes
// 1.0 s this way and 1.5 s with a scan of each column (BenchmarkTakeMoreOfALog).
var allLogRows = func() string {
	text := `concat_ws(' ', staged, file, line, ` + logColumns + `, profile_key, viewed_key, import_key)`
	known := `SELECT 0 AS staged, 0 AS file, 0 AS line, ` + logColumns + `, ifnull(profile_key, 0) AS profile_key, ifnull(viewed_key, 0) AS viewed_key, ifnull(import_key, 0) AS import_key FROM log_row WHERE site_key = ?`
	staged := `SELECT 1, file, line, ` + logColumns + `, 0, 0, 0 FROM temp.stage_log`
	return `SELECT ` + text + ` FROM (` + known + ` UNION ALL ` + staged + `)
		ORDER BY id, digest_high, digest_low, position, staged, at, event_name, user, origin, real, related, object, module, file, line`
}()

// eachLogRow calls fn with every row, reusing one.
func (p *put) eachLogRow(t *tx, profiles map[int64]string, fn func(*schema.LogRow) error) error {
	var (
		text   []byte
		row    schema.LogRow
		values [22]int64
		known  schema.LogRow
	)
	p.log.repeats = map[int64]bool{}
	return t.Query(func(scan func(...any) error) error {
		if err := scan(&text); err != nil {
			return err
		}
		if n := parseNumbers(text, values[:]); n != len(values) {
			return fmt.Errorf("a row of a log has %d numbers, not %d", n, len(values))
		}
		v := values[3:]
		row = schema.LogRow{
			ID: uint64(v[0]), Digest: [2]uint64{uint64(v[1]), uint64(v[2])}, Position: uint32(v[3]), At: schema.Instant(v[4]), Repeated: v[5] != 0,
			Event: uint8(v[6]), Origin: uint8(v[7]), EventName: uint64(v[8]), User: v[9], Real: uint64(v[10]), Related: uint64(v[11]),
			Object: uint64(v[12]), Module: uint64(v[13]), Name: uint32(v[14]), Affected: uint32(v[15]),
			Profile: profiles[v[16]], Viewed: profiles[v[17]], Import: v[18], Line: int(values[2]), New: values[0] != 0,
		}
		switch {
		case row.New && known.Import > 0 && known.Key() == row.Key():
			p.log.repeats[known.Import] = true
		case !row.New:
			row.Gone = row.Import != 0 && row.Import == p.log.takenBack
			known = row
		}
		if row.New {
			row.Import = ofThisImport
			row.File = p.files[values[1]]
			row.Name, row.Affected = p.log.nameKeys[row.Name], p.log.nameKeys[row.Affected]
		}
		return fn(&row)
	}, allLogRows, p.log.siteKey)
}

// ofThisImport is LogRow.Import of a row that no earlier import brought.
const ofThisImport = -1

// parseNumbers parses integers separated by blanks and returns how many there are.
func parseNumbers(text []byte, to []int64) (count int) {
	n, sign := int64(0), int64(1)
	for _, c := range text {
		switch c {
		case '-':
			sign = -1
		case ' ':
			if count < len(to) {
				to[count] = n * sign
			}
			count++
			n, sign = 0, 1
		default:
			n = n*10 + int64(c-'0')
		}
	}
	if count < len(to) {
		to[count] = n * sign
	}
	return count + 1
}

// storeLogRows stores the rows; their people must be stored before.
func (p *put) storeLogRows(t *tx) error {
	if p.log.newSite {
		if err := t.QueryRow([]any{&p.log.siteKey}, `INSERT INTO log_site (name) VALUES (?) RETURNING key`, p.log.Site); err != nil {
			return err
		}
	}
	names := rowBatch{table: "log_name (key, site_key, name)", width: 3}
	for key, name := range p.log.newNames {
		if err := names.add(t, key, p.log.siteKey, name); err != nil {
			return err
		}
	}
	if err := names.flush(t); err != nil {
		return err
	}
	if err := t.Exec(`UPDATE profile_alias SET rederive = 0 WHERE id >= ? || '-' AND id < ? || '.'`, p.log.Site, p.log.Site); err != nil {
		return err
	}
	if err := p.noteChangedRows(t); err != nil {
		return err
	}
	return t.Exec(`INSERT OR REPLACE INTO log_row (site_key, `+logColumns+`, profile_key, viewed_key, import_key)
		SELECT ?1, `+logColumns+`, (SELECT key FROM profile WHERE id = profile), (SELECT key FROM profile WHERE id = viewed),
			nullif(CASE import_key WHEN ?2 THEN ?3 ELSE import_key END, 0) FROM temp.kept_log
		ORDER BY id, digest_high, digest_low, position, rowid`, p.log.siteKey, ofThisImport, p.importKey)
}
