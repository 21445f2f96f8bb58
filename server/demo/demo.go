// Package demo makes up the records that "glow serve --demo" shows: three
// departments, sixty people and two terms of practice, the second one running.
// Nobody in it exists, and the same moment in the same zone gives the same records.
package demo

import (
	"iter"
	"math/rand/v2"
	"time"

	"glow/schema"
)

// seed starts the random numbers. Any number would do; this one stays.
const seed = 20250203

// Records yields the demo as it stands at now in zone: every record that
// others refer to before those that do, each finished, in one reused Record.
// Nothing in it is later than now, and some sessions are running at that moment.
func Records(now time.Time, zone *time.Location) iter.Seq2[*schema.Record, error] {
	return func(yield func(*schema.Record, error) bool) {
		at := schema.InstantOf(now.Truncate(time.Second))
		d := &demo{
			writer:   newWriter(at, yield),
			dice:     dice{rand.New(rand.NewPCG(seed, seed))},
			zone:     zone,
			calendar: calendarOn(schema.DayAt(at, zone)),
		}
		d.writeDepartments()
		d.writeTerms()
		d.writePeople()
		running := d.runningSessions()
		for day := d.terms[0].first; day <= d.today && !d.stopped; day++ {
			for _, s := range d.sessionsOn(day, running) {
				d.writeSession(s)
			}
		}
	}
}

// demo is what one run over the records knows.
type demo struct {
	*writer
	dice
	calendar
	zone   *time.Location
	people []*person
}

// dice draws the random numbers.
type dice struct{ *rand.Rand }

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between draws from lo to hi, both included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// seconds draws a stretch of lo to hi seconds.
func (d dice) seconds(lo, hi int) schema.Instant { return schema.Instant(d.between(lo, hi)) * second }

// minutes draws a stretch of lo to hi minutes, to the second.
func (d dice) minutes(lo, hi int) schema.Instant { return d.seconds(lo*60, hi*60) }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// Stretches of time.
const (
	second schema.Instant = 1e6
	minute                = 60 * second
	hour                  = 60 * minute
)
