package fullglow

import (
	"maps"
	"math"
	"slices"

	"glow/schema"
	"glow/server/formats/roster"
)

// Known tells what the database holds of records of a kind, by id: of a profile
// the name, of a session the id of its profile, of a grant or group the id of its
// session.
type Known func(kind string, ids []string) (map[string]string, error)

// index is what must be known of all files before a record can be made: who is
// in them, and whose the sessions are.
type index struct {
	names    map[string]bool
	sessions map[string]*session
	grants   map[string]string   // session of each, by id; "" where only an emulation names it
	groups   map[string]string   // likewise, where only a run does
	runs     map[string]*session // by group: when they were

	ids map[string]string // of the profiles, by name

	waiting []schema.WaitingRow
	waits   map[string]bool // by kind and id, where there is one
}

// session is what the rows that name a session tell of it.
type session struct {
	owner       string         // id of the profile whose it is; "" when nobody says
	owned       schema.Instant // time of the row that says so; never, where the database does
	first, last schema.Instant
}

// never is later than any row.
const never = schema.Instant(math.MaxInt64)

func newIndex() *index {
	return &index{names: map[string]bool{}, sessions: map[string]*session{}, grants: map[string]string{}, groups: map[string]string{}, runs: map[string]*session{}, waits: map[string]bool{}}
}

// add takes a row. The person in a row is whose the session is: in the full Glow
// an emulation, too, stands in the session of the person viewed. Should rows of two
// people name one session, it is that of the earliest.
func (s *index) add(r *row) {
	at := schema.Instant(r.Get("created_at").Int)
	id := r.Get("session_id").Text
	switch r.Kind.Name {
	case schema.KindSession:
		id = r.Values[0].Text
	case schema.KindRun:
		group := r.Get("group_id").Text
		s.groups[group] += ""
		span(s.runs, group, at)
	case schema.KindGrant:
		s.grants[r.Values[0].Text] = id
	case schema.KindGroup:
		s.groups[r.Values[0].Text] = id
	case schema.KindEmulation:
		if grant := r.Get("grant_id"); grant.Set {
			s.grants[grant.Text] += ""
		}
	}
	if r.name != "" {
		s.names[r.name] = true
	}
	if id == "" {
		return
	}
	known := span(s.sessions, id, at)
	if r.name == "" {
		return
	}
	who := roster.ID(prefix, r.name)
	if known.owner == "" || at < known.owned || at == known.owned && who < roster.ID(prefix, known.owner) {
		known.owner, known.owned = r.name, at
	}
}

// span stretches what is known of an id to a time.
func span(of map[string]*session, id string, at schema.Instant) *session {
	known := of[id]
	if known == nil {
		known = &session{first: at, last: at}
		of[id] = known
	}
	known.first, known.last = min(known.first, at), max(known.last, at)
	return known
}

// resolve completes the index with what the database knows.
func (s *index) resolve(known Known) error {
	if err := s.identify(known); err != nil {
		return err
	}
	for kind, of := range map[string]map[string]string{schema.KindGrant: s.grants, schema.KindGroup: s.groups} {
		found, err := known(kind, unknownIn(of))
		if err != nil {
			return err
		}
		maps.Copy(of, found)
	}
	for group, times := range s.runs {
		if id := s.groups[group]; id != "" {
			span(s.sessions, id, times.first)
			span(s.sessions, id, times.last)
		}
	}
	unowned := map[string]string{}
	for id, one := range s.sessions {
		if one.owner = s.ids[one.owner]; one.owner == "" {
			unowned[id] = ""
		}
	}
	for _, of := range []map[string]string{s.grants, s.groups} {
		for _, id := range of {
			if s.sessions[id] == nil && id != "" {
				unowned[id] = ""
			}
		}
	}
	found, err := known(schema.KindSession, unknownIn(unowned))
	for id, owner := range found {
		if s.sessions[id] == nil { // of a grant or group that is there already
			s.sessions[id] = &session{first: never}
		}
		s.sessions[id].owner, s.sessions[id].owned = owner, never
	}
	return err
}

// identify gives everyone the id of their profile: the one that an older version
// gave by that name, where there is one.
func (s *index) identify(known Known) error {
	s.ids = make(map[string]string, len(s.names))
	plain := map[string]string{}
	for name := range s.names {
		s.ids[name] = roster.ID(prefix, name)
		if id := roster.PlainID(prefix, name); id != "" && id != s.ids[name] {
			plain[id] = ""
		}
	}
	found, err := known(schema.KindProfile, unknownIn(plain))
	for id, name := range found {
		if s.names[name] && roster.PlainID(prefix, name) == id {
			s.ids[name] = id
		}
	}
	return err
}

// unknownIn lists the ids of which nothing is known.
func unknownIn(of map[string]string) (ids []string) {
	for id, value := range of {
		if value == "" && id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s *index) sortedNames() []string { return slices.Sorted(maps.Keys(s.names)) }

// spans returns when the row was that says whose a session is, by its id.
func (s *index) spans() map[string]schema.Instant {
	times := map[string]schema.Instant{}
	for id, one := range s.sessions {
		if one.owner != "" && one.first != never {
			times[id] = one.owned
		}
	}
	return times
}

// sessionRecords yields the sessions that have somebody and that a row names. When
// they ended the export does not say.
func (s *index) sessionRecords(yield func(*schema.Record, error) bool) bool {
	kind := schema.KindNamed(schema.KindSession)
	rec := kind.NewRecord()
	for _, id := range slices.Sorted(maps.Keys(s.spans())) {
		one := s.sessions[id]
		rec.Reset(kind)
		rec.Put("id", id)
		rec.Put("profile_id", one.owner)
		rec.PutInt("created_at", int64(one.first))
		rec.PutInt("updated_at", int64(one.last))
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

// Reasons for which rows are skipped.
const (
	reasonNobody     = "no person in it"
	reasonNoSession  = "waiting for a row that names a person for its session"
	reasonNoGroup    = "waiting for its group, in groups.csv, or for a person for its session"
	reasonOwnSession = "" // it is in the session's record already
)

// finish makes a record of a row; nil where there is none, with the reason.
func (s *index) finish(r *row) (rec *schema.Record, reason string, err error) {
	rec = &r.Record
	placed := func(session string) bool { return s.sessions[session] != nil && s.sessions[session].owner != "" }
	switch r.Kind.Name {
	case schema.KindSession:
		return nil, reasonOwnSession, nil
	case schema.KindEmulation:
		if s.ofViewer(r, placed); r.reference && !rec.Values[rec.Kind.Field("grant_id")].Set {
			return nil, reasonOwnSession, nil
		}
	case schema.KindRun:
		if !placed(s.groups[rec.Get("group_id").Text]) {
			s.wait(r)
			return nil, reasonNoGroup, nil
		}
	default:
		if id := rec.Get("session_id"); id.Set && !placed(id.Text) {
			s.wait(r)
			return nil, reasonNoSession, nil
		}
	}
	if r.name != "" {
		rec.Put("profile_id", s.ids[r.name])
	}
	return rec, "", rec.Finish()
}

// ofViewer puts an emulation into the viewer's session, which is that of its grant.
// Where the grant is not known yet, neither is the session, and the reference waits.
func (s *index) ofViewer(r *row, placed func(string) bool) {
	grant, session := r.Kind.Field("grant_id"), r.Kind.Field("session_id")
	id := s.grants[r.Values[grant].Text]
	if r.reference {
		for i := range r.Kind.Fields {
			if i != 0 && i != grant && i != session {
				r.Absent |= 1 << i
			}
		}
	}
	if !r.Values[grant].Set || !placed(id) {
		if r.Values[grant].Set && r.Values[0].Set {
			s.wait(r, "id", "grant_id")
		}
		r.Values[grant], r.Values[session] = schema.Value{}, schema.Value{}
		return
	}
	r.Values[session] = schema.Value{Set: true, Text: id}
}
