// Package store keeps the records in one SQLite file and answers questions about them.
// No other package has SQL about records.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"glow/schema"
	"glow/store/sqlite"
)

// Options say which database to open and how.
type Options struct {
	Path        string           // the database file; made when it is not there
	Zone        *time.Location   // zone of days; nil: the file's own
	NewZone     *time.Location   // zone of days of a file that has none of its own yet; default UTC
	SessionIdle time.Duration    // how long after its last sign of life a session counts as active; default 30 min
	Now         func() time.Time // the clock; default time.Now
	Logger      *slog.Logger     // default: discards
	Backups     BackupSchedule   // which copies it makes by itself; default none
	Retain      schema.Age       // how long records are kept; default for ever
	Holder      string           // what another process is told about who holds the file, e.g. an address
	WriteWait   time.Duration    // how long a write waits behind a large one; default 10 s
}

// Store is an open database. Its methods may be called from many goroutines.
type Store struct {
	o       Options
	db      *sqlite.DB
	logs    *sqlite.Limiter // of one slot: for calls that change the rows of logs, or derive records from them
	exports *sqlite.Limiter
	people  atomic.Pointer[profileCache]

	tokens   tokenCache
	lastUses lastUses
	latest   latest
	watch    watch
	awaited  refreshAwaited

	waitingAudits waitingAudits
	fresh         bool // Open made the database
}

// MaxImports is how many imports are staged at once; more wait.
const MaxImports = sqlite.MaxBulk

// BackupSchedule says which copies of the database a Store makes by itself.
type BackupSchedule = sqlite.BackupSchedule

// fileSchema is what makes a file one of ours.
func fileSchema() sqlite.Schema {
	migrations, err := fs.Sub(schema.Migrations, "migrations")
	if err != nil {
		panic(err) // the name is one that embed accepts
	}
	return sqlite.Schema{Migrations: migrations, Table: "setting", Upgrade: upgradeAudit}
}

// defaults of Options.
const (
	defaultIdle      = 30 * time.Minute
	defaultWriteWait = 10 * time.Second
)

// Open opens the database, makes it when it is not there, brings its schema and
// its summaries up to date and keeps other processes out until Close. If it cannot, the
// error is a schema.Error of one line, and the file is as it was.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	db, err := sqlite.Open(ctx, sqlite.Options{
		Path: o.Path, Schema: fileSchema(), Holder: o.Holder, WriteWait: o.WriteWait, Now: o.Now, Logger: o.Logger, Backups: o.Backups,
		Prepare: func(t *sqlite.Tx) error { return newTx(t).prepareStage() },
	})
	if err != nil {
		return nil, err
	}
	o.Path = db.Path()
	s := &Store{o: o, db: db, logs: db.NewLimiter(1), exports: db.NewLimiter(maxExports), awaited: refreshAwaited{wake: make(chan struct{}, 1)}}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", o.Path, err), s.Close())
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.NewZone == nil {
		o.NewZone = time.UTC
	}
	if o.SessionIdle == 0 {
		o.SessionIdle = defaultIdle
	}
	if o.WriteWait == 0 {
		o.WriteWait = defaultWriteWait
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// start settles what the file is to have before it is asked, and begins the work in
// the background.
func (s *Store) start(ctx context.Context) error {
	if err := s.adoptZone(ctx); err != nil {
		return err
	}
	if s.o.Retain == (schema.Age{}) { // else the next run tells of it
		if err := s.write(ctx, func(t *tx) error { _, err := t.auditRetained(0); return err }); err != nil {
			return err
		}
	}
	s.db.Go(s.refreshLoop)
	s.db.Go(s.finishWipe)
	if err := s.scheduleBackups(ctx); err != nil {
		return err
	}
	if s.o.Retain != (schema.Age{}) {
		s.db.Go(s.retentionLoop)
	}
	return nil
}

// Close finishes the calls that are under way, moves the write-ahead log into the file and
// unlocks it. Calls that come later are refused. A large import that would take long is
// interrupted and rolled back. A second Close does nothing.
func (s *Store) Close() error {
	s.flushWaitingAudits()
	err := s.db.Close()
	s.logWaitingAudits()
	return err
}

// Zone is the time zone of the instance's days.
func (s *Store) Zone() *time.Location { return s.o.Zone }

// IsNew reports whether Open made the database.
func (s *Store) IsNew() bool { return s.fresh }
