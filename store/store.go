// Package store keeps the records in one SQLite file and answers questions
// about them. It is the only room with SQL in it.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"glow/schema"
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
	WriteWait   time.Duration    // that a write waits for its turn behind a large one; default 10 s
}

// Store is an open database. Its methods may be called from many goroutines.
type Store struct {
	o          Options
	lock       *fileLock
	live       *conn // of the writer
	writer     *writer
	readers    *readers
	imports    places
	logs       places // who derives records from the rows of logs, or changes the rows: one at a time
	exports    places
	people     atomic.Pointer[profileCache]
	backupStem string        // begins the names of the backups of the schedule
	closing    chan struct{} // closed when nobody new is let in
	stop       context.CancelFunc
	ending     context.Context // done when what is under way is broken off
	end        context.CancelFunc

	background sync.WaitGroup
	known      knownTokens
	lastUses   lastUses
	latest     latest
	watch      watch
	awaited    refreshAwaited
	outages    outages

	waitingAudits waitingAudits
	closed        func() error // closes, the first time
	fresh         bool         // Open made the database
}

// defaults of Options.
const (
	defaultIdle      = 30 * time.Minute
	defaultWriteWait = 10 * time.Second
)

// Open opens the database, makes it when it is not there, brings its schema and
// its summaries up to date and keeps others out until Close. What stands in the
// way is a schema.Error in one line; the file is then as it was.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	enableOFDLocks()
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, schema.Errorf(schema.CodeUnavailable, "cannot make the folder of %s: %v", o.Path, errors.Unwrap(err))
	}
	var err error
	if o.Path, err = databasePath(o.Path); err != nil {
		return nil, err
	}
	lock, err := lockFile(o.Path, o.Holder)
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, lock: lock, closing: make(chan struct{}), awaited: refreshAwaited{wake: make(chan struct{}, 1)}, imports: make(places, MaxImports), logs: make(places, 1), exports: make(places, maxExports)}
	s.ending, s.end = context.WithCancel(context.Background())
	s.closed = sync.OnceValue(s.closeAll)
	if err := s.open(ctx); err != nil {
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

func (s *Store) open(ctx context.Context) error {
	s.sweepScratch()
	if err := finishRestore(ctx, s.o.Path); err != nil {
		return err
	}
	if err := s.prepareBackups(); err != nil {
		return err
	}
	fresh, err := prepareFile(ctx, s.o.Path, s.lock)
	if err != nil {
		return err
	}
	if _, ok := indexesInMemory.Load(s.o.Path); ok {
		s.o.Logger.Warn("the disk is full; reads go on, writes are refused until there is room; other programs, such as sqlite3, cannot open the database until this one ends")
	}
	if err := migrate(ctx, s.o.Path, fresh); err != nil {
		return err
	}
	if s.readers, err = openReaders(ctx, s.o.Path); err != nil {
		return err
	}
	live, err := s.openWriter(ctx)
	if err != nil {
		return err
	}
	s.live, s.writer = live, s.newWriter(live)
	if err := s.adoptZone(ctx); err != nil {
		return err
	}
	if s.o.Retain == (schema.Age{}) { // else the next run tells of it
		if err := s.write(ctx, func(t *tx) error { _, err := t.endRetain(0); return err }); err != nil {
			return err
		}
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.background.Go(func() { s.refreshLoop(background) })
	s.background.Go(func() { s.finishWipe(background) })
	if s.o.Backups.Folder != "" {
		if err := s.nameBackups(ctx); err != nil {
			stop()
			return err
		}
		s.background.Go(func() { s.keepBackedUp(background) })
	}
	if s.o.Retain != (schema.Age{}) {
		s.background.Go(func() { s.retentionLoop(background) })
	}
	return nil
}

// openWriter opens a connection that can take records in.
func (s *Store) openWriter(ctx context.Context) (*conn, error) {
	c, err := openConn(ctx, s.o.Path)
	if err != nil {
		return nil, err
	}
	if err := (&tx{ctx: ctx, c: c}).prepareStage(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.known = &s.known
	return c, nil
}

// closeTime is how long Close waits for imports and the like to end by themselves.
const closeTime = 2 * time.Second

// Close finishes the calls that are under way, moves the log into the file and
// lets others at it. Calls that come later are refused. A large import that would
// take long is broken off, and leaves nothing behind. To close it again does nothing.
func (s *Store) Close() error { return s.closed() }

func (s *Store) closeAll() error {
	if s.writer != nil {
		s.tryWaitingAudits()
	}
	close(s.closing)
	defer time.AfterFunc(closeTime, s.end).Stop()
	defer s.end()
	if s.stop != nil {
		s.stop()
	}
	s.background.Wait()
	s.imports.fill()
	s.exports.fill()
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		<-s.writer.stopped
		s.logWaitingAudits()
		errs = append(errs, s.live.Close())
	}
	indexesInMemory.Delete(s.o.Path)
	return errors.Join(append(errs, s.lock.unlock())...)
}

// Zone is the time zone of the instance's days.
func (s *Store) Zone() *time.Location { return s.o.Zone }

// IsNew reports whether Open made the database.
func (s *Store) IsNew() bool { return s.fresh }
