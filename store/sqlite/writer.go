package sqlite

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"glow/schema"
)

// writer commits small writes. A commit costs a wait for the disk, so the writes that
// arrive during one share the next (group commit). Each runs in a savepoint, so that
// one that fails does not undo the others, and its caller is answered only after the
// commit.
type writer struct {
	c     *Conn
	now   func() time.Time
	watch func(took time.Duration, writes int) // called after every commit
	wait  time.Duration                        // how long a write waits for its commit to begin

	queue   chan *job
	closing <-chan struct{} // ends the loop when what waits is done
	stopped chan struct{}   // closed after the last commit

	// expected is how many writes the next commit should hold if each client writes
	// again: those of the last commit and those that waited when it ended.
	expected int

	lastWrite lastWrite

	// writing is held from BEGIN to COMMIT, by this writer or by a bulk write.
	writing sync.Mutex
}

type job struct {
	fn      func(*Tx) error
	done    chan error
	patient bool        // waits however long it takes
	claimed atomic.Bool // by its commit, or by its caller, who gave up waiting
}

const (
	maxBatch   = 256              // writes that share one commit
	maxQueue   = 4096             // writes that wait; more are refused
	gatherTime = time.Millisecond // how long a commit waits for the expected writes
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

// batch returns first with the writes queued behind it. If there are fewer than
// expected it waits a moment for them: a client that was just answered is often about
// to write again, and a commit costs much more than the wait. A single client never
// waits.
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
	w.writing.Lock()
	defer w.writing.Unlock()
	batch = slices.DeleteFunc(batch, func(j *job) bool { return !j.claim() })
	if len(batch) == 0 {
		return
	}
	started := time.Now()
	t := &Tx{ctx: context.Background(), c: w.c, Now: w.now()}
	errs := make([]error, len(batch))
	err := t.Exec(`BEGIN IMMEDIATE`)
	for i := 0; i < len(batch) && err == nil; i++ {
		if len(batch) == 1 { // no other write to protect
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
	w.watch(time.Since(started), len(batch)) // before a caller can ask for the statistics
	w.expected = len(batch) + len(w.queue)
	for i, j := range batch {
		if errs[i] == nil {
			errs[i] = err
		}
		j.done <- Translate(errs[i])
	}
}

// Write runs fn in a transaction that is on the disk when Write returns nil. If it has
// not begun after Options.WriteWait it is refused with CodeUnavailable and never runs.
// Once it has begun, ctx does not stop it; a caller that goes away then does not learn
// whether it was done.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return d.await(ctx, &job{fn: fn})
}

// WritePatiently is Write without the limit on waiting.
func (d *DB) WritePatiently(ctx context.Context, fn func(*Tx) error) error {
	return d.await(ctx, &job{fn: fn, patient: true})
}

// WriteLater runs fn in one of the next commits and does not report how it ended.
func (d *DB) WriteLater(fn func(*Tx) error) error { return d.enqueue(&job{fn: fn}) }

// claim reports whether the caller of claim is the first: either the commit, which then
// runs the job, or the waiting client, which then takes it back.
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
