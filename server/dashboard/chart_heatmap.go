package dashboard

import (
	"fmt"
	"math"
	"slices"

	"glow/schema"
)

// Heat is the map of weekdays and hours.
type Heat struct {
	Rows   []HeatRow
	Shades []Shade // what each shade stands for
	Total  int64
}

// HourRow is how many sessions began in an hour of a weekday, in the instance's zone.
type HourRow struct {
	Weekday  string `json:"weekday"`
	Hour     int    `json:"hour"` // from 0
	Sessions int64  `json:"sessions"`
}

// hourRows lists the hours of the week, from Monday.
func hourRows(u schema.Usage) (rows []HourRow) {
	for day, hours := range u.Hours {
		for hour, n := range hours {
			rows = append(rows, HourRow{weekdays[day], hour, n})
		}
	}
	return rows
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

// Hours are the marks along the map.
func (Heat) Hours() (marks []Cell) {
	for h := 0; h < 24; h += 3 {
		marks = append(marks, Cell{X: heatLeft + h*heatCell, Name: fmt.Sprintf("%02d", h)})
	}
	return marks
}

// Shade is one step of a legend: from and to are the least and most of it.
type Shade struct {
	Level    int
	From, To int64
}

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
