package sqlite

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"glow/schema"
)

// writer commits small writes. Those that wait while one commit is on its way
// to the disk share the next (group commit): each runs inside its own
// savepoint, so that one that fails takes nothing of the others with it, and
// each is answered only after the commit that holds it.
type writer struct {
	c     *Conn
	now   func() time.Time
	watch func(took time.Duration, writes int) // is told of every commit
	wait  time.Duration                        // that a write waits for its turn

	queue   chan *job
	closing <-chan struct{} // ends the loop when what waits is done
	stopped chan struct{}   // closed after the last commit

	// expected is how many writes the next commit should hold, if those that it was
	// asked for last are asked for again: of the last, and of those that waited then.
	expected int

	lastWrite lastWrite

	// turn is held from BEGIN to COMMIT by whoever writes, this or an import.
	turn sync.Mutex
}

type job struct {
	fn      func(*Tx) error
	done    chan error
	patient bool        // it waits for its turn however long that takes
	claimed atomic.Bool // by the commit that it is in, or by the caller who waits no longer
}

const (
	maxBatch   = 256              // writes that share one commit
	maxQueue   = 4096             // writes that wait; more are told to come again
	gatherTime = time.Millisecond // that a commit waits for those that shared the last
)

func (d *DB) newWriter(c *Conn) *writer {
	w := &writer{
		c: c, now: d.o.Now, watch: d.stats.committed, wait: d.o.WriteWait,
		queue: make(chan *job, maxQueue), closing: d.closing, stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case j := <-w.queue:
			w.commit(w.batch(j))
		case <-w.closing:
			for len(w.queue) > 0 {
				w.commit(w.batch(<-w.queue))
			}
			return
		}
	}
}

// batch is first with those that wait behind it and, for a moment, with as many as
// are expected: a writer that was just answered is often about to write again, and
// a commit costs much more than the wait for it. One that writes alone waits for
// nobody.
func (w *writer) batch(first *job) []*job {
	batch := append(make([]*job, 0, maxBatch), first)
	var late <-chan time.Time
	for len(batch) < maxBatch {
		select {
		case j := <-w.queue:
			batch = append(batch, j)
			continue
		default:
		}
		if len(batch) >= w.expected {
			break
		}
		if late == nil {
			late = time.After(gatherTime)
		}
		select {
		case j := <-w.queue:
			batch = append(batch, j)
		case <-late:
			return batch
		}
	}
	return batch
}

func (w *writer) commit(batch []*job) {
	w.turn.Lock()
	defer w.turn.Unlock()
	batch = slices.DeleteFunc(batch, func(j *job) bool { return !j.claim() })
	if len(batch) == 0 {
		return
	}
	started := time.Now()
	t := &Tx{ctx: context.Background(), c: w.c, Now: w.now()}
	errs := make([]error, len(batch))
	err := t.Exec(`BEGIN IMMEDIATE`)
	for i := 0; i < len(batch) && err == nil; i++ {
		if len(batch) == 1 { // there is nothing of others to be kept
			err = guarded(t, batch[i].fn)
		} else {
			errs[i], err = t.savepoint(batch[i].fn)
		}
	}
	if err == nil {
		err = t.Exec(`COMMIT`)
	}
	if err != nil {
		_ = t.Exec(`ROLLBACK`) // fails where SQLite has rolled back by itself
	}
	t.ended()
	w.lastWrite.note(append(errs, err)...)
	w.watch(time.Since(started), len(batch)) // before anybody who was answered can ask for it
	w.expected = len(batch) + len(w.queue)
	for i, j := range batch {
		if errs[i] == nil {
			errs[i] = err
		}
		j.done <- Translate(errs[i])
	}
}

// Write runs fn in a transaction that is on the disk when Write returns nil. One
// that has waited for its turn for as long as Options.WriteWait is refused, and never runs.
// A caller that goes away does not stop it: the write is then done or not done,
// and only the caller does not know.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return d.await(ctx, &job{fn: fn})
}

// WritePatiently runs fn as Write does, however long it has to wait for its turn.
func (d *DB) WritePatiently(ctx context.Context, fn func(*Tx) error) error {
	return d.await(ctx, &job{fn: fn, patient: true})
}

// WriteLater has fn run in one of the next commits. Nobody is told what becomes of it.
func (d *DB) WriteLater(fn func(*Tx) error) error { return d.enqueue(&job{fn: fn}) }

// claim reports whether the job is the caller's: the commit's, to run it, or that of
// whoever waits for it, to take it back. A job that was taken back never runs.
func (j *job) claim() bool { return j.claimed.CompareAndSwap(false, true) }

var errBusy = schema.Errorf(schema.CodeUnavailable, "a large import or refresh is being written; nothing was changed; try again in a few seconds")

// await runs a job as Write does.
func (d *DB) await(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.enqueue(j); err != nil {
		return err
	}
	var over <-chan time.Time
	if !j.patient {
		wait := time.NewTimer(d.writer.wait)
		defer wait.Stop()
		over = wait.C
	}
	select {
	case err := <-j.done:
		return err
	case <-over:
		if j.claim() {
			return errBusy
		}
		return <-j.done // its turn has just come
	case <-d.writer.stopped:
	}
	select {
	case err := <-j.done:
		return err
	default: // it came after the last commit
		return ErrClosed
	}
}

// enqueue has a job run in the next commit.
func (d *DB) enqueue(j *job) error {
	j.done = make(chan error, 1)
	select {
	case <-d.closing:
		return ErrClosed
	default:
	}
	select {
	case d.writer.queue <- j:
		return nil
	default:
	}
	if !j.patient {
		return schema.Errorf(schema.CodeUnavailable, "too many writes are waiting; try again")
	}
	select {
	case d.writer.queue <- j:
		return nil
	case <-d.closing:
		return ErrClosed
	}
}
