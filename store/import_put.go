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

// PutOptions say how Put imports records.
type PutOptions struct {
	DryRun      bool // count and check, change nothing
	SkipInvalid bool // import the good records and list the bad ones
	Live        bool // a single posted record: it gets a UUIDv7 when it has no id

	PreserveProfiles *PreserveProfiles // not nil: known people keep fields that the input does not know

	Covers *Covers // not nil: says up to when records are complete

	// SessionOwnedAt, if set, says that sessions are derived from the rows that name them.
	// It is called once all records are read, and returns by session id the time of the
	// row that decides whose session it is.
	SessionOwnedAt func() map[string]schema.Instant

	// GroupsOfRuns says that groups are known by nothing but the rows that name them: one
	// begins with the earliest of them, also of earlier imports.
	GroupsOfRuns bool

	// Waiting, if set, is called once all records are read. It returns the rows that wait
	// for a later import; they replace the ones stored. Such imports run one at a time.
	Waiting func() []schema.WaitingRow

	// Source, if set, puts the import into the history, from which it can be taken back. It is
	// called once all records are merged, and returns also how many rows of the input were
	// passed over.
	Source func() (source schema.ImportSource, skipped int64)

	// Detail, if set, makes the detail of an audit entry by Caller, written in the same
	// transaction as the records; nil means no entry.
	Caller schema.Caller
	Detail func(schema.ImportResponse) map[string]any
}

// Put imports records, all or nothing; they are on the disk when it returns. The sequence
// yields one reused record at a time, a schema.Fault for a bad one, or any other error,
// which ends the import.
//
// Records are staged outside of any transaction of the file, so that a slow input blocks
// no writer. One transaction then resolves references, upserts the rows, marks what
// became stale and refreshes the summaries. Live records share their commit, and a moment
// later their refresh, with other writes.
//
// If a record is bad and SkipInvalid is not set, nothing is imported: the answer holds the
// counts, and the error is a schema.Error with the first schema.MaxFaults faults.
func (s *Store) Put(ctx context.Context, records iter.Seq2[*schema.Record, error], o PutOptions) (schema.ImportResponse, error) {
	p := s.newPut(o)
	records = p.sample(p.observe(records))
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

// finish turns the result of the import into its answer.
func (p *put) finish(err error) (schema.ImportResponse, error) {
	switch {
	case errors.Is(err, errRefused):
		return p.refusal()
	case errors.Is(err, errDryRun):
		err = nil
	}
	if err == nil {
		p.preview.answer(&p.answer, p.store.o.Zone)
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

// putBulk stages on a separate connection and becomes the writer only to merge.
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

// within runs fn in a transaction on temporary tables only, which locks nothing in the file.
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
	log      *logPut          // not nil: the records are derived from rows of a log
	coverage *coverage        // nil: the input says nothing about completeness
	followed int64            // version of the people when aliases were followed
	skipped  map[*table]int64 // known records left unchanged, because the caller may not change them

	importKey int64 // in the history; 0: not in it
	historic  int64 // 1: the history has imports
	silent    bool  // the history is told of nothing
	preview   preview
	answer    schema.ImportResponse
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

// stageAndCheck stages all records and does all checks that need no stored records,
// because no writer has to wait for those.
func (p *put) stageAndCheck(t *tx, records iter.Seq2[*schema.Record, error]) error {
	if err := p.readAll(t, records); err != nil {
		return err
	}
	if p.full() {
		return errRefused
	}
	if err := p.followAliases(t); err != nil {
		return err
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

// putNow imports records that glow itself makes, and refreshes the summaries. They say
// nothing about how far the records of a department reach.
func (s *Store) putNow(t *tx, records iter.Seq2[*schema.Record, error]) error {
	p := s.newPut(PutOptions{})
	err := p.stageAndMerge(t, records)
	if errors.Is(err, errRefused) {
		_, err = p.refusal()
	}
	return err
}
