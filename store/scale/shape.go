package scale

import (
	"math"
	"math/rand/v2"
	"time"

	"glow/schema"
)

// Stretches of time.
const (
	millisecond schema.Instant = 1e3
	second                     = 1000 * millisecond
	minute                     = 60 * second
	hour                       = 60 * minute
	week                       = 7 * 24 * hour
)

// hash mixes salt and k into 64 even bits; for one salt, no two k give the
// same (the finalizer of splitmix64 is a bijection).
func hash(salt, k uint64) uint64 {
	x := salt<<48 ^ k + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// curve spreads numbers over time: dense in office hours, thin at night and
// at weekends.
type curve struct {
	start schema.Instant
	end   schema.Instant
	parts uint64              // the length of the load in parts of a week's records
	at    [curveSteps + 1]int // milliseconds of the week at which that share of its records has come
}

// A week's records are cut into 2^weekBits parts, of which the curve knows every
// 2^stepBits-th.
const (
	weekBits   = 30
	stepBits   = 17
	curveSteps = 1 << (weekBits - stepBits)
)

func newCurve(first schema.Day, days int) curve {
	c := curve{start: first.Start(time.UTC), end: (first + schema.Day(days)).Start(time.UTC)}
	var sum [7*24 + 1]float64
	for h := range 7 * 24 {
		sum[h+1] = sum[h] + hourWeight((first+schema.Day(h/24)).Weekday(), h%24)
	}
	total := sum[7*24]
	h := 0
	for step := range curveSteps + 1 {
		share := total * float64(step) / curveSteps
		for h < 7*24-1 && sum[h+1] < share {
			h++
		}
		c.at[step] = int((float64(h) + (share-sum[h])/(sum[h+1]-sum[h])) * 3_600_000)
	}
	rest := sum[days%7*24] / total
	c.parts = uint64((float64(days/7) + rest) * (1 << weekBits))
	return c
}

// hourWeight is how much happens in an hour of the week: office hours on
// weekdays, an evening tail, little at weekends, next to nothing at night.
func hourWeight(day time.Weekday, hour int) float64 {
	weight := 1.0
	switch {
	case hour < 7:
		weight = 0.02
	case hour < 9 || hour >= 18:
		weight = 0.3
	}
	if day == time.Saturday || day == time.Sunday {
		weight *= 0.2
	}
	return weight
}

// time returns when the i-th of n sessions began; later ones never lie earlier.
func (c *curve) time(i, n uint64) schema.Instant {
	part := (i*c.parts + hash(saltTime, i)%c.parts) / n
	inWeek := part % (1 << weekBits)
	step, rest := inWeek>>stepBits, int(inWeek%(1<<stepBits))
	ms := c.at[step] + (c.at[step+1]-c.at[step])*rest>>stepBits
	t := c.start + schema.Instant(part>>weekBits)*week + schema.Instant(ms)*millisecond
	return min(t, c.end-millisecond) // a step may reach over the end of the last day
}

// crowdBits is fine enough that the least busy person still has several places.
const crowdBits = 18

// newCrowd gives each person a number of places by a power law: a few come
// several times a day, most now and then, and the last fifty never.
func newCrowd() []uint16 {
	const active = People - 50
	var sum [active + 1]float64
	for p := range active {
		sum[p+1] = sum[p] + math.Pow(float64(p+50), -1.2)
	}
	crowd := make([]uint16, 1<<crowdBits)
	p := 0
	for i := range crowd {
		for sum[p+1] < sum[active]*(float64(i)+0.5)/(1<<crowdBits) {
			p++
		}
		crowd[i] = uint16(p)
	}
	return crowd
}

// bursts spreads n children over their parents so that some have many and many
// have none, while the children stay in the order of their parents: within a
// block of parents, one takes a fifth of the block's children, the next half of
// that, and so on by Zipf's law.
type bursts [blockSize][blockShares]uint8

const (
	blockSize       = 64
	sharesPerParent = 8
	blockShares     = blockSize * sharesPerParent
)

func newBursts() bursts {
	var b bursts
	places := rand.New(rand.NewPCG(1, 1)).Perm(blockSize)
	total := 0.0
	for p := range blockSize {
		total += 1 / float64(p+1)
	}
	for turn := range b {
		p, sum := 0, 1/float64(places[turn]+1)
		for share := range b[turn] {
			for p < blockSize-1 && sum < total*(float64(share)+0.5)/blockShares {
				p++
				sum += 1 / float64(places[(p+turn)%blockSize]+1)
			}
			b[turn][share] = uint8(p)
		}
	}
	return b
}

// parentOf returns the parent of the k-th of n children.
func (b *bursts) parentOf(k, n, parents uint64) uint64 {
	share := k * parents * sharesPerParent / n
	block := share / blockShares
	parent := block*blockSize + uint64(b[hash(saltBurst, block)%blockSize][share%blockShares])
	if parent >= parents { // in the last block, which is not full
		return share / sharesPerParent
	}
	return parent
}
