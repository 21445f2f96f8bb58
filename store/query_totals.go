package store

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"glow/schema"
)

// totals counts the records of the chosen people in a window, of all of them
// together. Sums of whole days come from the cohorts, those of parts of days from the
// records; only whether they were active is asked of each person.
func (t *tx) totals(p personFilter, w schema.Window, zone *time.Location) (c schema.Counts, err error) {
	if p.individual {
		byPerson, err := t.countPeople(p, w, zone)
		return total(byPerson), err
	}
	ranges, err := t.splitWindow(w, zone)
	if err != nil {
		return c, err
	}
	var (
		days  []dayRange
		edges = countsByPerson{}
	)
	for _, part := range ranges {
		if part.table != "" {
			days = append(days, part)
		} else if err := t.addRecordCounts(edges, p, part); err != nil {
			return c, err
		}
	}
	c = total(edges)
	for _, part := range days {
		if err := t.addTotals(&c, p, part); err != nil {
			return c, err
		}
	}
	return c, t.addActive(&c, p, days, edges)
}

// addTotals adds what the cohorts' summary has of whole days, without the active people.
func (t *tx) addTotals(c *schema.Counts, p personFilter, part dayRange) error {
	var n schema.Counts
	err := t.QueryRow(totalFields(&n),
		`SELECT `+strings.Join(totalColumns("ifnull(sum(d.%s), 0)"), ", ")+` FROM `+cohortDays(part.table, p, "d.day >= :first_day AND d.day < :end_day"),
		p.with(part.args()...)...)
	for _, count := range schema.PersonCounts {
		if count.InTotal != nil {
			*count.InTotal(c) += *count.InTotal(&n)
		}
	}
	return err
}

// addActive adds the people who were active on whole days, but not those who were in the
// parts of days, who are counted already: somebody who was active on two days counts once.
// People are read in the order of the summaries' keys, which is quicker than that of an index.
func (t *tx) addActive(c *schema.Counts, p personFilter, days []dayRange, edges countsByPerson) error {
	if len(days) == 0 {
		return nil
	}
	var active []string
	args := p.with()
	for i, part := range days {
		first, end := fmt.Sprintf("first_day_%d", i), fmt.Sprintf("end_day_%d", i)
		active = append(active, `EXISTS (SELECT 1 FROM `+part.table+` d WHERE d.profile_key = p.key AND d.day >= :`+first+` AND d.day < :`+end+` AND d.first_at IS NOT NULL)`)
		args = append(args, sql.Named(first, part.first), sql.Named(end, part.end))
	}
	return t.Numbers([]string{"p.key"}, func(row []int64) {
		if n := edges[row[0]]; n == nil || !n.active() {
			c.ActiveProfiles++
		}
	}, `profile p NOT INDEXED WHERE (`+strings.Join(active, " OR ")+`) AND `+p.cond(), args...)
}

// cohortDays selects the rows d of the chosen cohorts, on some days, from the table of
// cohorts that has the same stretches as a table of people. Each cohort's are sought: a
// scan would read those of all. The choice is a list of keys, since SQLite would ask the
// condition itself for each day.
func cohortDays(table string, p personFilter, days string) string {
	return `cohort c CROSS JOIN cohort_` + strings.TrimPrefix(table, "profile_") + ` d ON d.cohort_key = c.key AND ` + days + ` WHERE ` + p.cohortKeys("c.key")
}

// totalColumns formats the columns of the counts that totals have.
func totalColumns(format string) (list []string) {
	for _, count := range schema.PersonCounts {
		if count.InTotal != nil {
			list = append(list, fmt.Sprintf(format, count.Column))
		}
	}
	return list
}

// totalFields are where totalColumns are read to.
func totalFields(c *schema.Counts) (list []any) {
	for _, count := range schema.PersonCounts {
		if count.InTotal != nil {
			list = append(list, count.InTotal(c))
		}
	}
	return list
}
