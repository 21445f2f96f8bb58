package fullglow

import (
	"maps"
	"slices"

	"glow/schema"
)

// survey is what must be known of all files before a record can be made: who is
// in them, and whose the sessions are.
type survey struct {
	names    map[string]bool
	sessions map[string]*session
}

// session is what the rows that name a session tell of it.
type session struct {
	owner       string         // name of whose it is; "" when no row says
	owned       schema.Instant // time of the row that says so
	first, last schema.Instant
}

func newSurvey() *survey {
	return &survey{names: map[string]bool{}, sessions: map[string]*session{}}
}

// see takes a row. The person in a row is whose the session is, but for an
// emulation, which has the person viewed and the viewer's session. Should rows of
// two people name one session, it is that of the earliest.
func (s *survey) see(r *row) {
	if r.name != "" {
		s.names[r.name] = true
	}
	id := r.Get("session_id")
	if !id.Set {
		return
	}
	at := schema.Instant(r.Get("created_at").Int)
	known := s.sessions[id.Text]
	if known == nil {
		known = &session{first: at, last: at}
		s.sessions[id.Text] = known
	}
	known.first, known.last = min(known.first, at), max(known.last, at)
	if r.name == "" || r.Kind.Name == schema.KindEmulation {
		return
	}
	if known.owner == "" || at < known.owned || at == known.owned && r.name < known.owner {
		known.owner, known.owned = r.name, at
	}
}

func (s *survey) sortedNames() []string { return slices.Sorted(maps.Keys(s.names)) }

// sessionRecords yields the sessions that have somebody. When they ended the
// export does not say.
func (s *survey) sessionRecords(ids map[string]string, yield func(*schema.Record, error) bool) bool {
	kind := schema.KindNamed(schema.KindSession)
	rec := kind.NewRecord()
	for _, id := range slices.Sorted(maps.Keys(s.sessions)) {
		known := s.sessions[id]
		if known.owner == "" {
			continue
		}
		rec.Reset(kind)
		rec.Put("id", id)
		rec.Put("profile_id", ids[known.owner])
		rec.PutInt("created_at", int64(known.first))
		rec.PutInt("updated_at", int64(known.last))
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

// finish makes a record of a row.
func (s *survey) finish(r *row, ids map[string]string) (*schema.Record, error) {
	rec := &r.Record
	if id := rec.Get("session_id"); id.Set && s.sessions[id.Text].owner == "" {
		return nil, rec.Fault("session_id", "%q is a session that no row of activity.csv, logins.csv or problems.csv names a person for", schema.Clip(id.Text))
	}
	if r.name != "" {
		rec.Put("profile_id", ids[r.name])
	}
	if err := rec.Finish(); err != nil {
		return nil, err
	}
	return rec, nil
}
