package dashboard

import (
	"glow/schema"
)

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
