package dashboard

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
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

// Chart is a series over time.
type Chart struct {
	Interval   string
	Steps      []schema.Interval
	Unfinished bool // the last step is not over
}

// ChartOf makes the chart of a series. A step that holds today is not over, and
// of those to come there is nothing to show: they would look like a fall to zero.
func ChartOf(interval string, series []schema.Interval, today schema.Day) Chart {
	for n := len(series); n > 0 && series[n-1].StartsOn > today && series[n-1].Counts == (schema.Counts{}); n-- {
		series = series[:n-1]
	}
	c := Chart{Interval: interval, Steps: series}
	if n := len(series); n > 0 {
		c.Unfinished = series[n-1].StartsOn <= today && today <= series[n-1].EndsOn
	}
	return c
}

// Any tells whether a step has anything.
func (c Chart) Any() bool {
	return slices.ContainsFunc(c.Steps, func(s schema.Interval) bool { return s.Counts != schema.Counts{} })
}

// Name is what a step is called.
func (c Chart) Name(step schema.Interval) string {
	switch c.Interval {
	case schema.IntervalMonth:
		y, m, _ := step.StartsOn.Date()
		return fmt.Sprintf("%s %d", months[m-1], y)
	case schema.IntervalWeek:
		return "week of " + step.StartsOn.String()
	}
	return weekdays[(int(step.StartsOn.Weekday())+6)%7] + " " + step.StartsOn.String()
}

// Partial tells whether a step is the unfinished one.
func (c Chart) Partial(i int) bool { return c.Unfinished && i == len(c.Steps)-1 }

// Data is what the script draws.
func (c Chart) Data() (string, error) {
	type series struct {
		Name   string  `json:"name"`
		Values []int64 `json:"values"`
	}
	data := struct {
		Labels     []string `json:"labels"` // of the axis
		Names      []string `json:"names"`  // in full
		Interval   string   `json:"interval"`
		Unfinished bool     `json:"unfinished"`
		Series     []series `json:"series"`
	}{Interval: c.Interval, Unfinished: c.Unfinished, Series: []series{{Name: "Sessions"}, {Name: "Completed"}, {Name: "Active people"}, {Name: "Logins"}}}
	for _, s := range c.Steps {
		data.Labels = append(data.Labels, c.short(s.StartsOn))
		data.Names = append(data.Names, c.Name(s))
		for i, v := range []int64{s.Sessions, s.CompletedSessions, s.ActiveProfiles, s.Logins} {
			data.Series[i].Values = append(data.Series[i].Values, v)
		}
	}
	text, err := json.Marshal(data)
	return string(text), err
}

func (c Chart) short(d schema.Day) string {
	y, m, day := d.Date()
	if c.Interval == schema.IntervalMonth {
		return fmt.Sprintf("%s %d", months[m-1], y)
	}
	return strconv.Itoa(day) + " " + months[m-1]
}

var (
	months   = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	weekdays = [...]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
)

// levels is how many shades there are above nothing.
const levels = 5

// Shades gives each number above zero a shade by its rank among them, 1 to
// levels, so that one outlier does not flatten all others. Equal numbers have
// equal shades; zero has none.
func Shades(values []int64) []int {
	ranked := slices.DeleteFunc(slices.Clone(values), func(v int64) bool { return v <= 0 })
	slices.Sort(ranked)
	shades := make([]int, len(values))
	for i, v := range values {
		if v <= 0 {
			continue
		}
		below, _ := slices.BinarySearch(ranked, v)
		above, _ := slices.BinarySearch(ranked, v+1)
		middle := float64(below+above) / 2 / float64(len(ranked))
		shades[i] = min(levels, 1+int(math.Floor(middle*levels)))
	}
	return shades
}

// Heat is the map of weekdays and hours.
type Heat struct {
	Rows   []HeatRow
	Shades []Shade // what each shade stands for
	Total  int64
}

// HeatRow is one weekday.
type HeatRow struct {
	Day   string
	Y     int
	Cells []Cell
}

// Cell is one square of a map.
type Cell struct {
	X, Y  int
	Name  string
	Count int64
	Shade int
}

// Shade is one step of a legend: from and to are the least and most of it.
type Shade struct {
	Level    int
	From, To int64
}

// Geometry of the maps.
const (
	heatCell  = 20
	heatLeft  = 40
	heatTop   = 26
	calCell   = 13
	calLeft   = 34
	calTop    = 18
	calWeeks  = 53
	HeatWidth = heatLeft + 24*heatCell
)

// HeatOf makes the map of a usage.
func HeatOf(u schema.Usage) Heat {
	var flat []int64
	for _, day := range u.Hours {
		flat = append(flat, day[:]...)
	}
	shades := Shades(flat)
	h := Heat{Shades: legend(flat, shades)}
	for d, name := range weekdays {
		row := HeatRow{Day: name, Y: heatTop + d*heatCell}
		for hour := range 24 {
			i := d*24 + hour
			row.Cells = append(row.Cells, Cell{
				X: heatLeft + hour*heatCell, Y: row.Y, Name: fmt.Sprintf("%s %02d:00", name, hour), Count: flat[i], Shade: shades[i],
			})
			h.Total += flat[i]
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

// legend lists the shades that are used.
func legend(values []int64, shades []int) (list []Shade) {
	for level := 1; level <= levels; level++ {
		s := Shade{Level: level}
		for i, v := range values {
			if shades[i] != level {
				continue
			}
			if s.To == 0 || v < s.From {
				s.From = v
			}
			s.To = max(s.To, v)
		}
		if s.To > 0 {
			list = append(list, s)
		}
	}
	return list
}

// Hours are the marks along the map.
func (Heat) Hours() (marks []Cell) {
	for h := 0; h < 24; h += 3 {
		marks = append(marks, Cell{X: heatLeft + h*heatCell, Name: fmt.Sprintf("%02d", h)})
	}
	return marks
}

// Calendar is a year of days, a column a week.
type Calendar struct {
	Cells  []Cell
	Months []Cell // marks
	Shades []Shade
	Active int // days with anything
}

// CalendarFrom is the first day of the calendar that ends with the week of a day.
func CalendarFrom(last schema.Day) schema.Day {
	monday := last - schema.Day((int(last.Weekday())+6)%7)
	return monday - (calWeeks-1)*7
}

// CalendarOf shades the days up to last by what was counted on them.
func CalendarOf(series []schema.Interval, last schema.Day) Calendar {
	first := CalendarFrom(last)
	values := make([]int64, last-first+1)
	seen := make([]bool, len(values))
	for _, s := range series {
		if i := s.StartsOn - first; i >= 0 && int(i) < len(values) {
			values[i] = s.Sessions
			seen[i] = s.ActiveProfiles > 0
		}
	}
	shades := Shades(values)
	c := Calendar{Shades: legend(values, shades)}
	for i := range values {
		day := first + schema.Day(i)
		cell := Cell{
			X: calLeft + i/7*calCell, Y: calTop + i%7*calCell, Count: values[i], Shade: shades[i],
			Name: weekdays[i%7] + " " + day.String() + ": " + Count(values[i], "session", "sessions"),
		}
		switch {
		case seen[i] && values[i] == 0:
			cell.Shade, cell.Name = 1, weekdays[i%7]+" "+day.String()+": active, no session"
			c.Active++
		case seen[i]:
			c.Active++
		}
		c.Cells = append(c.Cells, cell)
		if _, m, d := day.Date(); i%7 == 0 && d <= 7 {
			c.Months = append(c.Months, Cell{X: cell.X, Name: months[m-1]})
		}
	}
	return c
}
