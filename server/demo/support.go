package demo

import "glow/schema"

// troubles are the sorts of problems with what people write about them.
var troubles = []struct {
	kind     string
	messages []string
}{
	{"login", []string{
		"The sign-in page came up again after a correct password; the second try worked.",
		"Signed out in the middle of an exercise and had to start it over.",
	}},
	{"slow_answer", []string{
		"The simulated student took more than a minute to answer.",
		"Answers stop half-way and the page has to be reloaded.",
		"Nothing happened for two minutes after sending a message.",
	}},
	{"feedback", []string{
		"The feedback refers to a question that was never asked.",
		"The score says 2 of 5, but the text below praises every point.",
		"No feedback appeared after finishing the exercise.",
	}},
	{"content", []string{
		"The rubric in \"Grading with a rubric\" has two criteria numbered 3.",
		"The sample report in the exercise cannot be opened.",
		"The exercise says lab 4, but the hand-out is the one of lab 5.",
	}},
	{"access", []string{
		"The exercises of this term are not on the list.",
		"The page says this department is not mine.",
	}},
	{"display", []string{
		"On a phone the Send button is hidden behind the keyboard.",
		"Formulas show as plain text with dollar signs.",
		"Names with accents show as question marks in the exercise list.",
	}},
}

// writeProblem writes a problem about one session in eighteen, mostly from
// within it.
func (d *demo) writeProblem(s session) {
	if !d.chance(1.0 / 18) {
		return
	}
	trouble := pick(d.dice, troubles)
	created := s.start + schema.Instant(d.Float64()*float64((s.end-s.start)/second))*second
	inSession := d.chance(0.85)

	r := d.beginAt(schema.KindProblem, d.id("p"), created)
	r.Put("profile_id", s.who.id)
	if inSession {
		r.Put("session_id", s.id)
	}
	r.Put("type", trouble.kind)
	r.Put("message", pick(d.dice, trouble.messages))
	// Somebody gets round to most of them within nine days, to some never.
	delay := d.minutes(60, 9*24*60)
	if d.chance(0.88) && created+delay <= d.now {
		r.Put("resolved", "true")
		r.PutInt("updated_at", int64(created+delay))
	}
	d.end()
}

// writeViewing lets the person of s, with that probability, take the right to
// see the program as one of their teaching assistants, and mostly use it.
func (d *demo) writeViewing(s session, probability float64) {
	if !d.chance(probability) {
		return
	}
	t := s.start + d.minutes(1, 4)
	grant := d.id("gr")
	r := d.beginAt(schema.KindGrant, grant, t)
	r.Put("session_id", s.id)
	r.PutInt("expires_at", int64(t+hour))
	d.end()

	tas := d.tasOf(s.who)
	for range d.between(0, 2) {
		t += d.seconds(20, 120)
		r := d.beginAt(schema.KindEmulation, d.id("e"), t)
		r.Put("profile_id", pick(d.dice, tas).id)
		r.Put("grant_id", grant)
		r.Put("session_id", s.id)
		d.end()
	}
}
