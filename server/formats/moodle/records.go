package moodle

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"glow/schema"
)

// sessionGap is how long somebody may be silent within a session.
const sessionGap = schema.Instant(30 * time.Minute / time.Microsecond)

// output makes the records of a log.
type output struct {
	log     *Log
	people  []person // by rank
	emit    []bool   // whose profile is told, by rank
	touched []bool   // whose rows have changed, by rank
	times   *touchedTimes
	yield   func(*schema.Record, error) bool
	record  schema.Record
}

// profiles yields those who are to be told and have a row that counts, or are viewed.
// It reports whether to go on, as all do that yield.
func (o *output) profiles() bool {
	for i := range o.people {
		who := &o.people[i]
		if !who.counts || !o.emit[i] || rank(i) == nobody {
			continue
		}
		o.log.roster.Profile(&o.record)
		o.text("id", who.id)
		o.text("name", who.name)
		if !o.give() {
			return false
		}
	}
	return true
}

// sitting is the session that a person is in.
type sitting struct {
	number      int    // in the order in which sittings begin
	id          string // "" before the first
	start, last schema.Instant
	viewed      rank // in the unbroken run of rows that is at hand
	file, line  uint32
}

// replay goes twice through what those did who are touched: first to find out which
// sittings are touched, then to make the records of those.
func (o *output) replay(events *sorter) bool {
	attempts := o.log.newSorter(attemptSize)
	defer attempts.close()
	var changed []bool // by the number of the sitting
	find := func(h *happening, s *sitting, begins bool) error {
		if begins {
			changed = append(changed, false)
		}
		changed[s.number] = changed[s.number] || o.times.has(h.actor, h.at)
		return nil
	}
	emit := func(h *happening, s *sitting, _ bool) error {
		if changed[s.number] && !o.happened(h, s) {
			return errStopped
		}
		if h.event.isAttempt() {
			return addTry(attempts, h, s.start)
		}
		return nil
	}
	over := func(who rank, s *sitting) error {
		if !changed[s.number] {
			return nil
		}
		o.times.span(o.people[who].id, s.start, s.last)
		if !o.session(who, s) {
			return errStopped
		}
		return nil
	}
	err := o.eachSitting(events, find, func(rank, *sitting) error { return nil })
	if err == nil {
		err = o.eachSitting(events, emit, over)
	}
	switch {
	case errors.Is(err, errStopped):
		return false
	case err != nil:
		o.yield(nil, err)
		return false
	}
	return o.attempts(attempts)
}

// errStopped says that whoever ranges over the records has stopped.
var errStopped = errors.New("stopped")

// eachSitting goes through what those did who are touched, in the order of time, and
// calls fn with each event and the sitting that it belongs to or begins, and over at the
// end of each sitting.
func (o *output) eachSitting(events *sorter, fn func(h *happening, s *sitting, begins bool) error, over func(rank, *sitting) error) error {
	sittings := make([]sitting, len(o.people))
	count := 0
	end := func(who rank) error {
		if sittings[who].id == "" {
			return nil
		}
		return over(who, &sittings[who])
	}
	for encoded, err := range events.all() {
		if err != nil {
			return err
		}
		h := decodeHappening(encoded)
		if !o.touched[h.actor] {
			continue
		}
		s := &sittings[h.actor]
		begins := s.id == "" || h.at-s.last > sessionGap
		if begins {
			if err := end(h.actor); err != nil {
				return err
			}
			*s = sitting{number: count, id: o.sessionID(h.actor, h.at), start: h.at, file: h.file, line: h.line}
			count++
		}
		s.last = h.at
		if err := fn(&h, s, begins); err != nil {
			return err
		}
		s.viewed = h.viewed
	}
	for r := range sittings {
		if err := end(rank(r)); err != nil {
			return err
		}
	}
	return nil
}

// session yields the session that is over.
func (o *output) session(who rank, s *sitting) bool {
	o.begin(schema.KindSession)
	o.place(s.file, s.line)
	o.text("id", s.id)
	o.text("profile_id", o.people[who].id)
	o.time("created_at", s.start)
	o.time("updated_at", s.last)
	o.time("ended_at", s.last)
	return o.give()
}

// happened yields what one row of the log means.
func (o *output) happened(h *happening, s *sitting) bool {
	o.beginAt(schema.KindActivity, h, s)
	o.text("profile_id", o.people[h.actor].id)
	if !o.give() {
		return false
	}
	if h.viewed != nobody && h.viewed != s.viewed {
		o.beginAt(schema.KindEmulation, h, s)
		o.text("profile_id", o.people[h.viewed].id)
		if !o.give() {
			return false
		}
	}
	switch h.event {
	case eventLoggedIn:
		o.beginAt(schema.KindLogin, h, s)
		o.text("profile_id", o.people[h.actor].id)
	case eventRoleAssigned:
		o.beginAt(schema.KindGrant, h, s)
	default:
		return true
	}
	return o.give()
}

// sessionID is the same however much of the log before and after is there.
func (o *output) sessionID(who rank, start schema.Instant) string {
	return o.people[who].id + "-" + compact(start)
}

func compact(at schema.Instant) string { return at.Time().Format("20060102T150405.999999Z") }

// beginAt begins a record of what happened in a session.
func (o *output) beginAt(kind string, h *happening, s *sitting) {
	o.begin(kind)
	o.place(h.file, h.line)
	o.text("id", o.rowID(h))
	o.text("session_id", s.id)
	o.time("created_at", h.at)
}

// rowID is the id of what is made of one row: its number, or else the hash of all that
// it says and its position among those alike.
func (o *output) rowID(h *happening) string {
	if h.id != 0 {
		return o.log.options.Site + "-" + strconv.FormatUint(h.id, 10)
	}
	id := fmt.Sprintf("%s-row-%016x%016x", o.log.options.Site, h.digest[0], h.digest[1])
	if h.position > 0 {
		id += "-" + strconv.FormatUint(uint64(h.position)+1, 10)
	}
	return id
}

func (o *output) begin(kind string) {
	o.record.Reset(schema.KindNamed(kind))
	o.record.File, o.record.Line = "", 0
}

func (o *output) place(file, line uint32) {
	if file > 0 {
		o.record.File, o.record.Line = o.log.files[file-1].Name, int(line)
	}
}

func (o *output) text(field, text string) {
	o.record.Values[o.record.Kind.Field(field)] = schema.Value{Set: true, Text: text}
}

func (o *output) time(field string, at schema.Instant) { o.record.PutInt(field, int64(at)) }

func (o *output) give() bool {
	if err := o.record.Finish(); err != nil {
		o.yield(nil, fmt.Errorf("make a record of the log: %w", err))
		return false
	}
	return o.yield(&o.record, nil)
}
