package store

import (
	"slices"
	"strings"
	"time"

	"glow/schema"
)

// totals counts the records of the chosen people in a window, of all of them
// together. Sums come from the cohorts; only who was active at all is asked of
// each person, for whoever was on two days counts once.
func (t *tx) totals(p people, w schema.Window, zone *time.Location) (c schema.Counts, err error) {
	pieces, err := t.pieces(w, zone)
	if err != nil || len(pieces) == 0 {
		return c, err
	}
	if p.individual || slices.ContainsFunc(pieces, func(part piece) bool { return part.table == "" }) {
		byPerson, err := t.tallies(p, w, zone)
		return total(byPerson), err
	}
	var (
		active []string
		days   []any
	)
	for _, part := range pieces {
		var n schema.Counts
		err := t.QueryRow([]any{&n.Sessions, &n.CompletedSessions, &n.Logins, &n.Emulations},
			`SELECT ifnull(sum(d.sessions), 0), ifnull(sum(d.completed), 0), ifnull(sum(d.logins), 0), ifnull(sum(d.emulations), 0)
			FROM `+cohortTable(part.table)+` d WHERE d.day >= ? AND d.day < ? AND `+p.cohortKeys("d.cohort_key"),
			append([]any{part.first, part.end}, p.args...)...)
		if err != nil {
			return c, err
		}
		c.Sessions += n.Sessions
		c.CompletedSessions += n.CompletedSessions
		c.Logins += n.Logins
		c.Emulations += n.Emulations
		active = append(active, `EXISTS (SELECT 1 FROM `+part.table+` d WHERE d.profile_key = p.key AND d.day >= ? AND d.day < ? AND d.first_at IS NOT NULL)`)
		days = append(days, part.first, part.end)
	}
	c.ActiveProfiles, err = t.QueryCount(`SELECT count(*) FROM profile p WHERE (`+strings.Join(active, " OR ")+`) AND `+p.cond(), append(days, p.args...)...)
	return c, err
}
