package store

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"glow/schema"
)

// counts are one person's numbers in a window, in the order of counters.
type counts [len(counters)]int64

// active reports whether there was a sign of life.
func (n *counts) active() bool {
	return n.signs() > 0
}

// signs is the number of signs of life.
func (n *counts) signs() (signs int64) {
	for _, i := range lifeCounters {
		signs += n[i]
	}
	return signs
}

func (n *counts) add(other *counts) {
	for i := range n {
		n[i] += other[i]
	}
}

// any reports whether there was any record.
func (n *counts) any() bool { return *n != counts{} }

// countsByPerson are the counts of people, by their keys. Somebody without records is not
// among them, or has zeros.
type countsByPerson map[int64]*counts

// total adds up the counts of people.
func total(byPerson countsByPerson) (c schema.Counts) {
	for _, n := range byPerson {
		for i, count := range schema.PersonCounts {
			if count.InTotal != nil {
				*count.InTotal(&c) += n[i]
			}
		}
		if n.active() {
			c.ActiveProfiles++
		}
	}
	return c
}

// dayRange is a part of a window that one table answers: whole days, months or
// years from a summary, or the rest of a day from the records themselves.
type dayRange struct {
	table       string // of levels; empty: the records
	first, end  schema.Day
	from, until schema.Instant
	minus       bool // it is not in the window, but in a wider range that is counted instead: its rows are subtracted
}

// args are the values by which a statement chooses the range.
func (p dayRange) args() []any {
	return []any{sql.Named("first_day", p.first), sql.Named("end_day", p.end), sql.Named("from", p.from), sql.Named("until", p.until)}
}

// rows is how many rows of the table a person can have in the range.
func (p dayRange) rows() int {
	days := int(p.end - p.first)
	switch p.table {
	case "profile_total":
		return 1
	case "profile_year":
		return (days + 364) / 365
	case "profile_month":
		return (days + 27) / 28
	}
	return days
}

// splitWindow cuts a window. Only at its edges are there days and parts of days; the
// stretch between is months and years.
func (t *tx) splitWindow(w schema.Window, zone *time.Location) (list []dayRange, err error) {
	if w.Open() {
		return []dayRange{{table: "profile_total", first: 0, end: 1}}, nil
	}
	var first, last *schema.Day
	if err := t.QueryRow([]any{&first, &last}, `SELECT min(day), max(day) FROM calendar`); err != nil || first == nil {
		return nil, err
	}
	start, end := first.Year(), (*last + 366).Year()
	if w.HasFrom() {
		if w.From >= end.Start(zone) {
			return nil, nil
		}
		start = schema.DayAt(w.From, zone)
		if begins := start.Start(zone); begins < w.From {
			start++
			list = append(list, dayRange{from: w.From, until: min(w.Until, start.Start(zone))})
			if w.Until <= start.Start(zone) {
				return list, nil
			}
		}
	}
	if w.HasUntil() {
		if w.Until <= first.Start(zone) {
			return nil, nil
		}
		end = schema.DayAt(w.Until, zone)
		if begins := end.Start(zone); begins < w.Until {
			list = append(list, dayRange{from: begins, until: w.Until})
		}
	}
	// Beyond the records there is nothing to count: the days may as well be whole
	// months and years there.
	if start <= *first {
		start = first.Year()
	}
	if end > *last && start <= last.Year() {
		end = (*last + 366).Year()
	} else if end > *last {
		end = last.Month().AddMonths(1)
	}
	return append(list, wholeDays(start, end)...), nil
}

// wholeDays cuts the days from start to before end.
func wholeDays(start, end schema.Day) []dayRange {
	return cut("profile_year", schema.Day.Year, func(d schema.Day) schema.Day { return (d + 366).Year() }, start, end,
		func(start, end schema.Day) []dayRange {
			return cut("profile_month", schema.Day.Month, func(d schema.Day) schema.Day { return d.AddMonths(1) }, start, end,
				func(start, end schema.Day) []dayRange {
					return []dayRange{{table: "profile_day", first: start, end: end}}
				})
		})
}

// cut takes the whole stretches of a level out of the middle and leaves the
// edges to the level below. floor is the first day of a day's stretch, next
// that of the stretch after it.
func cut(table string, floor, next func(schema.Day) schema.Day, start, end schema.Day, below func(start, end schema.Day) []dayRange) []dayRange {
	if start >= end {
		return nil
	}
	first, last := floor(start), floor(end)
	if first < start {
		first = next(first)
	}
	if first >= last {
		return below(start, end)
	}
	list := []dayRange{{table: table, first: first, end: last}}
	if start < first {
		list = append(list, below(start, first)...)
	}
	if last < end {
		list = append(list, below(last, end)...)
	}
	return list
}

// countPeople counts the records of the chosen people in a window, by person.
func (t *tx) countPeople(p personFilter, w schema.Window, zone *time.Location) (countsByPerson, error) {
	ranges, err := t.splitWindow(w, zone)
	if err != nil {
		return nil, err
	}
	byPerson := countsByPerson{}
	for _, part := range withSubtraction(ranges) {
		if part.table == "" {
			err = t.addRecordCounts(byPerson, p, part)
		} else {
			err = t.addSummaryCounts(byPerson, p, part)
		}
		if err != nil {
			return nil, err
		}
	}
	return byPerson, nil
}

// withSubtraction counts most of the days of a month as the month minus the other days,
// which are fewer rows. It is for sums only: whether somebody was active on some day does
// not follow from a difference.
func withSubtraction(ranges []dayRange) (list []dayRange) {
	for _, part := range ranges {
		if part.table != "profile_day" {
			list = append(list, part)
			continue
		}
		for first := part.first; first < part.end; {
			month, next := first.Month(), first.Month().AddMonths(1)
			end := min(part.end, next)
			if inside := end - first; int(next-month-inside)+1 >= int(inside) {
				list = append(list, dayRange{table: part.table, first: first, end: end})
			} else {
				list = append(list, dayRange{table: "profile_month", first: month, end: next})
				for _, rest := range []dayRange{{first: month, end: first}, {first: end, end: next}} {
					if rest.first < rest.end {
						list = append(list, dayRange{table: part.table, first: rest.first, end: rest.end, minus: true})
					}
				}
			}
			first = end
		}
	}
	return list
}

// addSummaryCounts adds what a summary has. Where that is a row or two a person, they
// are added up here: a sum in SQL costs more than the row.
func (t *tx) addSummaryCounts(byPerson countsByPerson, p personFilter, part dayRange) error {
	const days = `d.day >= :first_day AND d.day < :end_day`
	from, key := part.table+` d WHERE `+days+` AND `+p.keys("d.profile_key"), "d.profile_key"
	if p.where == "" {
		switch {
		case part.table == "profile_year" || part.table == "profile_total":
			// Everybody has few rows in those two: to read them all is quicker than to look them up.
		case part.table == "profile_day" && part.rows() <= 2:
			// On a day or two most people do nothing: those who do are found by the day.
			from = `profile_day d INDEXED BY profile_day_by_day WHERE ` + days
		default:
			// Of days and months there are too many. People in the order of their keys come
			// grouped already.
			from, key = `profile p NOT INDEXED CROSS JOIN `+part.table+` d ON d.profile_key = p.key AND `+days, "p.key"
		}
	}
	if part.rows() > 2 {
		from = fmt.Sprintf(`(SELECT d.profile_key, %s FROM %s GROUP BY %s)`, counterColumns("sum(d.%[1]s) AS %[1]s"), from, key)
	}
	sign := int64(1)
	if part.minus {
		sign = -1
	}
	return t.addCounts(byPerson, sign, append([]string{"profile_key"}, counterList("%s")...), from, p.with(part.args()...)...)
}

func (t *tx) addRecordCounts(byPerson countsByPerson, p personFilter, part dayRange) error {
	for _, kind := range countedKinds() {
		owner, join := ownerOf(kind)
		columns := countColumns(kind)[:len(counters)]
		names := counterList("%s")
		from := fmt.Sprintf(`(SELECT %s AS profile_key, %s FROM %s k %s WHERE k.created_at >= :from AND k.created_at < :until AND %s AND %s GROUP BY %s)`,
			owner, named(columns, names), quote(kind), join, owned(kind), p.keys(owner), owner)
		if err := t.addCounts(byPerson, 1, append([]string{"profile_key"}, names...), from, p.with(part.args()...)...); err != nil {
			return err
		}
	}
	return nil
}

// addCounts adds rows of a person's key and counts, or with the sign -1 takes them away.
func (t *tx) addCounts(byPerson countsByPerson, sign int64, columns []string, from string, args ...any) error {
	var slab []counts // one allocation for many people
	return t.Numbers(columns, func(row []int64) {
		sum, ok := byPerson[row[0]]
		if !ok {
			if len(slab) == 0 {
				slab = make([]counts, 64)
			}
			sum, slab = &slab[0], slab[1:]
			byPerson[row[0]] = sum
		}
		for i, n := range row[1:] {
			sum[i] += sign * n
		}
	}, from, args...)
}

func counterColumns(format string) string { return strings.Join(counterList(format), ", ") }

func counterList(format string) []string {
	cols := make([]string, len(counters))
	for i, c := range counters {
		cols[i] = fmt.Sprintf(format, c.column)
	}
	return cols
}
