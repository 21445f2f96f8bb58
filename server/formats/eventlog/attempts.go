package eventlog

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"glow/schema"
)

// attemptEvent is the start or the submission of an attempt at a quiz.
type attemptEvent struct {
	object    uint64 // the attempt's own id; 0 where the log does not say
	actor     rank
	module    uint64 // the quiz; 0 where the log does not say
	at        schema.Instant
	id        uint64 // of the log row; 0 where the shape has none
	submitted bool
	start     schema.Instant // of the session
	file      uint32
	line      uint32
}

const attemptSize = 5*8 + 1 + 4*4

// addAttemptEvent encodes an event so that those of one attempt sort next to each other,
// in the order of time.
func addAttemptEvent(attempts *sorter, e *event, start schema.Instant) error {
	b := make([]byte, 0, attemptSize)
	b = binary.BigEndian.AppendUint64(b, e.object)
	by := e.actor
	module := e.module
	if e.object != 0 { // whoever submits it, it is that attempt
		by, module = nobody, 0
	}
	b = binary.BigEndian.AppendUint32(b, uint32(by))
	b = binary.BigEndian.AppendUint64(b, module)
	b = binary.BigEndian.AppendUint64(b, uint64(e.at))
	b = binary.BigEndian.AppendUint64(b, e.id)
	submitted := byte(0)
	if e.event == EventAttemptSubmitted {
		submitted = 1
	}
	b = append(b, submitted)
	b = binary.BigEndian.AppendUint32(b, uint32(e.actor))
	b = binary.BigEndian.AppendUint64(b, uint64(start))
	b = binary.BigEndian.AppendUint32(b, e.file)
	return attempts.add(binary.BigEndian.AppendUint32(b, e.line))
}

func decodeAttemptEvent(b []byte) attemptEvent {
	d := decoder{b}
	t := attemptEvent{object: d.uint64()}
	d.uint32() // the actor again, where it tells attempts apart
	t.module, t.at, t.id = d.uint64(), schema.Instant(d.uint64()), d.uint64()
	t.submitted = d.byte() == 1
	t.actor, t.start = rank(d.uint32()), schema.Instant(d.uint64())
	t.file, t.line = d.uint32(), d.uint32()
	return t
}

// attempt is an attempt at a quiz as far as the log tells of it.
type attempt struct {
	attemptEvent     // its start, or its submission when the log has no start
	same         int // how many before it are alike in all that its id is made of
	completed    bool
	end          schema.Instant // of the submission
}

// attempts yields the attempts that the sorted events make.
func (o *output) attempts(events *sorter) bool {
	var group attemptGroup
	for encoded, err := range events.all() {
		if err != nil {
			o.yield(nil, err)
			return false
		}
		t := decodeAttemptEvent(encoded)
		if !group.takes(&t) {
			if !o.attemptRecords(group.all) {
				return false
			}
			group.all, group.open = group.all[:0], group.open[:0]
		}
		group.add(&t)
	}
	return o.attemptRecords(group.all)
}

// attemptGroup is one attempt that has an id of its own, or all that one person
// made at one quiz.
type attemptGroup struct {
	all  []attempt
	open []int // those of them that may still be submitted
}

func (g *attemptGroup) takes(t *attemptEvent) bool {
	if len(g.all) == 0 {
		return true
	}
	a := &g.all[0]
	if a.object != 0 || t.object != 0 {
		return a.object == t.object
	}
	return a.actor == t.actor && a.module == t.module
}

// add takes the next try in the order of time. An attempt with an id goes from its
// first row to its last submission. Without ids a submission ends the latest
// start that is open: one that was never handed in leaves the others as they are.
func (g *attemptGroup) add(t *attemptEvent) {
	switch n := len(g.open); {
	case t.object != 0 && len(g.all) > 0:
		if t.submitted {
			g.all[0].completed, g.all[0].end = true, t.at
		}
	case t.object == 0 && t.submitted && n > 0:
		a := &g.all[g.open[n-1]]
		a.completed, a.end = true, t.at
		g.open = g.open[:n-1]
	default:
		a := attempt{attemptEvent: *t, completed: t.submitted, end: t.at}
		if n := len(g.all); n > 0 && g.all[n-1].at == t.at {
			a.same = g.all[n-1].same + 1
		}
		if !t.submitted {
			g.open = append(g.open, len(g.all))
		}
		g.all = append(g.all, a)
	}
}

func (o *output) attemptRecords(attempts []attempt) bool {
	for i := range attempts {
		a := &attempts[i]
		o.begin(schema.KindAttempt)
		o.place(a.file, a.line)
		o.text("id", o.attemptID(a))
		o.text("session_id", o.sessionID(a.actor, a.start))
		o.time("created_at", a.at)
		if a.completed {
			o.time("completed_at", a.end)
		}
		if !o.yieldRecord() {
			return false
		}
	}
	return true
}

// attemptID is made of the attempt's own id or else of that of its first row or
// else of whose it is and when it began.
func (o *output) attemptID(a *attempt) string {
	switch {
	case a.object != 0:
		return o.log.options.Site + "-attempt-" + strconv.FormatUint(a.object, 10)
	case a.id != 0:
		return o.log.options.Site + "-attempt-row-" + strconv.FormatUint(a.id, 10)
	}
	id := fmt.Sprintf("%s-attempt-%s-%d", o.people[a.actor].id, compact(a.at), a.module)
	if a.same > 0 {
		id += "-" + strconv.Itoa(a.same+1)
	}
	return id
}
