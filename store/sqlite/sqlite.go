// Package sqlite keeps one SQLite file: connections, the writer, the lock on the
// file, migrating, backup and restore, scratch files and what an operator watches.
// It knows no table but those that a Schema names.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"glow/schema"
)

// Schema says what a database of ours has in it.
type Schema struct {
	Migrations fs.FS  // of goose
	Table      string // a table that every database has from its first migration on

	// Upgrade, if set, does what SQL cannot do of the migrations. It is called
	// after them at every open, because a crash may come between.
	Upgrade func(context.Context, *Conn) error
}

// Options say which database to open and how.
type Options struct {
	Path      string // the database file; made when it is not there
	Schema    Schema
	Holder    string           // what another process is told about who holds the file, e.g. an address
	WriteWait time.Duration    // how long a write waits for its turn
	Now       func() time.Time // the clock
	Logger    *slog.Logger
	Backups   BackupSchedule // begun by ScheduleBackups

	// Prepare, if set, is called with each connection that writes, before its first
	// transaction: to make temporary tables, for example.
	Prepare func(*Tx) error
}

// DB is an open database. Its methods may be called from many goroutines; each stands
// in the file of its subject. Only that ties the files in a circle: Open starts what
// they hold.
type DB struct {
	o       Options
	lock    *fileLock
	main    *Conn // the writer's
	writer  *writer
	readers *readers

	bulk     *Limiter
	limiters []*Limiter // that Close waits for

	schedule   schedule
	stats      stats
	errorLog   errorLog
	closing    chan struct{}   // closed when no new call is accepted
	ending     context.Context // done when running bulk writes are interrupted
	end        context.CancelFunc
	stopping   context.Context // done when background work stops
	stop       context.CancelFunc
	background sync.WaitGroup
	closed     func() error // closes, the first time
}

// Open opens the database, makes it when it is not there, runs the migrations that it
// needs and keeps other processes out until Close. What stands in the way is a
// schema.Error in one line; the file is then as it was.
func Open(ctx context.Context, o Options) (*DB, error) {
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
	d := &DB{o: o, lock: lock, closing: make(chan struct{})}
	d.bulk = d.NewLimiter(MaxBulk)
	d.ending, d.end = context.WithCancel(context.Background())
	d.stopping, d.stop = context.WithCancel(context.Background())
	d.closed = sync.OnceValue(d.close)
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", o.Path, err), d.Close())
	}
	return d, nil
}

func (d *DB) open(ctx context.Context) error {
	d.sweepScratch()
	if err := d.o.Schema.finishRestore(ctx, d.o.Path); err != nil {
		return err
	}
	if err := d.o.Backups.prepare(); err != nil {
		return err
	}
	fresh, err := d.o.Schema.prepareFile(ctx, d.o.Path, d.lock)
	if err != nil {
		return err
	}
	if _, ok := indexesInMemory.Load(d.o.Path); ok {
		d.o.Logger.Warn("the disk is full; reads go on, writes are refused until there is room; other programs, such as sqlite3, cannot open the database until this one ends")
	}
	if err := d.o.Schema.migrate(ctx, d.o.Path, fresh); err != nil {
		return err
	}
	d.readers = newReaders()
	if d.main, err = d.openWriter(ctx); err != nil {
		return err
	}
	d.writer = d.newWriter(d.main)
	return nil
}

// openWriter opens a connection that writes.
func (d *DB) openWriter(ctx context.Context) (*Conn, error) {
	c, err := OpenConn(ctx, d.o.Path)
	if err != nil {
		return nil, err
	}
	if d.o.Prepare != nil {
		if err := d.o.Prepare(c.Tx(ctx)); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// Path is the file of the database, with every symbolic link followed.
func (d *DB) Path() string { return d.o.Path }

// Closing is closed when no new call is accepted any more.
func (d *DB) Closing() <-chan struct{} { return d.closing }

// Ending is done when Close interrupts what would run too long.
func (d *DB) Ending() context.Context { return d.ending }

// Go runs fn in the background. Its context ends when the database is closed, which
// waits for fn.
func (d *DB) Go(fn func(context.Context)) { d.background.Go(func() { fn(d.stopping) }) }

// StopBackground ends what Go runs and waits for it.
func (d *DB) StopBackground() {
	d.stop()
	d.background.Wait()
}

// CloseTime is how long Close lets bulk writes run before it interrupts them.
const CloseTime = 2 * time.Second

// Close finishes the calls that are under way, moves the log into the file and
// releases it. Calls that come later are refused. A bulk write that would take
// longer than CloseTime is interrupted and rolled back. A second Close does nothing.
func (d *DB) Close() error { return d.closed() }

func (d *DB) close() error {
	close(d.closing)
	defer time.AfterFunc(CloseTime, d.end).Stop()
	defer d.end()
	d.StopBackground()
	for _, l := range d.limiters {
		l.drain()
	}
	var errs []error
	if d.readers != nil {
		errs = append(errs, d.readers.close())
	}
	if d.writer != nil {
		<-d.writer.stopped
		errs = append(errs, d.main.Close())
	}
	indexesInMemory.Delete(d.o.Path)
	return errors.Join(append(errs, d.lock.unlock())...)
}

// Size is what can be told of the file from outside.
func (d *DB) Size() schema.FileSize {
	return schema.FileSize{Database: fileSize(d.o.Path), WAL: fileSize(d.o.Path + "-wal"), DiskFree: diskFree(d.o.Path)}
}

// Check reads a database file that may be damaged without being able to write to
// it, and says in one line what is wrong with it. One that is in use is refused.
func (s Schema) Check(ctx context.Context, path string) (err error) {
	enableOFDLocks()
	if path, err = databasePath(path); err != nil {
		return err
	}
	if err := checkUnused(path, false); err != nil {
		return err
	}
	return s.checkCopy(ctx, path)
}
