package store

import (
	"fmt"
	"time"

	"glow/schema"
)

// dayFinder finds the local day of an instant. Neighbouring records are mostly
// of the same day, so it remembers the bounds of the last.
type dayFinder struct {
	zone        *time.Location
	last        schema.Day
	from, until schema.Instant
}

func (f *dayFinder) day(at schema.Instant) schema.Day {
	if at < f.from || at >= f.until {
		f.last = schema.DayAt(at, f.zone)
		f.from, f.until = f.last.Start(f.zone), (f.last + 1).Start(f.zone)
	}
	return f.last
}

// addDay makes sure that the calendar holds a day.
func (t *tx) addDay(d schema.Day, zone *time.Location) error {
	year, _, _ := d.Date()
	return t.Exec(`INSERT OR IGNORE INTO calendar (day, starts_at, ends_at, month, next_month, year, next_year) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		d, d.Start(zone), (d + 1).Start(zone), d.Month(), d.AddMonths(1), d.Year(), schema.DayOf(year+1, 1, 1))
}

// rebuildCalendar finds the days of all records anew. It hops from day to day
// through the index on created_at, so that its cost follows the days.
func (t *tx) rebuildCalendar(zone *time.Location) error {
	if err := t.Exec(`DELETE FROM calendar`); err != nil {
		return err
	}
	for _, table := range tables {
		if !table.marks.day {
			continue
		}
		next := fmt.Sprintf(`SELECT min(created_at) FROM %s WHERE created_at >= ?`, table.name)
		var from schema.Instant
		for {
			var at *schema.Instant
			if err := t.QueryRow([]any{&at}, next, from); err != nil {
				return err
			}
			if at == nil {
				break
			}
			day := schema.DayAt(*at, zone)
			if err := t.addDay(day, zone); err != nil {
				return err
			}
			from = (day + 1).Start(zone)
		}
	}
	return nil
}
