package store

import (
	"database/sql"
	"fmt"
	"strings"

	"glow/schema"
)

// Whether a record is of the future changes as time passes, so that no summary says
// so: the few people whose latest record is one are asked for here.

// latestBefore finds when people were last active, up to a limit. Whole days come
// from the summary, that of the limit from the records.
func (t *tx) latestBefore(limit schema.Instant, keys []int64, latest map[int64]*schema.Instant) error {
	var (
		begun = `ifnull((SELECT max(c.starts_at) FROM calendar c WHERE c.starts_at <= :last), 0)`
		parts = []string{`SELECT d.profile_key, d.last_at AS at FROM profile_day d WHERE d.profile_key IN (SELECT value FROM json_each(:people))
			AND d.last_at IS NOT NULL AND d.day < ifnull((SELECT c.day FROM calendar c WHERE c.starts_at <= :last ORDER BY c.starts_at DESC LIMIT 1), -1000)`}
	)
	for _, kind := range countedKinds() {
		if signsOfLife[kind] {
			parts = append(parts, `SELECT k.profile_key, k.created_at FROM `+quote(kind)+` k WHERE k.created_at >= `+begun+`
				AND k.created_at <= :last AND k.profile_key IN (SELECT value FROM json_each(:people))`)
		}
	}
	return t.Query(func(scan func(...any) error) error {
		var (
			key int64
			at  schema.Instant
		)
		err := scan(&key, &at)
		latest[key] = &at
		return err
	}, `SELECT profile_key, max(at) FROM (`+strings.Join(parts, " UNION ALL ")+`) GROUP BY profile_key`,
		sql.Named("last", limit), sql.Named("people", jsonList(keys)))
}

// inFuture counts the records of the chosen people that are dated more than a day
// ahead, and lists the first of them.
func (t *tx) inFuture(p personFilter) (list []schema.FutureRecord, count int64, err error) {
	var parts []string
	for _, kind := range countedKinds() {
		owner, join := ownerOf(kind)
		theirs := p.keys(owner)
		if kind == schema.KindProblem {
			theirs = p.problems("k")
		}
		parts = append(parts, fmt.Sprintf(`SELECT '%s' AS kind, k.id, %s AS profile_key, k.created_at FROM %s k %s WHERE k.created_at > :last AND %s`,
			kind, owner, quote(kind), join, theirs))
	}
	args := p.with(sql.Named("last", futureAfter(t.now)), sql.Named("limit", schema.MaxFuture))
	from := `(` + strings.Join(parts, " UNION ALL ") + `) f`
	list = []schema.FutureRecord{}
	if count, err = t.QueryCount(`SELECT count(*) FROM `+from, args...); err != nil || count == 0 {
		return list, count, err
	}
	err = t.Query(func(scan func(...any) error) error {
		var one schema.FutureRecord
		err := scan(&one.Kind, &one.ID, &one.ProfileID, &one.CreatedAt)
		list = append(list, one)
		return err
	}, `SELECT f.kind, f.id, ifnull(o.id, ''), f.created_at FROM `+from+` LEFT JOIN profile o ON o.key = f.profile_key
		ORDER BY f.created_at, f.id, f.kind LIMIT :limit`, args...)
	return list, count, err
}
