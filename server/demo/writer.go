package demo

import (
	"fmt"

	"glow/schema"
)

// writer hands records on, one at a time. A record is begun, filled and ended.
type writer struct {
	now     schema.Instant
	yield   func(*schema.Record, error) bool
	stopped bool // the reader wants no more
	record  schema.Record
	numbers map[string]int // the last number given out, by the prefix of the id
}

func newWriter(now schema.Instant, yield func(*schema.Record, error) bool) *writer {
	return &writer{now: now, yield: yield, numbers: map[string]int{}}
}

// id returns the next id with that prefix, such as "s-000123".
func (w *writer) id(prefix string) string {
	w.numbers[prefix]++
	return fmt.Sprintf("%s-%06d", prefix, w.numbers[prefix])
}

// begin starts a record that has no time of its own.
func (w *writer) begin(kind, id string) *schema.Record {
	w.record.Reset(schema.KindNamed(kind))
	w.record.Put("id", id)
	return &w.record
}

// beginAt starts a record of something that happened.
func (w *writer) beginAt(kind, id string, created schema.Instant) *schema.Record {
	r := w.begin(kind, id)
	r.PutInt("created_at", int64(created))
	return r
}

// putPast sets a time unless it has not come yet.
func (w *writer) putPast(field string, t schema.Instant) {
	if t <= w.now {
		w.record.PutInt(field, int64(t))
	}
}

// end hands the record on, unless it has not happened yet. What refers to a
// record is never earlier than it, so no reference is left hanging.
func (w *writer) end() {
	if w.stopped || schema.Instant(w.record.Get("created_at").Int) > w.now {
		return
	}
	if err := w.record.Finish(); err != nil {
		w.stopped = true
		w.yield(nil, err)
		return
	}
	w.stopped = !w.yield(&w.record, nil)
}
