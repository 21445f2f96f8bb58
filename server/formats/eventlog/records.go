package eventlog

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"glow/schema"
)

// output makes the records of a log.
type output struct {
	log     *Log
	files   []string          // names, by number
	people  []person          // by rank
	known   map[string]string // names of the people whom the database has, by profile id
	emit    []bool            // whose profile is told, by rank
	touched []bool            // whose rows have changed, by rank
	times   *changedTimes
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
		o.text("id", who.profile)
		o.describe(who)
		if !o.yieldRecord() {
			return false
		}
	}
	return true
}

// describe puts the name of somebody into their profile, and what else is known of them. A
// text that somebody is known by is their name as long as there is no other.
func (o *output) describe(who *person) {
	describe, name := o.log.options.Describe, who.name
	if describe != nil && who.number == 0 {
		name = cmp.Or(o.known[who.profile], name)
	}
	o.text("name", name)
	if describe != nil && !who.merged {
		describe(&o.record, who.number, who.name)
	}
}

// openSession is the session that a person is in.
type openSession struct {
	number      int    // in the order in which sessions begin
	id          string // "" before the first
	start, last schema.Instant
	viewed      rank // in the unbroken run of rows that is at hand
	file, line  uint32
}

// replay goes twice through what those did who are touched: first to find out which
// sessions are touched, then to make the records of those.
func (o *output) replay(events *sorter) bool {
	attempts := o.log.newSorter(attemptSize)
	defer attempts.close()
	var changed []bool // by the number of the session
	find := func(e *event, s *openSession, begins bool) error {
		if begins {
			changed = append(changed, false)
		}
		changed[s.number] = changed[s.number] || o.times.has(e.actor, e.at)
		return nil
	}
	emit := func(e *event, s *openSession, _ bool) error {
		if changed[s.number] && !o.eventRecords(e, s) {
			return errStopped
		}
		if e.event.IsAttempt() {
			return addAttemptEvent(attempts, e, s.start)
		}
		return nil
	}
	over := func(who rank, s *openSession) error {
		if !changed[s.number] {
			return nil
		}
		o.times.span(o.people[who].profile, s.start, s.last)
		if !o.session(who, s) {
			return errStopped
		}
		return nil
	}
	err := o.eachSession(events, find, func(rank, *openSession) error { return nil })
	if err == nil {
		err = o.eachSession(events, emit, over)
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

// eachSession goes through what those did who are touched, in the order of time, and
// calls fn with each event and the session that it belongs to or begins, and over at the
// end of each session.
func (o *output) eachSession(events *sorter, fn func(e *event, s *openSession, begins bool) error, over func(rank, *openSession) error) error {
	sessions := make([]openSession, len(o.people))
	count := 0
	end := func(who rank) error {
		if sessions[who].id == "" {
			return nil
		}
		return over(who, &sessions[who])
	}
	for encoded, err := range events.all() {
		if err != nil {
			return err
		}
		e := decodeEvent(encoded)
		if !o.touched[e.actor] {
			continue
		}
		s := &sessions[e.actor]
		begins := s.id == "" || e.at-s.last > o.log.gap()
		if begins {
			if err := end(e.actor); err != nil {
				return err
			}
			*s = openSession{number: count, id: o.sessionID(e.actor, e.at), start: e.at, file: e.file, line: e.line}
			count++
		}
		s.last = e.at
		if err := fn(&e, s, begins); err != nil {
			return err
		}
		s.viewed = e.viewed
	}
	for r := range sessions {
		if err := end(rank(r)); err != nil {
			return err
		}
	}
	return nil
}

// session yields the session that is over.
func (o *output) session(who rank, s *openSession) bool {
	o.begin(schema.KindSession)
	o.place(s.file, s.line)
	o.text("id", s.id)
	o.text("profile_id", o.people[who].profile)
	o.time("created_at", s.start)
	o.time("updated_at", s.last)
	o.time("ended_at", s.last)
	return o.yieldRecord()
}

// eventRecords yields what one row of the log means.
func (o *output) eventRecords(e *event, s *openSession) bool {
	o.beginAt(schema.KindActivity, e, s)
	o.text("profile_id", o.people[e.actor].profile)
	if !o.yieldRecord() {
		return false
	}
	if e.viewed != nobody && e.viewed != s.viewed {
		o.beginAt(schema.KindEmulation, e, s)
		o.text("profile_id", o.people[e.viewed].profile)
		if !o.yieldRecord() {
			return false
		}
	}
	switch e.event {
	case EventLoggedIn:
		o.beginAt(schema.KindLogin, e, s)
		o.text("profile_id", o.people[e.actor].profile)
	case EventRoleAssigned:
		o.beginAt(schema.KindGrant, e, s)
	default:
		return true
	}
	return o.yieldRecord()
}

// sessionID is the same however much of the log before and after is there.
func (o *output) sessionID(who rank, start schema.Instant) string {
	return o.people[who].id + "-" + compact(start)
}

func compact(at schema.Instant) string { return at.Time().Format("20060102T150405.999999Z") }

// beginAt begins a record of what happened in a session.
func (o *output) beginAt(kind string, e *event, s *openSession) {
	o.begin(kind)
	o.place(e.file, e.line)
	o.text("id", o.rowID(e))
	o.text("session_id", s.id)
	o.time("created_at", e.at)
}

// rowID is the id of what is made of one row: its number, or else the hash of all that
// it says and its position among those alike.
func (o *output) rowID(e *event) string {
	if e.id != 0 {
		return o.log.options.Site + "-" + strconv.FormatUint(e.id, 10)
	}
	id := fmt.Sprintf("%s-row-%016x%016x", o.log.options.Site, e.digest[0], e.digest[1])
	if e.position > 0 {
		id += "-" + strconv.FormatUint(uint64(e.position)+1, 10)
	}
	return id
}

func (o *output) begin(kind string) {
	o.record.Reset(schema.KindNamed(kind))
	o.record.File, o.record.Line = "", 0
}

func (o *output) place(file, line uint32) {
	if file > 0 {
		o.record.File, o.record.Line = o.files[file], int(line)
	}
}

func (o *output) text(field, text string) {
	o.record.Values[o.record.Kind.Field(field)] = schema.Value{Set: true, Text: text}
}

func (o *output) time(field string, at schema.Instant) { o.record.PutInt(field, int64(at)) }

func (o *output) yieldRecord() bool {
	if err := o.record.Finish(); err != nil {
		o.yield(nil, fmt.Errorf("make a record of the log: %w", err))
		return false
	}
	return o.yield(&o.record, nil)
}
