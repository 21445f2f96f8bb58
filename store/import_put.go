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

// PutOptions say how records are taken in.
type PutOptions struct {
	DryRun      bool // count and check, change nothing
	SkipInvalid bool // take the good records, list the bad ones
	Live        bool // a single posted record: it gets a UUIDv7 when it has no id

	PreserveProfiles *PreserveProfiles // not nil: the input is a log, which says little of people

	Covers *Covers // not nil: the input says how far records reach

	// SessionOwnedAt, if set, says that sessions are made of the rows that name them, and is
	// asked, once all records are read, when the row was that says whose each is.
	SessionOwnedAt func() map[string]schema.Instant

	// Waiting, if set, is asked, once all records are read, for the rows that wait from
	// now on, in the place of those that did. Such imports come one at a time.
	Waiting func() []schema.WaitingRow

	// Caller and Detail, if set, put what was taken on the audit list, in the
	// transaction that takes it. Detail may return nil: then there is no entry.
	Caller schema.Caller
	Detail func(schema.ImportResponse) map[string]any
}

// Put takes records in, all or nothing, and is on the disk when it returns. The
// sequence yields one reused record at a time, a schema.Fault for a bad one, or
// any other error, which ends it.
//
// Records are first staged outside of any transaction of the file, so that a
// slow input holds up nobody; then references are resolved, rows are upserted
// and marked, and summaries refreshed in one transaction. Live records share
// their commit, and a moment later their refresh, with others.
//
// Where records are at fault and SkipInvalid is not set, nothing is taken: the
// answer then holds the counts of the try, and the error is a schema.Error with
// the first schema.MaxFaults faults.
func (s *Store) Put(ctx context.Context, records iter.Seq2[*schema.Record, error], o PutOptions) (schema.ImportResponse, error) {
	p := s.newPut(o)
	records = p.observe(records)
	var err error
	if o.Live {
		if err = s.putLive(ctx, p, records); err == nil {
			s.watch.fellBehind(time.Now())
		}
	} else {
		err = s.putBulk(ctx, p, records)
	}
	return p.finish(err)
}

func (s *Store) newPut(o PutOptions) *put {
	p := &put{store: s, staged: s.newStaged(o), o: o, skipped: map[*table]int64{}}
	if o.Covers != nil {
		p.coverage = newCoverage(o.Covers, s.instant())
	}
	return p
}

// finish makes the answer of what became of the import.
func (p *put) finish(err error) (schema.ImportResponse, error) {
	switch {
	case errors.Is(err, errRefused):
		return p.refusal()
	case errors.Is(err, errDryRun):
		err = nil
	}
	return p.answer, err
}

func (s *Store) putLive(ctx context.Context, p *put, records iter.Seq2[*schema.Record, error]) error {
	return s.write(ctx, func(t *tx) error { return p.stageAndMerge(t, records) })
}

func (p *put) stageAndMerge(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := p.stageAndCheck(t, records); err != nil {
		return err
	}
	if err := p.merge(t); err != nil {
		return err
	}
	return p.clear(t)
}

// putBulk stages on a connection of its own, so that an input that trickles
// holds up no other, and takes its turn at writing only to merge.
func (s *Store) putBulk(ctx context.Context, p *put, records iter.Seq2[*schema.Record, error]) error {
	return s.db.Bulk(ctx, func(c *sqlite.Conn) error {
		if p.o.Waiting != nil {
			leave, err := s.logs.Acquire(ctx)
			if err != nil {
				return err
			}
			defer leave()
		}
		stage := func(t *tx) error { return p.stageAndCheck(t, records) }
		if err := p.within(s.tx(ctx, c), stage); err != nil {
			return sqlite.Translate(err)
		}
		return s.writeOn(ctx, c, cancelWith(ctx, p.merge))
	})
}

// within runs fn in a transaction that is of the temporary tables alone and locks
// nothing of the file.
func (p *put) within(t *tx, fn func(*tx) error) error {
	if err := t.Exec(`BEGIN`); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	return t.Exec(`COMMIT`)
}

// put is an import between staging and commit.
type put struct {
	*staged
	store    *Store
	o        PutOptions
	log      *logPut          // not nil: the records are made of rows of a log
	coverage *coverage        // nil: the input says nothing of how far records reach
	skipped  map[*table]int64 // records that stay as they are, since the caller may not change them
	answer   schema.ImportResponse
}

// Reasons to roll back that are not failures.
var (
	errRefused = errors.New("faults")
	errDryRun  = errors.New("dry run")
)

func (p *put) refusal() (schema.ImportResponse, error) {
	noun := "faults"
	if p.rejected == 1 {
		noun = "fault"
	}
	p.answer = schema.ImportResponse{
		Tally: schema.Tally{Rejected: p.rejected}, ByKind: map[string]schema.Tally{}, Errors: p.faults, DryRun: p.o.DryRun,
	}
	return p.answer, &schema.Error{Code: schema.CodeInvalid, Message: fmt.Sprintf("nothing was taken: %d %s", p.rejected, noun), Fields: p.faults}
}

// stageAndCheck stages all records and does to them what needs no look at those that are
// there: for that nobody has to wait.
func (p *put) stageAndCheck(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := p.readAll(t, records); err != nil {
		return err
	}
	if p.full() {
		return errRefused
	}
	for _, table := range tables {
		if p.derived[table] {
			if err := t.numberRepeats(table); err != nil {
				return err
			}
		}
		if err := p.checkAgreement(t, table); err != nil {
			return err
		}
	}
	return nil
}

func (p *put) audit(t *tx) error {
	if p.o.Detail == nil {
		return nil
	}
	detail := p.o.Detail(p.answer)
	if detail == nil {
		return nil
	}
	records, err := p.auditRecords(t)
	if err != nil {
		return err
	}
	if len(records) > 0 {
		detail["records"] = records
	}
	return t.audit(p.o.Caller, schema.ActionImport, detail)
}

// putNow takes records of the program's own in, summaries and all. They are not posted
// by anybody who would post others, and so do not tell how far records reach.
func (s *Store) putNow(t *tx, records iter.Seq2[*schema.Record, error]) error {
	p := s.newPut(PutOptions{})
	err := p.stageAndMerge(t, records)
	if errors.Is(err, errRefused) {
		_, err = p.refusal()
	}
	return err
}
