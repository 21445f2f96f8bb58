package mapping

import (
	"maps"
	"slices"

	"glow/schema"
	"glow/server/formats"
)

// noteSession notes the session and the group that a row names. A session begins with its first row
// and is its person's.
func (w *recordMaker) noteSession(r *row) {
	if !w.isNamed(schema.KindSession) {
		return
	}
	for i := range w.mapping.Records {
		m := &w.mapping.Records[i]
		if !r.applies(m.When, m.Unless) {
			continue
		}
		switch m.Kind {
		case schema.KindSession:
			began := r.time(m.Fields["created_at"])
			id := w.sessionID(r, m.Fields["id"], began)
			if id == "" || !began.set || began.err != nil {
				continue
			}
			s := w.sessions[id]
			if s == nil {
				s = &session{first: began.At, last: began.At}
				w.sessions[id] = s
			}
			s.own(r.text(m.Fields["profile_id"]), began.At)
			s.first, s.last = min(s.first, began.At), max(s.last, began.At)
			if updated := r.time(m.Fields["updated_at"]); updated.set && updated.err == nil {
				s.last = max(s.last, updated.At)
			}
		case schema.KindGroup:
			began := r.time(m.Fields["created_at"])
			if id := w.sessionID(r, m.Fields["id"], began); id != "" {
				w.groups[id] = w.sessionID(r, m.Fields["session_id"], began)
			}
		}
	}
}

// own notes whose a row says that the session is: the earliest counts.
func (s *session) own(owner string, at schema.Instant) {
	if owner != "" && (s.owner == "" || at < s.owned) {
		s.owner, s.owned = owner, at
	}
}

// isNobodys reports whether a row refers to a session of the input of which no row tells whose it is.
func (w *recordMaker) isNobodys(r *row, m *schema.MappedRecord) bool {
	if !w.HasSpans() || !slices.ContainsFunc(w.mapping.Records, func(m schema.MappedRecord) bool { return m.Kind == schema.KindSession }) {
		return false
	}
	kind := schema.KindNamed(m.Kind)
	for i := range kind.Fields {
		f := &kind.Fields[i]
		if f.Ref != schema.KindGroup && f.Ref != schema.KindSession {
			continue
		}
		id := w.ofSession(r, m, f)
		if f.Ref == schema.KindGroup && id != "" {
			id = w.groups[id]
		}
		if w.sessions[id] == nil {
			return true
		}
	}
	return false
}

// sessionID returns the id of the session that a row names. Where it names none, its session is all
// that its person did on that day.
func (w *recordMaker) sessionID(r *row, v schema.MappedValue, at rowTime) string {
	if text := r.text(v); text != "" {
		return prefixed(w.o.Prefix, text)
	}
	key := r.personKey(w.personValues())
	if key == "" || !at.set || at.err != nil {
		return ""
	}
	return prefixed(w.o.Prefix, key+"-"+at.At.Time().In(w.o.Zone).Format("2006-01-02"))
}

func (w *recordMaker) sessionRecords() bool {
	for _, id := range slices.Sorted(maps.Keys(w.sessions)) {
		s := w.sessions[id]
		rec := &w.record
		rec.Reset(schema.KindNamed(schema.KindSession))
		rec.File, rec.Line = "", 0
		rec.Put("id", id)
		rec.Put("profile_id", w.id(schema.KindProfile, s.owner))
		rec.PutInt("created_at", int64(s.first))
		rec.PutInt("updated_at", int64(s.last))
		if !w.yieldFinished() {
			return false
		}
	}
	return true
}

func (w *recordMaker) groupRecords() bool {
	for _, id := range slices.Sorted(maps.Keys(w.groups)) {
		session := w.groups[id]
		if w.sessions[session] == nil {
			continue
		}
		rec := &w.record
		rec.Reset(schema.KindNamed(schema.KindGroup))
		rec.File, rec.Line = "", 0
		rec.Put("id", id)
		rec.Put("session_id", session)
		rec.PutInt("created_at", int64(w.sessions[session].first))
		if !w.yieldFinished() {
			return false
		}
	}
	return true
}

// yieldFinished yields the record at hand, or its fault.
func (w *recordMaker) yieldFinished() bool {
	if err := w.record.Finish(); err != nil {
		return w.yield(nil, err) && formats.IsFault(err)
	}
	return w.yield(&w.record, nil)
}
