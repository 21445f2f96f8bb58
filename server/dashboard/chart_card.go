package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"glow/schema"
)

// Card is one number at a glance.
type Card struct {
	Label    string
	Value    int64
	Note     string // what else belongs to it
	Before   *int64 // the same of the time before; nil when there is none
	Compared int64  // the part of Value that Before stands beside
	Spark    Spark
	SoFar    bool // the last step of the Spark is not over
}

// Cards are the four numbers of the activity page. Their lines are of the steps
// that the chart has, too.
func Cards(a schema.ActivityResponse, over Chart) []Card {
	of := func(label string, pick func(schema.Counts) int64) Card {
		c := Card{Label: label, Value: pick(a.Counts), SoFar: over.Unfinished}
		if a.Previous != nil {
			before := pick(a.Previous.Counts)
			c.Before, c.Compared = &before, pick(a.Compared.Counts)
		}
		for _, step := range over.Steps {
			c.Spark = append(c.Spark, pick(step.Counts))
		}
		return c
	}
	cards := []Card{
		of("Sessions", func(c schema.Counts) int64 { return c.Sessions }),
		of("Active people", func(c schema.Counts) int64 { return c.ActiveProfiles }),
		of("Logins", func(c schema.Counts) int64 { return c.Logins }),
		of("Emulations", func(c schema.Counts) int64 { return c.Emulations }),
	}
	cards[0].Note = Number(a.CompletedSessions) + " completed"
	return cards
}

// Over are the corners of the steps that are over, and Going those of the way to
// the one that is not: a day that has just begun is no fall.
func (c Card) Over() string {
	corners := strings.Fields(c.Spark.Points())
	if c.SoFar {
		corners = corners[:len(corners)-1]
	}
	return strings.Join(corners, " ")
}

// Going is "" when all steps are over; see Over.
func (c Card) Going() string {
	corners := strings.Fields(c.Spark.Points())
	if !c.SoFar || len(corners) < 2 {
		return ""
	}
	return strings.Join(corners[len(corners)-2:], " ")
}

// Change is the difference to before, with its sign.
func (c Card) Change() string {
	switch d := c.Compared - *c.Before; {
	case d > 0:
		return "+" + Number(d)
	case d < 0:
		return Number(d)
	}
	return "±0"
}

// Percent is the change in percent; "" where it has none.
func (c Card) Percent() string { return percent(c.Compared, *c.Before) }

// Arrow points up, down or along.
func (c Card) Arrow() string {
	switch {
	case c.Compared > *c.Before:
		return "▲"
	case c.Compared < *c.Before:
		return "▼"
	}
	return "▬"
}

// Spark is a line of numbers without axes, from zero up.
type Spark []int64

// Size of a Spark's drawing.
const (
	sparkWidth  = 120
	sparkHeight = 28
)

// Points are the corners of the line.
func (s Spark) Points() string {
	if len(s) == 0 {
		return ""
	}
	most := max(slices.Max(s), 1)
	var b strings.Builder
	for i, v := range s {
		x := float64(sparkWidth) / 2
		if len(s) > 1 {
			x = 1 + float64(i)*(sparkWidth-2)/float64(len(s)-1)
		}
		fmt.Fprintf(&b, "%.1f,%.1f ", x, sparkHeight-2-float64(v)/float64(most)*(sparkHeight-4))
	}
	return strings.TrimSpace(b.String())
}

// Area are the corners of what is below the line.
func (s Spark) Area() string {
	return fmt.Sprintf("1,%d %s %d,%d", sparkHeight, s.Points(), sparkWidth-1, sparkHeight)
}
