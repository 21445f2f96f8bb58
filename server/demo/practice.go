package demo

import "glow/schema"

// exercises are what people practise.
var exercises = []string{
	"First lab session: introducing yourself",
	"Office hours: a student is stuck",
	"Office hours: three students at once",
	"A question you cannot answer",
	"Grading with a rubric",
	"A request for a late submission",
	"Giving feedback on a weak report",
	"A student who copied homework",
	"Leading a discussion section",
	"A student in distress",
	"Explaining recursion without code",
	"Explaining a proof by induction",
	"Safety briefing before a wet lab",
}

// model is a language model with its prices in nano-dollars a token.
type model struct {
	name                  string
	input, cached, output int64
}

// talker answers in a conversation, grader judges it afterwards; the second
// costs more and is asked once. Some departments run a model of their own.
var (
	talker = model{"gpt-4.1-mini", 400, 100, 1600}
	grader = model{"gpt-4.1", 2000, 500, 8000}
	local  = model{"llama-3.3-70b", 230, 60, 400}
)

// cost is that of a run, some of whose input tokens were cached.
func (m model) cost(input, cached, output int) schema.Money {
	return schema.Money(int64(input-cached)*m.input + int64(cached)*m.cached + int64(output)*m.output)
}

// writePractice writes one or two exercises with that probability, as far as
// the session has room for them.
func (d *demo) writePractice(s session, probability float64) {
	if !d.chance(probability) {
		return
	}
	t := s.start + d.minutes(1, 3)
	t = d.writeExercise(s, t)
	if t += d.minutes(3, 12); d.chance(0.35) && t+5*minute < s.end {
		d.writeExercise(s, t)
	}
}

// writeExercise writes one conversation from t on and returns when it was over.
func (d *demo) writeExercise(s session, t schema.Instant) schema.Instant {
	name := pick(d.dice, exercises)
	turns, step := d.between(2, 6), d.seconds(50, 130)
	turns = max(1, min(turns, int((s.end-t)/(step+20*second)))) // the session's end cuts it short
	over := t + schema.Instant(turns)*step + d.seconds(10, 40)

	attempt := ""
	completed := over < s.end && d.chance(0.8)
	if d.chance(0.75) { // the others talk without being judged
		attempt = d.id("at")
		r := d.beginAt(schema.KindAttempt, attempt, t)
		r.Put("session_id", s.id)
		r.Put("name", name)
		if completed {
			d.putPast("completed_at", over)
		}
		d.end()
	}
	d.writeChat(s, attempt, name, t, turns, step)
	if attempt != "" && completed {
		d.writeFeedback(s, over, turns)
	}
	return over
}

// writeChat writes a conversation. Each turn is a message of the person, a run
// of the model, and its answer.
func (d *demo) writeChat(s session, attempt, name string, t schema.Instant, turns int, step schema.Instant) {
	chat := d.id("c")
	r := d.beginAt(schema.KindChat, chat, t)
	r.Put("session_id", s.id)
	r.Put("attempt_id", attempt)
	r.Put("name", name)
	d.end()

	group := d.writeGroup(s, "Conversation: "+name, t)
	speaker := talker
	if s.who.departments == bio {
		speaker = local
	}
	instructions := d.between(500, 1100)
	input, cached := instructions, 0
	for i := range schema.Instant(turns) {
		asked := t + i*step + d.seconds(5, 15)
		answered := asked + d.seconds(3, 14)
		said, answer := d.between(15, 160), d.between(60, 420)
		d.writeMessage(chat, "user", asked)
		d.writeRun(group, speaker, asked+second, cached+input+said, cached, answer)
		d.writeMessage(chat, "assistant", answered)
		cached += input // what was sent before is cached the next time
		input = said + answer
	}
}

// writeFeedback writes the judgement of an exercise.
func (d *demo) writeFeedback(s session, t schema.Instant, turns int) {
	group := d.writeGroup(s, "Feedback", t)
	d.writeRun(group, grader, t, 900+turns*d.between(150, 350), 0, d.between(250, 700))
}

func (d *demo) writeGroup(s session, name string, t schema.Instant) string {
	id := d.id("g")
	r := d.beginAt(schema.KindGroup, id, t)
	r.Put("session_id", s.id)
	r.Put("name", name)
	d.end()
	return id
}

func (d *demo) writeRun(group string, m model, t schema.Instant, input, cached, output int) {
	r := d.beginAt(schema.KindRun, d.id("r"), t)
	r.Put("group_id", group)
	r.Put("model", m.name)
	r.PutInt("input_tokens", int64(input))
	r.PutInt("output_tokens", int64(output))
	r.PutInt("cached_input_tokens", int64(cached))
	r.PutInt("cost", int64(m.cost(input, cached, output)))
	d.end()
}

func (d *demo) writeMessage(chat, role string, t schema.Instant) {
	r := d.beginAt(schema.KindMessage, d.id("m"), t)
	r.Put("chat_id", chat)
	r.Put("role", role)
	d.end()
}
