package demo

import "glow/schema"

// session is a planned session that has got its id.
type session struct {
	plannedSession
	id string
}

// writeSession writes a session and all that happens in it.
func (d *demo) writeSession(planned plannedSession) {
	if planned.start > d.now {
		return
	}
	s := session{planned, d.id("s")}
	r := d.beginAt(schema.KindSession, s.id, s.start)
	r.Put("profile_id", s.who.id)
	if s.ended {
		d.putPast("updated_at", s.end)
		d.putPast("ended_at", s.end)
	}
	d.end()

	d.writeLogin(s)
	d.writeSigns(s)
	switch s.who.role {
	case roleTA:
		d.writePractice(s, 0.8) // the others only read
	case roleInstructor:
		d.writePractice(s, 0.4) // they try their own exercises out
		d.writeViewing(s, 0.15)
	case roleCoordinator:
		d.writeViewing(s, 0.5)
	}
	d.writeProblem(s)
}

// writeLogin signs the person in. Now and then the browser is still signed in
// from before, or it takes two tries.
func (d *demo) writeLogin(s session) {
	tries := 1
	switch {
	case d.chance(0.12):
		tries = 0
	case d.chance(0.05):
		tries = 2
	}
	for i := range schema.Instant(tries) {
		r := d.beginAt(schema.KindLogin, d.id("l"), s.start+i*20*second)
		r.Put("profile_id", s.who.id)
		r.Put("session_id", s.id)
		d.end()
	}
}

// writeSigns leaves a sign of life every few minutes.
func (d *demo) writeSigns(s session) {
	for t := s.start + d.seconds(2, 30); t < s.end; t += d.minutes(4, 11) {
		r := d.beginAt(schema.KindActivity, d.id("a"), t)
		r.Put("profile_id", s.who.id)
		r.Put("session_id", s.id)
		d.end()
	}
}
