package demo

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"glow/schema"
)

// habit is how often somebody comes, and from when to when.
type habit int

const (
	steady  habit = iota // most people
	keen                 // comes about twice as often
	light                // comes about half as often
	late                 // came only some weeks into the running term
	stopped              // came like others until some weeks ago
	never                // has not come once
	left                 // was there in the first term only, and is inactive now
)

// pace is how many sessions a habit makes in an ordinary week.
var pace = map[habit]float64{steady: 0.6, keen: 1.2, light: 0.3, late: 0.7, stopped: 0.6, left: 0.4}

// weekdays thin out towards the weekend, when only a few catch up.
var weekdays = map[time.Weekday]float64{
	time.Monday: 1.0, time.Tuesday: 1.15, time.Wednesday: 1.1, time.Thursday: 1.0, time.Friday: 0.75,
	time.Saturday: 0.12, time.Sunday: 0.18,
}

// hours are mostly office hours with a dip at noon, and an evening tail for
// those who teach by day; nobody starts at night.
var hours = [24]int{7: 1, 8: 4, 9: 10, 10: 13, 11: 11, 12: 6, 13: 9, 14: 12, 15: 11, 16: 9, 17: 5, 18: 2, 19: 3, 20: 4, 21: 3, 22: 1}

// weeks of a term: a slow start, a midterm in the eighth, exams in the
// eighteenth to twentieth, and then the break.
var weeks = [termWeeks]float64{
	0.5, 0.8, 1, 1, 1, 1, 1.2, 1.9, 1, 0.9, 1, 1, 1,
	1, 1.1, 1.1, 1.3, 1.9, 2.2, 1.8, 0.5, 0.2, 0.1, 0.1, 0.1, 0.2,
}

const (
	termWeeks   = 26 // half a year
	currentWeek = 15 // the running term is past its midterm, with most of it to look back on
)

// calendar places the two terms around today.
type calendar struct {
	today schema.Day
	terms [2]term
}

type term struct {
	id, name    string
	first, last schema.Day
}

// calendarOn moves the terms with today, so that there is as much to see on
// any day of the year; a term starts on a Monday.
func calendarOn(today schema.Day) calendar {
	monday := today - schema.Day(today.Weekday()+6)%7
	start := monday - 7*(currentWeek-1)
	second := term{first: start, last: start + 7*termWeeks - 1}
	first := term{first: start - 7*termWeeks, last: start - 1}

	// A term is called after the half of the year in which its middle lies.
	year, month, _ := (start + 7*termWeeks/2).Date()
	if month <= 6 {
		second.id, second.name = named("spring", "Spring", year)
		first.id, first.name = named("autumn", "Autumn", year-1)
	} else {
		second.id, second.name = named("autumn", "Autumn", year)
		first.id, first.name = named("spring", "Spring", year)
	}
	return calendar{today: today, terms: [2]term{first, second}}
}

func named(id, name string, year int) (string, string) {
	y := strconv.Itoa(year)
	return "term-" + id + "-" + y, name + " " + y
}

func (d *demo) writeTerms() {
	for _, t := range d.terms {
		r := d.begin(schema.KindTerm, t.id)
		r.Put("name", t.name)
		r.PutInt("starts_on", int64(t.first))
		r.PutInt("ends_on", int64(t.last))
		d.end()
	}
}

// busyness is how much of the usual happens on day.
func (c calendar) busyness(day schema.Day) float64 {
	t := c.terms[0]
	if day > t.last {
		t = c.terms[1]
	}
	return weekdays[day.Weekday()] * weeks[(day-t.first)/7]
}

// comesAndGoes draws the days between which somebody of that habit comes.
func (d *demo) comesAndGoes(h habit) (first, last schema.Day) {
	first, last = d.terms[0].first, d.today
	switch h {
	case late: // two to eight weeks into the running term
		first = d.terms[1].first + schema.Day(d.between(14, 56))
	case stopped: // three to eight weeks ago
		last = d.today - schema.Day(d.between(21, 56))
	case left:
		last = d.terms[0].last - schema.Day(d.between(28, 70))
	case never:
		last = first - 1
	}
	return first, last
}

// plannedSession is who practises, from when to when.
type plannedSession struct {
	who        *person
	start, end schema.Instant
	ended      bool // properly, and not by just leaving
}

// runningCount sessions are running at now whatever the hour, so that there
// always is something live to see.
const runningCount = 4

// runningSessions seats the keenest people now, a while before now.
func (d *demo) runningSessions() []plannedSession {
	var eager []*person
	for _, p := range d.people {
		if p.role == roleTA && p.habit == keen {
			eager = append(eager, p)
		}
	}
	var running []plannedSession
	for _, i := range d.Perm(len(eager))[:runningCount] {
		running = append(running, plannedSession{
			who:   eager[i],
			start: d.now - d.minutes(8, 50),
			end:   d.now + d.minutes(15, 40),
		})
	}
	return running
}

// sessionsOn draws who comes on day, in the order of time. The running ones
// are the last day's.
func (d *demo) sessionsOn(day schema.Day, running []plannedSession) []plannedSession {
	var out []plannedSession
	busyness := d.busyness(day)
	for _, p := range d.people {
		// A working week has five days, over which the pace is spread.
		if day < p.first || day > p.last || !d.chance(pace[p.habit]/5*busyness) {
			continue
		}
		at := d.startHour()
		out = append(out, d.sessionAt(p, day, at))
		if at < 15 && d.chance(0.1) { // some come back after dinner
			out = append(out, d.sessionAt(p, day, d.between(19, 21)))
		}
	}
	out = slices.DeleteFunc(out, func(s plannedSession) bool {
		return slices.ContainsFunc(running, func(now plannedSession) bool {
			return s.who == now.who && s.end >= now.start // nobody sits in two places
		})
	})
	if day == d.today {
		out = append(out, running...)
	}
	slices.SortStableFunc(out, func(a, b plannedSession) int { return cmp.Compare(a.start, b.start) })
	return out
}

// startHour draws an hour of the day by its weight.
func (d *demo) startHour() int {
	total := 0
	for _, weight := range hours {
		total += weight
	}
	n := d.IntN(total)
	for h, weight := range hours {
		if n -= weight; n < 0 {
			return h
		}
	}
	panic("unreachable: n is less than the sum of the weights")
}

func (d *demo) sessionAt(p *person, day schema.Day, at int) plannedSession {
	y, m, dd := day.Date()
	clock := time.Date(y, time.Month(m), dd, at, d.IntN(60), d.IntN(60), 0, d.zone)
	start := schema.InstantOf(clock)
	u := d.Float64()
	return plannedSession{
		who:   p,
		start: start,
		end:   start + 8*minute + schema.Instant(u*u*90*60)*second, // mostly short, at times an hour and a half
		ended: d.chance(0.87),                                      // the others just close the lid
	}
}
