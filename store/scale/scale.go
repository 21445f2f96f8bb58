// Package scale makes loads of any size for benchmarks: a university whose
// people use their training tools by day more than by night, some of them very
// much more than others. A load is computed, not stored, so that it takes no
// more memory the larger it is, and the same factor gives the same records.
package scale

import (
	"iter"
	"math"

	"glow/schema"
)

// Who is in every load, whatever its factor.
const (
	People      = 5_000
	Departments = 20
)

// Records of a kind at factor 1, which stands for one year.
const (
	sessionsPerYear   = 1_000_000
	loginsPerYear     = 1_200_000
	grantsPerYear     = 50_000
	emulationsPerYear = 20_000
	activityPerYear   = 6_000_000
	problemsPerYear   = 30_000
	groupsPerYear     = 1_000_000
	runsPerYear       = 3_000_000
	attemptsPerYear   = 400_000
	chatsPerYear      = 800_000
	messagesPerYear   = 3_000_000
)

const daysPerYear = 365

// End is the day after the last day of every load, in UTC.
var End = schema.DayOf(2026, 1, 1)

// Load yields factor times the records of a year. From factor 1 on they span
// that many years; below it they lie more thinly in the one year. Kinds come in
// table order, sessions in the order of time, in one reused Record. Only the
// kinds whose id is required bring one. factor is 0.01 to 10.
func Load(factor float64) iter.Seq2[*schema.Record, error] {
	return records(factor, Days(factor))
}

// LoadDense yields as many records as Load does, all of them in one year.
func LoadDense(factor float64) iter.Seq2[*schema.Record, error] {
	return records(factor, daysPerYear)
}

// Days is how many days before End a Load spans.
func Days(factor float64) int {
	return int(math.Round(daysPerYear * max(1, factor)))
}

func records(factor float64, days int) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		l := newLoad(factor, days)
		var r schema.Record
		for _, part := range l.parts() {
			kind := schema.KindNamed(part.kind)
			for k := range part.count {
				r.Reset(kind)
				part.fill(&r, k)
				if err := r.Finish(); err != nil {
					yield(nil, err)
					return
				}
				if !yield(&r, nil) {
					return
				}
			}
		}
	}
}

// part is how many records there are of a kind, and how the k-th is filled in.
type part struct {
	kind  string
	count uint64
	fill  func(r *schema.Record, k uint64)
}

// load is what one run over the records knows.
type load struct {
	days  int
	first schema.Day

	sessions, logins, grants, emulations, activity, problems uint64
	groups, runs, attempts, chats, messages                  uint64

	curve         curve
	crowd         []uint16 // the person of a session, by a hash
	bursts        bursts
	departmentIDs []string
	profileIDs    []string

	// What the record before referred to; the next mostly refers to the same.
	session session
	group   parent
	attempt parent
	chat    parent
}

func newLoad(factor float64, days int) *load {
	times := func(perYear float64) uint64 { return uint64(math.Round(perYear * factor)) }
	first := End - schema.Day(days)
	l := &load{
		days:       days,
		first:      first,
		sessions:   times(sessionsPerYear),
		logins:     times(loginsPerYear),
		grants:     times(grantsPerYear),
		emulations: times(emulationsPerYear),
		activity:   times(activityPerYear),
		problems:   times(problemsPerYear),
		groups:     times(groupsPerYear),
		runs:       times(runsPerYear),
		attempts:   times(attemptsPerYear),
		chats:      times(chatsPerYear),
		messages:   times(messagesPerYear),
		curve:      newCurve(first, days),
		crowd:      newCrowd(),
		bursts:     newBursts(),

		session: session{number: none},
		group:   parent{number: none},
		attempt: parent{number: none},
		chat:    parent{number: none},
	}
	for i := range uint64(Departments) {
		l.departmentIDs = append(l.departmentIDs, randomID(hash(saltDepartment, i)))
	}
	for i := range uint64(People) {
		l.profileIDs = append(l.profileIDs, randomID(hash(saltProfile, i)))
	}
	return l
}

func (l *load) parts() []part {
	return []part{
		{schema.KindDepartment, Departments, l.fillDepartment},
		{schema.KindTerm, l.terms(), l.fillTerm},
		{schema.KindProfile, People, l.fillProfile},
		{schema.KindSession, l.sessions, l.fillSession},
		{schema.KindLogin, l.logins, l.fillLogin},
		{schema.KindGrant, l.grants, l.fillGrant},
		{schema.KindEmulation, l.emulations, l.fillEmulation},
		{schema.KindActivity, l.activity, l.fillActivity},
		{schema.KindProblem, l.problems, l.fillProblem},
		{schema.KindGroup, l.groups, l.fillGroup},
		{schema.KindRun, l.runs, l.fillRun},
		{schema.KindAttempt, l.attempts, l.fillAttempt},
		{schema.KindChat, l.chats, l.fillChat},
		{schema.KindMessage, l.messages, l.fillMessage},
	}
}
