package store

import (
	"context"
	"log/slog"

	"glow/schema"
	"glow/store/sqlite"
)

// tx is one transaction, and the one "now" that everything in it agrees on.
type tx struct {
	*sqlite.Tx
	now     schema.Instant
	tokens  *tokenCache // of the store; nil in a file that is not open yet
	options *Options    // of the store; nil as tokens is
	added   []addedRows // what the next refresh of this transaction adds to the summaries
}

func newTx(t *sqlite.Tx) *tx { return &tx{Tx: t, now: schema.InstantOf(t.Now)} }

// tx is what runs statements on a connection.
func (s *Store) tx(ctx context.Context, c *sqlite.Conn) *tx { return s.in(s.db.Tx(ctx, c)) }

func (s *Store) in(t *sqlite.Tx) *tx {
	return &tx{Tx: t, now: schema.InstantOf(t.Now), tokens: &s.tokens, options: &s.o}
}

// changesTokens has all tokens read again before anybody is told that the
// transaction has ended.
func (t *tx) changesTokens() {
	if t.tokens != nil {
		t.OnEnd(t.tokens.clear)
	}
}

// transact runs fn in a transaction. fn's error, or panic, rolls all of it back.
func (t *tx) transact(fn func(*tx) error) error {
	return t.Transact(func(*sqlite.Tx) error { return fn(t) })
}

// step makes of a function of ours one that the file can run.
func (s *Store) step(fn func(*tx) error) func(*sqlite.Tx) error {
	return func(t *sqlite.Tx) error { return fn(s.in(t)) }
}

// read runs fn in one read transaction: all it sees is of one moment. Summaries may be
// behind the records in it: see readFresh.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.db.Read(ctx, s.step(fn))
}

// write runs fn in a transaction that is on the disk when write returns nil: see
// sqlite.DB.Write.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	return s.db.Write(ctx, s.step(fn))
}

// writePatiently runs fn as write does, however long it has to wait for its turn.
func (s *Store) writePatiently(ctx context.Context, fn func(*tx) error) error {
	return s.db.WritePatiently(ctx, s.step(fn))
}

// writeFunc is write or writePatiently.
type writeFunc func(ctx context.Context, fn func(*tx) error) error

// writeBulk runs fn in a transaction that may take long.
func (s *Store) writeBulk(ctx context.Context, fn func(*tx) error) error {
	return s.db.Bulk(ctx, func(c *sqlite.Conn) error { return s.writeOn(ctx, c, fn) })
}

// writeOn runs fn in a transaction on a connection of Bulk. Small writes may have to
// wait long for it; so what was acknowledged before is first brought into the
// summaries, where it is seen meanwhile.
func (s *Store) writeOn(ctx context.Context, c *sqlite.Conn, fn func(*tx) error) error {
	return s.db.WriteOn(ctx, c, s.step(refreshStale), s.step(fn))
}

// Ready reports why the store cannot answer or write, or nil.
func (s *Store) Ready(ctx context.Context) error {
	return s.db.Ready(ctx, s.step(func(t *tx) error { _, err := t.peopleVersion(); return err }))
}

// Backup writes a consistent copy of the database to a new file that only its
// owner can read, and checks it. Writers are not held up.
func (s *Store) Backup(ctx context.Context, path string) error { return s.db.Backup(ctx, path) }

// BackupState says how the schedule of backups does; nil when there is none.
func (s *Store) BackupState() (*schema.BackupState, error) { return s.db.BackupState() }

// TempFile is a scratch file that is gone when it is closed.
type TempFile = sqlite.TempFile

// TempFile makes a scratch file beside the database that only its owner can read.
func (s *Store) TempFile() (*TempFile, error) { return s.db.TempFile() }

// TempPath returns the name of a file beside the database that is not there yet, with
// the purpose, in small letters, in it. It is removed at the next Open.
func (s *Store) TempPath(purpose string) string { return s.db.TempPath(purpose) }

// LogError logs an error. Errors of a disk that is full, or gone, are logged once a
// minute, however many requests meet it.
func (s *Store) LogError(ctx context.Context, log *slog.Logger, message string, err error, attrs ...slog.Attr) {
	s.db.LogError(ctx, log, message, err, attrs...)
}

func (s *Store) logError(message string, err error) {
	s.db.LogError(context.Background(), s.o.Logger, message, err)
}
