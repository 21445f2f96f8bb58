package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// totals counts the records of the chosen people in a window, of all of them
// together. Sums come from the cohorts; only whether they were active is asked of each
// person, because somebody who was active on two days counts once.
func (t *tx) totals(p personFilter, w schema.Window, zone *time.Location) (c schema.Counts, err error) {
	ranges, err := t.splitWindow(w, zone)
	if err != nil || len(ranges) == 0 {
		return c, err
	}
	if p.individual || slices.ContainsFunc(ranges, func(part dayRange) bool { return part.table == "" }) {
		byPerson, err := t.countPeople(p, w, zone)
		return total(byPerson), err
	}
	var active []string
	args := p.with()
	for i, part := range ranges {
		var n schema.Counts
		err := t.QueryRow(totalFields(&n),
			`SELECT `+strings.Join(totalColumns("ifnull(sum(d.%s), 0)"), ", ")+`
			FROM `+cohortTable(part.table)+` d WHERE d.day >= :first_day AND d.day < :end_day AND `+p.cohortKeys("d.cohort_key"),
			p.with(part.args()...)...)
		if err != nil {
			return c, err
		}
		for _, count := range schema.PersonCounts {
			if count.InTotal != nil {
				*count.InTotal(&c) += *count.InTotal(&n)
			}
		}
		first, end := fmt.Sprintf("first_day_%d", i), fmt.Sprintf("end_day_%d", i)
		active = append(active, `EXISTS (SELECT 1 FROM `+part.table+` d WHERE d.profile_key = p.key AND d.day >= :`+first+` AND d.day < :`+end+` AND d.first_at IS NOT NULL)`)
		args = append(args, sql.Named(first, part.first), sql.Named(end, part.end))
	}
	c.ActiveProfiles, err = t.QueryCount(`SELECT count(*) FROM profile p WHERE (`+strings.Join(active, " OR ")+`) AND `+p.cond(), args...)
	return c, err
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
