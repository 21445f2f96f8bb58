package dashboard

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"glow/schema"
)

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

// Any reports whether a step has anything.
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

// Partial reports whether a step is the unfinished one.
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
