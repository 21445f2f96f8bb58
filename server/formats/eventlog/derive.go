package eventlog

import (
	"cmp"
	"maps"
	"slices"

	"glow/schema"
)

// Derive makes records of all rows of a site but those that are Gone: departments that are new, profiles, then
// all else in the order of time, attempts last. It makes all records of the sessions that
// the rows of this import touch, and none of others. Rows that are new, say more than
// before or turn out to be somebody else's are handed to keep, with the people they
// belong to. The record is reused for the next.
//
// It reads the rows twice, because the last row may say who the person in the first is.
func (l *Log) Derive(rows schema.LogRows, keep func(*schema.LogRow) error) *schema.LogRecords {
	out := &schema.LogRecords{}
	out.Records = func(yield func(*schema.Record, error) bool) {
		l.skipped = maps.Clone(l.passed)
		d := &derivation{log: l, rows: rows, keep: keep, yield: yield, result: out, files: map[string]uint32{}, fileNames: make([]string, 1)}
		d.times.gap, d.times.always = l.gap(), rows.First
		d.people = newIdentities(l.options.Site, l.options.Viewers, rows)
		if d.noteRows() && d.placeRows() {
			d.emitRecords()
		}
		d.close()
	}
	return out
}

// derivation is the work of Derive.
type derivation struct {
	log    *Log
	rows   schema.LogRows
	keep   func(*schema.LogRow) error
	yield  func(*schema.Record, error) bool
	result *schema.LogRecords
	people *identities
	ranks  map[string]rank

	files     map[string]uint32 // numbers of the files that rows are of
	fileNames []string          // by number; the first is none

	events  *sorter
	named   map[uint32]bool // keys of the names in rows of this import
	emit    []bool          // by rank
	touched []bool          // by rank
	times   changedTimes
	shared  sharedAttempts
	skipped skippedRows
	gone    bool // some rows are taken back
	scratch []byte
}

func (d *derivation) close() {
	if d.events != nil {
		d.events.close()
	}
}

// noteRows finds out whom the rows name. It reports whether to go on, as all do that
// yield.
func (d *derivation) noteRows() bool {
	d.named = map[uint32]bool{}
	going := true
	conflict := func(r, first *schema.LogRow) bool {
		going = d.yield(nil, conflictOf(r, first))
		return going
	}
	repeated := func() { d.log.skipped[ReasonDuplicate]++ }
	for r, err := range dedupe(d.rows.Rows, repeated, conflict) {
		if err != nil {
			d.yield(nil, err)
			return false
		}
		if r.Gone {
			continue
		}
		d.people.noteRow(&r.LogRow)
		if r.New {
			d.named[r.Name], d.named[r.Affected] = true, true
		}
	}
	return going
}

// placeRows finds out whose every row is, puts what counts into events, and keeps what
// is new.
func (d *derivation) placeRows() bool {
	p := d.people
	p.resolveIdentities()
	d.ranks = p.rankOf()
	d.emit, d.touched = make([]bool, len(p.persons)), make([]bool, len(p.persons))
	d.result.Touched, d.result.Moved = map[string]bool{}, map[string]string{}
	d.events = d.log.newSorter(eventSize)
	d.noteNamed()
	pass := func(*schema.LogRow, *schema.LogRow) bool { return true }
	for r, err := range dedupe(d.rows.Rows, func() {}, pass) {
		if err == nil {
			err = d.place(r)
		}
		if err != nil {
			d.yield(nil, err)
			return false
		}
	}
	if (d.gone || d.misplaced()) && !d.placeSkipped() {
		return false
	}
	d.shared.spread(d.touched)
	for r := range d.touched {
		if d.touched[r] && rank(r) != nobody {
			d.emit[r] = true
			d.result.Touched[p.persons[r].profile] = true
		}
	}
	return true
}

// noteNamed has the profiles told of those whose name stands in this import: it may
// have changed.
func (d *derivation) noteNamed() {
	p, named := d.people, map[uint32]bool{}
	for key := range d.named {
		at := p.splits[p.byKey[key]]
		named[at.user], named[at.real] = true, true
	}
	delete(named, 0)
	for t := range p.ties {
		if named[p.splits[t.name].user] {
			d.emit[p.numbers[t.number]] = true
		}
	}
}

// place works out whose a row is.
func (d *derivation) place(r *logRow) error {
	if r.Gone {
		d.leave(r)
		return nil
	}
	actor, viewed, reason := d.people.of(&r.LogRow)
	before, viewedBefore := r.Profile, r.Viewed
	r.Profile, r.Viewed = d.people.persons[actor].profile, d.people.persons[viewed].profile
	if r.New && reason != "" {
		d.log.skipped[reason]++
	}
	moved := reason == "" && (before != r.Profile || viewedBefore != r.Viewed || d.rows.Anew[r.Profile] || d.rows.Anew[r.Viewed])
	if reason != "" {
		d.noteSkipped(r, actor, viewed, before, viewedBefore)
	}
	if !r.known || r.changed || moved {
		if err := d.keep(&r.LogRow); err != nil {
			return err
		}
		d.touch(before, viewedBefore)
		if r.known {
			d.times.leave(d.ranks[before], before, r.before)
		}
		if reason == "" {
			d.touched[actor] = true
			d.times.mark(actor, r.At)
		}
		if r.known && before != "" && before != r.Profile {
			d.result.Moved[before] = r.Profile
		}
	}
	if reason != "" {
		return nil
	}
	if r.New || moved {
		d.emit[actor], d.emit[viewed] = true, true
	}
	e := event{at: r.At, id: r.ID, event: Event(r.Event), hash: r.EventName, actor: actor, viewed: viewed,
		object: r.Object, module: r.Module, digest: r.Digest, position: r.Position, file: d.file(r.File), line: uint32(r.Line)}
	if e.event.IsAttempt() && e.object != 0 {
		d.shared.note(e.object, actor)
	}
	d.scratch = e.encode(d.scratch[:0])
	return d.events.add(d.scratch)
}

// leave has the records made anew of those whose row is taken back, and of those who share an
// attempt with them.
func (d *derivation) leave(r *logRow) {
	d.gone = true
	if r.Profile == "" {
		return
	}
	who := d.ranks[r.Profile] // nobody where no other row is theirs
	d.touch(r.Profile, r.Viewed)
	d.times.leave(who, r.Profile, r.At)
	if Event(r.Event).IsAttempt() && r.Object != 0 {
		d.shared.note(r.Object, who)
	}
}

// file numbers the files that rows are of; a row of an earlier import is of none: 0.
func (d *derivation) file(name string) uint32 {
	if name == "" {
		return 0
	}
	number, known := d.files[name]
	if !known {
		number = uint32(len(d.fileNames))
		d.files[name], d.fileNames = number, append(d.fileNames, name)
	}
	return number
}

// touch has the records made anew of people whose row is not, or not only, theirs any more.
func (d *derivation) touch(profiles ...string) {
	for _, id := range profiles {
		if id == "" {
			continue
		}
		d.result.Touched[id] = true
		d.touched[d.ranks[id]] = true
	}
}

func (d *derivation) emitRecords() {
	d.touched[nobody], d.emit[nobody] = false, false
	out := &output{log: d.log, files: d.fileNames, people: d.people.persons, known: d.people.profiles, emit: d.emit, touched: d.touched, times: &d.times, yield: d.yield}
	if d.log.roster.Departments(d.yield) && out.profiles() && out.replay(d.events) {
		d.result.Spans = d.times.spans()
	}
}

// sharedAttempts are the attempts of which rows of several people tell.
type sharedAttempts struct {
	first map[uint64]rank
	pairs [][2]rank
}

func (s *sharedAttempts) note(object uint64, actor rank) {
	if s.first == nil {
		s.first = map[uint64]rank{}
	}
	first, known := s.first[object]
	if !known {
		s.first[object] = actor
	} else if pair := [2]rank{first, actor}; first != actor {
		s.pairs = append(s.pairs, pair)
	}
}

// spread touches everybody of whose rows an attempt is made together with those of
// somebody who is touched.
func (s *sharedAttempts) spread(touched []bool) {
	slices.SortFunc(s.pairs, func(a, b [2]rank) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	s.pairs = slices.Compact(s.pairs)
	for again := true; again; {
		again = false
		for _, pair := range s.pairs {
			if touched[pair[0]] != touched[pair[1]] {
				touched[pair[0]], touched[pair[1]], again = true, true, true
			}
		}
	}
}

// skippedRows tell of rows that are nobody's activity, but say who acts. They are kept
// with those people as long as these have a profile, so that they can be forgotten.
type skippedRows struct {
	kept    map[rank]bool // people of rows that this import keeps
	other   map[rank]bool // people of rows that are kept with other people, or with nobody
	strayed bool          // some rows are kept with people who are others now
}

func (d *derivation) noteSkipped(r *logRow, actor, viewed rank, before, viewedBefore string) {
	s := &d.skipped
	if s.kept == nil {
		s.kept, s.other = map[rank]bool{}, map[rank]bool{}
	}
	switch {
	case !r.known || r.changed:
		s.kept[actor], s.kept[viewed] = true, true
	case before != r.Profile || viewedBefore != r.Viewed:
		s.other[actor], s.other[viewed] = true, true
		s.strayed = s.strayed || before != "" && before != r.Profile || viewedBefore != "" && viewedBefore != r.Viewed
	}
}

// misplaced reports whether rows that are nobody's activity are kept with somebody who
// has no profile any more, or not with somebody who has one now.
func (d *derivation) misplaced() bool {
	delete(d.skipped.kept, nobody)
	delete(d.skipped.other, nobody)
	for who := range d.skipped.kept {
		if _, there := d.people.profiles[d.people.persons[who].profile]; there && !d.people.persons[who].counts {
			return true
		}
	}
	for who := range d.skipped.other {
		if d.people.persons[who].counts {
			return true
		}
	}
	return d.skipped.strayed
}

// placeSkipped keeps the rows that are nobody's activity with the people who have a
// profile in the end. It reports whether to go on.
func (d *derivation) placeSkipped() bool {
	told := func(who rank) string {
		if d.people.persons[who].counts {
			return d.people.persons[who].profile
		}
		return ""
	}
	pass := func(*schema.LogRow, *schema.LogRow) bool { return true }
	for r, err := range dedupe(d.rows.Rows, func() {}, pass) {
		if err == nil && !r.Gone {
			actor, viewed, reason := d.people.of(&r.LogRow)
			profile, as := told(actor), told(viewed)
			if reason != "" && (!r.known || r.changed || profile != r.Profile || as != r.Viewed) {
				r.Profile, r.Viewed = profile, as
				err = d.keep(&r.LogRow)
			}
		}
		if err != nil {
			d.yield(nil, err)
			return false
		}
	}
	return true
}
