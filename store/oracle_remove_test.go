package store

import (
	"maps"
	"slices"

	"glow/schema"
)

// remove takes the records that a rule chooses out of the model, with all that
// cannot do without them; what refers to them and can loses the reference.
func (m *model) remove(chosen func(r *schema.Record) bool) (gone map[string]int64) {
	gone = map[string]int64{}
	out := map[*schema.Record]bool{}
	for _, kind := range schema.Kinds {
		for _, r := range m.rows[kind.Name] {
			out[r] = chosen(r)
		}
	}
	for again := true; again; {
		again = false
		for r, is := range out {
			for i, f := range r.Kind.Fields {
				if !is && f.Required && f.Type == schema.ID && f.Ref != "" && out[m.rows[f.Ref][r.Values[i].Text]] {
					out[r], is, again = true, true, true
				}
			}
		}
	}
	next := m.clone()
	for r, is := range out {
		if is {
			gone[r.Kind.Name]++
			delete(next.rows[r.Kind.Name], idOf(r))
			continue
		}
		kept := *r
		kept.Values = slices.Clone(r.Values)
		for i, f := range r.Kind.Fields {
			if f.Type == schema.ID && f.Ref != "" && r.Values[i].Set && out[m.rows[f.Ref][r.Values[i].Text]] {
				kept.Values[i] = schema.Value{}
			}
		}
		next.rows[r.Kind.Name][idOf(r)] = &kept
	}
	m.rows = next.rows
	return gone
}

// forget takes a person out.
func (m *model) forget(id string) map[string]int64 {
	maps.DeleteFunc(m.aliases, func(_, into string) bool { return into == id })
	return m.remove(func(r *schema.Record) bool {
		return r.Kind.Name == schema.KindProfile && idOf(r) == id || r.Kind.Name == schema.KindProblem && m.subject(r) == id
	})
}

// retain takes out what is older than an instant.
func (m *model) retain(before schema.Instant) map[string]int64 {
	gone := m.remove(func(r *schema.Record) bool {
		switch r.Kind.Name {
		case schema.KindLogin, schema.KindEmulation, schema.KindActivity:
			return created(r) < before
		case schema.KindProblem:
			return created(r) < before && isTrue(r, "resolved")
		}
		return false
	})
	old := map[string]bool{}
	for id := range m.rows[schema.KindSession] {
		old[id] = m.sessionUpdated(id) < before
	}
	within := m.remove(func(r *schema.Record) bool {
		switch r.Kind.Name {
		case schema.KindSession, schema.KindLogin, schema.KindEmulation, schema.KindActivity:
			return old[m.sessionOf(r)]
		case schema.KindProblem:
			return old[m.sessionOf(r)] && isTrue(r, "resolved")
		}
		return false
	})
	for kind, n := range within {
		gone[kind] += n
	}
	return gone
}

// sessionUpdated is the latest of a session's own times and its records'.
func (m *model) sessionUpdated(id string) (latest schema.Instant) {
	for _, kind := range schema.Kinds {
		for _, r := range m.rows[kind.Name] {
			if m.sessionOf(r) != id {
				continue
			}
			for _, field := range []string{"created_at", "updated_at", "ended_at", "completed_at"} {
				if at := instant(r, field); at != nil {
					latest = max(latest, *at)
				}
			}
		}
	}
	return latest
}
