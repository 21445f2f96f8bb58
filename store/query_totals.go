package store

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"glow/schema"
)

// totals counts the records of the chosen people in a window, of all of them
// together. Sums of whole days come from the cohorts; only whether they were active is
// asked of each person, in the order of the summaries' keys, because somebody who was
// active on two days counts once.
func (t *tx) totals(p personFilter, w schema.Window, zone *time.Location) (c schema.Counts, err error) {
	ranges, err := t.splitWindow(w, zone)
	if err != nil || len(ranges) == 0 {
		return c, err
	}
	if p.individual {
		byPerson, err := t.countPeople(p, w, zone)
		return total(byPerson), err
	}
	var (
		active []string
		args   = p.with()
		edges  = countsByPerson{}
	)
	for i, part := range ranges {
		if part.table == "" {
			if err := t.addRecordCounts(edges, p, part); err != nil {
				return c, err
			}
			continue
		}
		if err := t.addTotals(&c, p, part); err != nil {
			return c, err
		}
		first, end := fmt.Sprintf("first_day_%d", i), fmt.Sprintf("end_day_%d", i)
		active = append(active, `EXISTS (SELECT 1 FROM `+part.table+` d WHERE d.profile_key = p.key AND d.day >= :`+first+` AND d.day < :`+end+` AND d.first_at IS NOT NULL)`)
		args = append(args, sql.Named(first, part.first), sql.Named(end, part.end))
	}
	edge := total(edges)
	addSums(&c, &edge)
	if c.ActiveProfiles = edge.ActiveProfiles; len(active) == 0 {
		return c, nil
	}
	err = t.Numbers([]string{"p.key"}, func(row []int64) {
		if n := edges[row[0]]; n == nil || !n.active() { // else counted already
			c.ActiveProfiles++
		}
	}, `profile p NOT INDEXED WHERE (`+strings.Join(active, " OR ")+`) AND `+p.cond(), args...)
	return c, err
}

// addTotals adds what the cohorts' summary has of whole days, without the active people.
func (t *tx) addTotals(c *schema.Counts, p personFilter, part dayRange) error {
	var n schema.Counts
	err := t.QueryRow(totalFields(&n),
		`SELECT `+strings.Join(totalColumns("ifnull(sum(d.%s), 0)"), ", ")+`
		FROM cohort c CROSS JOIN `+cohortTable(part.table)+` d ON d.cohort_key = c.key AND d.day >= :first_day AND d.day < :end_day WHERE `+p.cohortKeys("c.key"),
		p.with(part.args()...)...)
	addSums(c, &n)
	return err
}

// addSums adds all counts but that of the active people.
func addSums(c, n *schema.Counts) {
	for _, count := range schema.PersonCounts {
		if count.InTotal != nil {
			*count.InTotal(c) += *count.InTotal(n)
		}
	}
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
