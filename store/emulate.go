package store

import (
	"context"
	"iter"
	"strings"
	"time"

	"glow/schema"
)

// viewerPrefix starts the profile ids of admins who view the program as another person.
const viewerPrefix = "dashboard:"

// viewerOf returns the profile id and the name under which a caller views the program as
// another person. Everybody who signed in by a link that glow serve printed is the same
// viewer, the operator of this computer.
func viewerOf(caller schema.Caller) (id, name string) {
	if caller.TokenID == "" || strings.HasPrefix(caller.TokenName, schema.NameLink) {
		return viewerPrefix + schema.NameLocal, schema.NameLocal
	}
	return viewerPrefix + caller.TokenID, caller.TokenName // an id, because names are used again
}

// isViewer reports whether a profile is of a viewer. Such sessions are made by glow itself
// and say nothing about how far other records reach.
func isViewer(id string) bool { return strings.HasPrefix(id, viewerPrefix) }

// Emulate records that the caller, an admin, views the program as another person, for at
// most that long: a session of the caller, a grant in it, and the emulation.
func (s *Store) Emulate(ctx context.Context, caller schema.Caller, profileID string, most time.Duration) (e schema.Emulation, err error) {
	person, err := s.Person(ctx, caller.Scope(), profileID)
	if err != nil {
		return e, err
	}
	err = s.write(ctx, func(t *tx) error {
		id, name := viewerOf(caller)
		e = schema.Emulation{
			EmulationID: newID(), GrantID: newID(), SessionID: newID(), ViewerID: id,
			StartedAt: t.now, ExpiresAt: t.now + schema.Instant(most.Microseconds()), Person: person,
		}
		known, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM profile WHERE id = ?)`, e.ViewerID)
		if err != nil {
			return err
		}
		if err := s.putNow(t, emulationRecords(e, name, known == 0)); err != nil {
			return err
		}
		return t.audit(caller, schema.ActionEmulate, map[string]any{"emulation_id": e.EmulationID, "profile_id": profileID})
	})
	return e, err
}

// EndEmulation ends the viewer's session, and the grant with it.
func (s *Store) EndEmulation(ctx context.Context, caller schema.Caller, e schema.Emulation) error {
	return s.writePatiently(ctx, func(t *tx) error {
		ended := max(e.StartedAt, min(t.now, e.ExpiresAt)) // the clock may have been set back
		if err := s.putNow(t, endedEmulation(e, ended)); err != nil {
			return err
		}
		detail := map[string]any{"emulation_id": e.EmulationID, "profile_id": e.ProfileID}
		there, err := t.QueryCount(`SELECT EXISTS (SELECT 1 FROM emulation WHERE id = ?)`, e.EmulationID)
		if err != nil {
			return err
		}
		if there == 0 { // the viewed person was forgotten meanwhile
			detail = map[string]any{}
		}
		return t.audit(caller, schema.ActionEmulateEnd, detail)
	})
}

func emulationRecords(e schema.Emulation, viewer string, newViewer bool) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		w := recordWriter{yield: yield}
		if newViewer { // inactive, so that a viewer is never listed as somebody to follow up
			w.next(schema.KindProfile, e.ViewerID, func(r *schema.Record) {
				r.Put("name", viewer)
				r.Put("role", schema.RoleAdmin)
				r.PutInt("active", 0)
			})
		}
		w.next(schema.KindSession, e.SessionID, func(r *schema.Record) {
			r.Put("profile_id", e.ViewerID)
			r.PutInt("created_at", int64(e.StartedAt))
		})
		w.grant(e, e.ExpiresAt)
		w.next(schema.KindEmulation, e.EmulationID, func(r *schema.Record) {
			r.Put("profile_id", e.ProfileID)
			r.Put("grant_id", e.GrantID)
			r.Put("session_id", e.SessionID)
			r.PutInt("created_at", int64(e.StartedAt))
		})
	}
}

func endedEmulation(e schema.Emulation, ended schema.Instant) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		w := recordWriter{yield: yield}
		w.next(schema.KindSession, e.SessionID, func(r *schema.Record) {
			r.Put("profile_id", e.ViewerID)
			r.PutInt("created_at", int64(e.StartedAt))
			r.PutInt("ended_at", int64(ended))
		})
		w.grant(e, ended)
	}
}

// recordWriter yields records, reusing one.
type recordWriter struct {
	yield  func(*schema.Record, error) bool
	record schema.Record
	ended  bool
}

func (w *recordWriter) next(kind, id string, fill func(*schema.Record)) {
	if w.ended {
		return
	}
	w.record.Reset(schema.KindNamed(kind))
	w.record.Put("id", id)
	fill(&w.record)
	if err := w.record.Finish(); err != nil {
		w.ended = true
		w.yield(nil, err)
		return
	}
	w.ended = !w.yield(&w.record, nil)
}

func (w *recordWriter) grant(e schema.Emulation, expires schema.Instant) {
	w.next(schema.KindGrant, e.GrantID, func(r *schema.Record) {
		r.Put("session_id", e.SessionID)
		r.PutInt("expires_at", int64(expires))
		r.PutInt("created_at", int64(e.StartedAt))
	})
}
