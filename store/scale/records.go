package scale

import (
	"fmt"
	"strconv"

	"glow/schema"
)

var (
	givenNames  = []string{"Ada", "Bao", "Chiara", "Dmitri", "Élise", "Farah", "Goran", "Hà", "Ines", "Jamal", "Kofi", "Lena", "Minh", "Noor", "Oskar", "Paula"}
	familyNames = []string{"Almeida", "Bauer", "Chen", "Đặng", "Eze", "Fischer", "García", "Haddad", "Ivanova", "Jensen", "Kim", "Lê", "Mbeki", "Novák", "O’Neill", "Pham"}
	topics      = []string{"Leading a lab", "Office hours", "Grading", "Late work", "Feedback", "Discussion", "Proofs", "Safety"}
	troubles    = []string{"slow_answer", "login", "feedback", "content", "access", "display"}
	complaints  = []string{
		"The answer took more than a minute.",
		"The page had to be reloaded before it went on.",
		"The exercise was not on the list.",
		"The text was cut off at the end.",
	}
)

// put sets a text that needs no checking.
func put(r *schema.Record, field, text string) {
	r.Values[r.Kind.Field(field)] = schema.Value{Set: true, Text: text}
}

func putTime(r *schema.Record, field string, t schema.Instant) { r.PutInt(field, int64(t)) }

func pick(from []string, h uint64) string { return from[h%uint64(len(from))] }

// oneIn is true for one in n of the hashes. Each question about a record asks
// another part of its hash.
func oneIn(n, h uint64) bool { return h%n == 0 }

func (l *load) fillDepartment(r *schema.Record, k uint64) {
	put(r, "id", l.departmentIDs[k])
	put(r, "name", fmt.Sprintf("Department %02d", k+1))
}

const termDays = 182

// terms is the number of terms, each half a year; the last takes the odd days.
func (l *load) terms() uint64 { return uint64(l.days / termDays) }

func (l *load) fillTerm(r *schema.Record, k uint64) {
	starts := l.first + schema.Day(k)*termDays
	ends := starts + termDays - 1
	if k == l.terms()-1 {
		ends = End - 1
	}
	put(r, "id", "term-"+strconv.Itoa(int(k)+1))
	put(r, "name", "Term "+strconv.Itoa(int(k)+1))
	r.PutInt("starts_on", int64(starts))
	r.PutInt("ends_on", int64(ends))
}

func (l *load) fillProfile(r *schema.Record, k uint64) {
	h := hash(saltProfile, k)
	put(r, "id", l.profileIDs[k])
	put(r, "name", pick(givenNames, h)+" "+pick(familyNames, h>>8)+" "+strconv.Itoa(int(k)+1))
	put(r, "email", "person"+strconv.Itoa(int(k)+1)+"@example.edu")
	switch {
	case oneIn(100, h>>16):
		put(r, "role", "coordinator")
	case oneIn(30, h>>16):
		put(r, "role", "instructor")
	default:
		put(r, "role", "ta")
	}
	departments := l.departmentIDs[k%Departments]
	if oneIn(12, h>>24) { // and the next one too
		departments += "|" + l.departmentIDs[(k+1)%Departments]
	}
	r.Put("department_ids", departments)
}

// session is what the records of a session need to know of it.
type session struct {
	number        uint64
	id            string
	created, ends schema.Instant
	person        string
}

// none is the number of nothing.
const none = ^uint64(0)

// sessionNumbered computes the i-th session; it stays valid until the next call.
func (l *load) sessionNumbered(i uint64) *session {
	if s := &l.session; s.number == i {
		return s
	}
	h := hash(saltSession, i)
	created := l.curve.time(i, l.sessions)
	// Two minutes to two hours and a half, the long ones rare.
	u := float64(h>>40) / (1 << 24)
	length := 2*minute + schema.Instant(u*u*u*148*60_000)*millisecond
	l.session = session{
		number:  i,
		id:      timedID(created, h),
		created: created,
		ends:    min(created+length, l.curve.end-millisecond),
		person:  l.profileIDs[l.crowd[hash(saltProfile, h)>>(64-crowdBits)]],
	}
	return &l.session
}

// sessionOf returns the session of the k-th of n records.
func (l *load) sessionOf(k, n uint64) *session {
	return l.sessionNumbered(l.bursts.parentOf(k, n, l.sessions))
}

// within returns an instant from t to the end of s, as h has it.
func (s *session) within(t schema.Instant, h uint64) schema.Instant {
	room := uint64((s.ends-t)/millisecond) + 1
	return t + schema.Instant(h>>16%room)*millisecond
}

func (l *load) fillSession(r *schema.Record, k uint64) {
	s := l.sessionNumbered(k)
	put(r, "id", s.id)
	put(r, "profile_id", s.person)
	putTime(r, "created_at", s.created)
	putTime(r, "updated_at", s.ends)
	if !oneIn(7, hash(saltSession, k)>>8) {
		putTime(r, "ended_at", s.ends)
	}
}

// fillOf fills in what records of a person and mostly a session share: of
// linked+1 records one knows no session.
func fillOf(r *schema.Record, s *session, linked, h uint64) {
	put(r, "profile_id", s.person)
	if !oneIn(linked+1, h>>8) {
		put(r, "session_id", s.id)
	}
	putTime(r, "created_at", s.within(s.created, h))
}

func (l *load) fillLogin(r *schema.Record, k uint64) {
	fillOf(r, l.sessionOf(k, l.logins), 9, hash(saltLogin, k))
}

func (l *load) fillActivity(r *schema.Record, k uint64) {
	fillOf(r, l.sessionOf(k, l.activity), 19, hash(saltActivity, k))
}

func (l *load) fillProblem(r *schema.Record, k uint64) {
	h := hash(saltProblem, k)
	s := l.sessionOf(k, l.problems)
	fillOf(r, s, 5, h)
	put(r, "type", pick(troubles, h>>24))
	put(r, "message", pick(complaints, h>>32))
	if !oneIn(7, h>>40) {
		r.PutInt("resolved", 1)
		putTime(r, "updated_at", s.ends)
	}
}

func (l *load) fillGrant(r *schema.Record, k uint64) {
	s := l.sessionOf(k, l.grants)
	t := s.within(s.created, hash(saltGrant, k))
	put(r, "session_id", s.id)
	putTime(r, "expires_at", t+hour)
	putTime(r, "created_at", t)
}

func (l *load) fillEmulation(r *schema.Record, k uint64) {
	h := hash(saltEmulation, k)
	s := l.sessionOf(k, l.emulations)
	put(r, "profile_id", pick(l.profileIDs, h>>8))
	put(r, "session_id", s.id)
	putTime(r, "created_at", s.within(s.created, h))
}

// parent is a group, attempt or chat, as what belongs to it needs to know it.
type parent struct {
	number  uint64
	id      string
	session uint64
	created schema.Instant
}

// parentNumbered computes the i-th of n groups or attempts into p, unless it is
// there already.
func (l *load) parentNumbered(p *parent, salt, i, n uint64) *parent {
	if p.number != i {
		h := hash(salt, i)
		s := l.sessionOf(i, n)
		t := s.within(s.created, h)
		*p = parent{number: i, id: timedID(t, h), session: s.number, created: t}
	}
	return p
}

func (l *load) groupNumbered(i uint64) *parent {
	return l.parentNumbered(&l.group, saltGroup, i, l.groups)
}

func (l *load) attemptNumbered(i uint64) *parent {
	return l.parentNumbered(&l.attempt, saltAttempt, i, l.attempts)
}

// chatNumbered computes the i-th chat. Every other one belongs to an attempt
// and lies in its session.
func (l *load) chatNumbered(i uint64) *parent {
	if !l.inAttempt(i) {
		return l.parentNumbered(&l.chat, saltChat, i, l.chats)
	}
	if l.chat.number != i {
		h := hash(saltChat, i)
		a := l.attemptNumbered(i / 2)
		t := l.sessionNumbered(a.session).within(a.created, h)
		l.chat = parent{number: i, id: timedID(t, h), session: a.session, created: t}
	}
	return &l.chat
}

func (l *load) inAttempt(chat uint64) bool { return chat%2 == 0 && chat/2 < l.attempts }

func (l *load) fillGroup(r *schema.Record, k uint64) {
	l.fillParent(r, l.groupNumbered(k), saltGroup)
}

// fillParent fills in what groups, attempts and chats share.
func (l *load) fillParent(r *schema.Record, p *parent, salt uint64) {
	put(r, "id", p.id)
	put(r, "session_id", l.sessionNumbered(p.session).id)
	put(r, "name", pick(topics, hash(salt, p.number)))
	putTime(r, "created_at", p.created)
}

// models and their prices in nano-dollars a token of input, output and cache.
var models = []struct {
	name                  string
	input, output, cached int64
}{
	{"gpt-4.1-mini", 400, 1600, 100},
	{"llama-3.3-70b", 230, 400, 60},
	{"gpt-4.1", 2000, 8000, 500},
}

func (l *load) fillRun(r *schema.Record, k uint64) {
	h := hash(saltRun, k)
	g := l.groupNumbered(l.bursts.parentOf(k, l.runs, l.groups))
	s := l.sessionNumbered(g.session)
	m := &models[h%uint64(len(models))]
	output, cached := int64(h>>20%800), int64(h>>30%8000)
	input := cached + int64(h>>8%4000)
	put(r, "group_id", g.id)
	put(r, "model", m.name)
	r.PutInt("input_tokens", input)
	r.PutInt("output_tokens", output)
	r.PutInt("cached_input_tokens", cached)
	r.PutInt("cost", (input-cached)*m.input+output*m.output+cached*m.cached)
	putTime(r, "created_at", s.within(g.created, h))
}

func (l *load) fillAttempt(r *schema.Record, k uint64) {
	a := l.attemptNumbered(k)
	l.fillParent(r, a, saltAttempt)
	if h := hash(saltAttempt, k); !oneIn(4, h>>8) {
		putTime(r, "completed_at", l.sessionNumbered(a.session).within(a.created, hash(0, h)))
	}
}

func (l *load) fillChat(r *schema.Record, k uint64) {
	c := l.chatNumbered(k)
	l.fillParent(r, c, saltChat)
	if l.inAttempt(k) {
		put(r, "attempt_id", l.attemptNumbered(k/2).id)
	}
}

func (l *load) fillMessage(r *schema.Record, k uint64) {
	c := l.chatNumbered(l.bursts.parentOf(k, l.messages, l.chats))
	s := l.sessionNumbered(c.session)
	role := "user"
	if k%2 == 1 {
		role = "assistant"
	}
	put(r, "chat_id", c.id)
	put(r, "role", role)
	putTime(r, "created_at", s.within(c.created, hash(saltMessage, k)))
}
